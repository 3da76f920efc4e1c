"""Short autoregressions by ridge least squares, one small system per row: of the changes, or of the way off the trend.

Ridge regression: https://otexts.com/fpp3/regression-matrices.html (normal equations) with a penalty that draws the coefficients to 0.
"""

import numpy as np

from transforms.forecast.rows import Counts, Flags, Floats
from transforms.forecast.smoothing import Track

FLAT = 1e-12


def changes(track: Track, order: int, penalty: float, horizon: int) -> Floats:
    """The last value and what an autoregression of the changes adds, which go back to half the trend: (rows, horizon)."""
    half = track.whole[1] / 2
    moved = np.zeros_like(track.values)
    moved[:, 1:] = np.where(track.age[:, 1:] > 0, np.diff(track.values, axis=1) - half[:, None], 0.0)
    steps = continued(moved, track.age >= order + 1, track.length - 1, (order, penalty), horizon)
    return track.values[:, -1:] + np.cumsum(steps + half[:, None], axis=1)


def about_trend(track: Track, order: int, penalty: float, horizon: int) -> Floats:
    """The linear trend and what an autoregression of the distances from it adds, which go back to none: (rows, horizon)."""
    mean, slope = track.whole
    first = mean - slope * (track.length - 1) / 2
    off = np.where(track.age >= 0, track.values - first[:, None] - slope[:, None] * track.age, 0.0)
    rest = continued(off, track.age >= order, track.length, (order, penalty), horizon)
    return rest + first[:, None] + slope[:, None] * (track.length[:, None] + np.arange(horizon))


def continued(values: Floats, usable: Flags, count: Counts, shape: tuple[int, float], horizon: int) -> Floats:
    """What an autoregression of ``shape`` (order, penalty) expects next: (rows, horizon). ``usable``: periods with all their lags."""
    order, penalty = shape
    order = min(order, values.shape[1] - 1)
    lagged = np.stack([np.pad(values, ((0, 0), (lag, 0)))[:, : values.shape[1]] for lag in range(1, order + 1)])
    kept = lagged * usable
    square = np.empty((len(values), order, order))
    for one in range(order):
        for two in range(one, order):
            square[:, one, two] = square[:, two, one] = (kept[one] * lagged[two]).sum(axis=1)
    with_next = np.stack([(kept[one] * values).sum(axis=1) for one in range(order)]).T
    variance = (values**2).sum(axis=1) / np.maximum(count, 1)
    ridge = square + (penalty * variance + FLAT)[:, None, None] * np.eye(order)
    weights = np.linalg.solve(ridge, with_next[:, :, None])[:, :, 0]
    recent = [values[:, -lag] for lag in range(1, order + 1)]
    found = []
    for _ in range(horizon):
        following = (weights * np.stack(recent, axis=1)).sum(axis=1)
        recent = [following, *recent[:-1]]
        found.append(following)
    return np.stack(found, axis=1)
