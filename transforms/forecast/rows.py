"""Series in a common form: one scale, one end, the longest first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from transforms.arrays import BoolArray, FloatArray, IntArray, TextArray

FEWEST = 5
"""A series with fewer observations is not forecast."""
LONGEST = {1: 260, 52: 260}
"""The last periods that a series with this season is learned from, five years of weeks; others are learned whole."""


@dataclass(frozen=True)
class Rows:
    """Series that can be forecast, ordered by length, longest first.

    values: (rows, periods), divided by ``scale``, ending with the last observation of each; NaN before the first one.
    order: the number of the series of each row. length: the periods from the first to the last observation.
    """

    values: FloatArray
    order: IntArray
    scale: FloatArray
    length: IntArray
    season: int

    def part(self, rows: slice) -> "Rows":
        longest = int(self.length[rows].max(initial=1))
        return Rows(self.values[rows, -longest:], self.order[rows], self.scale[rows], self.length[rows], self.season)


def learned_history(values: FloatArray, season: int) -> FloatArray:
    """The last columns of values (series, periods), from which the forecast learns."""
    longest = LONGEST.get(season)
    return values if longest is None else values[:, -longest:]


def reasons_not_forecast(values: FloatArray, season: int) -> TextArray:
    """Why a series cannot be forecast, (series,): a code of ``warehouse.schema.outlook_codes``; "" where it can."""
    seen = ~np.isnan(values)
    count, periods = seen.sum(axis=1), values.shape[1]
    first, lag = edge_gaps(seen)
    whole = periods - lag - first
    reason = np.full(len(values), "", dtype=object)
    reason[lag > recent_periods(season)] = "no_forecast_recent"
    reason[2 * count < whole] = "no_forecast_gaps"
    if season > 1:
        reason[whole < 2 * season] = "no_forecast_short"
    reason[count < FEWEST] = "no_forecast_few"
    return reason


def recent_periods(season: int) -> int:
    """The last periods of which something must be known: a cycle of seasons, and at least two."""
    return max(season, 2)


def edge_gaps(seen: BoolArray) -> tuple[IntArray, IntArray]:
    """The periods before the first and after the last observation, (series,) each.

    All periods, where there is no observation.
    """
    nothing, periods = ~seen.any(axis=1), seen.shape[1]
    if periods == 0:
        return np.zeros(len(seen), dtype=np.int64), np.zeros(len(seen), dtype=np.int64)
    first, last = seen.argmax(axis=1), seen[:, ::-1].argmax(axis=1)
    return np.where(nothing, periods, first), np.where(nothing, periods, last)


def prepare(values: FloatArray, season: int, usable: BoolArray) -> Rows:
    """The ``usable`` series of (series, periods), which end with the same period. Gaps stay NaN."""
    chosen = np.flatnonzero(usable)
    first, lag = edge_gaps(~np.isnan(values[chosen]))
    length = values.shape[1] - lag - first
    order = np.argsort(-length, kind="stable")
    chosen, length = chosen[order], length[order]
    ended = values[chosen, : values.shape[1] - int(lag.max(initial=0))]
    scale = size_of(ended)
    return Rows(ended / scale[:, None], chosen, scale, length, season)


def size_of(values: FloatArray) -> FloatArray:
    """The mean absolute value of each row, (rows,); 1 where it is 0. No sum overflows."""
    known = ~np.isnan(values)
    largest = np.where(known, np.abs(values), 0.0).max(axis=1, initial=0.0)
    unit = np.where(largest > 0, largest, 1.0)
    mean = np.where(known, np.abs(values) / unit[:, None], 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.where(largest > 0, unit * mean, 1.0)


def rows_before(rows: Rows, back: int, shortest: int) -> Rows:
    """The rows as of ``back`` periods before their end.

    Only rows with ``shortest`` periods by then, which are the first ones.
    """
    count = int(np.searchsorted(-rows.length, -(back + shortest), side="right"))
    upto = rows.values.shape[1] - back
    return Rows(
        rows.values[:count, : max(upto, 0)],
        rows.order[:count],
        rows.scale[:count],
        rows.length[:count] - back,
        rows.season,
    )


def stack_rows(parts: Sequence[Rows]) -> tuple[Rows, list[IntArray]]:
    """The rows of all parts, the longest first, and the place of each row of each part."""
    values = np.full((sum(len(part.order) for part in parts), max(part.values.shape[1] for part in parts)), np.nan)
    ends = np.cumsum([len(part.order) for part in parts])
    for part, end in zip(parts, ends, strict=True):
        values[end - len(part.order) : end, values.shape[1] - part.values.shape[1] :] = part.values
    order, scale, length = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("order", "scale", "length")
    )
    longest_first = np.argsort(-length, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[longest_first] = np.arange(len(order))
    values, scale = values[longest_first], scale[longest_first]
    together = Rows(values, order[longest_first], scale, length[longest_first], parts[0].season)
    return together, np.split(place, ends[:-1])
