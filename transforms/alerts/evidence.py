"""The evidence that a shortfall is more than luck, for one indicator and for a whole plan.

A verdict says that a value is behind its path. This module answers another question: how often would luck alone cause
such a shortfall? The answer decides on alerts and never changes a verdict.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from transforms.alerts.residual_spread import (
    ResidualSpread,
    choose_scale,
    expected_on_scale,
    fit_spread,
    past_years,
    scale_slope,
    to_scale,
    with_seasonal_shape,
)
from transforms.arrays import BoolArray, FloatArray, IntArray, TextArray

TESTED_PERIODS = 2
"""The number of complete periods that are tested together: a lasting fall shows in their mean."""
LARGEST_GAP_APART = 1.5
"""The most surprising of the tested periods counts as at most this many standard deviations beyond the least
surprising."""
LEAST_YEARS, LEAST_DEGREES, MOST_DEGREES = 2, 6, 20
"""Below ``LEAST_DEGREES`` degrees of freedom there is no p-value. Above ``MOST_DEGREES`` no more are credited: real
series have heavier tails than the normal distribution, and with Student's t of 20 degrees luck is as frequent as stated
(benchmarks/alarms.py)."""
CELLS = 1_200_000
"""The number of values in a chunk."""


@dataclass(frozen=True)
class Evidence:
    """How far each series falls short of its path; all arrays are (series,).

    p_value: how often luck alone makes an indicator on its path fall this far short. z: the mean of the last periods
    against the path, in standard errors, negative for a shortfall. points: the number of values behind the spread, 0
    where there is no p-value. reason: one sentence why there is none, else empty.
    """

    p_value: FloatArray
    z: FloatArray
    points: FloatArray
    reason: TextArray


def evidence(
    values: FloatArray, expected: FloatArray, season: int, direction: FloatArray, errors: FloatArray | None = None
) -> Evidence:
    """The last known periods (at most ``TESTED_PERIODS``) against the path.

    A one-sided test with Student's t.

    values, expected, errors: (series, periods), oldest first; NaN where missing, not complete, or before the path
    begins. expected is the value of that very period with its season (see ``path_with_season``); errors are standard
    errors of sampled values. direction (series,): 1 where more is better, -1 where less is. season: periods a year.
    """
    sampling = np.zeros_like(values) if errors is None else np.nan_to_num(errors)
    parts = [
        _evidence(values[rows], expected[rows], season, direction[rows], sampling[rows]) for rows in _chunks(values)
    ]
    return Evidence(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("p_value", "z", "points", "reason"))
    )


def path_with_season(values: FloatArray, expected: FloatArray, season: int) -> FloatArray:
    """A path without a season, with the season of the series' own past laid over it.

    All arrays are (series, periods). The mean over a year stays the same. The path is returned as it is where fewer
    than two whole years are known before the tested periods.
    """
    return np.concatenate([_in_season(values[rows], expected[rows], season) for rows in _chunks(values)])


def control_false_discoveries(p_values: FloatArray, rate: float, *, any_dependence: bool = False) -> BoolArray:
    """Which p-values are more than luck at the false discovery rate ``rate``.

    p_values: (indicators,) or (indicators, moments). At each moment the expected share of false discoveries is at most
    ``rate``: Benjamini and Hochberg 1995 (https://doi.org/10.1111/j.2517-6161.1995.tb02031.x). With ``any_dependence``
    the rate holds however the indicators depend on each other: Benjamini and Yekutieli 2001
    (https://doi.org/10.1214/aos/1013699998). NaN is left out.
    """
    columns = p_values[:, None] if p_values.ndim == 1 else p_values
    rank, count = np.arange(1, len(columns) + 1)[:, None], (~np.isnan(columns)).sum(axis=0)
    dearer = np.where(rank <= count, 1 / rank, 0.0).sum(axis=0) if any_dependence else 1.0
    order = np.argsort(columns, axis=0)  # NaN last
    raised_by_rank = np.take_along_axis(columns, order, axis=0) * (count / rank) * dearer
    adjusted = np.minimum.accumulate(np.where(rank <= count, raised_by_rank, np.inf)[::-1], axis=0)[::-1]
    found = np.zeros(columns.shape, dtype=bool)
    np.put_along_axis(found, order, adjusted <= rate, axis=0)
    return found.reshape(p_values.shape)


def _chunks(values: FloatArray) -> Iterator[slice]:
    """Slices of the series, at least one, so that an empty matrix has a result too."""
    size = max(1, CELLS // max(values.shape[1], 1))
    yield from (slice(start, start + size) for start in range(0, max(len(values), 1), size))


def _tested(values: FloatArray, expected: FloatArray) -> IntArray:
    """The indexes of the last known periods on the path, newest first.

    (series, TESTED_PERIODS), -1 where there is none.
    """
    known = ~np.isnan(values) & ~np.isnan(expected)
    after = np.cumsum(known[:, ::-1], axis=1)[:, ::-1]
    places = [known & (after == which) for which in range(1, TESTED_PERIODS + 1)]
    return np.stack([np.where(place.any(axis=1), place.argmax(axis=1), -1) for place in places], axis=1)


def _at(table: FloatArray, places: IntArray) -> FloatArray:
    return np.where(places >= 0, np.take_along_axis(table, np.maximum(places, 0), axis=1), np.nan)


def _before(tested: IntArray, periods: int) -> IntArray:
    """The index of the first tested period, before which the past ends."""
    before: IntArray = np.where(tested >= 0, tested, periods).min(axis=1)
    return before


def _evidence(
    values: FloatArray, expected: FloatArray, season: int, direction: FloatArray, errors: FloatArray
) -> Evidence:
    if not values.size:
        nothing = np.full(len(values), np.nan)
        return Evidence(nothing, nothing, np.zeros(len(values)), np.full(len(values), NO_PATH, dtype=object))
    tested = _tested(values, expected)
    before = _before(tested, values.shape[1])
    now, due, error = (_at(table, tested) for table in (values, expected, errors))
    past = past_years(values, before, season)
    scale = choose_scale(past, now, due)
    usual = fit_spread(to_scale(past, scale), season)
    gap = direction[:, None] * (to_scale(now, scale) - expected_on_scale(due, scale, usual.sigma))
    sampled = np.nan_to_num(error * scale_slope(due, scale))
    counted = np.nan_to_num(past_years(errors, before, season) * scale_slope(past, scale))
    own = np.maximum(usual.sigma**2 - (counted**2).sum(axis=1) / np.maximum(usual.points, 1.0), 0.0)
    variance = (
        own * _inflation(usual, tested, before, season)
        + (sampled**2).sum(axis=1) / np.maximum((tested >= 0).sum(axis=1), 1) ** 2
    )
    reason = _reason(tested, usual, variance, season)
    reason = np.where(np.abs(direction) == 1, reason, NO_DIRECTION).astype(object)
    silent = reason != ""
    z = np.where(silent, np.nan, _mean_gap(gap, usual.sigma) / np.sqrt(np.where(variance > 0, variance, 1.0)))
    p_value: FloatArray = np.asarray(stdtr(np.clip(usual.degrees, 1.0, MOST_DEGREES), z))
    return Evidence(p_value, z, np.where(silent, 0.0, usual.points), reason)


def _mean_gap(gap: FloatArray, sigma: FloatArray) -> FloatArray:
    """The mean gap of the tested periods; none may be much more extreme than the others."""
    known = ~np.isnan(gap)
    high = np.where(known, gap, -np.inf).max(axis=1)
    held = np.where(
        known, np.maximum(gap, np.where(np.isinf(high), 0.0, high - LARGEST_GAP_APART * sigma)[:, None]), 0.0
    )
    mean: FloatArray = held.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return mean


def _inflation(usual: ResidualSpread, tested: IntArray, before: IntArray, season: int) -> FloatArray:
    """The variance of the mean gap in variances of one period.

    From the periods, the seasons' values and the path's start.

    Neighbours with correlation r have a mean with variance (1 + r) / 2. The value of a season is a mean over its years.
    The path starts at a mean over a year, whose variance is about (1 + r) / (1 - r) / season.
    """
    there = tested >= 0
    number = np.maximum(there.sum(axis=1), 1)
    neighbours = usual.autocorrelation * (number - 1)
    years = _at(usual.years, (tested - before[:, None]) % season)
    seasons = np.where(there, 1 / np.maximum(years, 1.0), 0.0).sum(axis=1) / number**2
    start = (1 + usual.autocorrelation) / (1 - usual.autocorrelation) / season
    inflation: FloatArray = (1 + neighbours) / number + (seasons if season > 1 else 0.0) + np.minimum(start, 1.0)
    return inflation


NO_DIRECTION = "the plan does not state whether more or less is wanted"
NO_PATH = "no complete period lies on the path"
NO_YEARS = "fewer than two whole years are known before it, so a season cannot be distinguished from a fall"
TOO_FEW = "too few periods are known before it to estimate its spread"
NEVER_MOVED = "it never changed before, so its spread cannot be estimated"


def _reason(tested: IntArray, usual: ResidualSpread, variance: FloatArray, season: int) -> TextArray:
    cases = [tested[:, 0] < 0, ~_seasons_known(usual, season), usual.degrees < LEAST_DEGREES, variance <= 0]
    return np.select(cases, [NO_PATH, NO_YEARS, TOO_FEW, NEVER_MOVED], "").astype(object)


def _seasons_known(usual: ResidualSpread, season: int) -> BoolArray:
    known: BoolArray = np.all(usual.years >= (LEAST_YEARS if season > 1 else 0), axis=1)
    return known


def _in_season(values: FloatArray, expected: FloatArray, season: int) -> FloatArray:
    if season == 1 or not values.size:
        return expected.copy()
    tested = _tested(values, expected)
    before = _before(tested, values.shape[1])
    past = past_years(values, before, season)
    scale = choose_scale(past, _at(values, tested), _at(expected, tested))
    usual = fit_spread(to_scale(past, scale), season)
    learned = _seasons_known(usual, season)
    turn = (np.arange(values.shape[1]) - before[:, None]) % season
    laid = with_seasonal_shape(expected, np.where(learned[:, None], usual.shape, 0.0), turn, scale)
    return np.where(np.isnan(expected) | ~learned[:, None], expected, laid)
