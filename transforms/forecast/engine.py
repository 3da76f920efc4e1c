"""First version: simple exponential smoothing with half of the trend (Theta) on the seasonally adjusted series."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from transforms.forecast.rows import Floats, Rows, Texts, prepare, why_not
from transforms.forecast.season import ahead, along, indices

ALPHA = np.array([0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.55, 0.7, 0.85, 1.0])


@dataclass(frozen=True)
class Forecast:
    """``mean``: (series, horizon), NaN rows where nothing can be said; ``lower``, ``upper``: (levels, series, horizon);
    ``reason``: (series,), "" or why nothing is said."""

    mean: Floats
    lower: Floats
    upper: Floats
    reason: Texts


def forecast(values: Floats, season: int, horizon: int, levels: Sequence[float] = (80, 95)) -> Forecast:
    """What comes next of each series, with intervals that hold ``levels`` per cent.

    ``values``: (series, periods), oldest first, NaN where missing; ``season``: periods a year. The horizon starts after the last column.
    Raises ``ValueError`` for an infinite value, a season or horizon below 1, or a level outside 0 to 100.
    """
    mean, spread, reason = outlook(values, season, horizon)
    quantile = special.ndtri(0.5 + np.asarray(levels, dtype=float) / 200)
    width = quantile[:, None, None] * spread[None]
    return Forecast(mean, mean - width, mean + width, reason)


def sample(values: Floats, season: int, horizon: int, draws: int, seed: int) -> Floats:
    """Joint future paths: (series, draws, horizon), for sums over a horizon. The draws are common to all series: do not add series."""
    mean, spread, _ = outlook(values, season, horizon)
    step = np.arange(1, horizon + 1)
    together = np.sqrt(np.minimum.outer(step, step) / np.maximum.outer(step, step))
    root = np.linalg.cholesky(0.5 * together + 0.5 * np.eye(horizon))
    shocks = np.random.default_rng(seed).standard_normal((draws, horizon)) @ root.T
    return mean[:, None, :] + spread[:, None, :] * shocks[None]


def outlook(values: Floats, season: int, horizon: int) -> tuple[Floats, Floats, Texts]:
    """Mean and standard deviation (series, horizon), and the reason where there is neither."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2 or np.isinf(values).any():
        raise ValueError("the values must be a matrix (series, periods) of finite figures or NaN")
    if season < 1 or horizon < 1:
        raise ValueError("season and horizon must be at least 1")
    reason = why_not(values, season)
    mean, spread = np.full((len(values), horizon), np.nan), np.full((len(values), horizon), np.nan)
    rows = prepare(values, season, reason == "")
    if len(rows.order):
        most = int(rows.lag.max()) + horizon
        found, deviation = adjusted_theta(rows, most)
        at = rows.lag[:, None] + np.arange(horizon)[None, :]
        mean[rows.order] = np.take_along_axis(found, at, axis=1) * rows.scale[:, None]
        spread[rows.order] = np.take_along_axis(deviation, at, axis=1) * rows.scale[:, None]
    return mean, spread, reason


def adjusted_theta(rows: Rows, horizon: int) -> tuple[Floats, Floats]:
    filled = without_gaps(rows.values)
    found = indices(filled, rows.season, multiplicative=False)
    adjusted = filled - along(found, filled.shape[1])
    periods = adjusted.shape[1]
    age = np.arange(periods)[None, :] - (periods - rows.length)[:, None]
    inside = age >= 0
    steady = np.where(inside, adjusted, 0.0)
    middle = (rows.length - 1)[:, None] / 2
    slope = np.where(inside, (age - middle) * steady, 0.0).sum(axis=1) / np.where(inside, (age - middle) ** 2, 0.0).sum(axis=1)
    early = inside & (age < 10)
    start = np.where(early, steady, 0.0).sum(axis=1) / early.sum(axis=1) - slope / 2 * (np.minimum(rows.length, 10) + 1) / 2
    level = np.broadcast_to(start, (len(ALPHA), len(start))).copy()
    squares = np.zeros_like(level)
    for period in range(periods):
        error = np.where(inside[:, period], steady[:, period] - level - slope / 2, 0.0)
        level = level + np.where(inside[:, period], slope / 2, 0.0) + ALPHA[:, None] * error
        squares += error**2
    mean_square = squares / rows.length
    weight = np.exp(-0.5 * rows.length * (np.log(mean_square + 1e-12) - np.log(mean_square.min(axis=0) + 1e-12)))
    weight /= weight.sum(axis=0)
    step = np.arange(1, horizon + 1)
    mean = (weight * level).sum(axis=0)[:, None] + slope[:, None] / 2 * step + ahead(found, horizon)
    growth = (weight * ALPHA[:, None] ** 2).sum(axis=0)
    return mean, np.sqrt((weight * mean_square).sum(axis=0)[:, None] * (1 + growth[:, None] * (step - 1)))


def without_gaps(values: Floats) -> Floats:
    """Missing periods on the straight line between their neighbours; NaN before the first observation stays."""
    seen = ~np.isnan(values)
    at = np.arange(values.shape[1])
    before = np.maximum.accumulate(np.where(seen, at, -1), axis=1)
    after = np.minimum.accumulate(np.where(seen, at, values.shape[1])[:, ::-1], axis=1)[:, ::-1]
    inside = (before >= 0) & (after < values.shape[1])
    low, high = np.maximum(before, 0), np.minimum(after, values.shape[1] - 1)
    left, right = np.take_along_axis(values, low, axis=1), np.take_along_axis(values, high, axis=1)
    share = (at - low) / np.maximum(high - low, 1)
    return np.where(inside, left + (right - left) * share, np.nan)
