"""From a forecast distribution and a target to a probability."""

import numpy as np

from transforms.arrays import FloatArray
from transforms.probability import backtest, quantile_curve
from transforms.probability.forecast_distribution import (
    DRAWS,
    ForecastDistribution,
    TotalForecasts,
    build_distribution,
    standardise,
)
from transforms.probability.target import TargetProbability, TargetSpec, as_arrays


def estimate_probability(
    values: FloatArray, season: int, horizon: int, spec: TargetSpec, seed: int = 0
) -> TargetProbability:
    """The probability of meeting the target of ``spec``.

    values: (series, periods), oldest first, NaN where missing. A year's total comes from the totals of simulated years,
    not from added quantiles. The horizon starts after the last column. Raises ``ValueError`` for a length beyond the
    horizon, a direction other than +1 and -1, and an infinite value.
    """
    target, direction, done, least = as_arrays(spec, len(values))
    return evaluate_target(
        build_distribution(values, season, (horizon, spec.length), least, seed), target, direction, done
    )


def evaluate_target(
    distribution: ForecastDistribution, target: FloatArray, direction: FloatArray, done: FloatArray
) -> TargetProbability:
    """The probability of meeting targets (series,), given the forecast distribution.

    Several targets for one quantity need only one distribution.
    """
    totals, past = distribution.totals, distribution.past
    shift, scale = backtest.correction(past)
    knots = backtest.predictive(totals.knots, shift, scale)
    at = standardise(target - done, totals)
    margin = np.where(totals.width > 0, 1.0 / DRAWS, 1.0 / (2.0 + distribution.known))
    probability = np.clip(_wanted(_below(knots, at, totals, direction), direction), margin, 1.0 - margin)
    assured = done + distribution.kind[1] * distribution.least
    probability = _certain(probability, assured, target, direction)
    parts = (
        shift + scale * backtest.PRIOR.own_shape * totals.mean,
        knots[:, quantile_curve.LOW],
        knots[:, quantile_curve.HIGH],
    )
    mean, low, high = (np.maximum(done + totals.middle + totals.width * part, assured) for part in parts)
    covered, brier = _checked(past, at, direction)
    reason = distribution.reason.copy()
    reason[np.isnan(done)] = "no_probability_count"
    reason[np.isnan(target)] = "no_probability_target"
    probability, mean, low, high = (np.where(reason == "", one, np.nan) for one in (probability, mean, low, high))
    return TargetProbability(probability, mean, low, high, past.cases, covered, brier, reason)


def _below(knots: FloatArray, at: FloatArray, totals: TotalForecasts, direction: FloatArray) -> FloatArray:
    """The probability of a value below the target, or up to it where at most that is wanted.

    A series that never changed stays as it is.
    """
    steady = np.where(direction > 0, at > 0, at >= 0)
    return np.where(totals.width > 0, quantile_curve.probability_below(knots, at), steady)


def _wanted(below: FloatArray, direction: FloatArray) -> FloatArray:
    return np.where(direction > 0, 1.0 - below, below)


def _certain(probability: FloatArray, assured: FloatArray, target: FloatArray, direction: FloatArray) -> FloatArray:
    """1 or 0 where the lower bound of the outcome already decides."""
    reached, exceeded = (direction > 0) & (assured >= target), (direction < 0) & (assured > target)
    return np.select([reached, exceeded], [1.0, 0.0], probability)


def _checked(past: backtest.PastCases, at: FloatArray, direction: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The share of cases inside their 80 % interval, and the Brier score at ``at``.

    Each case is corrected by the others only.
    """
    inside, squares, known = np.zeros(len(at)), np.zeros(len(at)), past.known
    for origin, shift, scale in backtest.corrections_without_one(past):
        knots, error = backtest.predictive(past.knots[:, origin], shift, scale), past.errors[:, origin]
        forecast = _wanted(quantile_curve.probability_below(knots, at), direction)
        outcome = np.where(direction > 0, error >= at, error <= at)
        counts = known[:, origin]
        inside += counts & (error >= knots[:, quantile_curve.LOW]) & (error <= knots[:, quantile_curve.HIGH])
        squares += np.where(counts, (forecast - outcome) ** 2, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        covered, brier = (np.where(past.cases > 0, total / past.cases, np.nan) for total in (inside, squares))
    return covered, brier
