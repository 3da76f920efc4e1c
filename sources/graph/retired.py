"""Metrics that Meta retired, since when, and what replaces them.

https://developers.facebook.com/docs/pages-api/changelog/ ,
https://developers.facebook.com/documentation/pages-api/platforminsights/page/deprecated-metrics ,
https://developers.facebook.com/docs/graph-api/changelog/version25.0 ,
https://developers.facebook.com/documentation/instagram-platform/api-reference/instagram-user/insights/
"""

import re
from dataclasses import dataclass
from datetime import date

from sources.contract import Break

IN_2025, IN_2026, INSTAGRAM = date(2025, 11, 15), date(2026, 6, 15), date(2025, 4, 21)


@dataclass(frozen=True, slots=True)
class Retirement:
    """The end of a metric; ``instead`` is empty if Meta names no successor, ``how`` explains the successor."""

    day: date
    instead: str = ""
    how: str = ""


_KNOWN: dict[str, Retirement] = {
    "page_fans": Retirement(IN_2025, "page_follows"),
    "page_fans_city": Retirement(IN_2025, "page_follows_city"),
    "page_fans_country": Retirement(IN_2025, "page_follows_country"),
    "page_fans_locale": Retirement(IN_2025),
    "page_fan_adds": Retirement(IN_2025, how="page_daily_follows counts something near to it"),
    "page_fan_adds_unique": Retirement(IN_2025, how="page_daily_follows_unique counts something near to it"),
    "page_fan_removes": Retirement(IN_2025, how="page_daily_unfollows_unique counts something near to it"),
    "page_fan_removes_unique": Retirement(IN_2025, how="page_daily_unfollows_unique counts something near to it"),
    "page_impressions": Retirement(IN_2025, "page_media_view"),
    "page_impressions_paid": Retirement(IN_2025, "page_media_view", "broken down by is_from_ads"),
    "page_impressions_viral": Retirement(IN_2025),
    "page_impressions_nonviral": Retirement(IN_2025),
    "post_impressions": Retirement(IN_2025, "post_media_view"),
    "post_impressions_paid": Retirement(IN_2025, "post_media_view", "broken down by is_from_ads"),
    "post_impressions_organic": Retirement(IN_2025, "post_media_view", "broken down by is_from_ads"),
    "post_impressions_fan": Retirement(IN_2025, "post_media_view", "broken down by is_from_followers"),
    "page_impressions_unique": Retirement(IN_2026, "page_total_media_view_unique"),
    "page_video_views_unique": Retirement(IN_2026),
    "post_impressions_unique": Retirement(IN_2026, "post_total_media_view_unique"),
    "impressions": Retirement(INSTAGRAM, "views"),
}
_FAMILIES = (re.compile(r"page_impressions_\w+_unique"), re.compile(r"page_posts_impressions\w*"))
"""Meta retired all of these in 2026, without a successor."""


def retirement_of(metric: str) -> Retirement | None:
    """When and why ``metric`` ended; None for one that Meta has not retired."""
    if metric in _KNOWN:
        return _KNOWN[metric]
    return Retirement(IN_2026) if any(family.fullmatch(metric) for family in _FAMILIES) else None


def replacement_advice(metric: str) -> str:
    """What to write in the plan instead."""
    retirement = retirement_of(metric)
    if retirement is None:
        return "see the provider's list of metrics for its replacement"
    what = f"write '{retirement.instead}' instead" if retirement.instead else "Meta names no replacement"
    how = f", {retirement.how}" if retirement.how else ""
    return f"Meta retired it on {retirement.day}; {what}{how}; the two are not compared"


def break_of(metric: str, met: date, name: str = "") -> Break:
    """The break at the end of ``metric`` in the series ``name``, by default ``metric``.

    ``met``: the day of the break if the day of the retirement is not known.
    """
    retirement = retirement_of(metric)
    if retirement is None:
        return Break(name or metric, met, "retired", "the Graph API no longer knows the metric")
    reason = "Meta no longer gives the metric"
    return Break(name or metric, retirement.day, "retired", reason, replaced_by=retirement.instead)
