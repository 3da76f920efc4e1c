"""Settings of an Instagram account, and the metrics that kmi knows by name.

https://developers.facebook.com/documentation/instagram-platform/api-reference/instagram-user/insights/
"""

from typing import Literal

from pydantic import Field

from sources.contract import Metric, MetricKind
from sources.graph.insights import WEEK
from sources.graph.retired import break_of, retirement_of
from sources.graph.settings import GraphSettings, counter_metrics, metric_texts

KNOWN_METRICS: dict[str, tuple[str, MetricKind, str]] = {
    "views": ("views", "flow", "times that content of the account was played or shown"),
    "reach": ("accounts", "distinct", "accounts that saw content at least once; an estimate"),
    "accounts_engaged": ("accounts", "distinct", "accounts that interacted with content; an estimate"),
    "total_interactions": ("interactions", "flow", "likes, comments, saves, shares and replies, less those taken back"),
    "likes": ("likes", "flow", "likes of posts, reels and videos"),
    "comments": ("comments", "flow", "comments on posts, reels and videos"),
    "saves": ("saves", "flow", "times that content was saved"),
    "shares": ("shares", "flow", "times that content was shared"),
    "replies": ("replies", "flow", "replies to stories"),
    "profile_links_taps": ("taps", "flow", "taps on the profile's contact buttons"),
    "follower_count": ("followers", "flow", "accounts that began to follow; Instagram keeps the last 30 days only"),
    "impressions": ("impressions", "flow", "times that content came on a screen"),
}
"""Unit, kind, meaning."""
DAILY_SERIES = ("reach", "follower_count")
"""Metrics that come as a series of days; the others come as one total, with metric_type=total_value."""
LAST_30_DAYS = "follower_count"
KNOWN_POST_METRICS: dict[str, tuple[str, str]] = {
    "views": ("views", "times that it was played or shown"),
    "reach": ("accounts", "accounts that saw it"),
    "saved": ("saves", "times that it was saved"),
    "shares": ("shares", "times that it was shared"),
    "total_interactions": ("interactions", "likes, comments, saves and shares"),
}
ACCOUNT_COUNTERS = {
    "followers_count": ("followers", "followers of the account"),
    "media_count": ("posts", "posts of the account"),
}
MEDIA_COUNTERS = {"like_count": ("likes", "likes"), "comments_count": ("comments", "comments")}


class InstagramSettings(GraphSettings):
    """An account, and which of its metrics are collected."""

    type: Literal["instagram"]
    account: str = Field(
        pattern=r"^[0-9]+$", description="number of the professional account, not its name (docs: access, step 5)"
    )
    metrics: tuple[str, ...] = Field(
        ("views", "reach", "accounts_engaged", "total_interactions", "follower_count"),
        min_length=1,
        description="mode insights: metrics of the account",
    )
    posts: bool = Field(
        default=True, description="mode counters: read the newest posts too, and not only the account's own counters"
    )
    post_metrics: tuple[str, ...] = Field(
        (), description="mode counters: metrics of each post over its life so far, one request a post"
    )


def declared_metrics(settings: InstagramSettings) -> tuple[Metric, ...]:
    """The metrics of the plan, a distinct one also by week; in mode counters those of the account and its posts."""
    if settings.mode == "counters":
        return _counters(settings)
    return tuple(metric for name in dict.fromkeys(settings.metrics) for metric in _by_day(settings, name))


def _by_day(settings: InstagramSettings, name: str) -> list[Metric]:
    own = settings.own_metrics.get(name)
    unit, kind, meaning = (own.unit, own.kind, own.description) if own else KNOWN_METRICS[name]
    end = retirement_of(name)
    breaks = (break_of(name, end.day),) if end else ()
    minimum = None if name == "total_interactions" else 0
    day = Metric(name, unit, kind, meaning, additive_over_entities=False, minimum=minimum, breaks=breaks)
    if kind != "distinct":
        return [day]
    over_week = f"{meaning}; over a whole week, Monday to Sunday"
    return [day, Metric(name + WEEK, unit, kind, over_week, additive_over_entities=False)]


def _counters(settings: InstagramSettings) -> tuple[Metric, ...]:
    if not settings.posts:
        return counter_metrics(ACCOUNT_COUNTERS, {}, {}, "accounts")
    lifetime = metric_texts(settings.post_metrics, KNOWN_POST_METRICS, settings.own_metrics)
    return counter_metrics(ACCOUNT_COUNTERS, MEDIA_COUNTERS, lifetime, "accounts")
