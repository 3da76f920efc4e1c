"""Plausible: one query a window, pages, paging, warnings, the zone of the site and the provider's errors."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from sandbox.faults import ALWAYS, Fault
from sandbox.plausible import KEY
from sandbox.plausible import Plausible as Simulated
from sandbox.server import Sandbox, serve
from sources.contract import Break, ParseResult, Place, RawPage
from sources.plausible.source import Plausible
from sources.web.session import Session
from tests.loopback import NOW, Reply, quick_session
from tests.loopback import serve as loopback
from warehouse.errors import ConfigError, QuotaError, RefusedError, ShapeError
from warehouse.schema import DAY, Window

WINDOW = Window(date(2026, 10, 26), date(2026, 11, 23))
OFF = date(2026, 5, 1)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with serve(date(2026, 11, 24), 1) as running:
        yield running


def source(url: str, zone: str = "Europe/London", **more: Any) -> Plausible:
    told = {"type": "plausible", "url": url, "site": "riverside.example", "key": "${env:TOKEN}"} | more
    return Plausible("web", Plausible.Settings.model_validate(told), Place(ZoneInfo(zone)))


def session(key: str = KEY) -> Session:
    return Session(lambda _: key, retries=0, timeout_s=(2, 2))


def collected(sandbox: Sandbox, window: Window = WINDOW, **more: Any) -> ParseResult:
    one = source(f"{sandbox.url}/plausible", **more)
    return one.parse(list(one.fetch(window, NOW, session())))


def values(parsed: ParseResult, metric: str) -> dict[tuple[str, date], float]:
    rows = parsed.observations[parsed.observations["metric"] == metric]
    return dict(
        zip(zip(rows["entity"], (start.date() for start in rows["start"]), strict=True), rows["value"], strict=True)
    )


def simulated(sandbox: Sandbox) -> Simulated:
    found = sandbox.provider("/plausible")
    assert isinstance(found, Simulated)
    return found


def queries(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [json.loads(seen.body) for seen in sandbox.requests]


def answered(told: object, **more: Any) -> ParseResult:
    """What comes of one answer about the days of the window."""
    about = {"purpose": "day", "offset": 0, "metrics": ["pageviews", "visits", "visitors"], "dimensions": ["time:day"]}
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return source("https://plausible.example", **more).parse(
        [RawPage("web", WINDOW, 0, "https://plausible.example", 200, NOW, body, request=json.dumps(about))]
    )


def test_a_window_is_one_query_and_weeks_and_months_are_asked_for_as_such(sandbox: Sandbox) -> None:
    parsed = collected(sandbox)
    received = [(one["dimensions"], one["date_range"], one["metrics"]) for one in queries(sandbox)]
    assert received == [
        (["time:day"], ["2026-10-26", "2026-11-22"], ["pageviews", "visits", "visitors"]),
        (["time:week"], ["2026-10-26", "2026-11-22"], ["visitors"]),
        (["time:month"], ["2026-10-01", "2026-10-31"], ["visitors"]),
    ]
    assert len(values(parsed, "pageviews")) == WINDOW.days
    assert [day for _, day in values(parsed, "visitors_week")] == [date(2026, 10, 26) + 7 * n * DAY for n in range(4)]
    assert list(values(parsed, "visitors_month")) == [("", date(2026, 10, 1))]
    assert (parsed.covered, parsed.replaces) == ((WINDOW,), WINDOW)


def test_the_pages_are_one_line(sandbox: Sandbox) -> None:
    km, each = collected(sandbox, pages=["/km/"]), collected(sandbox, pages=["/km/"], by_page=True)
    day = date(2026, 11, 10)
    apart = {entity: value for (entity, at), value in values(each, "pageviews").items() if at == day}
    assert len(apart) == 5
    assert values(km, "pageviews")["", day] == sum(apart.values())
    assert values(km, "visits")["", day] < sum(value for (_, at), value in values(each, "visits").items() if at == day)
    assert queries(sandbox)[0]["filters"] == [["matches", "event:page", ["^/km/"]]]


def test_a_glob_is_a_pattern_over_the_whole_path(sandbox: Sandbox) -> None:
    each = collected(sandbox, pages=["*/finding/", "/news/"], by_page=True)
    assert {entity for entity, _ in values(each, "pageviews")} == {"/km/guides/finding/", "/news/"}


def test_pages_that_nobody_saw_are_zero_where_the_site_was_counted_and_missing_elsewhere(sandbox: Sandbox) -> None:
    off = next(day for day in (OFF + n * DAY for n in range(31)) if simulated(sandbox)._off(day))
    window = Window(off - DAY, off + 2 * DAY)
    unseen = collected(sandbox, window, pages=["/nowhere/"])
    for metric in ("pageviews", "visits", "visitors"):
        assert values(unseen, metric) == {("", off - DAY): 0, ("", off + DAY): 0}
    assert not values(collected(sandbox, window), "pageviews").keys() & {("", off)}
    each = collected(sandbox, window, by_page=True, pages=["/nowhere/"])
    assert [(part.start, part.end) for part in each.covered] == [(off - DAY, off), (off + DAY, off + 2 * DAY)]
    assert {
        metric.absent for metric in source("https://plausible.example", by_page=True).metrics() if metric.kind == "flow"
    } == {"zero"}


def test_all_rows_come_page_by_page(sandbox: Sandbox) -> None:
    whole = collected(sandbox, by_page=True)
    sandbox.requests.clear()
    paged = collected(sandbox, by_page=True, page_size=100)
    assert len(paged.observations) == len(whole.observations) == 3 * 9 * WINDOW.days
    assert [one["pagination"]["offset"] for one in queries(sandbox)] == [0, 100, 200, 0]


@pytest.mark.parametrize(
    ("fault", "words"), [(Fault.REPEATED_TOKEN, "repeats itself"), (Fault.EMPTY_PAGE, "empty pages in a row")]
)
def test_a_list_that_does_not_end_is_stopped(sandbox: Sandbox, fault: Fault, words: str) -> None:
    sandbox.misbehave("/plausible", fault, times=ALWAYS)
    with pytest.raises(ShapeError, match=words):
        collected(sandbox, by_page=True, page_size=100)
    assert len(sandbox.requests) < 4


def test_a_site_in_another_zone_is_refused_with_where_to_look(sandbox: Sandbox) -> None:
    simulated(sandbox).zone = ZoneInfo("Asia/Kolkata")
    with pytest.raises(ConfigError, match=r"Reporting timezone \(Site settings, General\)"):
        collected(sandbox)
    assert values(collected(sandbox, zone="Asia/Kolkata"), "pageviews")


def test_what_plausible_says_of_the_numbers_is_noted(sandbox: Sandbox) -> None:
    simulated(sandbox).imports_warning = "Imported stats are not included"
    assert "Plausible says: Imported stats are not included" in collected(sandbox, imports=True).notes
    warned = answered({"results": [], "meta": {"metric_warnings": {"visits": {"code": "x", "warning": "old method"}}}})
    assert warned.notes == ("Plausible says: old method",)


def test_a_retired_metric_costs_itself(sandbox: Sandbox) -> None:
    sandbox.misbehave("/plausible", Fault.RETIRED_METRIC, times=ALWAYS, detail="visitors")
    parsed = collected(sandbox)
    assert set(parsed.observations["metric"]) == {"pageviews", "visits"}
    assert parsed.breaks == (Break("visitors", WINDOW.start, "retired", "Plausible no longer knows the metric"),)
    with pytest.raises(RefusedError, match="remove it from 'metrics'"):
        collected(sandbox, metrics=["visitors"])


def test_a_key_that_is_not_accepted_says_how_to_renew_it(sandbox: Sandbox) -> None:
    one = source(f"{sandbox.url}/plausible")
    with pytest.raises(RefusedError, match=r"create a new key .* set \$\{env:TOKEN\} to it") as caught:
        list(one.fetch(WINDOW, NOW, session("wrong-key-1234")))
    assert "wrong-key-1234" not in str(caught.value)


def test_a_used_up_hour_pauses_until_the_next_one(sandbox: Sandbox) -> None:
    simulated(sandbox).per_hour = 1
    with pytest.raises(QuotaError, match="requests of this hour are used up") as caught:
        collected(sandbox)
    assert caught.value.retry_after_s == 59 * 60, "it is one minute past"


def test_the_pace_is_kept_before_plausible_says_so(sandbox: Sandbox) -> None:
    with pytest.raises(QuotaError, match="stopped before the provider's limit"):
        collected(sandbox, requests_per_hour=2)
    assert len(sandbox.requests) == 2


@pytest.mark.parametrize(
    ("status", "error", "kind", "words"),
    [
        (402, "does not have access to Stats API", RefusedError, "Business plan"),
        (400, "#/date_range: Invalid date range", ConfigError, "check 'site' and 'pages'"),
    ],
)
def test_each_error_says_what_to_do(status: int, error: str, kind: type[Exception], words: str) -> None:
    with (
        loopback(lambda _: Reply(json.dumps({"error": error}).encode(), status)) as site,
        pytest.raises(kind, match=words),
    ):
        list(source(site.url).fetch(WINDOW, NOW, quick_session(retries=0)))


def test_a_metric_that_adds_up_over_nothing_is_refused_in_the_plan() -> None:
    with pytest.raises(ValidationError, match="'bounce_rate' neither adds up"):
        source("https://plausible.example", metrics=["bounce_rate"])


def test_rows_that_cannot_be_read_are_refused() -> None:
    rows = [
        {"dimensions": ["2026-11-01"], "metrics": [5, 4, None]},
        {"dimensions": ["2026-11-02"], "metrics": [5, 4]},
        {"dimensions": ["2025-11-02"], "metrics": [5, 4, 3]},
        {"dimensions": ["someday"], "metrics": [5, 4, 3]},
        "row",
    ]
    parsed = answered({"results": rows})
    assert values(parsed, "pageviews") == {("", date(2026, 11, 1)): 5}
    assert not values(parsed, "visitors")
    assert (
        sorted(parsed.refused["reason"])
        == ["the row lacks a value"] * 2 + ["the row names no period that was requested"] * 2
    )


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"results": [', b'{"results": {}}', b"[]", b"null"])
def test_what_is_no_answer_is_a_shape_error(body: bytes) -> None:
    with pytest.raises(ShapeError) as caught:
        answered(body)
    assert caught.value.do
