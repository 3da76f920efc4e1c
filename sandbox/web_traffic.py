"""Visits to Riverside Library's web site by page: one seeded truth for every simulated analytics service."""

import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from sandbox.days import ZONE, days, season
from sandbox.history import chance, lift, years_after_2024

PAGES = {
    "/": 5.0,
    "/opening-hours/": 2.5,
    "/km/": 1.2,
    "/km/guides/finding/": 0.8,
    "/km/guides/sharing/": 0.5,
    "/km/guides/lessons-learned/": 0.35,
    "/km/communities/": 0.3,
    "/news/": 1.0,
    "/catalogue/search/": 3.0,
}
"""Path to its share of the traffic; the KM pages lie under /km/."""
GROWTH, GROWTH_OF_KM = 1.03, 1.1
"""Factor a year of the traffic of a page, and of one under /km/."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Of one page and day: views, sessions in which it was seen, users who saw it."""

    views: int
    sessions: int
    users: int


@lru_cache(maxsize=50_000)
def traffic(seed: int, path: str, day: date) -> Traffic:
    """What was counted in the end."""
    draw = chance(seed, f"traffic {path}", day)
    is_km = path.startswith("/km/")
    grown = math.pow(GROWTH_OF_KM if is_km else GROWTH, years_after_2024(day)) * (lift(day) if is_km else 1.0)
    weekend = 0.45 if day.weekday() > 4 else 1.0
    views = max(1, round(40 * PAGES[path] * season(day) * grown * weekend * math.exp(draw.gauss(0, 0.12))))
    sessions = max(1, round(views * draw.uniform(0.62, 0.74)))
    return Traffic(views, sessions, max(1, round(sessions * draw.uniform(0.8, 0.92))))


def seen(figure: int, day: date, now: datetime) -> int:
    """What the service shows at ``now`` (aware) of a value of ``day``, which grows for 48 hours after the day."""
    end = datetime.combine(day + timedelta(days=1), time(), ZONE)
    age_h = (now - end).total_seconds() / 3600
    return round(figure * min(1.0, 0.9 + 0.1 * max(age_h, 0.0) / 48)) if age_h < 48 else figure


def chosen(paths: list[str], day: date, seed: int, now: datetime) -> Traffic:
    """Several pages together: views add up, sessions and users see several pages each."""
    found = [traffic(seed, path, day) for path in paths]
    views, most = sum(one.views for one in found), max((one.sessions for one in found), default=0)
    sessions = round(most + 0.55 * (sum(one.sessions for one in found) - most))
    return Traffic(seen(views, day, now), seen(sessions, day, now), seen(round(sessions * 0.85), day, now))


def people(paths: list[str], start: date, end: date, seed: int, now: datetime) -> int:
    """Distinct users over ``[start, end)``: many come again, so they are fewer than the sum of the days."""
    daily = [chosen(paths, day, seed, now).users for day in days(start, end)]
    return round(sum(daily) ** 0.93) if len(daily) > 1 else sum(daily)
