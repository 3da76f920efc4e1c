"""Periods counted and named without reading a table.

Days beyond the calendar's ends are held at them.
"""

from datetime import date

from plan.parts import Period

MONTHS = {"month": 1, "quarter": 3, "year": 12}
PERIODS_A_YEAR = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""Periods in a year."""
DAYS_A_YEAR = 365.2425
FINER_FIRST = ("hour", "day", "week", "month", "quarter", "year")


def add_days(day: date, days: int) -> date:
    """The day ``days`` later, or earlier where it is negative."""
    number = day.toordinal() + days
    return date.fromordinal(min(max(number, 1), date.max.toordinal()))


def add_years(day: date, years: int) -> date:
    """The same day of another year; 28 February for the 29th where there is none."""
    year = min(max(day.year + years, 1), 9999)
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def period_number(period: Period, day: date) -> int:
    """The number of the period that holds ``day``. Weeks start on Monday."""
    if period in MONTHS:
        return (day.year * 12 + day.month - 1) // MONTHS[period]
    return day.toordinal() if period == "day" else (day.toordinal() - 1) // 7


def period_start(period: Period, number: int) -> date:
    """First day of a period by its number."""
    if period in MONTHS:
        year, month = divmod(number * MONTHS[period], 12)
        return date.max if year > 9999 else date(max(year, 1), month + 1, 1)
    ordinal = number if period == "day" else number * 7 + 1
    return date.fromordinal(min(max(ordinal, 1), date.max.toordinal()))


def period_end(period: Period, day: date) -> date:
    """Last day of the period that holds ``day``."""
    start = period_start(period, period_number(period, day) + 1)
    return start if start == date.max else add_days(start, -1)


def whole_periods(period: Period, first: date, last: date) -> int:
    """How many whole periods lie in ``first..last``, both days within."""
    number = period_number(period, first)
    begins = number if period_start(period, number) >= first else number + 1
    return max(0, period_number(period, add_days(last, 1)) - begins)


def count_noun(number: int, period: str) -> str:
    """``1 month``, ``8 quarters``."""
    return f"{number:,} {period}{'' if number == 1 else 's'}"
