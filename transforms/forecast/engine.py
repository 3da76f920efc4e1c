"""What a caller asks for: forecasts with intervals, and joint paths."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from transforms.forecast.outlook import look
from transforms.forecast.rows import Floats, Texts, prepare, why_not


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
        found = look(rows, int(rows.lag.max()) + horizon)
        at = rows.lag[:, None] + np.arange(horizon)[None, :]
        steps = np.arange(1, found.mean.shape[1] + 1)
        base = np.where(found.known == 0, found.step, found.record)
        deviation = 1.25 * (base[:, None] * (0.6 + 0.06 * np.minimum(steps, 30)) + found.quarrel) / 1.3
        mean[rows.order] = np.take_along_axis(found.mean, at, axis=1) * rows.scale[:, None]
        spread[rows.order] = np.take_along_axis(deviation, at, axis=1) * rows.scale[:, None]
    return mean, spread, reason
