"""Short autoregressions by ridge least squares, one small system per row.

They model the changes, or the deviations from the trend. Ridge regression:
https://otexts.com/fpp3/regression-matrices.html (normal equations) with a penalty that shrinks the coefficients towards
0.
"""

import numpy as np

from transforms.arrays import BoolArray, FloatArray, IntArray
from transforms.forecast.track import Track

FLAT = 1e-12


def forecast_changes(track: Track, order: int, penalty: float, horizon: int) -> FloatArray:
    """The last value plus an autoregression of the changes, (rows, horizon).

    The changes return to half the trend.
    """
    half = track.whole[1] / 2
    moved = np.zeros_like(track.values)
    moved[:, 1:] = np.where(track.age[:, 1:] > 0, np.diff(track.values, axis=1) - half[:, None], 0.0)
    steps = extrapolate(moved, track.age >= order + 1, track.length - 1, (order, penalty), horizon)
    return track.values[:, -1:] + np.cumsum(steps + half[:, None], axis=1)


def about_trend(track: Track, order: int, penalty: float, horizon: int) -> FloatArray:
    """The linear trend plus an autoregression of the deviations from it, (rows, horizon).

    The deviations return to 0.
    """
    mean, slope = track.whole
    first = mean - slope * (track.length - 1) / 2
    off = np.where(track.age >= 0, track.values - first[:, None] - slope[:, None] * track.age, 0.0)
    rest = extrapolate(off, track.age >= order, track.length, (order, penalty), horizon)
    return rest + first[:, None] + slope[:, None] * (track.length[:, None] + np.arange(horizon))


def extrapolate(
    values: FloatArray, usable: BoolArray, count: IntArray, shape: tuple[int, float], horizon: int
) -> FloatArray:
    """The next values of an autoregression, (rows, horizon).

    shape: order and penalty. usable: the periods with all their lags.
    """
    order, penalty = shape
    order = min(order, values.shape[1] - 1)
    lagged = [values[:, order - lag : values.shape[1] - lag] for lag in range(order + 1)]
    products = np.empty((len(values), order, order + 1))  # of each lag, where usable, with the values and with each lag
    for one in range(1, order + 1):
        kept = lagged[one] * usable[:, order:]
        for other in (0, *range(one, order + 1)):
            products[:, one - 1, other] = np.einsum("rt,rt->r", kept, lagged[other])
            if other:
                products[:, other - 1, one] = products[:, one - 1, other]
    with_next, square = products[:, :, :1], products[:, :, 1:]
    variance = (values**2).sum(axis=1) / np.maximum(count, 1)
    ridge = square + (penalty * variance + FLAT)[:, None, None] * np.eye(order)
    weights = np.linalg.solve(ridge, with_next)[:, :, 0].T
    recent = [values[:, -lag] for lag in range(1, order + 1)]
    found = []
    for _ in range(horizon):
        terms = (weight * value for weight, value in zip(weights, recent, strict=True))
        following: FloatArray = sum(terms, np.zeros(len(values)))
        recent = [following, *recent[:-1]]
        found.append(following)
    return np.stack(found, axis=1)
