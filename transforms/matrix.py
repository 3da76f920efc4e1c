"""Periods as matrices, the input of trend, forecast and evidence."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transforms.arrays import BoolArray, FloatArray, IntArray
from transforms.periods import PANDAS_PERIOD

SEASON_LENGTH = {"day": 7, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""The number of periods after which a pattern repeats: a week of days, a year of all longer periods."""

PERIODS_PER_YEAR = {"day": 365.2425, "week": 365.2425 / 7, "month": 12.0, "quarter": 4.0, "year": 1.0}
"""The number of periods in a year."""


@dataclass(frozen=True)
class EndAlignedMatrix:
    """Series of periods of one length, oldest first; each ends with its own last usable period.

    ids: the indicators, (series,). values and errors: (series, periods), NaN where not usable and before an unspliced
    break; errors are standard errors, NaN where unknown. last: (series,), the number of each series' last period, see
    ``period_numbers``.
    """

    length: str
    ids: list[str]
    values: FloatArray
    errors: FloatArray
    last: IntArray


def period_numbers(days: pd.Series, length: str) -> IntArray:
    """The number of the period of this length that contains each day.

    Consecutive periods have consecutive numbers.
    """
    return np.asarray(pd.PeriodIndex(pd.to_datetime(days), freq=PANDAS_PERIOD[length]).astype("int64"))


def numbers_to_spans(numbers: IntArray, length: str) -> pd.DataFrame:
    """Columns start and end (the day after) of the numbered periods.

    The inverse of ``period_numbers``.
    """
    spans = pd.PeriodIndex.from_ordinals(numbers, freq=PANDAS_PERIOD[length])  # type: ignore[attr-defined]
    starts, ends = (
        pd.Series(times).dt.normalize().astype("datetime64[us]") for times in (spans.start_time, spans.end_time)
    )
    return pd.DataFrame({"start": starts, "end": ends + pd.Timedelta(days=1)})


def is_usable(rows: pd.DataFrame) -> pd.Series:
    """Whether a period may be judged: known, as complete as the plan requires, and settled.

    rows: also with the column min_completeness.
    """
    return (
        rows["value"].notna() & (rows["completeness"] >= rows["min_completeness"]) & ~rows["provisional"].astype(bool)
    )


def end_aligned_matrices(
    periods: pd.DataFrame, targets: pd.DataFrame, last_breaks: pd.DataFrame
) -> Iterator[EndAlignedMatrix]:
    """One matrix for each length of period; indicators without a usable period are left out.

    periods: as published, with standard_error. targets: indicator_id, period, min_completeness. last_breaks:
    indicator_id, day; values of periods that begin before that day are left out.
    """
    rows = _with_known(periods, targets, last_breaks)
    rows = rows[rows["known"]]
    for length, group in rows.groupby("period"):
        number = pd.Series(period_numbers(group["start"], str(length)), index=group.index)
        last = number.groupby(group["indicator_id"]).transform("max")
        yield _matrix(str(length), group.assign(back=last - number, last=last))


def _matrix(length: str, rows: pd.DataFrame) -> EndAlignedMatrix:
    ids, at = np.unique(rows["indicator_id"].to_numpy(dtype=object), return_inverse=True)
    column = -1 - rows["back"].to_numpy()
    shape = (len(ids), int(rows["back"].max()) + 1)
    values, errors, last = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(len(ids), dtype=np.int64)
    values[at, column] = rows["value"].to_numpy(dtype=float)
    errors[at, column] = rows["standard_error"].to_numpy(dtype=float)
    last[at] = rows["last"].to_numpy()
    return EndAlignedMatrix(length, [str(name) for name in ids], values, errors, last)


def longest_gap(values: FloatArray) -> IntArray:
    """The most unknown periods in a row between two known ones, (series,).

    values: (series, periods).
    """
    gap, longest = np.zeros(len(values), dtype=np.int64), np.zeros(len(values), dtype=np.int64)
    begun = np.zeros(len(values), dtype=bool)
    for column in np.isfinite(values).T:
        longest = np.where(column & begun, np.maximum(longest, gap), longest)
        gap = np.where(column, 0, gap + 1)
        begun |= column
    return longest


@dataclass(frozen=True)
class CalendarMatrix:
    """Series of periods of one length side by side, a column for each period of the calendar.

    The oldest period is first. ids: (series,). numbers: (periods,), of ``period_numbers``. values, expected, base,
    scale, errors: (series, periods), NaN where unknown. weights: the denominators of a rate, and 1. counts: the period
    is over, settled and not closed, so that a missing value is missing data.
    """

    length: str
    ids: list[str]
    numbers: IntArray
    values: FloatArray
    expected: FloatArray
    base: FloatArray
    scale: FloatArray
    errors: FloatArray
    weights: FloatArray
    counts: BoolArray


def calendar_matrices(
    periods: pd.DataFrame, targets: pd.DataFrame, last_breaks: pd.DataFrame
) -> Iterator[CalendarMatrix]:
    """As ``end_aligned_matrices``; periods also with the columns expected, base and scale.

    targets: also until, the last day that is followed, NaT where there is none.
    """
    rows = _with_known(periods, targets, last_breaks)
    rows = rows.merge(targets[["indicator_id", "until"]], on="indicator_id")
    closed = rows["flags"].map(lambda flags: "closed" in flags).astype(bool)
    rows["weight"] = rows["denominator"].fillna(1.0) if "denominator" in rows else 1.0
    over = rows["start"] > rows["until"]
    rows["known"] &= ~over
    rows["counts"] = ~rows["provisional"].astype(bool) & ~closed & ~over
    for length, group in rows.groupby("period"):
        yield _board(str(length), group)


def _with_known(periods: pd.DataFrame, targets: pd.DataFrame, last_breaks: pd.DataFrame) -> pd.DataFrame:
    """The periods with their length, and whether they are known and comparable with the newest."""
    rows = periods.merge(targets[["indicator_id", "period", "min_completeness"]], on="indicator_id")
    rows = rows.merge(last_breaks[["indicator_id", "day"]], on="indicator_id", how="left")
    return rows.assign(known=is_usable(rows) & ~(rows["start"] < rows["day"]))


def _board(length: str, rows: pd.DataFrame) -> CalendarMatrix:
    ids, at = np.unique(rows["indicator_id"].to_numpy(dtype=object), return_inverse=True)
    number = period_numbers(rows["start"], length)
    numbers = np.arange(number.min(), number.max() + 1)
    place, known = (at, number - number.min()), rows["known"].to_numpy(dtype=bool)

    def table(name: str, where: BoolArray) -> FloatArray:
        out = np.full((len(ids), len(numbers)), np.nan)
        out[place] = np.where(where, rows[name].to_numpy(dtype=float), np.nan)
        return out

    counts = np.zeros((len(ids), len(numbers)), dtype=bool)
    counts[place] = rows["counts"].to_numpy(dtype=bool)
    everywhere = np.ones_like(known)
    values, errors = table("value", known), table("standard_error", known)
    expected, base, scale, weights = (table(name, everywhere) for name in ("expected", "base", "scale", "weight"))
    names = [str(name) for name in ids]
    return CalendarMatrix(length, names, numbers, values, expected, base, scale, errors, weights, counts)
