"""What a series would have been without the activity, with the error of the prediction.

A series is modelled as a level that wanders (a random walk), a slope, a season, noise, and as much of the controls'
movement as it has followed before: Gaussian parts of unknown sizes. Each of a fixed set of sizes is tried and weighted
by its one-step predictions of the periods before the date; the prediction is the weighted average, and its error
combines the errors of each and their differences (Bayesian model averaging: Hoeting and others 1999,
https://doi.org/10.1214/ss/1009212519).

The parts are those of a structural time-series model (Harvey 1989, "Forecasting, structural time series models and the
Kalman filter", 2.3). A Gaussian series is predicted by the Cholesky factor of its covariances: Rasmussen and Williams
2006, 2.2, https://gaussianprocess.org/gpml/chapters/RW.pdf. The factor of the first n periods is the corner of the
whole factor, so one factor serves every date.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from transforms.arrays import BoolArray, FloatArray, IntArray

WALKS = (0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""The variance of the level's step over that of the noise."""
SEASONS = (0.0, 1.0, 10.0)
"""The variance of the season over that of noise and step together."""
SLOPES = (0.0, 0.02, 0.05, 0.1)
"""The standard deviation of the slope per period, in the same unit."""
CONTROL_VARIANCES = (0.0, 1.0)
"""The variance of the share of the controls' movement that the series follows; 0: none of it."""
ANY_LEVEL = 1e4
"""The variance of the initial level: practically unknown."""
PRIOR = 4.0
"""The usual step weighs as much as this many periods in the prior of the noise."""
HARMONICS = 6
"""The waves a year of a weekly season."""
WEEKS_A_YEAR = 365.2425 / 7
LARGEST_BATCH = 4_000_000
"""The numbers in a batch of covariances: about 32 MB, held a few times over."""


@dataclass(frozen=True)
class StandardisedSeries:
    """Values, (series, periods), in units of the usual step, 0 where not ``known``.

    ``controls`` have the same form, or are None.
    """

    values: FloatArray
    known: BoolArray
    controls: FloatArray | None


@dataclass(frozen=True)
class CounterfactualGap:
    """The difference between actual and expected values with its standard error, standardised.

    gap and error: the mean over the periods after each date, (series, dates). line and line_error: for the last date,
    the level at the first period after it and the slope from period to period, (series, 2).
    """

    gap: FloatArray
    error: FloatArray
    line: FloatArray
    line_error: FloatArray


def counterfactual_gap(
    prepared: StandardisedSeries, season: int, dates: tuple[int, ...], length: IntArray
) -> CounterfactualGap:
    """The gap at each of ``dates`` (columns), predicted from the periods before it alone.

    It covers the ``length`` (series,) periods from the date on.
    """
    periods = prepared.values.shape[1]
    followed = CONTROL_VARIANCES if prepared.controls is not None else (0.0,)
    sizes = np.array(list(product(WALKS, SEASONS if season > 1 else (0.0,), SLOPES, followed)))
    covariances = covariance_of(unit_parts(periods, season), sizes)
    chunk = max(1, LARGEST_BATCH // covariances.size)
    batches = []
    for first in range(0, max(len(prepared.values), 1), chunk):
        rows = slice(first, first + chunk)
        controls = None if prepared.controls is None else prepared.controls[rows]
        part = StandardisedSeries(prepared.values[rows], prepared.known[rows], controls)
        batches.append(_averaged(*predict_by_size(part, covariances, sizes[:, 3], dates, length[rows])))
    gap, error = (np.concatenate(which) for which in zip(*batches, strict=True))
    return CounterfactualGap(gap[:, :, 0], error[:, :, 0], gap[:, -1, 1:], error[:, -1, 1:])


def _averaged(evidence: FloatArray, gaps: FloatArray, variances: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The gaps and errors (series, dates, 3), averaged over the sizes by their evidence."""
    weight = np.exp(evidence - evidence.max(axis=0))
    weight = (weight / weight.sum(axis=0))[..., None]
    gap = (weight * gaps).sum(axis=0)
    return gap, np.sqrt((weight * (variances + (gaps - gap) ** 2)).sum(axis=0))


def unit_parts(periods: int, season: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The covariances of a walk, a season and a slope of size 1, each (periods, periods)."""
    place = np.arange(periods, dtype=np.float64)
    distance = place[:, None] - place[None, :]
    walk = np.minimum(place[:, None], place[None, :]) + 1.0
    if season > 12:
        waves = (np.cos(2 * np.pi * k * distance / WEEKS_A_YEAR) for k in range(1, HARMONICS + 1))
        wave = np.asarray(sum(waves) / HARMONICS)
    else:
        wave = (distance % season == 0).astype(np.float64) - 1.0 / season
    from_middle = place - periods / 2
    return walk, wave, np.outer(from_middle, from_middle)


def covariance_of(parts: tuple[FloatArray, FloatArray, FloatArray], sizes: FloatArray) -> FloatArray:
    """The covariances, (sizes, periods, periods).

    sizes: rows of walk, season, slope and the control's part, which is added later.
    """
    walk, season, slope, _ = (column[:, None, None] for column in sizes.T)
    noise = np.eye(len(parts[0])) + walk * parts[0]
    return np.asarray(noise / (1.0 + walk) + season * parts[1] + slope**2 * parts[2] + ANY_LEVEL)


def predict_by_size(
    prepared: StandardisedSeries,
    covariances: FloatArray,
    followed: FloatArray,
    dates: tuple[int, ...],
    length: IntArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log evidence (sizes, series, dates), and gaps and variances (sizes, series, dates, 3).

    The last axis is mean, level, slope.
    """
    values, known = prepared.values, prepared.known
    factor = np.asarray(np.linalg.cholesky(_among_known(prepared, covariances, followed)), dtype=np.float64)
    surprise = _surprises(factor, values)
    squares, count = np.cumsum(surprise**2, axis=-1), np.cumsum(known, axis=1)
    logs = np.cumsum(np.log(np.diagonal(factor, axis1=-2, axis2=-1)), axis=-1)
    shape, horizon = (*surprise.shape[:2], len(dates)), int(length.max(initial=1))
    within = np.arange(horizon)[None, :] < length[:, None]
    evidence, gaps, variances = np.empty(shape), np.empty((*shape, 3)), np.empty((*shape, 3))
    for place, date in enumerate(dates):
        after = slice(date, date + horizon)
        degrees = PRIOR + np.maximum(count[:, date - 1] - 1, 0)
        scale = PRIOR + squares[:, :, date - 1]
        evidence[:, :, place] = -degrees / 2 * np.log(scale) - logs[:, :, date - 1]
        weights = line_weights(known[:, after] & within)
        expected = (factor[:, :, after, :date] @ surprise[:, :, :date, None])[..., 0]
        gaps[:, :, place] = np.einsum("swh,gsh->gsw", weights, values[:, after] - expected)
        own = ((weights @ factor[:, :, after, after]) ** 2).sum(axis=-1)
        variances[:, :, place] = own * (scale / degrees)[..., None]
    return evidence, gaps, variances


def _among_known(prepared: StandardisedSeries, covariances: FloatArray, followed: FloatArray) -> FloatArray:
    """The covariances of the known periods, (sizes, series, periods, periods).

    An unknown period is independent with variance 1, which changes nothing in the others.
    """
    controls, known = prepared.controls, prepared.known
    whole = covariances[:, None]
    if controls is not None:
        whole = whole + followed[:, None, None, None] * controls[:, :, None] * controls[:, None, :]
    whole = np.where(known[:, :, None] & known[:, None, :], whole, 0.0)
    places = np.arange(known.shape[1])
    whole[..., places, places] += ~known
    return whole


def _surprises(factor: FloatArray, values: FloatArray) -> FloatArray:
    """The errors of the one-step predictions in standard errors, (sizes, series, periods).

    Solves factor x = values.
    """
    out = np.zeros(factor.shape[:-1])
    for place in range(values.shape[1]):
        predicted = np.einsum("gsn,gsn->gs", factor[:, :, place, :place], out[:, :, :place])
        out[:, :, place] = (values[:, place] - predicted) / factor[:, :, place, place]
    return out


def line_weights(known: BoolArray) -> FloatArray:
    """Weights that turn known periods into mean, initial level and slope, (series, 3, periods).

    Level and slope are by least squares.
    """
    held = known.astype(np.float64)
    count = np.maximum(held.sum(axis=1, keepdims=True), 1.0)
    place = np.arange(known.shape[1], dtype=np.float64)[None, :]
    middle = (held * place).sum(axis=1, keepdims=True) / count
    spread = (held * (place - middle) ** 2).sum(axis=1, keepdims=True)
    slope = held * (place - middle) / np.where(spread > 0, spread, 1.0)
    mean = held / count
    return np.stack([mean, mean - middle * slope, slope], axis=1)
