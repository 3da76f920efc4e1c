"""The season of each indicator, learned from its own past years and laid over its periods."""

import numpy as np
import pandas as pd

from transforms.arrays import FloatArray
from transforms.pacing.seasonal import seasonal_index, term_factor
from transforms.pacing.target_years import PERIODS_A_YEAR, judged_year

SEASON_CLASSES = {"day": 12, "week": 12, "month": 12, "quarter": 4, "year": 1}
"""Parts into which a year of such periods is cut: months or quarters."""
LOOK_BACK = 10
"""A season is learned from complete years among this many before the year that is judged."""
MONTH_DAYS = np.array([31, 28.2425, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
"""Days of each month of an average year."""


def with_season(rows: pd.DataFrame) -> pd.DataFrame:
    """``rows`` with index, ground, class_ground, mean_ground and seasons.

    Without a season index is 1 and seasons 0.
    """
    rows = rows.assign(index=1.0, ground=rows["open"], class_ground=np.nan, mean_ground=np.nan, seasons=0)
    wanted = (rows["path"] == "seasonal") & rows["kind"].isin(["flow", "rate"]) & (rows["period"] != "year")
    for classes in (12, 4):
        mine = rows[wanted & (rows["period"].map(SEASON_CLASSES) == classes)].copy()
        if len(mine):
            found = _season_of(mine, classes)
            rows.loc[mine.index, found.columns] = found
    return rows


def _season_of(rows: pd.DataFrame, classes: int) -> pd.DataFrame:
    """By row, the season of indicators whose years have this number of classes."""
    series, names = pd.factorize(rows["indicator_id"])
    rows = rows.assign(series=series, term=_terms_filled(rows))
    back = rows["year"] - judged_year(rows)
    past = rows[(back >= 1) & (back <= LOOK_BACK)]
    place = (past["series"].to_numpy(), back[past.index].to_numpy(dtype=int) - 1, past["class"].to_numpy())
    shape = (len(names), LOOK_BACK, classes)
    accounted = past["known"] | past["closed"]
    covered, missing = (
        _summed(shape, place, days_in(past).where(which, 0.0)).sum(axis=2, keepdims=True)
        for which in (accounted, ~accounted)
    )
    amount = _summed(shape, place, past["value"].where(past["flow"], past["numerator"]).where(past["known"], 0.0))
    amount = np.where((covered >= 364) & (missing == 0), amount, np.nan)
    opened, in_term = (_summed(shape, place, past[name].where(past["known"], 0.0)) for name in ("open", "term"))
    factor = term_factor(*(table.reshape(len(names), -1) for table in (amount, opened, in_term)))
    rows["ground"] = rows["open"] + (factor[series] - 1.0) * rows["term"]
    below = rows["ground"].where(rows["flow"], rows["denominator"])[past.index].where(past["known"], 0.0)
    usual = _periods_of_an_average_year(rows.groupby("series")["period"].first(), classes)
    count = _summed(shape, place, pd.Series(1.0, index=past.index))
    # a month has four weeks or five, of which the average of a year must not depend
    even = usual[:, None, :] / np.where(count > 0, count, 1.0)
    found = seasonal_index(amount * even, _summed(shape, place, below) * even)
    some, at = found.years[series] > 0, (series, rows["class"].to_numpy())
    return pd.DataFrame(
        {
            "index": np.where(some, found.index[at], 1.0),
            "ground": np.where(some, rows["ground"], rows["open"]),
            "class_ground": found.ground[at] / usual[at],
            "mean_ground": found.ground.sum(axis=1)[series] / rows["period"].map(PERIODS_A_YEAR),
            "seasons": found.years[series],
        },
        index=rows.index,
    )


def _periods_of_an_average_year(lengths: pd.Series, classes: int) -> FloatArray:
    """How many periods of each of ``lengths`` fall into each part of an average year, (series, classes)."""
    days = lengths.map({"day": 1.0, "week": 7.0}).to_numpy(dtype=float)[:, None]
    whole = np.ones((len(lengths), classes))
    return whole if classes != len(MONTH_DAYS) else np.where(np.isnan(days), whole, MONTH_DAYS / days)


def _summed(
    shape: tuple[int, int, int], place: tuple[np.ndarray, np.ndarray, np.ndarray], values: pd.Series
) -> FloatArray:
    """An array of ``shape`` with the sum of the values at each place (series, years, classes)."""
    total = np.zeros(shape)
    np.add.at(total, place, values.to_numpy(dtype=float))
    return total


def _terms_filled(rows: pd.DataFrame) -> pd.Series:
    """Open days in term.

    A year without listed terms takes, for each part of the year, the share that the years with listed terms have.
    """
    ahead, year, part = rows["ahead"], [rows["indicator_id"], rows["year"]], [rows["indicator_id"], rows["class"]]
    known, all_listed = (
        terms.groupby(year).transform("sum") > 0 for terms in (rows["term"].where(~ahead, 0.0), rows["term"])
    )
    sums = [rows[name].where(known & ~ahead, 0.0).groupby(part).transform("sum") for name in ("term", "open")]
    listed = all_listed.where(ahead, known)
    share = (sums[0] / sums[1].where(sums[1] > 0)).fillna(0.0)
    return rows["term"].where(listed, rows["open"] * share)


def days_in(rows: pd.DataFrame) -> pd.Series:
    """Days of each period."""
    return (rows["end"] - rows["start"]).dt.days.astype(float)
