"""From a prospect and an aim to a probability."""

import numpy as np

from transforms.probability import backtest, quantile_curve
from transforms.probability.forecast_distribution import DRAWS, Prospect, TotalForecasts, foresee, standardise
from transforms.probability.target import Aim, Chance, as_arrays
from transforms.rules.inputs import FloatArray


def chance(values: FloatArray, season: int, horizon: int, aim: Aim, seed: int = 0) -> Chance:
    """The probability that the figure of ``aim`` comes as wanted, for ``values`` (series, periods), oldest first, NaN where missing.

    A year's total comes from the totals of simulated years, not from added quantiles. The horizon starts after the last column. Raises
    ``ValueError`` for an aim that does not fit the horizon or has a direction other than +1 and -1, and for an infinite value.
    """
    target, direction, done, least = as_arrays(aim, len(values))
    return against(foresee(values, season, (horizon, aim.length), least, seed), target, direction, done)


def against(seen: Prospect, target: FloatArray, direction: FloatArray, done: FloatArray) -> Chance:
    """Targets of (series,) held against what is foreseen. Several targets of one figure need only one prospect."""
    figures, past = seen.figures, seen.past
    shift, scale = backtest.correction(past)
    knots = backtest.predictive(figures.knots, shift, scale)
    at = standardise(target - done, figures)
    surest = np.where(figures.width > 0, 1.0 / DRAWS, 1.0 / (2.0 + seen.known))
    probability = np.clip(_wanted(_below(knots, at, figures, direction), direction), surest, 1.0 - surest)
    assured = done + seen.kind[1] * seen.least
    probability = _certain(probability, assured, target, direction)
    parts = (
        shift + scale * backtest.PRIOR.own_shape * figures.mean,
        knots[:, quantile_curve.LOW],
        knots[:, quantile_curve.HIGH],
    )
    mean, low, high = (np.maximum(done + figures.middle + figures.width * part, assured) for part in parts)
    covered, brier = _checked(past, at, direction)
    reason = seen.reason.copy()
    reason[np.isnan(done)] = "it is not known what is counted already"
    reason[np.isnan(target)] = "there is no target"
    probability, mean, low, high = (np.where(reason == "", one, np.nan) for one in (probability, mean, low, high))
    return Chance(probability, mean, low, high, past.cases, covered, brier, reason)


def _below(knots: FloatArray, at: FloatArray, figures: TotalForecasts, direction: FloatArray) -> FloatArray:
    """The probability of a figure below the target, or up to it where at most that is wanted. What never changed goes on as it is."""
    steady = np.where(direction > 0, at > 0, at >= 0)
    return np.where(figures.width > 0, quantile_curve.probability_below(knots, at), steady)


def _wanted(below: FloatArray, direction: FloatArray) -> FloatArray:
    return np.where(direction > 0, 1.0 - below, below)


def _certain(probability: FloatArray, assured: FloatArray, target: FloatArray, direction: FloatArray) -> FloatArray:
    """1 or 0 where the least that the figure can become decides already."""
    return np.where(
        (direction > 0) & (assured >= target), 1.0, np.where((direction < 0) & (assured > target), 0.0, probability)
    )


def _checked(past: backtest.PastCases, at: FloatArray, direction: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Share of cases inside their 80 % interval and Brier score at ``at``, each case corrected by the others only."""
    inside, squares, known = np.zeros(len(at)), np.zeros(len(at)), past.known
    for origin, shift, scale in backtest.corrections_without_one(past):
        knots, error = backtest.predictive(past.knots[:, origin], shift, scale), past.errors[:, origin]
        said = _wanted(quantile_curve.probability_below(knots, at), direction)
        came = np.where(direction > 0, error >= at, error <= at)
        counts = known[:, origin]
        inside += counts & (error >= knots[:, quantile_curve.LOW]) & (error <= knots[:, quantile_curve.HIGH])
        squares += np.where(counts, (said - came) ** 2, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(past.cases > 0, inside / past.cases, np.nan), np.where(
            past.cases > 0, squares / past.cases, np.nan
        )
