"""Riverside Library's calendar: opening hours, closed days, term and summer. Local days of Europe/London."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/London")
DAY = timedelta(days=1)
EPOCH = date(2018, 1, 1)
"""Counters start here; ``today`` lies at least three years later."""

OPENING = {
    "Central": ((9, 20), (9, 20), (9, 20), (9, 20), (9, 20), (10, 17), (12, 16)),
    "Mill Lane": ((10, 18), (10, 18), (10, 18), (10, 18), (10, 18), (10, 18), None),
    "Hill": (None, (10, 17), (10, 17), (10, 17), (10, 17), (10, 17), None),
}
"""Branch to ``(open, close)`` in whole hours of local time, Monday first; None where it is closed."""

BRANCHES = tuple(OPENING)


@dataclass(frozen=True, slots=True)
class Closure:
    """Closed days ``[first, last]``, both included; an empty ``branch`` means all of them."""

    first: date
    last: date
    reason: str
    branch: str = ""


def first_day(today: date) -> date:
    """First day of the history: 36 complete months before the month of ``today``. Raises ``ValueError`` before 2021."""
    if today.year < EPOCH.year + 3:
        raise ValueError(f"the sandbox has no history for {today}: name a day from {EPOCH.year + 3} on")
    return date(today.year - 3, today.month, 1)


def days(start: date, end: date) -> list[date]:
    """The days of ``[start, end)``."""
    return [start + timedelta(days=n) for n in range((end - start).days)]


def month_after(month: date) -> date:
    """First day of the month after the one that begins on ``month``."""
    return (month + timedelta(days=32)).replace(day=1)


def months(today: date) -> list[date]:
    """First days of the 36 complete months before ``today``."""
    found = [first_day(today)]
    while month_after(month_after(found[-1])) <= today:
        found.append(month_after(found[-1]))
    return found


def easter(year: int) -> date:
    """Easter Sunday by Gauss's rule with the corrections for the Gregorian calendar."""
    golden, century = year % 19, year // 100
    skipped = century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15
    moon = skipped % 30
    moon -= (moon // 28) * (1 - (29 // (moon + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    offset = moon - weekday
    month = 3 + (offset + 40) // 44
    return date(year, month, offset + 28 - 31 * (month // 4))


def _monday(year: int, month: int, *, last: bool) -> date:
    day = month_after(date(year, month, 1)) - DAY if last else date(year, month, 7)
    return day - timedelta(days=day.weekday())


@cache
def closures(year: int) -> tuple[Closure, ...]:
    """Closures that begin in ``year``: bank holidays of England, Christmas, works at Mill Lane every third August."""
    spring, new_year = easter(year), date(year, 1, 1)
    single = [
        (spring - 2 * DAY, "Good Friday"),
        (spring + DAY, "Easter Monday"),
        (_monday(year, 5, last=False), "early May bank holiday"),
        (_monday(year, 5, last=True), "spring bank holiday"),
        (_monday(year, 8, last=True), "summer bank holiday"),
    ]
    found = [Closure(new_year, new_year + {5: 2, 6: 1}.get(new_year.weekday(), 0) * DAY, "New Year")]
    found += [Closure(day, day, reason) for day, reason in single]
    if year % 3 == 1:
        found.append(Closure(date(year, 8, 1), date(year, 8, 31), "closed for works", "Mill Lane"))
    return (*found, Closure(date(year, 12, 24), date(year, 12, 31), "Christmas"))


def closed_days(today: date) -> list[Closure]:
    """The closures that touch the history or the year that follows, in order; for a plan's calendar."""
    years = range(first_day(today).year, today.year + 2)
    return sorted(
        (c for year in years for c in closures(year) if c.last >= first_day(today)), key=lambda c: (c.first, c.branch)
    )


def hours(branch: str, day: date) -> tuple[int, int] | None:
    """``(open, close)`` of ``branch`` on ``day`` in local hours, or None where it is closed."""
    closed = any(c.first <= day <= c.last and c.branch in {"", branch} for c in closures(day.year))
    return None if closed else OPENING[branch][day.weekday()]


def season(day: date) -> float:
    """Factor of the time of year: term 1.15, summer dip 0.72, else 1."""
    place = (day.month, day.day)
    if (7, 10) <= place < (9, 8):
        return 0.72
    term = (9, 15) <= place < (12, 15) or (1, 10) <= place < (3, 28) or (4, 20) <= place < (6, 20)
    return 1.15 if term else 1.0
