"""How far the values of a series lie from its own line and seasons: its usual spread, learned from whole years.

Large numbers are compared as shares (logarithms), small counts by their square roots, what may be negative as it is. Odd values
weigh less (Huber's proposal 2; Huber, Robust Statistics, 1981, section 6.7); neighbouring periods may go together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.rules.given import Flags, Floats

Ints = NDArray[np.int64]

SHARES, ROOTS, PLAIN = 0, 1, 2
SMALL_COUNT = 100
"""Whole numbers around less than this vary by chance alone by a tenth and more: their square roots are evenly spread."""
YEARS, MOST = 5, 24
"""The past is the last ``YEARS`` whole years, or as many as make ``MOST`` periods where these are fewer."""
ODD, KEPT = 2.0, 0.9205
"""Huber's bound in standard deviations, and the mean square of a normal value that is held within it."""
ROUNDS = 6


@dataclass(frozen=True)
class Spread:
    """sigma: standard deviation of one period, (series,); together: correlation of neighbouring periods, (series,), at least 0;
    free: degrees of freedom, (series,); points: values learned from, (series,); years, shape (series, season): how many values
    stand behind the figure of each season, and that figure less the mean of all; NaN where there is none.
    """

    sigma: Floats
    together: Floats
    free: Floats
    points: Floats
    years: Floats
    shape: Floats


def window(values: Floats, before: Ints, season: int) -> Floats:
    """The whole years before the period with the index ``before`` of each series: (series, periods), NaN where there are none."""
    years = max(YEARS, -(-MOST // season))
    years = min(years, max(1, -(-values.shape[1] // season)))
    at = before[:, None] - years * season + np.arange(years * season)
    return np.where(at >= 0, np.take_along_axis(values, np.maximum(at, 0), axis=1), np.nan)


def scale_of(past: Floats, now: Floats, due: Floats) -> Ints:
    """The scale of each series on which its spread is even; all (series, any)."""
    least = np.minimum(np.fmin.reduce(past, axis=1, initial=np.inf), np.fmin.reduce(np.hstack([now, due]), axis=1, initial=np.inf))
    known = ~np.isnan(past)
    whole = np.all(~known | (past == np.floor(past)), axis=1)
    small = np.where(known, past, 0.0).sum(axis=1) < SMALL_COUNT * known.sum(axis=1)
    return np.select([least < 0, (least == 0) | (whole & small)], [PLAIN, ROOTS], SHARES)


def scaled(values: Floats, scale: Ints) -> Floats:
    """(series, any) on each series' own scale."""
    kind = np.broadcast_to(scale[:, None], values.shape)
    out = values.copy()
    shares, roots = (kind == SHARES) & (values > 0), (kind == ROOTS) & (values >= 0)
    out[shares], out[roots] = np.log(values[shares]), np.sqrt(values[roots])
    out[(kind != PLAIN) & ~shares & ~roots] = np.nan
    return out


def scaled_mean(mean: Floats, scale: Ints, sigma: Floats) -> Floats:
    """Where the scaled values lie on average whose own mean is ``mean``: a little lower, as both scales are bent."""
    kind, square = scale[:, None], (sigma**2)[:, None]
    bent = np.where(kind == ROOTS, np.sqrt(np.maximum(mean - square, 0.0)), scaled(mean, scale))
    return np.where(kind == SHARES, bent - square / 2, bent)


def steepness(mean: Floats, scale: Ints) -> Floats:
    """By how much the scaled value moves with the value, at ``mean``."""
    kind, safe = scale[:, None], np.where(mean > 0, mean, np.nan)
    return np.select([kind == SHARES, kind == ROOTS], [1 / safe, 1 / (2 * np.sqrt(safe))], 1.0)


def raised(path: Floats, shape: Floats, scale: Ints) -> Floats:
    """``path`` with ``shape`` (on the scale) laid over it, both (series, periods); a year of equal paths keeps its mean."""
    with np.errstate(invalid="ignore", over="ignore"):
        by_share = path * np.exp(shape)
        by_root = np.maximum(np.sqrt(np.maximum(path, 0.0)) + shape, 0.0) ** 2
    return np.select([scale[:, None] == SHARES, scale[:, None] == ROOTS], [by_share, by_root], path + shape)


def spread(past: Floats, season: int) -> Spread:
    """``past``: whole years on the scale, (series, years x season), NaN where missing."""
    cube = past.reshape(len(past), -1, season)
    known = ~np.isnan(cube)
    points = known.sum(axis=(1, 2)).astype(float)
    free = points - known.any(axis=1).sum(axis=1) - 1.0
    filled, weight, sigma = np.where(known, cube, 0.0), known.astype(float), np.zeros(len(past))
    for _ in range(ROUNDS):
        left, shape = _line_and_seasons(filled, weight)
        size = np.abs(np.where(known, left, 0.0))
        bound = (ODD * sigma)[:, None, None]
        bound = np.where(bound > 0, bound, np.inf)
        kept = np.minimum(size, bound)
        mean_square = (kept**2).sum(axis=(1, 2)) / np.maximum(free, 1.0)
        sigma = np.sqrt(mean_square / np.where(np.isinf(bound[:, 0, 0]), 1.0, KEPT))
        bound = (ODD * sigma)[:, None, None]
        weight = known * np.where(size > bound, bound / np.where(size > 0, size, 1.0), 1.0)
    together = _together(np.sign(left) * kept, known)
    return Spread(sigma, together, free, points, known.sum(axis=1).astype(float), shape)


def _line_and_seasons(values: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Weighted least squares of one slope and a figure for each season, over (series, years, season): what is left, and the shape."""
    years, season = values.shape[1:]
    time = np.arange(years * season, dtype=float).reshape(years, season)
    total = weight.sum(axis=1, keepdims=True)
    safe = np.where(total > 0, total, 1.0)
    middle_time, middle = (weight * time).sum(axis=1, keepdims=True) / safe, (weight * values).sum(axis=1, keepdims=True) / safe
    away = time - middle_time
    across = (weight * away**2).sum(axis=(1, 2))
    slope = (weight * away * (values - middle)).sum(axis=(1, 2)) / np.where(across > 0, across, 1.0)
    figure = np.where(total > 0, middle - slope[:, None, None] * (middle_time - time.mean()), np.nan)[:, 0, :]
    there = ~np.isnan(figure)
    mean = np.where(there, figure, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return values - middle - slope[:, None, None] * away, figure - mean[:, None]


def _together(left: Floats, known: Flags) -> Floats:
    """Correlation of neighbours, less its bias of about (1 + 3 r) / n (Kendall 1954, https://doi.org/10.1093/biomet/41.3-4.403)."""
    flat, there = left.reshape(len(left), -1), known.reshape(len(left), -1)
    pairs = there[:, 1:] & there[:, :-1]
    product = np.where(pairs, flat[:, 1:] * flat[:, :-1], 0.0).sum(axis=1) / np.maximum(pairs.sum(axis=1), 1)
    square = np.where(there, flat**2, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    raw = product / np.where(square > 0, square, 1.0)
    corrected: Floats = np.clip(raw + (1 + 3 * raw) / np.maximum(there.sum(axis=1), 4), 0.0, 0.9)
    return corrected
