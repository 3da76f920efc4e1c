"""How far the values of a series lie from its own line and seasons: its usual spread, learned from whole years.

Large numbers are compared as shares (logarithms), small counts by their square roots, what may be negative as it is. Odd values
weigh less (Huber's proposal 2; Huber, Robust Statistics, 1981, section 6.7); neighbouring periods may go together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.rules.inputs import BoolArray, FloatArray

IntArray = NDArray[np.int64]

LOG_SCALE, ROOT_SCALE, LINEAR_SCALE = 0, 1, 2
SMALL_COUNT = 100
"""Whole numbers around less than this vary by chance alone by a tenth and more: their square roots are evenly spread."""
YEARS, MOST = 5, 24
"""The past is the last ``YEARS`` whole years, or as many as make ``MOST`` periods where these are fewer."""
HUBER_BOUND, HUBER_MEAN_SQUARE = 2.0, 0.9205
"""Huber's bound in standard deviations, and the mean square of a normal value that is held within it."""
BY_YEAR = 12
"""From so many periods a year on, each year may have a level of its own; below, one straight line leads through them all."""
HIGHEST = 0.9
ROUNDS = 8


@dataclass(frozen=True)
class ResidualSpread:
    """sigma: standard deviation of one period, (series,); together: correlation of neighbouring periods, (series,), at least 0;
    free: degrees of freedom, (series,); points: values learned from, (series,); years, shape (series, season): how many values
    stand behind the figure of each season, and that figure less the mean of all; NaN where there is none.
    """

    sigma: FloatArray
    together: FloatArray
    free: FloatArray
    points: FloatArray
    years: FloatArray
    shape: FloatArray


def past_years(values: FloatArray, before: IntArray, season: int) -> FloatArray:
    """The whole years before the period with the index ``before`` of each series: (series, periods), NaN where there are none."""
    years = max(YEARS, -(-MOST // season))
    years = min(years, max(1, -(-values.shape[1] // season)))
    at = before[:, None] - years * season + np.arange(years * season)
    return np.where(at >= 0, np.take_along_axis(values, np.maximum(at, 0), axis=1), np.nan)


def choose_scale(past: FloatArray, now: FloatArray, due: FloatArray) -> IntArray:
    """The scale of each series on which its spread is even; all (series, any)."""
    least = np.minimum(
        np.fmin.reduce(past, axis=1, initial=np.inf), np.fmin.reduce(np.hstack([now, due]), axis=1, initial=np.inf)
    )
    known = ~np.isnan(past)
    whole = np.all(~known | (past == np.floor(past)), axis=1)
    small = np.where(known, past, 0.0).sum(axis=1) < SMALL_COUNT * known.sum(axis=1)
    return np.select([least < 0, (least == 0) | (whole & small)], [LINEAR_SCALE, ROOT_SCALE], LOG_SCALE)


def to_scale(values: FloatArray, scale: IntArray) -> FloatArray:
    """(series, any) on each series' own scale."""
    kind = np.broadcast_to(scale[:, None], values.shape)
    out = values.copy()
    shares, roots = (kind == LOG_SCALE) & (values > 0), (kind == ROOT_SCALE) & (values >= 0)
    out[shares], out[roots] = np.log(values[shares]), np.sqrt(values[roots])
    out[(kind != LINEAR_SCALE) & ~shares & ~roots] = np.nan
    return out


def expected_on_scale(mean: FloatArray, scale: IntArray, sigma: FloatArray) -> FloatArray:
    """Where the scaled values lie on average whose own mean is ``mean``: a little lower, as both scales are bent."""
    kind, square = scale[:, None], (sigma**2)[:, None]
    bent = np.where(kind == ROOT_SCALE, np.sqrt(np.maximum(mean - square, 0.0)), to_scale(mean, scale))
    return np.where(kind == LOG_SCALE, bent - square / 2, bent)


def scale_slope(mean: FloatArray, scale: IntArray) -> FloatArray:
    """By how much the scaled value moves with the value, at ``mean``."""
    kind, safe = scale[:, None], np.where(mean > 0, mean, np.nan)
    return np.select([kind == LOG_SCALE, kind == ROOT_SCALE], [1 / safe, 1 / (2 * np.sqrt(safe))], 1.0)


def with_seasonal_shape(path: FloatArray, shape: FloatArray, turn: IntArray, scale: IntArray) -> FloatArray:
    """``path`` (series, periods) with the seasons' figures ``shape`` (series, season; on the scale) laid over it.

    ``turn`` (series, periods) is the season of each period. A year of equal paths keeps its mean.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        level = np.log(np.exp(shape).mean(axis=1, keepdims=True))
        by_share = path * np.exp(np.take_along_axis(shape - level, turn, axis=1))
        square = (shape**2).mean(axis=1, keepdims=True)
        own = np.take_along_axis(shape, turn, axis=1)
        by_root = np.maximum(np.sqrt(np.maximum(path - square, 0.0)) + own, 0.0) ** 2
    return np.select([scale[:, None] == LOG_SCALE, scale[:, None] == ROOT_SCALE], [by_share, by_root], path + own)


def fit_spread(past: FloatArray, season: int) -> ResidualSpread:
    """``past``: whole years on the scale, (series, years x season), NaN where missing."""
    cube = past.reshape(len(past), -1, season)
    known, by_year = ~np.isnan(cube), season >= BY_YEAR
    points = known.sum(axis=(1, 2)).astype(float)
    free = points - known.any(axis=1).sum(axis=1) - (known.any(axis=2).sum(axis=1) - 1.0 if by_year else 1.0)
    filled, weight, sigma = np.where(known, cube, 0.0), known.astype(float), np.zeros(len(past))
    course, figure, held = np.zeros_like(filled), np.zeros_like(filled), np.zeros_like(filled)
    for _ in range(ROUNDS):
        figure = _mean(filled - course, weight, 1)
        course = _mean(filled - figure, weight, 2) if by_year else _line(filled - figure, weight)
        bound = np.where(sigma > 0, HUBER_BOUND * sigma, np.inf)[:, None, None]
        left = np.where(known, filled - figure - course, 0.0)
        held = np.clip(left, -bound, bound)
        sigma = np.sqrt(
            (held**2).sum(axis=(1, 2))
            / np.maximum(free, 1.0)
            / np.where(np.isinf(bound[:, 0, 0]), 1.0, HUBER_MEAN_SQUARE)
        )
        bound, size = (HUBER_BOUND * sigma)[:, None, None], np.abs(left)
        weight = known * np.where(size > bound, bound / np.where(size > 0, size, 1.0), 1.0)
    together, wider = _together(held, known, season if by_year else 0)
    there = known.any(axis=1)
    mean = np.where(there, figure[:, 0, :], 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    shape = np.where(there, figure[:, 0, :] - mean[:, None], np.nan)
    return ResidualSpread(sigma * wider, together, free, points, known.sum(axis=1).astype(float), shape)


def _mean(values: FloatArray, weight: FloatArray, axis: int) -> FloatArray:
    total = weight.sum(axis=axis, keepdims=True)
    mean = (weight * values).sum(axis=axis, keepdims=True) / np.where(total > 0, total, 1.0)
    return np.broadcast_to(mean, values.shape)


def _line(values: FloatArray, weight: FloatArray) -> FloatArray:
    """The weighted straight line through all periods, (series, years, season)."""
    time = np.arange(values[0].size, dtype=float).reshape(values.shape[1:])
    total = np.maximum(weight.sum(axis=(1, 2)), 1e-12)[:, None, None]
    away = time - (weight * time).sum(axis=(1, 2), keepdims=True) / total
    middle = (weight * values).sum(axis=(1, 2), keepdims=True) / total
    across = (weight * away**2).sum(axis=(1, 2), keepdims=True)
    line: FloatArray = (
        middle + (weight * away * values).sum(axis=(1, 2), keepdims=True) / np.where(across > 0, across, 1.0) * away
    )
    return line


def _together(left: FloatArray, known: BoolArray, block: int) -> tuple[FloatArray, FloatArray]:
    """Correlation of neighbours, and by how much more the values vary than what is left shows. Where a mean was taken from each
    ``block`` of neighbours (0: where one line was taken from all) both look smaller than they are; the table undoes it.
    """
    flat, there = left.reshape(len(left), -1), known.reshape(len(left), -1)
    pairs, number = there[:, 1:] & there[:, :-1], np.maximum(there.sum(axis=1), 1)
    product = np.where(pairs, flat[:, 1:] * flat[:, :-1], 0.0).sum(axis=1) / np.maximum(pairs.sum(axis=1), 1)
    square = (flat**2).sum(axis=1) / number
    seen = product / np.where(square > 0, square, 1.0)
    true = np.linspace(0.0, HIGHEST, 46)
    lag = np.arange(1, block or flat.shape[1] // 2)[:, None]  # a line takes about as much as two means of halves
    length = len(lag) + 1
    if length < 2:  # so few values lie on their line and tell nothing of their neighbours
        return np.zeros(len(left)), np.ones(len(left))
    taken = (1 + 2 * ((1 - lag / length) * true**lag).sum(axis=0)) / length
    together = np.interp(seen, (true - taken) / (1 - taken), true)
    return together, np.sqrt((1 - taken[0]) / (1 - np.interp(together, true, taken)))
