"""The calendar as tables.

Nothing is expected on closed days, so they are neither missing nor zero.
"""

from datetime import date

import pandas as pd

from plan.calendar import Calendar, Holidays
from sources.opening_hours import OpeningHours, WeekHours

FIRST_YEAR = 1990
"""The first year with public holidays; older figures are rare, and ``holidays`` covers few countries before it."""


def closed_days(calendar: Calendar, until: date) -> pd.DataFrame:
    """Columns entity ("" for all) and day (datetime64[us]), one row per closed day.

    Public holidays are among them unless the plan says that the doors stay open.
    """
    parts = [
        pd.DataFrame({"entity": entity, "day": pd.date_range(closure.from_, min(closure.to or until, until), freq="D")})
        for closure in calendar.closed
        for entity in (closure.entities or ("",))
    ]
    if calendar.holidays is not None and calendar.holidays.closed_on_holidays:
        parts.append(pd.DataFrame({"entity": "", "day": public_holidays(calendar.holidays, until)}))
    frame = pd.concat([pd.DataFrame({"entity": [], "day": []}), *parts], ignore_index=True)
    return frame.astype({"entity": "str", "day": "datetime64[us]"}).drop_duplicates(ignore_index=True)


def public_holidays(chosen: Holidays, until: date) -> pd.DatetimeIndex:
    """Public holidays from ``FIRST_YEAR`` up to ``until``, in order."""
    import holidays  # costs a tenth of a second, so only for plans that name holidays

    known = holidays.country_holidays(
        chosen.country, subdiv=chosen.subdivision, years=range(FIRST_YEAR, until.year + 1)
    )
    return pd.DatetimeIndex([pd.Timestamp(day) for day in sorted(known) if day <= until])


def term_days(calendar: Calendar) -> pd.DataFrame:
    """Columns start and end (the day after), one row per term, in order, overlaps merged."""
    spans = sorted((term.from_, term.to) for term in calendar.terms)
    joined: list[tuple[date, date]] = []
    for first, last in spans:
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    frame = pd.DataFrame(joined, columns=["start", "end"]).astype("datetime64[us]")
    return frame.assign(end=frame["end"] + pd.Timedelta(days=1))


def weekly_hours(hours: OpeningHours | None) -> pd.DataFrame:
    """Columns entity ("" for the default), weekday (0 is Monday) and hours; may be empty."""
    weeks = {} if hours is None else {**({"": hours.default} if hours.default else {}), **hours.entities}
    rows = [(entity, weekday, _open_hours(week, weekday)) for entity, week in weeks.items() for weekday in range(7)]
    return pd.DataFrame(rows, columns=["entity", "weekday", "hours"]).astype(
        {"entity": "str", "weekday": "int64", "hours": "float64"}
    )


def _open_hours(week: WeekHours, weekday: int) -> float:
    minutes = [
        (part.close.hour * 60 + part.close.minute) - (part.open.hour * 60 + part.open.minute)
        for part in week.on(weekday)
    ]
    return sum(minutes) / 60
