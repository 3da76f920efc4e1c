"""How much of a series an estimate looks at, and the series cut to it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.rules.inputs import BoolArray, FloatArray

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Span:
    """``period``: what one is called. In periods: ``window``: looked at before the activity at most; ``before`` and ``after``: known ones needed at least;
    ``horizon``: averaged over after it at most; ``first_placebo``: known ones that a placebo date needs before it."""

    period: str
    window: int
    before: int
    after: int
    horizon: int
    first_placebo: int


SPANS = {
    12: Span("month", window=72, before=24, after=3, horizon=12, first_placebo=12),
    4: Span("quarter", window=24, before=16, after=2, horizon=4, first_placebo=8),
    1: Span("year", window=24, before=12, after=2, horizon=3, first_placebo=6),
    52: Span("week", window=156, before=104, after=4, horizon=12, first_placebo=52),
    7: Span("day", window=182, before=56, after=14, horizon=28, first_placebo=28),
}
"""By season: month, quarter, year, week, day. The minima are those at which intervals still hold on real series (docs/effects.md)."""


SMALLEST = 1e-6
"""Least unit: the relative error of a figure that hardly ever changes."""


def span_of(season: int) -> Span:
    """Raises ``ValueError`` for a season that is none of 12, 4, 1, 52 and 7."""
    if season not in SPANS:
        raise ValueError(f"a season of {season} periods is not known: use one of {', '.join(map(str, SPANS))}")
    return SPANS[season]


def align(rows: FloatArray, start: IntArray, span: Span) -> FloatArray:
    """``rows`` (series, periods) as (series, window + horizon), so that each series' ``start`` stands in column ``window``; NaN beyond its ends."""
    places = start[:, None] + np.arange(-span.window, span.horizon)[None, :]
    inside = (places >= 0) & (places < rows.shape[1])
    picked = (
        np.take_along_axis(rows, np.clip(places, 0, max(rows.shape[1] - 1, 0)), axis=1)
        if rows.shape[1]
        else np.full(places.shape, np.nan)
    )
    return np.where(inside, picked, np.nan)


def in_usual_steps(rows: FloatArray, known: BoolArray) -> tuple[FloatArray, FloatArray]:
    """``rows`` less their median over the known ones and in units of their usual step from period to period; and that unit, (series, 1).

    The unit is the median absolute step over 0.6745 and the root of 2: the deviation of a noise with such steps. 0 where unknown.
    """
    held = np.where(known, rows, 0.0)
    middle = _median(held, known)
    moves, both = np.diff(held, axis=1), known[:, 1:] & known[:, :-1]
    usual = _median(np.abs(moves), both) / 0.6745 / np.sqrt(2)
    spread = np.sqrt(
        np.where(both, moves**2, 0.0).sum(axis=1, keepdims=True) / np.maximum(both.sum(axis=1, keepdims=True), 1)
    )
    unit = np.where(usual > SMALLEST, usual, np.maximum(spread, SMALLEST))
    return np.where(known, (held - middle) / unit, 0.0), unit


def _median(rows: FloatArray, known: BoolArray) -> FloatArray:
    """(series, 1): over the known ones; 0 where there is none."""
    if not rows.shape[1]:
        return np.zeros((len(rows), 1))
    count = known.sum(axis=1, keepdims=True)
    ordered = np.sort(np.where(known, rows, np.inf), axis=1)
    ends = [
        np.take_along_axis(ordered, np.maximum(at, 0), axis=1)
        for at in ((count - 1) // 2, np.minimum(count // 2, rows.shape[1] - 1))
    ]
    return np.where(count > 0, (ends[0] + ends[1]) / 2, 0.0)
