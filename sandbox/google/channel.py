"""Riverside's channel on YouTube: seeded views, likes and comments of each video, and what its page shows of them.

From 2026-08-24 a view counts at the start of playback, so more of them count.
"""

import math
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from sandbox.days import days, season
from sandbox.history import chance, lift

PACIFIC = ZoneInfo("America/Los_Angeles")
CHANNEL, HANDLE, UPLOADS = "UCriverside0000000000000", "@riverside", "UUriverside0000000000000"
AT_PLAYBACK = date(2026, 8, 24)
HIDES_LIKES, NO_COMMENTS, VANISHED = "vid0000004", "vid0000005", "vid0000006"
FIRST = date(2025, 1, 6)
SUBSCRIBERS_AT_FIRST = 1180
VIDEOS = tuple(f"vid{number:07}" for number in range(1, 61))
"""Sixty videos, one each tenth day; the newest uploads come first in the playlist."""


def published(video: str) -> date:
    return date.fromordinal(FIRST.toordinal() + 10 * (int(video[3:]) - 1))


_lift = lru_cache(maxsize=5000)(lift)
"""One for all videos of a day."""


@lru_cache(maxsize=100_000)
def engaged(seed: int, video: str, day: date) -> int:
    """Views of a day as they were counted before the change."""
    age = (day - published(video)).days
    if age < 0:
        return 0
    draw = chance(seed, f"watch {video}", day)
    return max(0, round((4 + 30 * math.exp(-age / 12)) * season(day) * _lift(day) * math.exp(draw.gauss(0, 0.25))))


def views(seed: int, video: str, day: date) -> int:
    """Views of a day as they count on that day."""
    found = engaged(seed, video, day)
    return round(found * 1.35) if day >= AT_PLAYBACK else found


@lru_cache(maxsize=10_000)
def _before(seed: int, video: str, today: date) -> int:
    return sum(views(seed, video, day) for day in days(published(video), today))


def counter(seed: int, video: str, now: datetime, kind: str) -> int:
    """The counter at ``now``: past days, and the running one by its share. Once, views of bots are taken back."""
    today = now.astimezone(PACIFIC).date()
    started = datetime.combine(today, time(), PACIFIC)
    share = (now - started).total_seconds() / 86_400
    total = _before(seed, video, today) + round(views(seed, video, today) * share)
    if video == VIDEOS[0] and today >= date(2026, 11, 20):
        total -= 40
    return {"view": total, "like": total // 23, "comment": total // 140}[kind]


def joined(seed: int, day: date) -> int:
    """People who subscribed on ``day``."""
    return chance(seed, "channel subscribersGained", day).randint(0, 4)


def left(seed: int, day: date) -> int:
    """People who unsubscribed on ``day``."""
    return chance(seed, "channel subscribersLost", day).randint(0, 1)


@lru_cache(maxsize=1000)
def subscribers(seed: int, today: date) -> int:
    """How many there are at the start of ``today``."""
    return SUBSCRIBERS_AT_FIRST + sum(joined(seed, day) - left(seed, day) for day in days(FIRST, today))
