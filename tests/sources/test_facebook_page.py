"""A Facebook page: whose day a value is, what is asked for, what is gone, late or never given."""

import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from pydantic import ValidationError

from sandbox.faults import ALWAYS, Fault
from sandbox.graph_history import PAGE, PAGE_TOKEN
from sandbox.server import Sandbox
from sources.contract import ParseResult, Place, RawPage
from sources.facebook_page.source import FacebookPage
from sources.web.session import Session
from tests.loopback import ReceivedRequest, Reply, quick_session, serve
from warehouse.errors import ConfigError, QuotaError, RefusedError, ShapeError
from warehouse.schema import Window

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
WINDOW = Window(date(2026, 10, 26), date(2026, 11, 9))
TODAY = Window(date(2026, 11, 23), date(2026, 11, 24))
APP = "4567890123|riverside-app-secret"


def source(url: str = "https://graph.example", **more: object) -> FacebookPage:
    given = FacebookPage.Settings.model_validate(
        {"type": "facebook_page", "url": url, "page": PAGE, "token": "${env:TOKEN}", **more}
    )
    return FacebookPage("page", given, Place(ZoneInfo("Europe/London")))


def session() -> Session:
    return Session({"${env:TOKEN}": PAGE_TOKEN, "${env:APP}": APP}.__getitem__, retries=0, timeout_s=(2, 2))


def collected(one: FacebookPage, window: Window = WINDOW) -> tuple[list[RawPage], ParseResult]:
    pages = list(one.fetch(window, NOW, session()))
    return pages, one.parse(pages)


def values(parsed: ParseResult, metric: str, entity: str = "") -> dict[date, float]:
    frame = parsed.observations
    frame = frame[(frame["metric"] == metric) & (frame["entity"] == entity)]
    return dict(zip(frame["start"].dt.date, frame["value"], strict=True))


def insights(
    *rows: tuple[str, str, list[tuple[object, str]]], metrics: list[str] | None = None, window: Window = WINDOW
) -> RawPage:
    data = [
        {"name": name, "period": period, "values": [{"value": v, "end_time": end} for v, end in told]}
        for name, period, told in rows
    ]
    about = {"kind": "insights", "metrics": metrics or [name for name, _, _ in rows]}
    return RawPage(
        "page",
        window,
        0,
        "https://graph.example/i",
        200,
        NOW,
        json.dumps({"data": data}).encode(),
        request=json.dumps(about),
    )


def test_every_day_of_the_window_is_read_once_over_the_change_of_the_clocks(sandbox: Sandbox) -> None:
    pages, parsed = collected(source(f"{sandbox.url}/graph"))
    days = [WINDOW.start + (date(2026, 1, 2) - date(2026, 1, 1)) * n for n in range(WINDOW.days)]
    for metric in ("page_media_view", "page_total_media_view_unique", "page_follows", "page_daily_follows"):
        assert list(values(parsed, metric)) == days, metric
    assert (parsed.covered, parsed.replaces) == ((WINDOW,), WINDOW)
    assert len(pages) == 2


def test_people_are_asked_for_by_the_weeks_that_ended_and_never_summed(sandbox: Sandbox) -> None:
    _, parsed = collected(source(f"{sandbox.url}/graph"))
    weeks = parsed.observations[parsed.observations["metric"] == "page_total_media_view_unique_week"]
    assert list(weeks["start"].dt.date) == [date(2026, 10, 26), date(2026, 11, 2)]
    assert ((weeks["end"] - weeks["start"]) == pd.Timedelta(days=7)).all()
    week = sum(
        value for day, value in values(parsed, "page_total_media_view_unique").items() if day < date(2026, 11, 2)
    )
    assert 0 < weeks["value"].iloc[0] < week


def test_what_facebook_calls_estimated_is_flagged(sandbox: Sandbox) -> None:
    frame = collected(source(f"{sandbox.url}/graph"))[1].observations
    assert set(frame.loc[frame["metric"] == "page_total_media_view_unique", "flags"]) == {("estimated",)}
    assert set(frame.loc[frame["metric"] == "page_media_view", "flags"]) == {()}


def test_a_level_stands_at_the_midnight_that_begins_the_day() -> None:
    page = insights(
        ("page_follows", "day", [(10, "2026-11-02T08:00:00+0000")]),
        ("page_media_view", "day", [(5, "2026-11-02T08:00:00+0000")]),
    )
    parsed = source(metrics=["page_follows", "page_media_view"]).parse([page])
    assert values(parsed, "page_follows") == {date(2026, 11, 2): 10}
    assert values(parsed, "page_media_view") == {date(2026, 11, 1): 5}


def test_a_day_without_a_value_is_missing_and_zero_is_zero() -> None:
    told: list[tuple[object, str]] = [
        (0, "2026-10-27T07:00:00+0000"),
        (None, "2026-10-28T07:00:00+0000"),
        (7, "2026-10-29T07:00:00+0000"),
    ]
    parsed = source(metrics=["page_media_view"]).parse([insights(("page_media_view", "day", told))])
    assert values(parsed, "page_media_view") == {date(2026, 10, 26): 0, date(2026, 10, 28): 7}
    assert parsed.covered == (Window(date(2026, 10, 26), date(2026, 10, 29)),)


def test_an_empty_answer_takes_nothing_away_that_stands() -> None:
    page = insights(metrics=["page_media_view"])
    parsed = source(metrics=["page_media_view"]).parse([page])
    assert parsed.observations.empty
    assert (parsed.covered, parsed.replaces) == ((), None)
    assert "below 100 likes" in parsed.notes[0]
    still_expected = Window(date(2026, 10, 26), WINDOW.end)
    assert parsed.unanswered == (still_expected.overlap(Window(date(2026, 10, 24), date(2026, 11, 24))),)


def test_days_that_facebook_keeps_no_more_are_neither_asked_for_nor_taken_away(sandbox: Sandbox) -> None:
    one = source(f"{sandbox.url}/graph", metrics=["page_media_view"])
    pages, parsed = collected(one, Window(date(2024, 11, 1), date(2024, 12, 1)))
    kept = Window(date(2024, 11, 24), date(2024, 12, 1))
    assert (parsed.covered, parsed.replaces) == ((kept,), kept)
    assert len(values(parsed, "page_media_view")) == kept.days
    sandbox.requests.clear()
    pages, parsed = collected(one, Window(date(2023, 11, 1), date(2023, 12, 1)))
    assert (pages, sandbox.requests, parsed.covered, parsed.replaces) == ([], [], (), None)


def test_rolling_figures_of_28_days_are_left_out() -> None:
    parsed = source(metrics=["page_media_view"]).parse(
        [insights(("page_media_view", "days_28", [(580, "2026-11-02T08:00:00+0000")]))]
    )
    assert parsed.observations.empty
    assert any("days_28" in note for note in parsed.notes)


def test_a_retired_metric_costs_itself_and_names_its_successor(sandbox: Sandbox) -> None:
    one = source(f"{sandbox.url}/graph", metrics=["page_media_view", "page_fans", "page_views_total"])
    pages, parsed = collected(one)
    assert set(parsed.observations["metric"]) == {"page_media_view", "page_views_total"}
    assert [(known.metric, known.kind, known.replaced_by, known.day) for known in parsed.breaks] == [
        ("page_fans", "retired", "page_follows", date(2025, 11, 15)),
    ]
    assert any("page_follows" in note for note in parsed.notes)
    assert parsed.replaces is None, "what stands of the metric that is gone stays"
    assert one.metrics()[1].breaks == parsed.breaks
    assert [page.status for page in pages].count(400) == 1


def test_where_no_metric_is_known_the_refusal_is_told(sandbox: Sandbox) -> None:
    with pytest.raises(RefusedError, match="valid insights metric"):
        collected(source(f"{sandbox.url}/graph", metrics=["page_fans"]))


def test_the_end_of_the_token_and_of_the_consent_are_known_with_the_apps_own_token(sandbox: Sandbox) -> None:
    _, parsed = collected(source(f"{sandbox.url}/graph", app_token="${env:APP}"))
    assert parsed.access_expires_at is None
    assert any("consent to read data ends on 2027-02-12" in note for note in parsed.notes)


def test_an_app_token_that_is_refused_costs_no_figures() -> None:
    def reply(received: ReceivedRequest) -> Reply:
        if received.path.endswith("debug_token"):
            return Reply(b'{"error": {"code": 190, "message": "Invalid OAuth access token"}}', 400)
        return Reply(
            b'{"data": [{"name": "page_media_view", "period": "day", '
            b'"values": [{"value": 3, "end_time": "2026-11-02T08:00:00+0000"}]}]}'
        )

    with serve(reply) as site:
        one = source(site.url, metrics=["page_media_view"], app_token="${env:TOKEN}")
        parsed = one.parse(list(one.fetch(WINDOW, NOW, quick_session())))
    assert len(parsed.observations) == 1
    assert any("the expiry date of the token is not known" in note for note in parsed.notes)


def test_a_version_that_has_ended_is_noticed(sandbox: Sandbox) -> None:
    _, parsed = collected(source(f"{sandbox.url}/graph", version="v19.0", metrics=["page_media_view"]))
    assert any("requested v19.0, answered by v26.0" in note for note in parsed.notes)


def test_the_newest_days_that_are_not_there_yet_are_not_covered() -> None:
    told: list[tuple[object, str]] = [(3, "2026-11-06T08:00:00+0000"), (None, "2026-11-07T08:00:00+0000")]
    parsed = source(metrics=["page_media_view"]).parse([insights(("page_media_view", "day", told))])
    assert parsed.covered == (Window(WINDOW.start, date(2026, 11, 6)),)
    assert parsed.unanswered == (Window(date(2026, 11, 6), WINDOW.end),)


def test_counters_are_readings_of_today(sandbox: Sandbox) -> None:
    _, parsed = collected(source(f"{sandbox.url}/graph", mode="counters", newest=30), TODAY)
    assert set(parsed.observations["start"].dt.date) == {date(2026, 11, 24)}
    assert set(parsed.observations["metric"]) == {
        "fan_count", "followers_count", "reactions", "comments", "shares",
        "post_media_view", "post_total_media_view_unique",
    }  # fmt: skip
    assert parsed.adds_only
    assert parsed.replaces is None


def test_a_list_is_read_to_its_end_though_a_page_is_short(sandbox: Sandbox) -> None:
    pages, parsed = collected(source(f"{sandbox.url}/graph", mode="counters", newest=2000, post_metrics=[]), TODAY)
    reactions = parsed.observations[parsed.observations["metric"] == "reactions"]
    assert reactions["entity"].is_unique
    assert len(reactions) == sum(len(json.loads(page.body)["data"]) for page in pages[1:])
    assert [len(json.loads(page.body)["data"]) for page in pages[1:3]] == [94, 95]


def test_one_post_without_figures_costs_itself_only(sandbox: Sandbox) -> None:
    _, parsed = collected(source(f"{sandbox.url}/graph", mode="counters", newest=10), TODAY)
    assert len(parsed.refused) == 1
    assert "cannot be read" in parsed.refused["reason"].iloc[0]
    assert (parsed.observations["metric"] == "post_media_view").sum() == 9


def test_counters_of_a_day_before_are_not_asked_for(sandbox: Sandbox) -> None:
    pages, parsed = collected(
        source(f"{sandbox.url}/graph", mode="counters"), Window(date(2026, 11, 1), date(2026, 11, 20))
    )
    assert not pages
    assert not sandbox.requests
    assert parsed.observations.empty


def test_a_metric_that_no_post_has_is_given_up_after_three(sandbox: Sandbox) -> None:
    sandbox.misbehave(f"/graph/v26.0/{PAGE}_", Fault.RETIRED_METRIC, times=ALWAYS, detail="post_media_view")
    _, parsed = collected(source(f"{sandbox.url}/graph", mode="counters", newest=10), TODAY)
    received = [seen for seen in sandbox.requests if "post_media_view" in seen.query.get("metric", [""])[0].split(",")]
    assert len(received) == 6
    assert [known.metric for known in parsed.breaks] == ["post_media_view"]
    assert (parsed.observations["metric"] == "post_total_media_view_unique").sum() == 9


def test_a_limit_that_is_nearly_used_up_stops_the_run() -> None:
    usage = {"X-Page-Usage": '{"call_count": 92}'}
    with (
        serve(lambda received: Reply(b'{"fan_count": 3, "followers_count": 4}', headers=usage)) as site,
        pytest.raises(QuotaError, match="92 %"),
    ):
        list(
            source(site.url, mode="counters").fetch(Window(date(2026, 11, 1), date(2026, 11, 24)), NOW, quick_session())
        )
    assert len(site.received) == 1


def test_an_unknown_metric_and_another_zone_are_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="own_metrics"):
        source(metrics=["page_glances"])
    assert (
        source(metrics=["page_glances"], own_metrics={"page_glances": {"unit": "glances"}}).metrics()[0].unit
        == "glances"
    )
    with pytest.raises(ValidationError, match="America/Los_Angeles"):
        source(time_zone="Europe/London")
    assert source().place.zone.key == "America/Los_Angeles"
    assert source(mode="counters").place.zone.key == "Europe/London"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"data": 3}', b'{"data"', b"null"])
def test_what_is_no_answer_is_no_shape(body: bytes) -> None:
    for mode in ("insights", "counters"):
        page = RawPage("page", WINDOW, 0, "https://graph.example/i", 200, NOW, body, request='{"kind": "list"}')
        with pytest.raises(ShapeError):
            source(mode=mode).parse([page])
