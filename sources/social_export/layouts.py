"""The known export layouts: what each column means. Headers are those of the English interface.

A metric is named after its header: ``Total page views (desktop)`` becomes ``total_page_views_desktop``. In an export
that is divided (by country, by video) it is ``views_by_geography``, so that it is never taken for a part of the
undivided value. Rates and averages are left out: they cannot be added up.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from sources.contract import Break, Metric

LayoutName = Literal[
    "linkedin_followers", "linkedin_visitors", "linkedin_updates", "meta_insights", "youtube_studio", "x_overview"
]


def slug(header: str) -> str:
    """A header as the name of a metric: lower-case letters and digits, ``_`` for everything else."""
    return re.sub(r"[\W_]+", "_", header.casefold()).strip("_")


@dataclass(frozen=True)
class Layout:
    """One kind of export.

    zone: the time zone in which the platform counts days. sheets: the sheets of a workbook to look for, in order.
    divided_by: the columns that may divide the values; their cells are the entities. titled: the metric is the title
    above a table, and its values are in the column ``Primary``.
    """

    platform: str
    zone: str
    date_formats: tuple[str, ...]
    metrics: tuple[Metric, ...]
    sheets: tuple[str, ...] = ()
    divided_by: tuple[str, ...] = ()
    titled: bool = False

    def all_metrics(self) -> tuple[Metric, ...]:
        """The metrics, and each of them divided by each column of ``divided_by``."""
        return (
            *self.metrics,
            *(divide_metric(metric, column) for column in self.divided_by for metric in self.metrics),
        )


def divide_metric(metric: Metric, column: str) -> Metric:
    """The metric divided by a column. Its parts may add up to less than the undivided metric."""
    name = f"{metric.name}_by_{slug(column)}"
    description = f"{metric.description}, by {column.casefold()}"
    return replace(
        metric, name=name, description=description, breaks=tuple(replace(b, metric=name) for b in metric.breaks)
    )


def _flow(unit: str, *headers: str, minimum: float | None = 0) -> tuple[Metric, ...]:
    description = "'{}' of the day in the export"
    return tuple(Metric(slug(head), unit, "flow", description.format(head), minimum=minimum) for head in headers)


def _distinct(unit: str, *headers: str) -> tuple[Metric, ...]:
    text = "'{}' of the day in the export, each counted once"
    return tuple(
        Metric(slug(head), unit, "distinct", text.format(head), additive_over_entities=False) for head in headers
    )


_AT_PLAYBACK = Break(
    "views",
    date(2026, 8, 24),
    "redefined",
    "views count from the start of playback: https://developers.google.com/youtube/analytics/revision_history",
)
_PARTS, _KINDS = ("Overview", "Life", "Jobs", "Total"), ("desktop", "mobile", "total")
_SIDES = ("organic", "sponsored", "total")
_LINKEDIN = Layout("LinkedIn", "UTC", ("%m/%d/%Y",), ())

LAYOUTS: dict[LayoutName, Layout] = {
    "linkedin_followers": replace(
        _LINKEDIN,
        sheets=("New followers",),
        metrics=(
            *_flow("followers", "Sponsored followers", "Organic followers", "Auto-invited followers"),
            Metric(
                "total_followers",
                "followers",
                "flow",
                "new followers of the day of all kinds; the export calls them 'Total followers', but it is not a level",
            ),
        ),
    ),
    "linkedin_visitors": replace(
        _LINKEDIN,
        sheets=("Visitor metrics",),
        metrics=(
            *_flow("views", *(f"{part} page views ({kind})" for part in _PARTS for kind in _KINDS)),
            *_distinct("visitors", *(f"{part} unique visitors ({kind})" for part in _PARTS for kind in _KINDS)),
        ),
    ),
    "linkedin_updates": replace(
        _LINKEDIN,
        sheets=("Metrics", "Update metrics (aggregated)"),
        metrics=(
            *_flow("impressions", *(f"Impressions ({side})" for side in _SIDES)),
            *_distinct("people", "Unique impressions (organic)"),
            *(
                metric
                for word in ("Clicks", "Reactions", "Comments", "Shares", "Reposts")
                for metric in _flow(word.casefold(), *(f"{word} ({s})" for s in _SIDES))
            ),
        ),
    ),
    "meta_insights": Layout(
        "Facebook and Instagram (Meta Business Suite)",
        "America/Los_Angeles",
        ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"),
        (
            *_flow(
                "views",
                "Views",
                "Facebook views",
                "Instagram views",
                "Facebook visits",
                "Instagram profile visits",
                "Visits",
            ),
            *_distinct("people", "Viewers", "Reach", "Facebook reach", "Facebook viewers", "Instagram reach"),
            *_flow(
                "interactions",
                "Content interactions",
                "Facebook content interactions",
                "Instagram content interactions",
            ),
            *_flow("clicks", "Link clicks", "Facebook link clicks", "Instagram link clicks"),
            *_flow("followers", "Follows", "Facebook follows", "Instagram follows"),
        ),
        titled=True,
    ),
    "youtube_studio": Layout(
        "YouTube Studio",
        "America/Los_Angeles",
        ("%Y-%m-%d",),
        (
            *(replace(metric, breaks=(_AT_PLAYBACK,)) for metric in _flow("views", "Views")),
            *_flow("views", "Engaged views"),
            *_flow("hours", "Watch time (hours)"),
            *_flow("subscribers", "Subscribers", minimum=None),
            *_flow("subscribers", "Subscribers gained", "Subscribers lost"),
            *_flow("likes", "Likes", "Dislikes", minimum=None),
            *_flow("shares", "Shares"),
            *_flow("comments", "Comments added"),
            *_flow("impressions", "Impressions"),
            *_distinct("people", "Unique viewers"),
        ),
        divided_by=(
            "Content",
            "Geography",
            "Traffic source",
            "Device type",
            "Operating system",
            "Subscription status",
            "Playlist",
        ),
    ),
    "x_overview": Layout(
        "X",
        "UTC",
        ("%a, %b %d, %Y", "%Y-%m-%d"),
        (
            *_flow("impressions", "Impressions"),
            *_flow("likes", "Likes"),
            *_flow("engagements", "Engagements"),
            *_flow("bookmarks", "Bookmarks"),
            *_flow("shares", "Shares", "Share"),
            *_flow("followers", "New follows", "Unfollows"),
            *_flow("replies", "Replies"),
            *_flow("reposts", "Reposts"),
            *_flow("visits", "Profile visits"),
            *_flow("posts", "Create Post"),
            *_flow("views", "Video views", "Media views"),
        ),
    ),
}
