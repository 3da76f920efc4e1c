"""Each period beside the same one a year before."""

import numpy as np
import pandas as pd

WEEKS = pd.Timedelta(weeks=52)
BY_WEEKDAY = ("day", "week")


def with_year_ago(periods: pd.DataFrame, lengths: pd.Series, breaks: pd.DataFrame) -> pd.DataFrame:
    """``periods`` with year_ago_value, year_ago_completeness, year_ago_change and year_ago_change_pct.

    lengths: the period (``day`` to ``year``) by indicator_id. breaks: indicator_id, day, spliced. A day and a week are
    compared with that 52 weeks before, so that weekdays meet. Across a break that is not spliced nothing is compared;
    a change needs both periods in full.
    """
    by_weekday = periods["indicator_id"].map(lengths).isin(BY_WEEKDAY)
    before = (periods["start"] - WEEKS).where(by_weekday, periods["start"] - pd.DateOffset(years=1))
    known = periods[["indicator_id", "start", "value", "completeness"]]
    known = known.set_axis(["indicator_id", "before", "year_ago_value", "year_ago_completeness"], axis=1)
    keys = pd.DataFrame({"indicator_id": periods["indicator_id"], "before": before.astype("datetime64[us]")})
    found = keys.merge(known, on=["indicator_id", "before"], how="left").set_index(periods.index)
    value = found["year_ago_value"].astype("float64").where(~_across_break(periods, found["before"], breaks))
    whole = (periods["completeness"] == 1) & (found["year_ago_completeness"] == 1)
    change = (periods["value"].astype("float64") - value).where(whole)
    return periods.assign(
        year_ago_value=value,
        year_ago_completeness=found["year_ago_completeness"],
        year_ago_change=change,
        year_ago_change_pct=(100 * change / value.where(value > 0)),
    )


def _across_break(periods: pd.DataFrame, before: pd.Series, breaks: pd.DataFrame) -> pd.Series:
    """Whether a break lies after the first day of the year-ago period and before the end of this one."""
    across = np.zeros(len(periods), dtype=bool)
    unspliced = breaks.loc[~breaks["spliced"].astype(bool), ["indicator_id", "day"]]
    for indicator, day in unspliced.itertuples(index=False, name=None):
        mine = periods["indicator_id"] == indicator
        across |= (mine & (before < day) & (periods["end"] > day)).to_numpy()
    return pd.Series(across, index=periods.index)
