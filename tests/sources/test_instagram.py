"""An Instagram account: what comes as a series and what day by day, what is late, what only the last 30 days have."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sandbox.graph_history import ACCOUNT, PAGE_TOKEN
from sandbox.server import Sandbox
from sources.contract import ParseResult, Place
from sources.instagram.source import Instagram
from sources.web.session import Session
from warehouse.errors import ConfigError
from warehouse.schema import Window

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WINDOW = Window(date(2026, 10, 27), date(2026, 11, 24))


def source(url: str = "https://graph.example", **more: object) -> Instagram:
    given = Instagram.Settings.model_validate(
        {"type": "instagram", "url": url, "account": ACCOUNT, "token": "${env:TOKEN}", **more}
    )
    return Instagram("account", given, Place(ZoneInfo("Europe/London")))


def collected(one: Instagram, window: Window = WINDOW) -> ParseResult:
    pages = list(one.fetch(window, NOW, Session(lambda _: PAGE_TOKEN, retries=0, timeout_s=(2, 2))))
    return one.parse(pages)


def days_of(parsed: ParseResult, metric: str) -> list[date]:
    return list(parsed.observations.loc[parsed.observations["metric"] == metric, "start"].dt.date)


def test_totals_come_day_by_day_and_series_at_once(sandbox: Sandbox) -> None:
    parsed = collected(source(f"{sandbox.url}/graph"))
    told = [WINDOW.start + n * timedelta(days=1) for n in range(27)]
    for metric in ("views", "reach", "accounts_engaged", "total_interactions", "follower_count"):
        assert days_of(parsed, metric) == told, metric
    assert days_of(parsed, "reach_week") == [
        date(2026, 10, 26),
        date(2026, 11, 2),
        date(2026, 11, 9),
        date(2026, 11, 16),
    ]
    spans = [
        int(seen.query["until"][0]) - int(seen.query["since"][0])
        for seen in sandbox.requests
        if "views" in seen.query["metric"][0]
    ]
    assert sorted(set(spans)) == [86_400, 90_000]
    assert len(spans) == 28


def test_the_newest_day_is_late_and_not_covered_and_nothing_is_taken_back(sandbox: Sandbox) -> None:
    parsed = collected(source(f"{sandbox.url}/graph"))
    assert parsed.covered == (Window(WINDOW.start, date(2026, 11, 23)),)
    assert parsed.unanswered == (Window(date(2026, 11, 23), WINDOW.end),)
    assert parsed.replaces is None


def test_new_followers_are_asked_for_the_last_30_days_only(sandbox: Sandbox) -> None:
    early = Window(date(2026, 10, 20), date(2026, 11, 10))
    parsed = collected(source(f"{sandbox.url}/graph", metrics=["reach", "follower_count"]), early)
    assert days_of(parsed, "follower_count")[0] == date(2026, 10, 26)
    assert days_of(parsed, "reach")[0] == date(2026, 10, 20)
    long_ago = collected(
        source(f"{sandbox.url}/graph", metrics=["reach", "follower_count"]), Window(date(2026, 5, 4), date(2026, 5, 18))
    )
    assert not days_of(long_ago, "follower_count")
    assert any("last 30 days" in note for note in long_ago.notes)
    assert len(days_of(long_ago, "reach")) == 14


def test_a_retired_metric_costs_itself_only(sandbox: Sandbox) -> None:
    parsed = collected(
        source(f"{sandbox.url}/graph", metrics=["impressions", "views", "likes"]),
        Window(date(2026, 11, 1), date(2026, 11, 8)),
    )
    assert set(parsed.observations["metric"]) == {"views", "likes"}
    assert [(known.metric, known.replaced_by) for known in parsed.breaks] == [("impressions", "views")]


def test_counters_are_those_of_the_account_and_its_posts(sandbox: Sandbox) -> None:
    parsed = collected(source(f"{sandbox.url}/graph", mode="counters", newest=8, post_metrics=["views", "reach"]))
    assert set(parsed.observations["metric"]) == {
        "followers_count",
        "media_count",
        "like_count",
        "comments_count",
        "views",
        "reach",
    }
    assert (parsed.observations["metric"] == "views").sum() == 7
    assert list(parsed.refused["reason"]) == [
        "the metrics of the post cannot be read ((#10) Not enough viewers for the media to show insights)"
    ]


def test_an_unknown_metric_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="own_metrics"):
        source(metrics=["glances"])
