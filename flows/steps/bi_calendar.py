"""The published calendar: each day with its week, month, term and whether the library is open."""

from datetime import date

import numpy as np
import pandas as pd

from plan.calendar import Calendar
from plan.calendar_tables import closed_days
from sources.opening_hours import OpeningHours
from warehouse.schema import PUBLISHED_CALENDAR

UNNAMED_TERM = "term"


def calendar_table(calendar: Calendar, first: date, last: date) -> pd.DataFrame:
    """``PUBLISHED_CALENDAR`` for the years from that of ``first`` to that of ``last``."""
    days = pd.date_range(date(first.year, 1, 1), date(last.year, 12, 31), freq="D", unit="us")
    closed = closed_days(calendar, days[-1].date())
    shut = days.isin(closed.loc[closed["entity"] == "", "day"]) | days.day_of_week.isin(_closed_weekdays(calendar))
    frame = pd.DataFrame(
        {
            "day": days,
            "week": days - pd.to_timedelta(days.day_of_week, unit="D"),
            "month": days.to_period("M").start_time,
            "quarter": days.to_period("Q").start_time,
            "year": days.year.astype("int64"),
            "weekday": days.day_of_week.astype("int64") + 1,
            "term": _terms(calendar, days),
            "is_open": ~np.asarray(shut),
            "closed_reason": _reasons(calendar, days),
        }
    )
    return frame[PUBLISHED_CALENDAR.names]


def _closed_weekdays(calendar: Calendar) -> list[int]:
    """The weekdays, 0 is Monday, on which no entity has hours; none where the hours of some are not known."""
    hours: OpeningHours | None = calendar.opening_hours
    if hours is None or hours.default is None:
        return []
    weeks = [hours.default, *hours.entities.values()]
    return [weekday for weekday in range(7) if not any(week.on(weekday) for week in weeks)]


def _terms(calendar: Calendar, days: pd.DatetimeIndex) -> pd.Series:
    """The name of the term of each day; where terms overlap the one that begins last."""
    names = pd.Series([None] * len(days), dtype=object)
    for term in sorted(calendar.terms, key=lambda one: one.from_):
        inside = (days >= pd.Timestamp(term.from_)) & (days <= pd.Timestamp(term.to))
        names[np.asarray(inside)] = term.name or UNNAMED_TERM
    return names


def _reasons(calendar: Calendar, days: pd.DatetimeIndex) -> pd.Series:
    """Why the whole library is closed: the reason of a closure, before the name of a public holiday."""
    reasons = pd.Series([None] * len(days), dtype=object)
    holidays = calendar.holidays
    if holidays is not None and holidays.closed_on_holidays:
        import holidays as library  # costs a tenth of a second, so only for plans that name holidays

        years = range(days[0].year, days[-1].year + 1)
        known = library.country_holidays(holidays.country, subdiv=holidays.subdivision, years=years)
        closed = closed_days(Calendar(holidays=holidays), days[-1].date())["day"]
        for day in closed[closed.isin(days)]:
            reasons[days.get_loc(day)] = known.get(day.date())
    for closure in calendar.closed:
        if closure.reason and not closure.entities:
            until = pd.Timestamp(closure.to) if closure.to else days[-1]
            reasons[np.asarray((days >= pd.Timestamp(closure.from_)) & (days <= until))] = closure.reason
    return reasons
