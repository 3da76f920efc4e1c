"""Matomo: what is asked, what is missing and what is 0, forms of answers, errors in both styles."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from sandbox.matomo import TOKEN
from sandbox.matomo import Matomo as Simulated
from sandbox.server import Sandbox, serve
from sources.contract import Break, ParseResult, Place, RawPage
from sources.matomo.source import Matomo
from sources.web.session import Session
from tests.loopback import NOW, Reply, quick_session
from tests.loopback import serve as loopback
from warehouse.errors import ConfigError, RefusedError, ShapeError
from warehouse.schema import DAY, Window

WINDOW = Window(date(2026, 10, 26), date(2026, 11, 23))
SITE_URL = "https://riverside.example"
OFF = date(2026, 3, 1)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with serve(date(2026, 11, 24), 1) as running:
        yield running


def source(url: str, zone: str = "Europe/London", **more: object) -> Matomo:
    told = {"type": "matomo", "url": url, "site": 1, "token": "${env:TOKEN}"} | more
    return Matomo("web", Matomo.Settings.model_validate(told), Place(ZoneInfo(zone)))


def session(token: str = TOKEN) -> Session:
    return Session(lambda _: token, retries=0, timeout_s=(2, 2))


def collected(sandbox: Sandbox, window: Window = WINDOW, **more: Any) -> ParseResult:
    zone = more.pop("zone", "Europe/London")
    one = source(f"{sandbox.url}/matomo", zone, **more)
    return one.parse(list(one.fetch(window, NOW, session())))


def values(parsed: ParseResult, metric: str) -> dict[tuple[str, date], float]:
    rows = parsed.observations[parsed.observations["metric"] == metric]
    return dict(
        zip(zip(rows["entity"], (start.date() for start in rows["start"]), strict=True), rows["value"], strict=True)
    )


def simulated(sandbox: Sandbox) -> Simulated:
    found = sandbox.provider("/matomo")
    assert isinstance(found, Simulated)
    return found


def answered(
    body: object,
    method: str = "VisitsSummary.get",
    period: str = "day",
    days: str = "2026-11-01,2026-11-03",
    **more: object,
) -> ParseResult:
    """What comes of one answer."""
    first, last = (date.fromisoformat(day) for day in days.split(","))
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = json.dumps({"method": method, "period": period, "date": days})
    page = RawPage(
        "web", Window(first, last + DAY), 0, "https://matomo.example/index.php", 200, NOW, raw, request=request
    )
    return source("https://matomo.example", **more).parse([page])


def test_the_token_goes_into_the_body_and_never_into_an_address(sandbox: Sandbox) -> None:
    one = source(f"{sandbox.url}/matomo")
    pages = list(one.fetch(WINDOW, NOW, session()))
    assert {seen.method for seen in sandbox.requests} == {"POST"}
    assert all(not seen.query and TOKEN in seen.body.decode() for seen in sandbox.requests)
    assert all(TOKEN not in f"{page.url}{page.request}{page.body!r}" for page in pages)


def test_a_window_costs_one_request_a_report_and_weeks_and_months_are_asked_for_as_such(sandbox: Sandbox) -> None:
    parsed = collected(sandbox)
    received = [{name: of[-1] for name, of in parse_qs(seen.body.decode()).items()} for seen in sandbox.requests]
    assert [(one["method"], one.get("period"), one.get("date")) for one in received] == [
        ("SitesManager.getSiteFromId", None, None),
        ("VisitsSummary.get", "day", "2026-10-26,2026-11-22"),
        ("VisitsSummary.get", "week", "2026-10-26,2026-11-22"),
        ("VisitsSummary.get", "month", "2026-10-01,2026-10-31"),
        ("Actions.get", "day", "2026-10-26,2026-11-22"),
    ]
    assert all(one["filter_limit"] == "-1" and one["language"] == "en" for one in received[1:])
    daily, weekly = values(parsed, "nb_uniq_visitors"), values(parsed, "nb_uniq_visitors_week")
    assert len(weekly) == 4
    first_week = sum(value for (_, day), value in daily.items() if day < date(2026, 11, 2))
    assert 0 < weekly["", date(2026, 10, 26)] < first_week
    assert parsed.replaces == WINDOW


@pytest.mark.parametrize("form", ["xml", "csv"])
def test_each_form_gives_the_same(sandbox: Sandbox, form: str) -> None:
    for more in ({}, {"by_page": True, "site_url": SITE_URL}):
        expected, got = collected(sandbox, **more), collected(sandbox, format=form, **more)
        for metric in ("nb_visits", "nb_pageviews", "nb_uniq_visitors"):
            assert values(got, metric) == values(expected, metric)
        assert len(got.refused) == 0


def test_an_empty_day_is_missing_and_not_zero(sandbox: Sandbox) -> None:
    off = next(day for day in (OFF + n * DAY for n in range(31)) if simulated(sandbox)._off(day))
    window = Window(off - 2 * DAY, off + 2 * DAY)
    for form in ("json", "xml", "csv"):
        parsed = collected(sandbox, window, format=form)
        assert {day for _, day in values(parsed, "nb_visits")} == {off - 2 * DAY, off - DAY, off + DAY}
        assert "1 day has no data" in " ".join(parsed.notes)
        assert parsed.covered == (window,)


def test_the_pages_are_one_line_whose_views_are_those_of_the_pages_only(sandbox: Sandbox) -> None:
    whole, km = collected(sandbox), collected(sandbox, pages=["/km/"], site_url=SITE_URL)
    each = collected(sandbox, pages=["/km/"], by_page=True, site_url=SITE_URL)
    day = ("", date(2026, 11, 10))
    apart = {entity: value for (entity, at), value in values(each, "nb_pageviews").items() if at == day[1]}
    assert set(apart) == {
        "/km/",
        "/km/communities/",
        "/km/guides/finding/",
        "/km/guides/lessons-learned/",
        "/km/guides/sharing/",
    }
    assert values(km, "nb_pageviews")[day] == sum(apart.values()) < values(whole, "nb_pageviews")[day]
    assert values(km, "nb_visits")[day] < sum(
        value for (_, at), value in values(each, "nb_visits").items() if at == day[1]
    )
    segments = {parse_qs(seen.body.decode()).get("segment", [""])[0] for seen in sandbox.requests}
    assert segments == {"", "pageUrl=^https%3A%2F%2Friverside.example%2Fkm%2F"}


def test_pages_that_nobody_saw_on_a_counted_day_are_zero(sandbox: Sandbox) -> None:
    parsed = collected(sandbox, pages=["/no-such-page/"], site_url=SITE_URL)
    for metric in ("nb_pageviews", "nb_visits", "nb_uniq_visitors"):
        assert set(values(parsed, metric).values()) == {0}
        assert len(values(parsed, metric)) == WINDOW.days
    assert not values(parsed, "nb_uniq_visitors_week")


def test_lumped_pages_make_a_day_incomplete_and_pages_that_are_lumped_missing(sandbox: Sandbox) -> None:
    simulated(sandbox).largest_pages = 5
    km = collected(sandbox, pages=["/km/"], site_url=SITE_URL)
    rows = km.observations[km.observations["metric"] == "nb_pageviews"]
    assert set(rows["flags"]) == {("incomplete",)}
    hidden = collected(sandbox, pages=["/km/communities/"], site_url=SITE_URL)
    assert not values(hidden, "nb_pageviews")
    assert "they are missing" in " ".join(hidden.notes)
    assert collected(sandbox, by_page=True, site_url=SITE_URL).covered == (), (
        "on such a day a page that is not listed is not 0"
    )


def test_a_glob_needs_page_views_only() -> None:
    with pytest.raises(ValidationError, match=r"write /km/ instead of a glob, or metrics: \[nb_pageviews\]"):
        source("https://matomo.example", pages=["*/guides/*"], site_url=SITE_URL)


def test_actions_of_some_pages_are_refused_because_matomo_counts_whole_visits() -> None:
    with pytest.raises(ValidationError, match="no 'nb_actions' for a part of the pages"):
        source("https://matomo.example", pages=["/km/"], site_url=SITE_URL, metrics=["nb_actions"])


def test_pages_need_the_address_of_the_site() -> None:
    with pytest.raises(ValidationError, match="need site_url"):
        source("https://matomo.example", by_page=True)


def test_a_site_in_another_zone_is_refused_with_what_to_write(sandbox: Sandbox) -> None:
    simulated(sandbox).zone_name = "Asia/Kolkata"
    with pytest.raises(ConfigError, match="write time_zone: Asia/Kolkata at this source"):
        collected(sandbox)
    simulated(sandbox).zone_name = "UTC+1"
    with pytest.raises(ConfigError, match="write time_zone: Etc/GMT-1"):
        collected(sandbox)


def test_the_zone_is_compared_by_its_midnights_and_not_by_its_name(sandbox: Sandbox) -> None:
    simulated(sandbox).zone_name = "Europe/Guernsey"
    assert values(collected(sandbox), "nb_visits")


@pytest.mark.parametrize("legacy", [False, True])
def test_an_error_is_an_error_whatever_its_status(sandbox: Sandbox, legacy: bool) -> None:
    simulated(sandbox).legacy = legacy
    for form in ("json", "xml", "csv"):
        one = source(f"{sandbox.url}/matomo", format=form)
        with pytest.raises(RefusedError, match=r"Auth tokens\) and set \$\{env:TOKEN\} to it") as caught:
            list(one.fetch(WINDOW, NOW, session("wrong-token-1234")))
        assert "wrong-token-1234" not in str(caught.value)
        with pytest.raises(RefusedError, match="check 'site'"):
            collected(sandbox, site=7, format=form)


def test_an_unknown_segment_is_the_plans_fault(sandbox: Sandbox) -> None:
    with pytest.raises(ConfigError, match="check 'segment'"):
        collected(sandbox, segment="countryCode==gb")


def test_a_report_that_is_gone_costs_its_own_metrics() -> None:
    gone = b'{"result": "error", "message": "The method \'get\' does not exist or is not available in the module Actions."}'
    good = json.dumps({"2026-10-26": {"nb_visits": 3, "nb_actions": 5, "nb_uniq_visitors": 2}}).encode()
    with loopback(
        lambda received: (
            Reply(gone, 404) if b"Actions.get" in received.body or b"Sites" in received.body else Reply(good)
        )
    ) as site:
        one = source(site.url)
        parsed = one.parse(list(one.fetch(Window(WINDOW.start, WINDOW.start + DAY), NOW, quick_session())))
        assert values(parsed, "nb_visits") == {("", date(2026, 10, 26)): 3}
        assert parsed.breaks == (
            Break("nb_pageviews", WINDOW.start, "retired", "Matomo no longer has the report Actions.get"),
        )
        with pytest.raises(RefusedError, match="activate the plugin"):
            list(source(site.url, metrics=["nb_pageviews"]).fetch(WINDOW, NOW, quick_session()))


def test_headers_in_german_are_known() -> None:
    text = "Datum,Eindeutige Besucher,Besuche,Aktionen\n2026-11-01,20,31,77\n2026-11-02,21,30,\n"
    for body in (b"\xff\xfe" + text.encode("utf-16-le"), text.encode("utf-8-sig")):
        parsed = answered(body)
        assert values(parsed, "nb_visits") == {("", date(2026, 11, 1)): 31, ("", date(2026, 11, 2)): 30}
        assert values(parsed, "nb_uniq_visitors")["", date(2026, 11, 2)] == 21
        assert list(values(parsed, "nb_actions").values()) == [77], "an empty cell is missing"


def test_an_empty_day_that_is_asked_for_alone_is_missing_too() -> None:
    nothing = {"nb_visits": 0, "nb_actions": 0, "nb_uniq_visitors": 0, "bounce_rate": "0%"}
    assert not len(answered(nothing, days="2026-11-01,2026-11-01").observations)
    some = answered({**nothing, "nb_visits": 2}, days="2026-11-01,2026-11-01")
    assert values(some, "nb_visits") == {("", date(2026, 11, 1)): 2}
    assert values(some, "nb_actions") == {("", date(2026, 11, 1)): 0}


def test_more_visitors_than_visits_are_left_as_given_with_a_note() -> None:
    parsed = answered({"2026-11-01": {"nb_visits": 3, "nb_actions": 5, "nb_uniq_visitors": 4}})
    assert values(parsed, "nb_uniq_visitors") == {("", date(2026, 11, 1)): 4}
    assert "more visitors than visits" in parsed.notes[0]


def test_a_number_that_matomo_does_not_give_is_missing_with_a_note() -> None:
    parsed = answered({"2026-11-01": {"nb_visits": 3, "nb_actions": 5}})
    assert not values(parsed, "nb_uniq_visitors")
    assert "gives no 'nb_uniq_visitors'" in parsed.notes[0]


def test_what_was_not_asked_for_is_refused_or_noted() -> None:
    row = {"nb_visits": 3, "nb_actions": 5, "nb_uniq_visitors": 2}
    other = answered({"2026-12-01": row, "2026-11": row, "2026-11-01": row})
    assert list(other.refused["reason"]) == [
        "the period '2026-12-01' was not requested",
        "the period '2026-11' was not requested",
    ]
    xml = b"<results><result idSite='2'><result date='2026-11-01'><nb_visits>9</nb_visits></result></result></results>"
    assert "also holds site 2, which was not requested" in " ".join(answered(xml).notes)


def test_rows_that_are_no_page_or_come_twice_are_refused() -> None:
    rows = [
        {"label": "/km/", "nb_hits": 5, "nb_visits": 3, "nb_uniq_visitors": 2, "url": "https://library.example/km/"},
        {
            "label": "/km/",
            "nb_hits": 6,
            "nb_visits": 3,
            "nb_uniq_visitors": 2,
            "url": "https://www.library.example/km/",
        },
        {"label": "km", "nb_hits": 9, "nb_visits": 3, "idsubdatatable": 4},
        {"label": "shop", "nb_hits": 7, "nb_visits": 3, "nb_uniq_visitors": 1, "url": "https://shop.example/km/?a=1"},
    ]
    parsed = answered({"2026-11-01": rows}, "Actions.getPageUrls", by_page=True, site_url="https://library.example")
    assert values(parsed, "nb_pageviews") == {
        ("/km/", date(2026, 11, 1)): 5,
        ("//shop.example/km/?a=1", date(2026, 11, 1)): 7,
    }
    assert sorted(parsed.refused["reason"]) == ["a folder came instead of its pages", "the page comes twice"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!DOCTYPE html><title>Sign in</title>", "a web page came"),
        (b'{"2026-11-01": {"nb_vis', "breaks off"),
        (b"<results><result date='2026-11-01'>", "the XML is broken"),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "not a report but 'a'"),
        (b'{"result": "success", "message": "ok"}', "knows no column of 'result, message'"),
        (b'"just text"', "no column of"),
        (b"[1, 2]", "not have the form of a report"),
        (b"date,nb_visits\n2026-11-01,3,4\n", "line 2 is truncated"),
        (b"\xff\xfe\x00", "not text"),
        (b"", "empty answer"),
        (b'{"result":"error","message":"Site is being moved"}', "Matomo says: Site is being moved"),
    ],
)
def test_what_is_no_report_says_what_it_is(body: bytes, words: str) -> None:
    with pytest.raises(ShapeError, match=words) as caught:
        answered(body)
    assert caught.value.do


def test_a_page_that_does_not_say_what_was_asked_is_refused() -> None:
    page = RawPage("web", WINDOW, 0, "https://matomo.example", 200, NOW, b"{}")
    with pytest.raises(ShapeError, match="record of its request cannot be read"):
        source("https://matomo.example").parse([page])
