"""How far a series strays by itself: what it would have been after a date, with the error of saying so.

A series is taken as a level that wanders (a random walk), a slope, a season and noise, and as much of the controls' movement as it
has followed before: Gaussian parts whose sizes are not known. Each of a fixed set of sizes is tried, weighted by how well it foretold the periods
before the date, one after the other; the prediction is their average and its error holds both what each says and how they
differ (Bayesian model averaging: Hoeting and others 1999, https://doi.org/10.1214/ss/1009212519).
The parts are those of a structural time-series model (Harvey 1989, "Forecasting, structural time series models and the Kalman
filter", 2.3); prediction of a Gaussian series by the Cholesky factor of its covariances: Rasmussen and Williams 2006, 2.2,
https://gaussianprocess.org/gpml/chapters/RW.pdf. As the factor of the first n periods is the corner of that of all, one serves every date.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from transforms.effects.spans import Ints
from transforms.rules.given import Flags, Floats

WALKS = (0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Variance of the level's step over that of the noise."""
SEASONS = (0.0, 1.0, 10.0)
"""Variance of the season over that of noise and step together."""
SLOPES = (0.0, 0.02, 0.05, 0.1)
"""Deviation of the slope per period, in the same unit."""
FOLLOWED = (0.0, 1.0)
"""Variance of the share of the controls' movement that the series follows; 0: it follows none of it."""
ANY_LEVEL = 1e4
"""Variance of where the level begins: as good as unknown."""
PRIOR = 4.0
"""How many periods the usual step weighs as what is known beforehand of the size of the noise."""
HARMONICS = 3
"""Waves a year of a weekly season."""
WEEKS_A_YEAR = 365.2425 / 7


@dataclass(frozen=True)
class Prepared:
    """``values``, (series, periods) in units of the usual step, 0 where not ``known``; ``controls`` likewise or None."""

    values: Floats
    known: Flags
    controls: Floats | None


@dataclass(frozen=True)
class Strayed:
    """Difference between what was and what was expected, with its standard error, in the units of ``Prepared``.

    ``gap`` and ``error``: mean over the periods after each date, (series, dates). ``line`` and ``line_error``: of the last date,
    level at the first period after it and slope from period to period, (series, 2).
    """

    gap: Floats
    error: Floats
    line: Floats
    line_error: Floats


def strayed(prepared: Prepared, season: int, dates: tuple[int, ...], length: Ints) -> Strayed:
    """At each of ``dates`` (columns), from the periods before it alone, over the ``length`` (series,) periods from it on.

    Memory grows with series x dates: pass some 64 series at a time.
    """
    followed = FOLLOWED if prepared.controls is not None else (0.0,)
    sizes = list(product(WALKS, SEASONS if season > 1 else (0.0,), SLOPES, followed))
    parts = _parts(prepared.values.shape[1], season)
    told = [_by_size(prepared, _covariance(parts, size), size[3], dates, length) for size in sizes]
    evidence, gaps, variances = (np.stack(which) for which in zip(*told, strict=True))
    weight = np.exp(evidence - evidence.max(axis=0))
    weight = (weight / weight.sum(axis=0))[..., None]
    gap = (weight * gaps).sum(axis=0)
    error = np.sqrt((weight * (variances + (gaps - gap) ** 2)).sum(axis=0))
    return Strayed(gap[:, :, 0], error[:, :, 0], gap[:, -1, 1:], error[:, -1, 1:])


def _parts(periods: int, season: int) -> tuple[Floats, Floats, Floats]:
    """Covariances of a level's walk, a season and a slope of size 1, each (periods, periods)."""
    place = np.arange(periods, dtype=np.float64)
    apart = place[:, None] - place[None, :]
    walk = np.minimum(place[:, None], place[None, :]) + 1.0
    if season > 12:
        wave = np.asarray(sum(np.cos(2 * np.pi * k * apart / WEEKS_A_YEAR) for k in range(1, HARMONICS + 1)) / HARMONICS)
    else:
        wave = (apart % season == 0).astype(np.float64) - 1.0 / season
    from_middle = place - periods / 2
    return walk, wave, np.outer(from_middle, from_middle)


def _covariance(parts: tuple[Floats, Floats, Floats], size: tuple[float, float, float, float]) -> Floats:
    walk, season, slope, _ = size
    noise = np.eye(len(parts[0])) + walk * parts[0]
    return noise / (1.0 + walk) + season * parts[1] + slope**2 * parts[2] + ANY_LEVEL


def _by_size(prepared: Prepared, covariance: Floats, followed: float, dates: tuple[int, ...], length: Ints) -> tuple[Floats, Floats, Floats]:
    """log evidence (series, dates), gaps and variances (series, dates, 3: mean, level, slope)."""
    values, known = prepared.values, prepared.known
    factor = np.linalg.cholesky(_among_known(prepared, covariance, followed))
    surprise = np.linalg.solve(factor, values[:, :, None])[:, :, 0]
    squares, count = np.cumsum(surprise**2, axis=1), np.cumsum(known, axis=1)
    logs = np.cumsum(np.log(np.diagonal(factor, axis1=1, axis2=2)), axis=1)
    shape, horizon = (len(values), len(dates)), int(length.max(initial=1))
    within = np.arange(horizon)[None, :] < length[:, None]
    evidence, gaps, variances = np.empty(shape), np.empty((*shape, 3)), np.empty((*shape, 3))
    for place, date in enumerate(dates):
        after = slice(date, date + horizon)
        degrees = PRIOR + np.maximum(count[:, date - 1] - 1, 0)
        scale = PRIOR + squares[:, date - 1]
        evidence[:, place] = -degrees / 2 * np.log(scale) - logs[:, date - 1]
        weights = line_weights(known[:, after] & within)
        expected = np.einsum("shn,sn->sh", factor[:, after, :date], surprise[:, :date])
        gaps[:, place] = np.einsum("swh,sh->sw", weights, values[:, after] - expected)
        variances[:, place] = ((weights @ factor[:, after, after]) ** 2).sum(axis=2) * (scale / degrees)[:, None]
    return evidence, gaps, variances


def _among_known(prepared: Prepared, covariance: Floats, followed: float) -> Floats:
    """(series, periods, periods); a period that is not known stands alone with variance 1, which changes nothing of the others."""
    controls, known = prepared.controls, prepared.known
    whole = covariance[None] if controls is None or not followed else covariance + followed * controls[:, :, None] * controls[:, None, :]
    whole = np.where(known[:, :, None] & known[:, None, :], whole, 0.0)
    places = np.arange(known.shape[1])
    whole[:, places, places] += ~known
    return whole


def line_weights(known: Flags) -> Floats:
    """(series, 3, periods): what turns known periods into their mean, and into level at the first of all and slope by least squares."""
    held = known.astype(np.float64)
    count = np.maximum(held.sum(axis=1, keepdims=True), 1.0)
    place = np.arange(known.shape[1], dtype=np.float64)[None, :]
    middle = (held * place).sum(axis=1, keepdims=True) / count
    spread = (held * (place - middle) ** 2).sum(axis=1, keepdims=True)
    slope = held * (place - middle) / np.where(spread > 0, spread, 1.0)
    mean = held / count
    return np.stack([mean, mean - middle * slope, slope], axis=1)
