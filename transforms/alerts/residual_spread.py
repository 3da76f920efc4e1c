"""The usual spread of a series around its own level and seasons, estimated from whole years.

Large numbers are compared by logarithms, small counts by square roots, and values that may be negative as they are.
Outliers weigh less (Huber's proposal 2; Huber, Robust Statistics, 1981, section 6.7), and neighbouring periods may be
correlated.
"""

from dataclasses import dataclass

import numpy as np

from transforms.arrays import BoolArray, FloatArray, IntArray

LOG_SCALE, ROOT_SCALE, LINEAR_SCALE = 0, 1, 2
SMALL_COUNT = 100
"""Counts below this vary by chance alone by a tenth and more; their square roots have an even spread."""
YEARS, MOST = 5, 24
"""The past is the last ``YEARS`` whole years, or as many as contain ``MOST`` periods if that is more."""
HUBER_BOUND, HUBER_MEAN_SQUARE = 2.0, 0.9205
"""Huber's bound in standard deviations, and the mean square of a normal value that is clipped at it."""
BY_YEAR = 12
"""With this many periods a year or more each year has a level of its own; with fewer, one straight line fits them
all."""
HIGHEST = 0.9
ROUNDS = 8


@dataclass(frozen=True)
class ResidualSpread:
    """The spread of each series on its scale.

    sigma: standard deviation of one period, (series,). autocorrelation: of neighbouring periods, (series,), at least 0.
    degrees: degrees of freedom, (series,). points: the number of values used, (series,). years and shape, (series,
    season): the number of values of each season, and its mean less the mean of all seasons; NaN where there is none.
    """

    sigma: FloatArray
    autocorrelation: FloatArray
    degrees: FloatArray
    points: FloatArray
    years: FloatArray
    shape: FloatArray


def past_years(values: FloatArray, before: IntArray, season: int) -> FloatArray:
    """The whole years before the period with index ``before`` of each series.

    (series, periods), NaN where unknown.
    """
    years = min(max(YEARS, -(-MOST // season)), -(-values.shape[1] // season))
    at = before[:, None] - years * season + np.arange(years * season)
    return np.where(at >= 0, np.take_along_axis(values, np.maximum(at, 0), axis=1), np.nan)


def choose_scale(past: FloatArray, now: FloatArray, due: FloatArray) -> IntArray:
    """The scale on which the spread of each series is even; all inputs are (series, any)."""
    least = np.minimum(
        np.fmin.reduce(past, axis=1, initial=np.inf), np.fmin.reduce(np.hstack([now, due]), axis=1, initial=np.inf)
    )
    known = ~np.isnan(past)
    whole = np.all(~known | (past == np.floor(past)), axis=1)
    small = np.where(known, past, 0.0).sum(axis=1) < SMALL_COUNT * known.sum(axis=1)
    return np.select([least < 0, (least == 0) | (whole & small)], [LINEAR_SCALE, ROOT_SCALE], LOG_SCALE)


def to_scale(values: FloatArray, scale: IntArray) -> FloatArray:
    """The values (series, any), each series on its own scale.

    NaN where the scale has no such value.
    """
    kind = np.broadcast_to(scale[:, None], values.shape)
    out = values.copy()
    shares, roots = (kind == LOG_SCALE) & (values > 0), (kind == ROOT_SCALE) & (values >= 0)
    out[shares], out[roots] = np.log(values[shares]), np.sqrt(values[roots])
    out[(kind != LINEAR_SCALE) & ~shares & ~roots] = np.nan
    return out


def expected_on_scale(mean: FloatArray, scale: IntArray, sigma: FloatArray) -> FloatArray:
    """The mean of the scaled values whose own mean is ``mean``.

    A little lower, since both scales are concave.
    """
    kind, square = scale[:, None], (sigma**2)[:, None]
    bent = np.where(kind == ROOT_SCALE, np.sqrt(np.maximum(mean - square, 0.0)), to_scale(mean, scale))
    return np.where(kind == LOG_SCALE, bent - square / 2, bent)


def scale_slope(mean: FloatArray, scale: IntArray) -> FloatArray:
    """The derivative of the scale at ``mean``."""
    kind, safe = scale[:, None], np.where(mean > 0, mean, np.nan)
    return np.select([kind == LOG_SCALE, kind == ROOT_SCALE], [1 / safe, 1 / (2 * np.sqrt(safe))], 1.0)


def with_seasonal_shape(path: FloatArray, shape: FloatArray, turn: IntArray, scale: IntArray) -> FloatArray:
    """``path`` with the seasonal ``shape`` laid over it.

    ``path`` is (series, periods); ``shape`` is (series, season), on the scale; ``turn``, (series, periods), is the
    season of each period. The mean of a year with a constant path stays the same.
    """
    with np.errstate(over="ignore"):  # on a linear scale a shape may be in thousands
        level = np.log(np.exp(shape).mean(axis=1, keepdims=True))
        by_share = path * np.exp(np.take_along_axis(shape - level, turn, axis=1))
        square = (shape**2).mean(axis=1, keepdims=True)
        own = np.take_along_axis(shape, turn, axis=1)
        by_root = np.maximum(np.sqrt(np.maximum(path - square, 0.0)) + own, 0.0) ** 2
    return np.select([scale[:, None] == LOG_SCALE, scale[:, None] == ROOT_SCALE], [by_share, by_root], path + own)


def fit_spread(past: FloatArray, season: int) -> ResidualSpread:
    """The spread of ``past``.

    Whole years on the scale, (series, years x season), NaN where missing.
    """
    cube = past.reshape(len(past), -1, season)
    known, by_year = ~np.isnan(cube), season >= BY_YEAR
    points = known.sum(axis=(1, 2)).astype(float)
    degrees = points - known.any(axis=1).sum(axis=1) - (known.any(axis=2).sum(axis=1) - 1.0 if by_year else 1.0)
    filled, weight, sigma = np.where(known, cube, 0.0), known.astype(float), np.zeros(len(past))
    level, seasonal, held = (np.zeros_like(filled) for _ in range(3))
    for _ in range(ROUNDS):
        seasonal = _mean(filled - level, weight, 1)
        level = _mean(filled - seasonal, weight, 2) if by_year else _line(filled - seasonal, weight)
        bound = np.where(sigma > 0, HUBER_BOUND * sigma, np.inf)[:, None, None]
        left = np.where(known, filled - seasonal - level, 0.0)
        held = np.clip(left, -bound, bound)
        square = (held**2).sum(axis=(1, 2)) / np.maximum(degrees, 1.0)
        sigma = np.sqrt(square / np.where(np.isinf(bound[:, 0, 0]), 1.0, HUBER_MEAN_SQUARE))
        bound, size = (HUBER_BOUND * sigma)[:, None, None], np.abs(left)
        weight = known * np.where(size > bound, bound / np.where(size > 0, size, 1.0), 1.0)
    autocorrelation, wider = _neighbours(held, known, season if by_year else 0)
    there = known.any(axis=1)
    mean = np.where(there, seasonal[:, 0, :], 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    shape = np.where(there, seasonal[:, 0, :] - mean[:, None], np.nan)
    return ResidualSpread(sigma * wider, autocorrelation, degrees, points, known.sum(axis=1).astype(float), shape)


def _mean(values: FloatArray, weight: FloatArray, axis: int) -> FloatArray:
    total = weight.sum(axis=axis, keepdims=True)
    mean = (weight * values).sum(axis=axis, keepdims=True) / np.where(total > 0, total, 1.0)
    return np.broadcast_to(mean, values.shape)


def _line(values: FloatArray, weight: FloatArray) -> FloatArray:
    """The weighted least-squares line through all periods, (series, years, season)."""
    time = np.arange(values[0].size, dtype=float).reshape(values.shape[1:])
    total = np.maximum(weight.sum(axis=(1, 2)), 1e-12)[:, None, None]
    away = time - (weight * time).sum(axis=(1, 2), keepdims=True) / total
    middle = (weight * values).sum(axis=(1, 2), keepdims=True) / total
    across = (weight * away**2).sum(axis=(1, 2), keepdims=True)
    line: FloatArray = (
        middle + (weight * away * values).sum(axis=(1, 2), keepdims=True) / np.where(across > 0, across, 1.0) * away
    )
    return line


def _neighbours(left: FloatArray, known: BoolArray, block: int) -> tuple[FloatArray, FloatArray]:
    """The correlation of neighbours, and the variation of the values over that of the residuals.

    Where a mean was removed from each ``block`` of neighbours (0: one line was removed from all) both look smaller than
    they are; the table corrects that.
    """
    flat, there = left.reshape(len(left), -1), known.reshape(len(left), -1)
    pairs, number = there[:, 1:] & there[:, :-1], np.maximum(there.sum(axis=1), 1)
    product = np.where(pairs, flat[:, 1:] * flat[:, :-1], 0.0).sum(axis=1) / np.maximum(pairs.sum(axis=1), 1)
    square = (flat**2).sum(axis=1) / number
    seen = product / np.where(square > 0, square, 1.0)
    true = np.linspace(0.0, HIGHEST, 46)
    lag = np.arange(1, block or flat.shape[1] // 2)[:, None]  # a line takes about as much as two means of halves
    length = len(lag) + 1
    if length < 3:  # of two values around their mean one is as far above it as the other is below, whatever they are
        return np.zeros(len(left)), np.ones(len(left))
    taken = (1 + 2 * ((1 - lag / length) * true**lag).sum(axis=0)) / length
    autocorrelation = np.interp(seen, (true - taken) / (1 - taken), true)
    return autocorrelation, np.sqrt((1 - taken[0]) / (1 - np.interp(autocorrelation, true, taken)))
