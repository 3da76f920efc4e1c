"""What forecasts of the same kind were worth in the same series: past origins, their errors, and what these say of the next."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from transforms.probability import quantile_curve
from transforms.probability.target import IntArray
from transforms.rules.inputs import BoolArray, FloatArray

MOST, MOST_SHORT, SHORT = 5, 8, 3
"""Past origins looked at: each costs a forecast. Where a forecast reaches ``SHORT`` periods at most, more of them fit into a history."""

WITHIN = 4.0
"""Errors beyond so many spreads count as that many: one closure must not rule the intervals of all years after it."""


@dataclass(frozen=True)
class Prior:
    """What is held of a forecast before any case of its own series is seen, and how firmly.

    shift_weight: as many cases without any error on average; scale_weight: as many cases with errors of ``scale`` spreads.
    own_shape: how much of the shape is that of the simulated figures, the rest being the pooled one.
    """

    shift_weight: float
    scale_weight: float
    scale: float
    own_shape: float


PRIOR = Prior(shift_weight=100.0, scale_weight=40.0, scale=1.0, own_shape=0.5)
"""Chosen by ``benchmarks/probability_fit.py`` on M3, from figures that lie wholly in the part before the competition's continuation."""


@dataclass(frozen=True)
class PastCases:
    """``errors`` (series, origins): outcome less the median forecast then, in spreads of the forecast; NaN where no case.
    ``knots`` (series, origins, levels): the shapes of these forecasts."""

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

    They are a horizon apart, so that no period counts twice, and lie at fixed distances from the last: what stands before a series
    began moves none of them.
    """
    most = MOST_SHORT if horizon <= SHORT else MOST
    return list(range(periods - horizon, least - 1, -horizon))[:most]


def correction(past: PastCases, prior: Prior = PRIOR) -> tuple[FloatArray, FloatArray]:
    """Shift and scale of (series,) for the next forecast, in its spreads, from all cases."""
    errors = np.clip(np.nan_to_num(past.errors), -WITHIN, WITHIN)
    return _shrunk((errors.sum(axis=1), (errors**2).sum(axis=1)), past.cases, prior)


def corrections_without_one(past: PastCases, prior: Prior = PRIOR) -> Iterator[tuple[int, FloatArray, FloatArray]]:
    """For each origin its number, and the shift and scale that the other cases give."""
    errors = np.clip(np.nan_to_num(past.errors), -WITHIN, WITHIN)
    known = past.known
    total, squares, cases = errors.sum(axis=1), (errors**2).sum(axis=1), past.cases
    for at in range(errors.shape[1]):
        shift, scale = _shrunk((total - errors[:, at], squares - errors[:, at] ** 2), cases - known[:, at], prior)
        yield at, shift, scale


def _shrunk(sums: tuple[FloatArray, FloatArray], cases: IntArray, prior: Prior) -> tuple[FloatArray, FloatArray]:
    """The mean error drawn towards 0 and the mean square about it drawn towards that of the prior, from the sums of both."""
    total, squares = sums
    shift = total / (prior.shift_weight + cases)
    about = np.maximum(squares - 2 * shift * total + cases * shift**2, 0.0)
    return shift, np.sqrt((prior.scale_weight * prior.scale**2 + about) / (prior.scale_weight + cases))


def predictive(own: FloatArray, shift: FloatArray, scale: FloatArray, prior: Prior = PRIOR) -> FloatArray:
    """Knots (series, levels) after correction."""
    return shift[:, None] + scale[:, None] * quantile_curve.blend_with_pool(own, prior.own_shape)
