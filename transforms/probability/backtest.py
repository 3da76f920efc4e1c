"""The record of such forecasts in the same series, and the correction that it suggests."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from transforms.arrays import BoolArray, FloatArray, IntArray
from transforms.probability import quantile_curve

MOST, MOST_SHORT, SHORT = 5, 8, 3
"""Past origins, each of which costs a forecast. Forecasts of at most ``SHORT`` periods have room for more of them."""

WITHIN = 4.0
"""Larger errors count as this many spreads: one closure must not dominate the intervals of all later years."""


@dataclass(frozen=True)
class Prior:
    """The belief about a forecast before any case of its own series, and its strength.

    shift_weight: this many cases without error on average. scale_weight: this many cases with errors of ``scale``
    spreads. own_shape: the share of the simulated shape; the rest is the pooled shape.
    """

    shift_weight: float
    scale_weight: float
    scale: float
    own_shape: float


PRIOR = Prior(shift_weight=100.0, scale_weight=40.0, scale=1.0, own_shape=0.5)
"""Chosen by ``benchmarks/probability_fit.py`` on M3, from values entirely before the competition's continuation."""


@dataclass(frozen=True)
class PastCases:
    """The errors and shapes of the past forecasts.

    errors: (series, origins), outcome less the median forecast then, in spreads of the forecast; NaN for no case.
    knots: (series, origins, levels).
    """

    errors: FloatArray
    knots: FloatArray

    @property
    def known(self) -> BoolArray:
        return ~np.isnan(self.errors)

    @property
    def cases(self) -> IntArray:
        number: IntArray = self.known.sum(axis=1)
        return number


def origin_ends(periods: int, horizon: int, least: int) -> list[int]:
    """The columns after the last known one of each past origin, newest first.

    They are a horizon apart, so that no period counts twice, and at fixed distances from the last column: columns
    before a series began move none of them.
    """
    most = MOST_SHORT if horizon <= SHORT else MOST
    return list(range(periods - horizon, least - 1, -horizon))[:most]


def correction(past: PastCases, prior: Prior = PRIOR) -> tuple[FloatArray, FloatArray]:
    """Shift and scale (series,) for the next forecast, in its spreads, from all cases."""
    errors = np.clip(np.nan_to_num(past.errors), -WITHIN, WITHIN)
    return _shrunk((errors.sum(axis=1), (errors**2).sum(axis=1)), past.cases, prior)


def corrections_without_one(past: PastCases, prior: Prior = PRIOR) -> Iterator[tuple[int, FloatArray, FloatArray]]:
    """For each origin its number, and the shift and scale from the other cases."""
    errors = np.clip(np.nan_to_num(past.errors), -WITHIN, WITHIN)
    known = past.known
    total, squares, cases = errors.sum(axis=1), (errors**2).sum(axis=1), past.cases
    for at in range(errors.shape[1]):
        shift, scale = _shrunk((total - errors[:, at], squares - errors[:, at] ** 2), cases - known[:, at], prior)
        yield at, shift, scale


def _shrunk(sums: tuple[FloatArray, FloatArray], cases: IntArray, prior: Prior) -> tuple[FloatArray, FloatArray]:
    """The shrunken mean error, and the scale around it.

    The mean error shrinks towards 0, the mean square around it towards the prior's. sums: of the errors and of their
    squares.
    """
    total, squares = sums
    shift = total / (prior.shift_weight + cases)
    about = np.maximum(squares - 2 * shift * total + cases * shift**2, 0.0)
    return shift, np.sqrt((prior.scale_weight * prior.scale**2 + about) / (prior.scale_weight + cases))


def predictive(own: FloatArray, shift: FloatArray, scale: FloatArray, prior: Prior = PRIOR) -> FloatArray:
    """The corrected knots, (series, levels)."""
    return shift[:, None] + scale[:, None] * quantile_curve.blend_with_pool(own, prior.own_shape)
