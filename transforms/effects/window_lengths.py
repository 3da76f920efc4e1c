"""How many periods around an activity an estimate uses, and the series cut to them."""

from dataclasses import dataclass

import numpy as np

from transforms.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class WindowLengths:
    """Numbers of periods of the length ``period``.

    window: at most used before the activity. before and after: known periods that are required. horizon: at most
    averaged after it. first_placebo: known periods that a placebo date requires before it.
    """

    period: str
    window: int
    before: int
    after: int
    horizon: int
    first_placebo: int


WINDOW_LENGTHS = {
    12: WindowLengths("month", window=72, before=24, after=3, horizon=12, first_placebo=12),
    4: WindowLengths("quarter", window=24, before=16, after=2, horizon=4, first_placebo=8),
    1: WindowLengths("year", window=24, before=12, after=2, horizon=3, first_placebo=6),
    52: WindowLengths("week", window=156, before=104, after=4, horizon=12, first_placebo=52),
    7: WindowLengths("day", window=182, before=56, after=14, horizon=28, first_placebo=28),
}
"""By season: month, quarter, year, week, day. At these minima the intervals still hold on real series
(docs/effects.md)."""


SMALLEST = 1e-6
"""The least unit: the relative error of a value that hardly ever changes."""


def window_lengths_of(season: int) -> WindowLengths:
    """The lengths for a season. Raises ``ValueError`` unless it is 12, 4, 1, 52 or 7."""
    if season not in WINDOW_LENGTHS:
        raise ValueError(f"a season of {season} periods is not known: use one of {', '.join(map(str, WINDOW_LENGTHS))}")
    return WINDOW_LENGTHS[season]


def align(rows: FloatArray, start: IntArray, span: WindowLengths) -> FloatArray:
    """The rows with each ``start`` in column ``window``, (series, window + horizon).

    rows: (series, periods). Columns beyond the ends of a series are NaN.
    """
    places = start[:, None] + np.arange(-span.window, span.horizon)[None, :]
    inside = (places >= 0) & (places < rows.shape[1])
    if not rows.shape[1]:
        return np.full(places.shape, np.nan)
    return np.where(inside, np.take_along_axis(rows, np.clip(places, 0, rows.shape[1] - 1), axis=1), np.nan)


def in_usual_steps(rows: FloatArray, known: BoolArray) -> tuple[FloatArray, FloatArray]:
    """``rows`` less their median, in units of their usual step; and that unit, (series, 1).

    The unit is the median absolute step from period to period over 0.6745 and the root of 2: the standard deviation of
    noise with such steps. Unknown periods are 0.
    """
    held = np.where(known, rows, 0.0)
    middle = _median(held, known)
    moves, both = np.diff(held, axis=1), known[:, 1:] & known[:, :-1]
    usual = _median(np.abs(moves), both) / 0.6745 / np.sqrt(2)
    squares, count = np.where(both, moves**2, 0.0).sum(axis=1, keepdims=True), both.sum(axis=1, keepdims=True)
    spread = np.sqrt(squares / np.maximum(count, 1))
    unit = np.where(usual > SMALLEST, usual, np.maximum(spread, SMALLEST))
    return np.where(known, (held - middle) / unit, 0.0), unit


def _median(rows: FloatArray, known: BoolArray) -> FloatArray:
    """The median of the known values, (series, 1); 0 where there are none."""
    if not rows.shape[1]:
        return np.zeros((len(rows), 1))
    count = known.sum(axis=1, keepdims=True)
    ordered = np.sort(np.where(known, rows, np.inf), axis=1)
    ends = [
        np.take_along_axis(ordered, np.maximum(at, 0), axis=1)
        for at in ((count - 1) // 2, np.minimum(count // 2, rows.shape[1] - 1))
    ]
    return np.where(count > 0, (ends[0] + ends[1]) / 2, 0.0)
