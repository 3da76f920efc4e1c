"""Riverside on Facebook and Instagram: seeded values by Pacific day, posts and followers.

The newest two days are still counted, so they show less than they will.
"""

import math
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sandbox.days import days, season
from sandbox.history import chance, lift, years_after_2024

PACIFIC = ZoneInfo("America/Los_Angeles")
PAGE, ACCOUNT = "102030405060708", "17841400000000001"
PAGE_TOKEN = "riverside-page-token-0123456789"  # noqa: S105 (the sandbox's own)
FIRST = date(2024, 6, 1)
YOUNG_DAYS = 2
GROWTH = 1.08
"""Factor a year of the daily figures."""
PAGE_LEVEL = {
    "page_media_view": 640,
    "page_total_media_view_unique": 310,
    "page_daily_follows": 3,
    "page_daily_follows_unique": 3,
    "page_daily_unfollows_unique": 1,
    "page_post_engagements": 55,
    "page_views_total": 38,
    "page_video_views": 90,
    "page_total_actions": 4,
}
"""The daily metrics with their usual value. page_follows is a level."""
UNIQUE = (
    "page_total_media_view_unique",
    "page_daily_follows_unique",
    "page_daily_unfollows_unique",
    "reach",
    "accounts_engaged",
)
ACCOUNT_LEVEL = {
    "views": 420,
    "reach": 180,
    "accounts_engaged": 21,
    "total_interactions": 34,
    "likes": 26,
    "comments": 3,
    "saves": 2,
    "shares": 2,
    "replies": 1,
    "profile_links_taps": 1,
    "follower_count": 2,
}
REACTION_KINDS = ("like", "love", "wow")


def midnight(day: date) -> datetime:
    """The instant at which ``day`` begins in California, in UTC: 07:00 in summer, 08:00 in winter."""
    return datetime.combine(day, time(), PACIFIC).astimezone(UTC)


@lru_cache(maxsize=100_000)
def _settled(seed: int, metric: str, level: int, day: date) -> int:
    draw = chance(seed, f"graph {metric}", day)
    grown = level * math.pow(GROWTH, years_after_2024(day))
    return max(0, round(grown * season(day) * lift(day) * math.exp(draw.gauss(0, 0.3))))


def figure(seed: int, metric: str, day: date, today: date) -> int:
    """The figure of ``day`` as it is shown on ``today``."""
    level = PAGE_LEVEL.get(metric) or ACCOUNT_LEVEL[metric]
    settled = _settled(seed, metric, level, day)
    return round(settled * 0.94) if (today - day).days <= YOUNG_DAYS else settled


def over(seed: int, metric: str, start: date, end: date, today: date) -> int:
    """The figure of the days of ``[start, end)`` together: people who come on several of them count once."""
    total = sum(figure(seed, metric, day, today) for day in days(start, end))
    return total if metric not in UNIQUE or (end - start).days == 1 else round(total * 0.61)


@lru_cache(maxsize=64)
def _levels(seed: int, year: int) -> dict[date, int]:
    level, found = 1500, {}
    for day in days(FIRST, date(year + 1, 1, 1)):
        level += _settled(seed, "page_daily_follows", 3, day) - _settled(seed, "page_daily_unfollows_unique", 1, day)
        found[day] = level
    return found


def followers(seed: int, day: date) -> int:
    """Followers of the page at the end of ``day``."""
    return _levels(seed, day.year)[day] if day >= FIRST else 1500


def reactions(seed: int, day: date) -> dict[str, int]:
    """Reactions to posts by kind; none at all on some days, which the API shows as an empty table."""
    draw = chance(seed, "graph reactions", day)
    return {} if draw.random() < 0.1 else {kind: draw.randint(1, 9) for kind in REACTION_KINDS}


def post_days(today: date) -> list[date]:
    """A post each third day since the first of the year before, the newest first."""
    found = [day for day in days(date(today.year - 1, 1, 1), today) if day.toordinal() % 3 == 0]
    return found[::-1]


def posted(seed: int, day: date) -> datetime:
    return datetime.combine(day, time(10 + chance(seed, "graph post", day).randrange(8)), UTC)


def so_far(seed: int, day: date, kind: str, level: int, now: datetime) -> int:
    """The counter of the post of ``day`` at ``now``."""
    age = max((now - posted(seed, day)) / timedelta(days=1), 0)
    total = level * math.exp(chance(seed, f"graph post {kind}", day).gauss(0, 0.5))
    return round(total * (1 - math.exp(-age / 2)))
