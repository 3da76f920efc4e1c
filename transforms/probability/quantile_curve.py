"""A predictive distribution as a few quantiles, with tails of Student's t.

It is cheap to read both ways, for any number of series. A row is one distribution in units of its own spread: median 0,
and 1 for the standard deviation of a normal distribution with the same 80 % interval. Between the knots the normal
score is linear; beyond them the score of Student's t is.
"""

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from transforms.arrays import FloatArray

LEVELS: FloatArray = np.array([0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98])
SCORES: FloatArray = ndtri(LEVELS)
MIDDLE, LOW, HIGH = 6, 2, 10
TAIL = 4.0
"""The degrees of freedom of the tails."""

ENDS: FloatArray = np.asarray(stdtrit(TAIL, LEVELS[[0, -1]]), dtype=np.float64)
EIGHTY: float = 2 * float(stdtrit(TAIL, LEVELS[HIGH]))
"""The width of the 80 % interval of Student's t."""

POOLED: FloatArray = np.asarray(stdtrit(6.0, LEVELS) * ndtri(0.9) / stdtrit(6.0, 0.9), dtype=np.float64)


def summarise_draws(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Median and spread, (series,), and knots, (series, levels), of simulated values.

    values: (series, draws). Where the spread is 0, so are the knots.
    """
    ordered = np.sort(values, axis=1)  # NaN, of a series without a forecast, stays NaN
    place = LEVELS * (values.shape[1] - 1)
    left = place.astype(np.int64)
    found = ordered[:, left] + (place - left) * (ordered[:, left + 1] - ordered[:, left])
    middle, width = found[:, MIDDLE].copy(), (found[:, HIGH] - found[:, LOW]) / (SCORES[HIGH] - SCORES[LOW])
    with np.errstate(divide="ignore", invalid="ignore"):
        return middle, width, np.where(width[:, None] > 0, (found - middle[:, None]) / width[:, None], 0.0)


def blend_with_pool(own: FloatArray, share: float) -> FloatArray:
    """Knots between the simulated and the pooled ones."""
    return share * own + (1.0 - share) * POOLED


def probability_below(quantiles: FloatArray, at: FloatArray) -> FloatArray:
    """The probability of less than ``at`` (series,).

    quantiles: knots (series, levels) that increase strictly.
    """
    last = len(LEVELS) - 1
    segment = np.clip((quantiles <= at[:, None]).sum(axis=1) - 1, 0, last - 1)
    rows = np.arange(len(at))
    left, right = quantiles[rows, segment], quantiles[rows, segment + 1]
    part = np.clip((at - left) / (right - left), 0.0, 1.0)
    inner = ndtr(SCORES[segment] + part * (SCORES[segment + 1] - SCORES[segment]))
    unit = (quantiles[:, HIGH] - quantiles[:, LOW]) / EIGHTY
    lower = stdtr(TAIL, ENDS[0] + np.minimum(at - quantiles[:, 0], 0.0) / unit)
    upper = stdtr(TAIL, ENDS[1] + np.maximum(at - quantiles[:, last], 0.0) / unit)
    found: FloatArray = np.where(at < quantiles[:, 0], lower, np.where(at > quantiles[:, last], upper, inner))
    return found
