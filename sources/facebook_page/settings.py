"""Settings of a Facebook page, and the metrics that kmi knows by name.

https://developers.facebook.com/docs/graph-api/reference/insights
"""

from typing import Literal

from pydantic import Field

from sources.contract import Metric, MetricKind
from sources.graph.insights import WEEK
from sources.graph.retired import break_of, retirement_of
from sources.graph.settings import GraphSettings, counter_metrics, metric_texts

MetricDefinition = tuple[str, MetricKind, str]
DEFAULT_METRICS = (
    "page_media_view",
    "page_total_media_view_unique",
    "page_follows",
    "page_daily_follows",
    "page_daily_follows_unique",
    "page_post_engagements",
    "page_views_total",
    "page_video_views",
    "page_total_actions",
)
"""Metrics that a live v24.0 account answers: https://github.com/airbytehq/airbyte/pull/80740"""
KNOWN_METRICS: dict[str, MetricDefinition] = {
    "page_media_view": ("views", "flow", "times that content of the page was played or shown"),
    "page_total_media_view_unique": ("people", "distinct", "people who saw content of the page"),
    "page_follows": (
        "followers",
        "reading",
        "followers of the page at the midnight that begins the day, as Facebook counts for the end of the day before",
    ),
    "page_daily_follows": ("follows", "flow", "times that somebody began to follow the page"),
    "page_daily_follows_unique": ("people", "distinct", "people who began to follow the page"),
    "page_daily_unfollows_unique": ("people", "distinct", "people who stopped following the page"),
    "page_post_engagements": ("engagements", "flow", "reactions, comments, shares and clicks on the page's posts"),
    "page_views_total": ("views", "flow", "times that the page itself was opened"),
    "page_video_views": ("views", "flow", "views of videos of at least 3 seconds"),
    "page_total_actions": ("clicks", "flow", "clicks on the page's contact details and buttons"),
    "page_actions_post_reactions_total": ("reactions", "flow", "reactions to posts, by kind of reaction"),
    "page_fans": ("likes", "reading", "likes of the page, at the midnight that begins the day"),
    "page_fan_adds": ("likes", "flow", "new likes of the page"),
    "page_fan_removes": ("likes", "flow", "likes of the page that were taken back"),
    "page_impressions": ("impressions", "flow", "times that content of the page came on a screen"),
    "page_impressions_unique": ("people", "distinct", "people on whose screen content of the page came"),
    "page_posts_impressions": ("impressions", "flow", "times that posts of the page came on a screen"),
}
"""Unit, kind, meaning."""
KNOWN_POST_METRICS: dict[str, tuple[str, str]] = {
    "post_media_view": ("views", "times that the post was played or shown"),
    "post_total_media_view_unique": ("people", "people who saw the post"),
    "post_clicks": ("clicks", "clicks on the post"),
    "post_video_views": ("views", "views of the video of at least 3 seconds"),
    "post_reactions_by_type_total": ("reactions", "reactions of all kinds"),
    "post_impressions": ("impressions", "times that the post came on a screen"),
    "post_impressions_unique": ("people", "people on whose screen the post came"),
}
PAGE_COUNTERS = {"fan_count": ("likes", "likes of the page"), "followers_count": ("followers", "followers of the page")}
POST_COUNTERS = {
    "reactions": ("reactions", "reactions of all kinds"),
    "comments": ("comments", "comments, those to comments not counted"),
    "shares": ("shares", "times that the post was shared"),
}


class FacebookPageSettings(GraphSettings):
    """A page, and which of its metrics are collected."""

    type: Literal["facebook_page"]
    page: str = Field(
        pattern=r"^[0-9]+$", description="number of the page, as its 'About' shows it under page transparency"
    )
    metrics: tuple[str, ...] = Field(
        DEFAULT_METRICS, min_length=1, description="mode insights: metrics of the page by the names of the API"
    )
    posts: bool = Field(
        default=True, description="mode counters: read the newest posts too, and not only the page's own counters"
    )
    post_metrics: tuple[str, ...] = Field(
        ("post_media_view", "post_total_media_view_unique"),
        description="mode counters: metrics of each post over its life so far, one request a post",
    )


def declared_metrics(settings: FacebookPageSettings) -> tuple[Metric, ...]:
    """The metrics of the plan, a distinct one also by week; in mode counters those of the page and its posts."""
    if settings.mode == "counters":
        return _counters(settings)
    return tuple(metric for name in dict.fromkeys(settings.metrics) for metric in _by_day(settings, name))


def _by_day(settings: FacebookPageSettings, name: str) -> list[Metric]:
    own = settings.own_metrics.get(name)
    unit, kind, meaning = (own.unit, own.kind, own.description) if own else KNOWN_METRICS[name]
    end = retirement_of(name)
    breaks = (break_of(name, end.day),) if end else ()
    day = Metric(name, unit, kind, meaning, additive_over_entities=False, breaks=breaks)
    if kind != "distinct":
        return [day]
    breaks = (break_of(name, end.day, name + WEEK),) if end else ()
    over_week = f"{meaning}; over a whole week, Monday to Sunday"
    return [day, Metric(name + WEEK, unit, kind, over_week, additive_over_entities=False, breaks=breaks)]


def _counters(settings: FacebookPageSettings) -> tuple[Metric, ...]:
    if not settings.posts:
        return counter_metrics(PAGE_COUNTERS, {}, {}, "people")
    lifetime = metric_texts(settings.post_metrics, KNOWN_POST_METRICS, settings.own_metrics)
    return counter_metrics(PAGE_COUNTERS, POST_COUNTERS, lifetime, "people")
