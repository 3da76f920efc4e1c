"""The periods of each indicator, and the years in which its target counts them.

A year is the twelve months between two anniversaries: of the day after the due day where the target is for a year, else
of the day after the baseline.
"""

import numpy as np
import pandas as pd

from transforms.periods import period_grid

PERIODS_A_YEAR = {"day": 365.2425, "week": 365.2425 / 7, "month": 12.0, "quarter": 4.0, "year": 1.0}
MOST_PERIODS_AHEAD = 120
"""At most this many periods to come are published."""
ONE_DAY = pd.Timedelta(days=1)
SPAN_COLUMNS = ["indicator_id", "start", "end", "ahead"]


def spans(periods: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Columns indicator_id, start, end, ahead: every period of each indicator.

    For a target for a year, every period of its years.

    The periods to come, up to the one that holds the due day but not much farther than ``MOST_PERIODS_AHEAD``, follow
    and are marked as ahead.
    """
    first_and_last = periods.groupby("indicator_id", as_index=False).agg(first=("start", "min"), last=("end", "max"))
    reach = first_and_last.astype({"first": "datetime64[us]", "last": "datetime64[us]"})
    reach = reach.merge(targets[["indicator_id", "period", "over", "due"]], on="indicator_id")
    yearly, due = (reach["over"] == "year") & reach["due"].notna(), reach["due"] + ONE_DAY
    begins = anniversary(due, years_left(reach["first"], due) + 1).where(yearly, reach["first"])
    days_ahead = np.ceil(MOST_PERIODS_AHEAD * 366 / reach["period"].map(PERIODS_A_YEAR).astype(float))
    farthest = reach["last"] + pd.to_timedelta(days_ahead, unit="D")
    until = due.where(due < farthest, farthest).where(due > reach["last"], reach["last"])
    ends, until = (
        anniversary(due, years_left(day - ONE_DAY, due)).where(yearly, day) for day in (reach["last"], until)
    )
    rows = zip(reach["indicator_id"], reach["period"], begins, ends, until, strict=True)
    grids = [
        period_grid(period, start.date(), last.date()).assign(indicator_id=name, end_judged=end)
        for name, period, start, end, last in rows
    ]
    if not grids:
        types = {"indicator_id": "str", "start": "datetime64[us]", "end": "datetime64[us]", "ahead": "bool"}
        return pd.DataFrame(columns=SPAN_COLUMNS).astype(types)
    found = pd.concat(grids, ignore_index=True)
    return found.assign(ahead=found["start"] >= found["end_judged"])[SPAN_COLUMNS]


def years_left(day: pd.Series, until: pd.Series) -> pd.Series:
    """Whole years from ``day`` to the later day ``until``.

    0 in the year that ends with it, 1 in the year before.

    The number is below 0 after ``until``.
    """
    months = (until.dt.year - day.dt.year) * 12 + until.dt.month - day.dt.month
    found: pd.Series = np.ceil((months + 0.5 * np.sign(until.dt.day - day.dt.day)) / 12) - 1
    return found


def anniversary(day: pd.Series, years: pd.Series) -> pd.Series:
    """The same day ``years`` years earlier; the day after 28 February stands in for 29 February."""
    known = day.notna() & years.notna()
    days = day.to_numpy().astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    earlier = months - years.where(known, 0).to_numpy().astype(np.int64) * np.timedelta64(12, "M")
    shifted = earlier.astype("datetime64[D]") + (days - months.astype("datetime64[D]"))
    return pd.Series(shifted.astype("datetime64[us]"), index=day.index).where(known)


def first_open_when_due(rows: pd.DataFrame) -> pd.DataFrame:
    """Of each indicator the first period that ends after the due day and is not closed throughout, by indicator_id.

    rows: in the order of their start.
    """
    open_since = rows[(rows["end"] > rows["due"]) & ~rows["closed"]]
    return open_since.drop_duplicates("indicator_id").set_index("indicator_id")


def judged_year(rows: pd.DataFrame) -> pd.Series:
    """For each row the year of its indicator's last known period.

    For a target for a year, the last year until it is due.
    """
    counts = rows["known"] & ((rows["over"] != "year") | (rows["year"] >= 0))
    found: pd.Series = rows["year"].where(counts).groupby(rows["indicator_id"]).transform("min")
    return found
