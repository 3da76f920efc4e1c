"""Periods as matrices: what trend, forecast and evidence work on."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transforms.periods import PANDAS_PERIOD
from transforms.rules.inputs import BoolArray, FloatArray

SEASON_LENGTH = {"day": 7, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""Periods after which a pattern comes again: a week of days, a year of everything longer."""

PERIODS_PER_YEAR = {"day": 365.2425, "week": 365.2425 / 7, "month": 12.0, "quarter": 4.0, "year": 1.0}
"""Periods in a year."""


@dataclass(frozen=True)
class EndAlignedMatrix:
    """Series of one length of period, oldest first, each ending with its own last usable period.

    ids: (series,) indicators. values, errors: (series, periods), NaN where not usable, and before an unspliced break; errors are
    standard errors, NaN where none is known. last: (series,) number of each series' last period, see ``period_numbers``.
    """

    length: str
    ids: list[str]
    values: FloatArray
    errors: FloatArray
    last: NDArray[np.int64]


def period_numbers(days: pd.Series, length: str) -> NDArray[np.int64]:
    """The number of the period of this length that holds each day; consecutive periods have consecutive numbers."""
    return np.asarray(pd.PeriodIndex(pd.to_datetime(days), freq=PANDAS_PERIOD[length]).astype("int64"))


def numbers_to_spans(numbers: NDArray[np.int64], length: str) -> pd.DataFrame:
    """Columns start and end (the day after) of the periods with these numbers; the inverse of ``period_numbers``."""
    spans = pd.PeriodIndex.from_ordinals(numbers, freq=PANDAS_PERIOD[length])  # type: ignore[attr-defined]
    starts, ends = (
        pd.Series(times).dt.normalize().astype("datetime64[us]") for times in (spans.start_time, spans.end_time)
    )
    return pd.DataFrame({"start": starts, "end": ends + pd.Timedelta(days=1)})


def is_usable(rows: pd.DataFrame) -> pd.Series:
    """Whether a period may be judged: known, as complete as the plan asks for, and settled. Needs the column min_completeness."""
    return (
        rows["value"].notna() & (rows["completeness"] >= rows["min_completeness"]) & ~rows["provisional"].astype(bool)
    )


def end_aligned_matrices(
    periods: pd.DataFrame, targets: pd.DataFrame, last_breaks: pd.DataFrame
) -> Iterator[EndAlignedMatrix]:
    """One matrix for each length of period; indicators without a usable period are left out.

    periods: as published, with standard_error. targets: indicator_id, period, min_completeness. apart: indicator_id, day; values
    of periods that begin before that day are left out.
    """
    rows = _apart(periods, targets, last_breaks)
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
    values[at, column], errors[at, column] = (
        rows["value"].to_numpy(dtype=float),
        rows["standard_error"].to_numpy(dtype=float),
    )
    last[at] = rows["last"].to_numpy()
    return EndAlignedMatrix(length, [str(name) for name in ids], values, errors, last)


def longest_gap(values: FloatArray) -> NDArray[np.int64]:
    """Of each of ``values`` (series, periods) the most periods in a row that are not known, between two that are: (series,)."""
    gap, longest, begun = (
        np.zeros(len(values), dtype=np.int64),
        np.zeros(len(values), dtype=np.int64),
        np.zeros(len(values), dtype=bool),
    )
    for column in np.isfinite(values).T:
        longest = np.where(column & begun, np.maximum(longest, gap), longest)
        gap = np.where(column, 0, gap + 1)
        begun |= column
    return longest


@dataclass(frozen=True)
class CalendarMatrix:
    """Series of one length of period side by side: one column a period of the calendar, oldest first.

    ids: (series,). numbers: (periods,) of ``period_numbers``. values, expected, base, errors: (series, periods), NaN where not known.
    counts: where a period is over, settled and not closed, so that its silence would be missing data.
    """

    length: str
    ids: list[str]
    numbers: NDArray[np.int64]
    values: FloatArray
    expected: FloatArray
    base: FloatArray
    errors: FloatArray
    counts: BoolArray


def calendar_matrices(
    periods: pd.DataFrame, targets: pd.DataFrame, last_breaks: pd.DataFrame
) -> Iterator[CalendarMatrix]:
    """As ``end_aligned_matrices``; periods also with the columns expected and base."""
    rows = _apart(periods, targets, last_breaks)
    rows["counts"] = ~rows["provisional"].astype(bool) & ~rows["flags"].map(lambda flags: "closed" in flags).astype(
        bool
    )
    for length, group in rows.groupby("period"):
        yield _board(str(length), group)


def _apart(periods: pd.DataFrame, targets: pd.DataFrame, last_breaks: pd.DataFrame) -> pd.DataFrame:
    """The periods with their length and whether their values are known, and comparable with the newest ones."""
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
    values, errors, expected, base = (
        table("value", known),
        table("standard_error", known),
        table("expected", everywhere),
        table("base", everywhere),
    )
    return CalendarMatrix(length, [str(name) for name in ids], numbers, values, expected, base, errors, counts)
