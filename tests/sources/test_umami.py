"""Umami: the cloud and one's own, days in the zone that was asked for, versions, pages, errors."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from sandbox.faults import ALWAYS, Fault
from sandbox.server import Sandbox, serve
from sandbox.umami import KEY, PASSWORD, TOKEN, USER, WEBSITE
from sandbox.umami import Umami as Simulated
from sources.contract import ParseResult, Place, RawPage
from sources.umami.responses import day_of, time_range
from sources.umami.source import Umami
from sources.web.session import Session
from tests.loopback import NOW, Reply, quick_session
from tests.loopback import serve as loopback
from warehouse.errors import ConfigError, QuotaError, RefusedError, ShapeError
from warehouse.schema import DAY, Window

WINDOW = Window(date(2026, 10, 24), date(2026, 11, 23))
OFF = date(2026, 6, 1)
SECRETS = {"${env:KEY}": KEY, "${env:PASSWORD}": PASSWORD, "${env:WRONG}": "wrong-secret-1234"}
CLOUD = {"type": "api_key", "key": "${env:KEY}"}
OWN = {"type": "login", "user": USER, "password": "${env:PASSWORD}"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with serve(date(2026, 11, 24), 1) as running:
        yield running


def source(url: str, zone: str = "Europe/London", **more: Any) -> Umami:
    told = {"type": "umami", "url": url, "website": WEBSITE, "auth": CLOUD} | more
    return Umami("web", Umami.Settings.model_validate(told), Place(ZoneInfo(zone)))


def session() -> Session:
    return Session(lambda reference: SECRETS[reference], retries=0, timeout_s=(2, 2))


def collected(sandbox: Sandbox, window: Window = WINDOW, **more: Any) -> ParseResult:
    own = more.get("auth", CLOUD)["type"] == "login"
    one = source(f"{sandbox.url}/umami{'' if own else '/v1'}", **more)
    return one.parse(list(one.fetch(window, NOW, session())))


def values(parsed: ParseResult, metric: str) -> dict[tuple[str, date], float]:
    rows = parsed.observations[parsed.observations["metric"] == metric]
    return dict(
        zip(zip(rows["entity"], (start.date() for start in rows["start"]), strict=True), rows["value"], strict=True)
    )


def simulated(sandbox: Sandbox) -> Simulated:
    found = sandbox.provider("/umami")
    assert isinstance(found, Simulated)
    return found


def answered(told: object, what: str = "pageviews", purpose: str = "day", **more: Any) -> ParseResult:
    """What comes of one answer about the window."""
    about = {"what": what, "purpose": purpose, "days": [str(WINDOW.start), str(WINDOW.end)], "offset": 0}
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return source("https://umami.example", **more).parse(
        [RawPage("web", WINDOW, 0, "https://umami.example", 200, NOW, body, request=json.dumps(about))]
    )


def test_the_cloud_and_ones_own_give_the_same(sandbox: Sandbox) -> None:
    cloud, own = collected(sandbox), collected(sandbox, auth=OWN)
    for metric in ("pageviews", "visitors", "visitors_week", "visitors_month"):
        assert values(own, metric) == values(cloud, metric) != {}
    assert len(values(cloud, "pageviews")) == WINDOW.days
    assert [day for _, day in values(cloud, "visitors_week")] == [date(2026, 10, 19) + 7 * n * DAY for n in range(5)]


def test_the_token_of_a_login_lands_nowhere(sandbox: Sandbox) -> None:
    one = source(f"{sandbox.url}/umami", auth=OWN)
    asking = session()
    pages = list(one.fetch(WINDOW, NOW, asking))
    assert all(TOKEN not in f"{page.url}{page.request}{page.body!r}" and "login" not in page.url for page in pages)
    assert asking.redact(f"seen: {TOKEN}") == "seen: ***"


def test_a_day_of_25_hours_is_asked_for_whole() -> None:
    span = time_range(Window(date(2026, 10, 25), date(2026, 10, 26)), ZoneInfo("Europe/London"))
    assert (int(span["endAt"]) - int(span["startAt"]) + 1) / 3_600_000 == 25
    assert datetime.fromtimestamp(int(span["startAt"]) / 1000, UTC) == datetime(2026, 10, 24, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "day"),
    [
        ("2026-11-01 00:00:00", "America/Los_Angeles", date(2026, 11, 1)),
        ("2026-11-01T07:00:00Z", "America/Los_Angeles", date(2026, 11, 1)),
        ("2026-10-31T23:00:00.000Z", "Europe/Berlin", date(2026, 11, 1)),
        ("2026-11-01T00:00:00Z", "Europe/Berlin", date(2026, 11, 1)),
        ("2026-11-01T05:30:00Z", "Europe/Berlin", None),
        ("soon", "Europe/Berlin", None),
    ],
)
def test_a_point_stands_on_the_local_day_that_it_names(text: str, zone: str, day: date | None) -> None:
    assert day_of(text, ZoneInfo(zone)) == day


def test_a_day_without_anything_is_missing(sandbox: Sandbox) -> None:
    off = next(day for day in (OFF + n * DAY for n in range(30)) if simulated(sandbox)._off(day))
    window = Window(off - DAY, off + 2 * DAY)
    parsed = collected(sandbox, window, metrics=["pageviews", "visitors", "visits"])
    for metric in ("pageviews", "visitors", "visits"):
        assert {day for _, day in values(parsed, metric)} == {off - DAY, off + DAY}
    km = collected(sandbox, window, metrics=["pageviews", "visits"], pages=["/km/"])
    assert {day for _, day in values(km, "visits")} == {off - DAY, off + DAY}


def test_the_pages_are_one_line_and_single_pages_cost_a_request_a_day(sandbox: Sandbox) -> None:
    km = collected(sandbox, pages=["/km/"], metrics=["pageviews", "visitors", "visits"])
    sandbox.requests.clear()
    each = collected(sandbox, pages=["/km/"], by_page=True, metrics=["pageviews", "visits"])
    assert len(sandbox.requests) == WINDOW.days
    day = date(2026, 11, 10)
    apart = {entity: value for (entity, at), value in values(each, "pageviews").items() if at == day}
    assert len(apart) == 5
    assert values(km, "pageviews")["", day] == sum(apart.values())
    assert values(km, "visits")["", day] < sum(value for (_, at), value in values(each, "visits").items() if at == day)
    assert {metric.name for metric in source("https://umami.example", by_page=True).metrics()} == {
        "pageviews",
        "visitors",
    }


def test_lists_of_pages_are_read_to_their_end(sandbox: Sandbox) -> None:
    day = Window(date(2026, 11, 10), date(2026, 11, 11))
    whole, paged = collected(sandbox, day, by_page=True), collected(sandbox, day, by_page=True, page_size=4)
    assert values(paged, "pageviews") == values(whole, "pageviews")
    assert len(values(whole, "pageviews")) == 9
    sandbox.misbehave("/umami", Fault.REPEATED_TOKEN, times=ALWAYS)
    with pytest.raises(ShapeError, match="repeats itself"):
        collected(sandbox, day, by_page=True, page_size=4)


def test_pages_on_a_version_that_would_count_the_whole_site_are_refused(sandbox: Sandbox) -> None:
    simulated(sandbox).version = 2
    with pytest.raises(ConfigError, match="update Umami to version 3"):
        collected(sandbox, auth=OWN, pages=["/km/"])
    assert values(collected(sandbox, auth=OWN), "visitors_week"), "without pages version 2 is read as well"


def test_days_without_views_of_the_pages_are_zero_only_where_the_filter_is_known_to_work(sandbox: Sandbox) -> None:
    unseen = collected(sandbox, pages=["/nowhere/"])
    assert not len(unseen.observations)
    assert "no view of the pages on any day" in unseen.notes[0]
    days = [f"2026-11-0{n} 00:00:00" for n in (1, 2)]
    site = {"pageviews": [{"x": day, "y": 9} for day in days], "sessions": [{"x": day, "y": 5} for day in days]}
    few = {"pageviews": [{"x": days[0], "y": 2}], "sessions": [{"x": days[0], "y": 1}]}
    about = [
        {"what": "pageviews", "purpose": purpose, "days": [str(WINDOW.start), str(WINDOW.end)], "offset": 0}
        for purpose in ("site", "day")
    ]
    pages = [
        RawPage(
            "web", WINDOW, n, "https://umami.example", 200, NOW, json.dumps(told).encode(), request=json.dumps(received)
        )
        for n, (told, received) in enumerate(zip((site, few), about, strict=True))
    ]
    parsed = source("https://umami.example", pages=["/km/"]).parse(pages)
    assert values(parsed, "pageviews") == {("", date(2026, 11, 1)): 2, ("", date(2026, 11, 2)): 0}


def test_a_key_and_a_login_that_are_not_accepted_say_how_to_renew_them(sandbox: Sandbox) -> None:
    with pytest.raises(RefusedError, match=r"create a new key in Umami Cloud .* \$\{env:WRONG\}") as caught:
        collected(sandbox, auth={"type": "api_key", "key": "${env:WRONG}"})
    assert "wrong-secret-1234" not in str(caught.value)
    with pytest.raises(RefusedError, match=r"set \$\{env:WRONG\} to the password") as caught:
        collected(sandbox, auth=OWN | {"password": "${env:WRONG}"})
    assert "wrong-secret-1234" not in str(caught.value)
    with pytest.raises(RefusedError, match="let the user 'riverside' view this web site"):
        collected(sandbox, auth=OWN, website=WEBSITE.replace("0d", "1d"))


def test_used_up_calls_wait_a_quarter_of_a_minute(sandbox: Sandbox) -> None:
    sandbox.misbehave("/umami", Fault.QUOTA, times=ALWAYS)
    with pytest.raises(QuotaError, match="calls are used up for now") as caught:
        collected(sandbox)
    assert caught.value.retry_after_s == 15


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (Reply(b'{"user": {}}'), ShapeError, "gave no token"),
        (Reply(b"<html>"), ShapeError, "a web page came"),
        (
            Reply(b'{"error": {"code": "bad-request", "message": "Bad request", "status": 400}}', 400),
            ConfigError,
            "check 'website'",
        ),
    ],
)
def test_a_login_that_brings_no_token_is_named(answer: Reply, kind: type[Exception], words: str) -> None:
    with loopback(lambda _: answer) as site, pytest.raises(kind, match=words):
        list(source(site.url, auth=OWN | {"password": "${env:TOKEN}"}).fetch(WINDOW, NOW, quick_session(retries=0)))


def test_what_cannot_be_read_is_refused() -> None:
    points = [{"x": "2026-11-01 00:00:00", "y": "many"}, {"x": "2025-11-01 00:00:00", "y": 1}, 7]
    parsed = answered({"pageviews": points, "sessions": []})
    assert not len(parsed.observations)
    assert sorted(parsed.refused["reason"]) == [
        "'many' is not a number",
        *["the point names no day that was requested"] * 2,
    ]
    listed = answered([{"x": "/km/", "y": 3}], "metrics/expanded", by_page=True)
    assert list(listed.refused["reason"]) == ["the row names no page; by_page needs Umami 3"]


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"pageviews": [', b"[]", b"{}", b'{"pageviews": 3}'])
def test_what_is_no_answer_is_a_shape_error(body: bytes) -> None:
    with pytest.raises(ShapeError) as caught:
        answered(body)
    assert caught.value.do


def test_an_unknown_metric_is_refused_in_the_plan() -> None:
    with pytest.raises(ValidationError, match="Umami gives no 'clicks'"):
        source("https://umami.example", metrics=["clicks"])
