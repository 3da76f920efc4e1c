"""What happened at Riverside Library, drawn by seed and absolute date: a day's value never depends on ``today``.

Restatements are the exception and a function of ``today``: see ``monthly_return``. So are two events that a reader of
any day shall find in the past months: see ``attendances_reported`` and ``enquiries_reported``.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from random import Random

from sandbox.days import DAY, EPOCH, days, first_day, hours, month_after, months, season

LEVEL = {"Central": (980, 1.03), "Mill Lane": (310, 1.0), "Hill": (120, 0.93)}
"""Branch to visits on an ordinary weekday in 2024 and growth per year."""

WEEKDAY = (1.05, 1.1, 1.1, 1.05, 0.95, 0.85, 0.5)
GATES = {"Central main": 0.7, "Central garden": 0.3}
"""Gates of Central whose dials are read, and their share of its visits."""
ROLLOVER = 100_000
"""Five digits: after 99,999 a dial shows 0."""
OUTAGE_DAYS = 9


@dataclass(frozen=True, slots=True)
class Activity:
    """A dated advocacy action that lifts the traffic of the guides on the web."""

    day: date
    title: str
    channel: str


def chance(seed: int, *key: object) -> Random:
    """A generator for each ``key``. Python keeps the stream of ``random()`` stable from release to release."""
    return Random("/".join(str(part) for part in (seed, *key)))


def years_after_2024(day: date) -> float:
    return (day - date(2024, 1, 1)).days / 365.25


@lru_cache(maxsize=100_000)
def visits(seed: int, branch: str, day: date) -> int:
    """People who came in on ``day``, whether or not the gate counted them; 0 when closed."""
    if hours(branch, day) is None:
        return 0
    level, growth = LEVEL[branch]
    mean = level * math.pow(growth, years_after_2024(day)) * WEEKDAY[day.weekday()] * season(day)
    return max(1, round(mean * math.exp(chance(seed, "visits", branch, day).gauss(0, 0.09))))


@lru_cache(maxsize=64)
def outage(seed: int, year: int) -> tuple[date, date] | None:
    """``[start, end)`` of nine days on which Hill's gate counts nothing: every third year, so once in any history."""
    if year % 3:
        return None
    start = date(year, 2, chance(seed, "outage", year).randint(3, 15))
    return start, start + timedelta(days=OUTAGE_DAYS)


def gate_works(seed: int, branch: str, day: date) -> bool:
    out = outage(seed, day.year)
    return branch != "Hill" or out is None or not out[0] <= day < out[1]


def _shared(total: int, weights: list[float]) -> list[int]:
    """``total`` in whole parts, as close to ``weights`` as possible; the parts add up exactly."""
    edges, run, weight_sum = [0], 0.0, sum(weights)
    for weight in weights:
        run += weight
        edges.append(round(total * run / weight_sum))
    return [after - before for before, after in pairwise(edges)]


def hourly(seed: int, branch: str, day: date) -> dict[int, tuple[int, int]]:
    """Local hour to people in and out. The ins of open hours add up to ``visits``; cleaners sometimes come at 7."""
    span = hours(branch, day)
    if span is None:
        return {}
    draw = chance(seed, "hours", branch, day)
    opened, closed = span
    shape = [
        math.sin(math.pi * (n + 1) / (closed - opened + 1)) + 0.35 + 0.2 * draw.random() for n in range(closed - opened)
    ]
    inside, found = 0, {}
    if draw.random() < 0.3:
        found[7] = (draw.randint(1, 2), draw.randint(1, 2))
    for hour, came in zip(range(opened, closed), _shared(visits(seed, branch, day), shape), strict=True):
        inside += came
        left = inside if hour == closed - 1 else round(inside * 0.55)
        inside -= left
        found[hour] = (came, left)
    return found


def lost_hour(seed: int, branch: str, day: date) -> int | None:
    """The open hour whose row never reached the export, on one day in forty."""
    span, draw = hours(branch, day), chance(seed, "lost", branch, day)
    return draw.randrange(*span) if span and draw.random() < 0.025 else None


def monthly_visits(seed: int, branch: str, month: date) -> int:
    return sum(visits(seed, branch, day) for day in days(month, month_after(month)))


def monthly_return(seed: int, branch: str, month: date, today: date) -> int | str | None:
    """What the branch's return says of ``month`` on ``today``.

    First 88 % of the figure, 96 % from the 8th day after the month, all of it from the 15th. None for the month of an
    outage; text for a month of works.
    """
    if branch == "Mill Lane" and month.month == 8 and month.year % 3 == 1:
        return "closed for works"
    out = outage(seed, month.year)
    if branch == "Hill" and out is not None and out[0].month == month.month:
        return None
    age = (today - month_after(month)).days
    share = 0.88 if age < 7 else 0.96 if age < 14 else 1.0
    return round(share * monthly_visits(seed, branch, month))


def counter_reset(seed: int, year: int) -> date | None:
    """The day whose morning finds the garden gate's dial back at 0; every third year."""
    return date(year, 5, chance(seed, "reset", year).randint(10, 25)) if year % 3 == 2 else None


def broken_day(seed: int, today: date) -> date:
    """The newest day before ``today`` with the main gate's reading typed as text, once in three years.

    Older ones have been corrected.
    """
    years = (year for year in range(today.year, today.year - 7, -1) if year % 3 == 1)
    found = (date(year, 10, chance(seed, "broken", year).randint(5, 25)) for year in years)
    return next(day for day in found if day < today)


def readings(seed: int, gate: str, start: date, end: date) -> dict[date, int]:
    """Day to the dial as read before opening. The dial counts in and out, so it moves by two for a visit."""
    total, found = 31_417 if gate == "Central main" else 2_718, {}
    for day in days(EPOCH, end):
        if gate == "Central garden" and day == counter_reset(seed, day.year):
            total = 0
        if day >= start:
            found[day] = total % ROLLOVER
        central = visits(seed, "Central", day)
        main = round(central * GATES["Central main"])
        total += 2 * (main if gate == "Central main" else central - main)
    return found


def activities(start: date, end: date) -> list[Activity]:
    """The activities in ``[start, end)``: the second Tuesday of every third month, channels in turn."""
    kinds = (
        ("Webinar: finding what you need", "webinar"),
        ("Newsletter: the guides explained", "newsletter"),
        ("Poster: ask a librarian", "poster"),
    )
    found = []
    for day in days(start, end):
        if day.month % 3 == 0 and day.weekday() == 1 and 8 <= day.day <= 14:
            title, channel = kinds[(day.year * 4 + day.month // 3) % 3]
            found.append(Activity(day, title, channel))
    return found


def lift(day: date) -> float:
    """Factor of the last activity on the web traffic of ``day``: 1.9 at once, half of the excess after ten days."""
    recent = activities(day - timedelta(days=100), day)
    return 1 + 0.9 * 0.5 ** ((day - recent[-1].day - DAY).days / 10) if recent else 1.0


def training(seed: int, month: date) -> int:
    """Attendances at training in ``month``."""
    draw = chance(seed, "training", month)
    return max(
        0,
        round(
            64 * math.pow(1.09, years_after_2024(month)) * season(month.replace(day=20)) * math.exp(draw.gauss(0, 0.12))
        ),
    )


def enquiries(seed: int, month: date) -> int:
    """Enquiries answered in ``month``."""
    return max(
        0, round(410 * season(month.replace(day=20)) * math.exp(chance(seed, "enquiries", month).gauss(0, 0.08)))
    )


def webinars_since(today: date) -> date:
    """First day of the seventh complete month before ``today``: from then on training is offered as a webinar too."""
    return months(today)[-7]


def attendances_reported(seed: int, month: date, today: date) -> int:
    """Attendances at training as they are written down on ``today``: twice as many since the webinars began."""
    return round(training(seed, month) * (2 if month >= webinars_since(today) else 1.0))


def enquiries_reported(seed: int, month: date, today: date) -> int:
    """Enquiries as they are written down on ``today``: a third fewer in the two months in which the desk lacked staff.

    These are the fourth and the third complete month before ``today``.
    """
    return round(enquiries(seed, month) * (0.67 if month in months(today)[-4:-2] else 1.0))


def satisfaction(seed: int, quarter: date) -> tuple[float, int]:
    """Share of the survey's answers of ``quarter`` that were satisfied, in per cent, and the number of answers."""
    draw = chance(seed, "satisfaction", quarter)
    return round(79 + 7 * math.tanh(years_after_2024(quarter) / 4) + draw.gauss(0, 0.8), 1), draw.randint(120, 240)


def quarters(today: date) -> list[date]:
    """First days of the quarters that begin in the history, the running one last."""
    return [day for day in days(first_day(today), today + DAY) if day.day == 1 and day.month % 3 == 1]
