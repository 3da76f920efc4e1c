"""Periods counted and named without reading a table. Days beyond the calendar's ends are held at them."""

from datetime import date

from plan.parts import Period

MONTHS = {"month": 1, "quarter": 3, "year": 12}
A_YEAR_OF = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""Periods in a year."""
DAYS_A_YEAR = 365.2425
FINER_FIRST = ("hour", "day", "week", "month", "quarter", "year")


def after(day: date, days: int) -> date:
    """The day ``days`` later, or earlier where it is negative."""
    number = day.toordinal() + days
    return date.fromordinal(min(max(number, 1), date.max.toordinal()))


def years_after(day: date, years: int) -> date:
    """The same day of another year; 28 February for the 29th where there is none."""
    year = min(max(day.year + years, 1), 9999)
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def index(period: Period, day: date) -> int:
    """The number of the period that holds ``day``. Weeks start on Monday."""
    if period in MONTHS:
        return (day.year * 12 + day.month - 1) // MONTHS[period]
    return day.toordinal() if period == "day" else (day.toordinal() - 1) // 7


def start_of(period: Period, number: int) -> date:
    """First day of a period by its number."""
    if period in MONTHS:
        year, month = divmod(number * MONTHS[period], 12)
        return date.max if year > 9999 else date(max(year, 1), month + 1, 1)
    ordinal = number if period == "day" else number * 7 + 1
    return date.fromordinal(min(max(ordinal, 1), date.max.toordinal()))


def last_day(period: Period, day: date) -> date:
    """Last day of the period that holds ``day``."""
    start = start_of(period, index(period, day) + 1)
    return start if start == date.max else after(start, -1)


def whole(period: Period, first: date, last: date) -> int:
    """How many whole periods lie in ``first..last``, both days within."""
    number = index(period, first)
    begins = number if start_of(period, number) >= first else number + 1
    return max(0, index(period, after(last, 1)) - begins)


def counted(number: int, period: str) -> str:
    """``1 month``, ``8 quarters``."""
    return f"{number:,} {period}{'' if number == 1 else 's'}"
