"""Access logs: what is counted, what is refused, and that order, packing and rotation change nothing."""

import bz2
import gzip
import lzma
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sources.access_log.clients import ClientFinder, ClientRule
from sources.access_log.hits import Reading
from sources.access_log.lines import LogReader, mask_line
from sources.access_log.paths import PagePaths
from sources.access_log.robots import RobotLists
from sources.access_log.source import AccessLog, AccessLogSettings
from sources.contract import OBSERVATION_COLUMNS, REFUSED_COLUMNS, Place, RawPage, Source
from tests.log_lines import ASKED, DAY, NOW, OTHER, PERSON, ROBOT, at, flags, line, numbers, parse, value, whole_day
from warehouse.errors import ConfigError, ShapeError
from warehouse.schema import FLAGS, Window

MATOMO_READ = {
    "common.log": 1,
    "common.log.bz2": 1,
    "common.log.gz": 1,
    "alb.log": 1,
    "amazon_cloudfront_web.log": 1,
    "caddy_json.log": 3,
    "elb.log": 1,
    "haproxy.log": 1,
    "iis.log": 1,
    "incapsula_w3c.log": 2,
    "netscaler.log": 1,
    "traefik_json.log": 1,
    "common_complete.log": 1,
    "common_encoding_big5.log": 1,
    "common_vhost.log": 1,
    "icecast2.log": 1,
    "logs_to_tests.log": 4,
    "ncsa_extended.log": 1,
    "ovh.log": 1,
    "static_ignores.log": 4,
}
MATOMO_REFUSED = {
    "amazon_cloudfront_rtmp.log": "W3C extended format can be read: the log does not write cs-method, sc-status",
    "custom_regex_custom_date.log": "no line has the declared format",
    "gandi.log": "no line has the declared format",
    "iis_custom.log": "W3C extended format can be read: the log does not write time",
    "nginx_json.log": "JSON of this form can be read: the line has no time and no request under a known name",
    "s3.log": "no line has the declared format",
    "shoutcast.log": "the log does not write cs-method, sc-status",
    "splitted_date_and_time.log": "the log does not write cs-method, sc-status",
}


def path_of(pages: PagePaths, request: str) -> str | None:
    page = pages.page(request)
    return None if page is None else page.path


# What counts


def test_a_page_view_is_a_get_answered_with_200_or_304() -> None:
    lines = [
        line(at(f"10:{status % 60:02}:00"), f"GET /{status} HTTP/1.1", status=status)
        for status in (200, 304, 206, 301, 404, 500)
    ]
    lines += [line(at("11:00:00"), f"{method} /km/ HTTP/1.1") for method in ("HEAD", "POST", "OPTIONS", "PROPFIND")]
    parsed = parse(whole_day(lines))
    assert value(parsed, "page_views") == 2
    assert value(parsed, "requests") == 12


@pytest.mark.parametrize(
    "request_line",
    [
        "-",
        "",
        r"\x16\x03\x01\x02",
        "GET",
        "GET /km/",
        "GET  HTTP/1.1",
        "GET /km/ SIP/2.0",
        "GET km HTTP/1.1",
        r"\"GET\" / HTTP/1.1",
    ],
)
def test_what_is_no_request_for_a_page_is_read_and_is_no_page_view(request_line: str) -> None:
    parsed = parse(whole_day([line(request=request_line)]))
    assert parsed.refused.empty
    assert (value(parsed, "requests"), value(parsed, "page_views")) == (3, 0)


def test_a_day_with_lines_and_no_page_view_is_zero() -> None:
    parsed = parse(whole_day([]))
    assert [value(parsed, metric) for metric in ("page_views", "visits", "robot_page_views")] == [0, 0, 0]


def test_assets_feeds_and_documents_are_no_pages_and_dots_in_names_are() -> None:
    paths = ["/a.css", "/b.JS", "/c.png", "/feed.xml", "/d.pdf", "/release-1.2", "/e.html", "/f.php", "/dir.css/", "/"]
    assert [path for path in paths if path_of(PagePaths(), f"GET {path} HTTP/1.1")] == [
        "/release-1.2",
        "/e.html",
        "/f.php",
        "/dir.css/",
        "/",
    ]
    assert path_of(PagePaths(["*.pdf"], only_html=False), "GET /d.pdf HTTP/1.1") == "/d.pdf"


def test_pages_are_chosen_by_beginning_or_glob_and_left_out_alike() -> None:
    pages = PagePaths(["/km/", "*/guide-*"], ["/km/admin/", "*draft*"])
    wanted = ["/km/", "/km/a", "/x/guide-1"]
    for path in [*wanted, "/kmx", "/x/km/", "/km/admin/a", "/km/draft-1", "/guide/1"]:
        assert (path_of(pages, f"GET {path} HTTP/1.1") == path) == (path in wanted)


def test_a_pattern_that_can_match_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="does not begin with"):
        AccessLogSettings(type="access_log", path="a", pages=("km/",))


def test_views_by_page_leave_out_query_parameters_and_host() -> None:
    targets = ["/km/?a=1", "/km/;jsessionid=1", "http://www.example.org/km/?b", "/kb"]
    parsed = parse(
        whole_day([line(at(f"1{n}:00:00"), f"GET {target} HTTP/1.1") for n, target in enumerate(targets)]), by_page=True
    )
    views = parsed.observations[parsed.observations["metric"] == "page_views"]
    assert dict(zip(views["entity"], views["value"], strict=True)) == {"/km/": 3, "/kb": 1}
    assert value(parsed, "visits") == 4
    assert {
        metric.name: metric.absent
        for metric in AccessLog(
            "w", AccessLogSettings(type="access_log", path="a", by_page=True), Place(ZoneInfo("UTC"))
        ).metrics()
    }["page_views"] == "zero"


# Robots


def test_robots_are_left_out_and_shown() -> None:
    lines = [
        line(at("10:00:00")),
        line(at("10:10:00"), agent=ROBOT),
        line(at("10:20:00"), agent="curl/8.1"),
        line(at("10:30:00"), agent=""),
    ]
    without, among = parse(whole_day(lines)), parse(whole_day(lines), robots="include")
    assert [value(without, metric) for metric in ("page_views", "robot_page_views", "visits")] == [1, 3, 1]
    assert [value(among, metric) for metric in ("page_views", "robot_page_views", "visits")] == [4, 3, 4]


def test_an_empty_agent_is_a_robot_unless_the_plan_says_visitor() -> None:
    lists = RobotLists(("counter-robots", "crawler-user-agents"), empty_is_robot=False)
    assert [RobotLists(()).is_robot(agent) for agent in ("", "-", " ", None)] == [True, True, True, False]
    assert [lists.is_robot(agent) for agent in ("", "-", " ", None)] == [False, False, False, False]


def test_each_list_knows_robots_of_its_own_and_the_plan_may_add_some() -> None:
    only_counter, only_crawlers = "Mozilla/4.0", "CommaFeed/1.0 (http://www.commafeed.com)"
    assert [RobotLists(["counter-robots"]).is_robot(agent) for agent in (only_counter, only_crawlers)] == [True, False]
    assert [RobotLists(["crawler-user-agents"]).is_robot(agent) for agent in (only_counter, only_crawlers)] == [
        False,
        True,
    ]
    assert [RobotLists([], ["LibraryProbe"]).is_robot(agent) for agent in ("x libraryprobe/2", PERSON)] == [True, False]


def test_agents_of_the_common_form_are_unknown_and_a_note_says_so() -> None:
    lines = [text.partition(' "-"')[0] for text in whole_day([line()])]
    parsed = parse(lines)
    assert value(parsed, "page_views") == 1
    assert "have no user agent" in parsed.notes[0]


# Double clicks and visits


def test_a_double_click_within_30_seconds_counts_once_and_the_last_of_a_chain_stays() -> None:
    def views(*clocks: str, **options: Any) -> float | None:
        return value(parse(whole_day([line(at(clock)) for clock in clocks]), **options), "page_views")

    assert views("10:00:00", "10:00:30") == 1
    assert views("10:00:00", "10:00:31") == 2
    assert views("10:00:00", "10:00:20", "10:00:40", "10:01:00") == 1
    assert views("10:00:00", "10:00:30", double_click_s=0) == 2
    assert views("10:00:00", "10:00:30", double_click_s=29) == 2


def test_a_double_click_is_of_one_visitor_and_one_address() -> None:
    others = [
        line(at("10:00:05"), agent=OTHER),
        line(at("10:00:05"), client="192.0.2.8"),
        line(at("10:00:05"), "GET /km/?page=2 HTTP/1.1"),
    ]
    assert value(parse(whole_day([line(at("10:00:00")), *others])), "page_views") == 4


def test_a_double_click_over_midnight_belongs_to_the_later_day() -> None:
    parsed = parse(
        [*whole_day([line(at("23:59:50"))]), *whole_day([line(at("00:00:05", "04/Mar/2026"))], "04/Mar/2026")]
    )
    assert (value(parsed, "page_views", DAY), value(parsed, "page_views", date(2026, 3, 4))) == (0, 1)


def test_visits_by_hour_slice_and_by_silence_differ_and_say_which() -> None:
    lines = [
        line(at(clock), f"GET /{n} HTTP/1.1")
        for n, clock in enumerate(("10:50:00", "11:05:00", "11:35:00", "12:05:01"))
    ]
    slices, silence = parse(whole_day(lines)), parse(whole_day(lines), visits="idle_30min")
    assert (value(slices, "visits"), flags(slices, "visits", DAY)) == (3, ("hour_slice",))
    assert (value(silence, "visits"), flags(silence, "visits", DAY)) == (2, ("idle_30min",))
    assert flags(slices, "page_views", DAY) == ()


@pytest.mark.parametrize("rule", ["hour_slice", "idle_30min"])
def test_midnight_ends_a_visit(rule: str) -> None:
    lines = [
        line(at("00:00:01"), "HEAD / HTTP/1.1"),
        line(at("23:55:00"), "GET /a HTTP/1.1"),
        line(at("00:05:00", "04/Mar/2026"), "GET /b HTTP/1.1"),
    ]
    parsed = parse(lines, visits=rule)
    assert (value(parsed, "visits", DAY), value(parsed, "visits", date(2026, 3, 4))) == (1, 1)


def test_visits_do_not_add_up_over_pages() -> None:
    metrics = AccessLog("web", AccessLogSettings(type="access_log", path="a"), Place(ZoneInfo("UTC"))).metrics()
    assert [metric.name for metric in metrics if not metric.additive_over_entities] == ["visits"]
    assert {metric.kind for metric in metrics} == {"flow"}


# Days


def test_days_are_those_of_the_source_whatever_the_log_is_written_in() -> None:
    lines = [line("03/Mar/2026:23:30:00 -0500"), line("04/Mar/2026:05:10:00 +0000", "GET /b HTTP/1.1")]
    assert value(parse(lines, zone="Europe/Berlin"), "page_views", date(2026, 3, 4)) == 2
    assert value(parse(lines, zone="America/New_York"), "page_views", date(2026, 3, 3)) == 1
    assert value(parse(lines, zone="Asia/Kathmandu"), "page_views", date(2026, 3, 4)) == 2


@pytest.mark.parametrize(("day", "hours"), [(date(2025, 3, 30), 23), (date(2025, 10, 26), 25)])
def test_a_change_of_clocks_neither_loses_nor_doubles_requests(day: date, hours: int) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    lines = [
        line(f"{start + timedelta(minutes=15 * n):%d/%b/%Y:%H:%M:%S} +0000", f"GET /{n} HTTP/1.1")
        for n in range(hours * 4)
    ]
    parsed = parse(lines, zone="Europe/Berlin")
    assert (value(parsed, "page_views", day), value(parsed, "visits", day)) == (hours * 4, min(hours, 24))
    assert parsed.observations["start"].nunique() == 1


def test_days_that_rotation_may_have_cut_are_partial_and_not_covered() -> None:
    lines = [line(at("01:00:00", f"0{n}/Mar/2026")) for n in (2, 3, 4)] + [line(at("22:59:59", "05/Mar/2026"))]
    parsed = parse(lines)
    assert {day: flags(parsed, "page_views", date(2026, 3, day)) for day in (2, 3, 4, 5)} == {
        2: ("partial",),
        3: (),
        4: (),
        5: ("partial",),
    }
    assert parsed.covered == (Window(date(2026, 3, 3), date(2026, 3, 5)),)
    assert parsed.replaces == Window(date(2026, 3, 3), date(2026, 3, 5))


def test_first_and_last_day_are_whole_when_their_first_and_last_hours_hold_lines() -> None:
    parsed = parse([line(at("00:59:59")), line(at("23:00:00", "04/Mar/2026"))])
    assert parsed.covered == (Window(DAY, date(2026, 3, 5)),)
    assert not parsed.observations["flags"].map(lambda names: "partial" in names).any()


def test_a_single_cut_day_covers_and_replaces_nothing() -> None:
    parsed = parse([line()])
    assert (parsed.covered, parsed.replaces, value(parsed, "page_views")) == ((), None, 1)


def test_a_day_without_any_line_is_missing_and_not_zero() -> None:
    parsed = parse([*whole_day([], "02/Mar/2026"), *whole_day([line(at("12:00:00", "05/Mar/2026"))], "05/Mar/2026")])
    assert set(parsed.observations["start"]) == {pd.Timestamp("2026-03-02"), pd.Timestamp("2026-03-05")}
    assert parsed.covered == (Window(date(2026, 3, 2), date(2026, 3, 3)), Window(date(2026, 3, 5), date(2026, 3, 6)))
    assert parsed.replaces == Window(date(2026, 3, 2), date(2026, 3, 6))
    assert any("2026-03-03..2026-03-05" in note for note in parsed.notes)


def test_only_the_asked_days_are_said_and_the_day_before_the_cut_is_whole() -> None:
    lines = [line(at("00:10:00", f"0{n}/Mar/2026")) for n in (2, 3, 4, 5)]
    parsed = parse(lines, window=Window(date(2026, 3, 3), date(2026, 3, 5)))
    assert set(parsed.observations["start"]) == {pd.Timestamp("2026-03-03"), pd.Timestamp("2026-03-04")}
    assert parsed.covered == (Window(date(2026, 3, 3), date(2026, 3, 5)),)
    assert parsed.replaces == parsed.covered[0]


def test_logs_outside_the_asked_days_say_nothing() -> None:
    parsed = parse(whole_day([line()]), window=Window(date(2020, 1, 1), date(2020, 2, 1)))
    assert (parsed.observations.empty, parsed.covered, parsed.replaces) == (True, (), None)
    assert list(parsed.observations.columns) == OBSERVATION_COLUMNS


# Files


def test_the_same_content_packed_or_not_is_counted_once() -> None:
    body = "\n".join(whole_day([line(), "no line"])).encode()
    once, twice = parse(body), parse(body, gzip.compress(body), bz2.compress(body), lzma.compress(body))
    assert numbers(once) == numbers(twice)
    assert len(twice.refused) == 1
    same = tuple(f"access.log.{n} has the same content as access.log.0: counted once" for n in (1, 2, 3))
    assert twice.notes == (*same, "access.log.0 read as combined")


def test_two_files_under_one_name_with_the_same_content_are_counted_once() -> None:
    page = RawPage("web", ASKED, 0, "access.log", 200, NOW, "\n".join(whole_day([line()])).encode())
    source = AccessLog("web", AccessLogSettings(type="access_log", path="a"), Place(ZoneInfo("UTC")))
    assert value(source.parse([page, page]), "requests") == 3


def test_an_archive_that_breaks_off_is_named() -> None:
    packed = gzip.compress("\n".join(whole_day([line(at(f"1{n % 10}:{n % 60:02}:00")) for n in range(500)])).encode())
    for broken in (packed[:-4], packed[: len(packed) // 2], packed[:12], packed + b"rubbish"):
        with pytest.raises(ShapeError, match=r"access\.log\.0.*breaks off or is damaged.*deliver the whole file again"):
            parse(broken)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("\n".join(whole_day([line()])).encode("utf-16"), "UTF-16"),
        ("\n".join(whole_day([line()])).encode("utf-16-le"), "UTF-16"),
        (b'{"ts": 1, "request": {"uri": "/"}}\n', "JSON"),
        (b"#Version: 1.0\n#Fields: date time c-ip\n2026-03-03 10:00:00 192.0.2.1\n", "W3C"),
        (b"[Tue Mar 03 10:00:00 2026] [error] [client 192.0.2.1] File does not exist\n", "no line has the declared"),
        (bytes(range(256)) * 4, "no line has the declared"),
    ],
)
def test_a_file_of_another_form_is_refused_whole_and_the_wanted_form_is_shown(body: bytes, message: str) -> None:
    with pytest.raises(ShapeError, match=message) as caught:
        parse(whole_day([line()]), body)
    assert caught.value.where == "access.log.1"
    assert '"request" status bytes' in caught.value.do


def test_files_without_a_line_are_noted_and_nothing_but_them_is_refused() -> None:
    assert parse(whole_day([line()]), b"\n\n").notes == ("access.log.1 has no lines", "access.log.0 read as combined")
    with pytest.raises(ShapeError, match="no file has a line"):
        parse(b"\n\n")


def test_origin_names_the_files_that_hold_the_day() -> None:
    parsed = parse([line(at("00:10:00")), line(at("10:00:00", "04/Mar/2026"))], [line(at("11:00:00", "04/Mar/2026"))])
    origins = dict(zip(parsed.observations["start"].dt.day, parsed.observations["origin"], strict=True))
    assert origins == {3: "access.log.0", 4: "access.log.0, access.log.1"}


def test_a_folder_yields_its_access_logs_and_each_page_is_a_file(tmp_path: Path) -> None:
    for name in ("access.log", "access.log.1", "access.log.2.gz", "error.log"):
        (tmp_path / name).write_bytes(b"x")
    source = AccessLog("web", AccessLogSettings(type="access_log", path=str(tmp_path)), Place(ZoneInfo("UTC")))
    pages = list(source.fetch(ASKED, NOW, None))  # type: ignore[arg-type]
    assert [(page.sequence, page.url, page.status, page.fetched_at) for page in pages] == [
        (0, "access.log", 200, NOW),
        (1, "access.log.1", 200, NOW),
        (2, "access.log.2.gz", 200, NOW),
    ]
    with pytest.raises(ConfigError):
        list(
            AccessLog("web", AccessLogSettings(type="access_log", path=str(tmp_path / "none")), source.place).fetch(
                ASKED, NOW, None
            )
        )  # type: ignore[arg-type]


# Lines


@pytest.mark.parametrize(
    "text",
    [
        line().replace("03/Mar", "31/Feb"),
        line().replace("/2026", "/0001"),
        line().replace("Mar", "Mrz"),
        line().replace(":12:00:00", ":24:00:00"),
        line().replace("+0000", "+9900"),
        line().removesuffix('"'),
        line().replace("200", "OK"),
        line()[:40],
        "\0" * 50,
    ],
)
def test_a_malformed_line_is_refused_with_its_place_and_the_others_are_read(text: str) -> None:
    parsed = parse(whole_day([text, line()]))
    assert list(parsed.refused["origin"]) == ["access.log.0, line 2"]
    assert list(parsed.refused.columns) == REFUSED_COLUMNS
    assert value(parsed, "requests") == 3


@pytest.mark.parametrize(
    "client", ["192.0.2.7", "2001:db8::7", "2001:db8:0:1:1:1:1:7", "::ffff:192.0.2.7", "reader7.example.org"]
)
@pytest.mark.parametrize(
    "text",
    [
        '{0} - jsmith [31/Feb/2026:10:00:00 +0000] "GET /?token=s3cret HTTP/1.1" 200 1 "-" "for {0}',
        "{0} - jsmith",
        '{0} - jsmith "GET /?u=jsmith" [x]',
    ],
)
def test_a_refused_line_names_nobody(client: str, text: str) -> None:
    shown = mask_line(text.format(client).replace("for reader7.example.org", ""))
    assert not any(name in shown for name in (client, "192.0.2.7", "jsmith", "s3cret"))


def test_a_refused_line_is_cut_to_500_characters() -> None:
    assert len(parse(whole_day(["x" * 5000, line()])).refused["raw_value"].iloc[0]) <= 500


def test_no_address_reaches_the_observations() -> None:
    parsed = parse(whole_day([line(), "192.0.2.7 broken"]), by_page=True)
    assert "192.0.2" not in parsed.observations.to_csv() + parsed.refused.to_csv() + str(parsed.notes)


def test_bytes_that_are_no_utf_8_are_read_line_by_line() -> None:
    body = (
        line(at("10:00:00"), "GET /é HTTP/1.1").encode()
        + b"\r\n"
        + line(at("10:00:01"), "GET /é HTTP/1.1").encode("latin-1")
        + b"\n"
    )
    parsed = parse(body, by_page=True)
    assert parsed.observations.loc[
        parsed.observations["metric"] == "page_views", ["entity", "value"]
    ].to_numpy().tolist() == [["/é", 1]]
    assert parsed.refused.empty


def test_lines_that_lie_across_blocks_are_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "\n".join(whole_day([line(), "no line"])).encode()
    whole = parse(body)
    packed_in_two = gzip.compress(body[:77]) + gzip.compress(body[77:] + b"\n")
    monkeypatch.setattr("sources.access_log.archives.BLOCK_BYTES", 50)
    assert numbers(parse(body, packed_in_two)) == numbers(whole)
    assert numbers(parse(body)) == numbers(parse(gzip.compress(body))) == numbers(whole)
    assert list(parse(body).refused["origin"]) == ["access.log.0, line 3"]


def test_escaped_quotes_dashes_addresses_of_six_and_further_fields_are_read() -> None:
    lines = [
        line(agent=r"Mozilla/5.0 (a \"quoted\" \\ agent) Firefox/140.0"),
        line(client="2001:db8::1"),
        line().replace(" 512 ", " - "),
        line() + ' 0.004 "203.0.113.9"',
        line().replace("- - [", "- John Smith ["),
    ]
    parsed = parse(whole_day(lines))
    assert (parsed.refused.empty, value(parsed, "page_views")) == (True, 3)


@pytest.mark.parametrize(
    ("lead", "client"),
    [
        ("192.0.2.7 - -", "192.0.2.7"),
        ("192.0.2.7 - John Smith", "192.0.2.7"),
        ("www.example.org:443 192.0.2.7 - -", "192.0.2.7"),
        ("www.example.org 2001:db8::1 - jsmith", "2001:db8::1"),
        ("www.example.org reader7.example.net - -", "reader7.example.net"),
        ("reader7.example.net - -", "reader7.example.net"),
        ("\x00\x00192.0.2.7 - -", "192.0.2.7"),
    ],
)
def test_the_client_is_found_behind_a_virtual_host(lead: str, client: str) -> None:
    assert ClientFinder(ClientRule()).of_lead(lead) == client


def test_a_declared_form_refuses_lines_of_the_other() -> None:
    combined, common = line(), line().partition(' "-"')[0]
    assert len(parse([combined, common], format="combined").refused) == 1
    assert len(parse([combined, common], format="common").refused) == 1
    assert parse([combined, common]).refused.empty


def test_a_server_that_logs_only_its_proxy_is_noted() -> None:
    lines = [
        line(at(f"10:{n // 60:02}:{n % 60:02}"), f"GET /{n} HTTP/1.1", agent=(PERSON, OTHER)[n % 2]) for n in range(100)
    ]
    assert any("100% of the page views come from one client: " in note for note in parse(whole_day(lines)).notes)


def test_a_hostile_line_costs_no_time_and_is_refused() -> None:
    hostile = [
        "a:" * 200_000,
        "x x x " + "a:" * 200_000,
        "a " * 200_000,
        "\\" * 200_000,
        line()[:-1] + '\\"' * 200_000,
        '"' * 200_000,
        "[" * 200_000,
        "1." * 200_000,
    ]
    assert len(parse(whole_day(hostile)).refused) == len(hostile)


# Laws

AGENTS = (PERSON, OTHER, ROBOT, "-", r"a \"b\" c")
Request = tuple[datetime, str, str, str, int]
EARLIEST = datetime(2026, 3, 1, 22, tzinfo=UTC)
requests = st.lists(
    st.tuples(
        st.integers(0, 3 * 86_400).map(lambda seconds: EARLIEST + timedelta(seconds=seconds)),
        st.sampled_from(["192.0.2.1", "2001:db8::1"]),
        st.sampled_from(AGENTS),
        st.sampled_from(["/", "/a?x=1", "/a?x=2", "/b.css"]),
        st.sampled_from([200, 200, 304, 404]),
    ),
    min_size=1,
    max_size=40,
)
offsets = st.sampled_from([-300, 0, 60, 345])


def written(request: Request, offset: int) -> str:
    moment, client, agent, path, status = request
    local = moment.astimezone(timezone(timedelta(minutes=offset)))
    return line(f"{local:%d/%b/%Y:%H:%M:%S %z}", f"GET {path} HTTP/1.1", client=client, agent=agent, status=status)


@settings(deadline=None)
@given(requests, offsets)
def test_every_field_that_is_written_is_read_again(made: list[Request], offset: int) -> None:
    body = "\n".join(written(request, offset) for request in made).encode()
    reader = LogReader("auto", Reading(ClientFinder(ClientRule()), UTC))
    read = [hit for hits, _ in reader.read("access.log", body) for hit in hits]
    assert read == [
        (int(moment.timestamp()), client, f"GET {path} HTTP/1.1", str(status), agent)
        for moment, client, agent, path, status in made
    ]


@settings(deadline=None)
@given(
    requests,
    st.randoms(use_true_random=False),
    st.integers(0, 40),
    st.sampled_from(["hour_slice", "idle_30min"]),
    st.booleans(),
)
def test_neither_order_nor_a_cut_into_files_changes_anything(
    made: list[Request], random: Any, cut: int, rule: str, by_page: bool
) -> None:
    lines = [written(request, 60) for request in made]
    options: dict[str, Any] = {"zone": "Europe/Berlin", "visits": rule, "by_page": by_page}
    plain = parse(lines, **options)
    random.shuffle(lines)
    shuffled, halves = parse(lines, **options), [half for half in (lines[:cut], lines[cut:]) if half]
    assert numbers(plain) == numbers(shuffled)
    assert (plain.covered, plain.replaces) == (shuffled.covered, shuffled.replaces)
    if len(halves) == 1 or not set(halves[0]) & set(halves[1]):
        assert numbers(plain) == numbers(parse(*halves, **options))


@settings(deadline=None)
@given(requests)
def test_counts_are_those_of_a_plain_reckoning(made: list[Request]) -> None:
    """The rules once more, click by click: a later click of the chain drops the one before it, silences end visits."""
    parsed = parse([written(request, 0) for request in made], visits="idle_30min", zone="Asia/Kathmandu")
    clicks: dict[tuple[str, str, str], list[datetime]] = {}
    for moment, client, agent, path, status in made:
        if status in {200, 304} and not path.endswith(".css") and agent not in {ROBOT, "-"}:
            clicks.setdefault((client, agent, path), []).append(moment.astimezone(ZoneInfo("Asia/Kathmandu")))
    views: list[tuple[str, str, datetime]] = []
    for (client, agent, _), moments in clicks.items():
        moments.sort()
        views += [
            (client, agent, one)
            for one, after in zip(moments, [*moments[1:], None], strict=True)
            if after is None or after - one > timedelta(seconds=30)
        ]
    visits: Counter[date] = Counter()
    last: dict[tuple[str, str], datetime] = {}
    for client, agent, moment in sorted(views):
        before = last.get((client, agent))
        if before is None or before.date() != moment.date() or moment - before > timedelta(minutes=30):
            visits[moment.date()] += 1
        last[client, agent] = moment
    per_day = Counter(moment.date() for _, _, moment in views)
    for day in parsed.observations["start"].dt.date.unique():
        assert (value(parsed, "page_views", day), value(parsed, "visits", day)) == (per_day[day], visits[day])


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"\x1f\x8b", b"BZh9", b"\xfd7zXZ\x00"]))
def test_odd_bytes_are_refused_and_never_break(noise: bytes, magic: bytes) -> None:
    for body in (magic + noise, line().encode() + b"\n" + noise):
        try:
            assert not parse(body).observations.empty
        except ShapeError as error:
            assert error.do  # noqa: PT017 - either end is right


def test_it_is_a_source_and_emits_only_what_it_declares() -> None:
    source: Source = AccessLog("web", AccessLogSettings(type="access_log", path="a"), Place(ZoneInfo("UTC")))
    parsed = parse(whole_day([line()]))
    assert set(parsed.observations["metric"]) == {metric.name for metric in source.metrics()}
    assert {name for names in parsed.observations["flags"] for name in names} <= set(FLAGS)


# Public logs


def test_real_requests_are_read_all_but_the_one_without_its_last_quote(shared_data: Callable[[str], Path]) -> None:
    """The expected count, 9535, is that of awk.

    ``zcat apache_logs.gz | awk -F'"' 'NF>=7 && $2 ~ /^GET / && $3 ~ /^ (200|304) /' | wc -l``
    """
    body = (shared_data("apache-logs-elastic") / "apache_logs.gz").read_bytes()
    fields = [text.split('"') for text in gzip.decompress(body).decode().splitlines()]
    good = [parts for parts in fields if len(parts) >= 7]
    views = [
        parts[0].split("[")[1][:11]
        for parts in good
        if parts[1].startswith("GET ") and parts[2].split()[0] in {"200", "304"}
    ]
    parsed = parse(body, robots="include", only_html=False, double_click_s=0)
    by_metric = parsed.observations.groupby("metric")["value"].sum()
    assert (len(fields), len(good), len(views)) == (10_000, 9_999, 9_535)
    assert (by_metric["requests"], by_metric["page_views"]) == (9_999, 9_535)
    assert {f"{day} May": value(parsed, "page_views", date(2015, 5, day)) for day in (17, 18, 19, 20)} == {
        f"{day} May": count for day, count in ((int(text[:2]), views.count(text)) for text in sorted(set(views)))
    }
    assert list(parsed.refused["origin"]) == ["access.log.0, line 8899"]
    assert parsed.covered == (Window(date(2015, 5, 18), date(2015, 5, 20)),)
    assert "same second of the minute or in the same minute" in parsed.notes[0]


def test_real_requests_say_the_same_in_any_order(shared_data: Callable[[str], Path]) -> None:
    lines = gzip.decompress((shared_data("apache-logs-elastic") / "apache_logs.gz").read_bytes()).splitlines()
    assert (
        numbers(parse(b"\n".join(lines)))
        == numbers(parse(b"\n".join(sorted(lines))))
        == numbers(parse(b"\n".join(lines[:5000]), b"\n".join(lines[5000:])))
    )


def test_real_visits_are_the_visitors_of_each_hour(shared_data: Callable[[str], Path]) -> None:
    body = (shared_data("apache-logs-elastic") / "apache_logs.gz").read_bytes()
    fields = [parts for text in gzip.decompress(body).decode().splitlines() if len(parts := text.split('"')) >= 7]
    viewed = [parts for parts in fields if parts[1].startswith("GET ") and parts[2].split()[0] in {"200", "304"}]
    sessions = {(parts[0].split()[0], '"'.join(parts[5:-1]), parts[0].split("[")[1][:14]) for parts in viewed}
    parsed = parse(body, robots="include", only_html=False)
    assert parsed.observations.groupby("metric")["value"].sum()["visits"] == len(sessions)


def test_every_form_of_a_collection_is_read_or_refused_by_name(shared_data: Callable[[str], Path]) -> None:
    bodies = {
        path.name: path.read_bytes() for path in (shared_data("matomo-log-analytics-logs") / "tests" / "logs").iterdir()
    }
    read = {name: parse(bodies[name]).observations for name in MATOMO_READ}
    assert {
        name: frame.loc[frame["metric"] == "requests", "value"].sum() for name, frame in read.items()
    } == MATOMO_READ
    for name in bodies.keys() - MATOMO_READ:
        with pytest.raises(ShapeError, match=MATOMO_REFUSED[name]):
            parse(bodies[name])
    assert len(bodies) == 28


def test_a_log_that_was_just_rotated_and_is_empty_is_no_fault() -> None:
    full = parse(whole_day([line(at("10:00:00"))]), b"")
    assert value(full, "page_views") == value(parse(whole_day([line(at("10:00:00"))])), "page_views") == 1
