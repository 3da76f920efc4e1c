"""What a caller asks for: forecasts with intervals, joint paths, and both from many origins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from transforms.forecast.outlook import look
from transforms.forecast.rows import Flags, Floats, Texts, ends, prepare, why_not
from transforms.forecast.spread import shape_of


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

    ``values``: (series, periods), oldest first, NaN where missing; ``season``: periods a year (1 where there is none). The horizon starts
    after the last column. Each series is forecast from itself alone. One that was never negative is not forecast below zero. ``mean`` is
    the middle of the intervals. Raises ``ValueError`` for values that are no matrix or infinite, a season or horizon below 1, or a level
    outside 0 to 100.
    """
    share = 0.5 + np.asarray(levels, dtype=np.float64) / 200
    if ((share <= 0.5) | (share >= 1)).any():
        raise ValueError("each level must be above 0 and below 100")
    mean, scale, floor, reason = outlook(values, season, horizon)
    width = shape_of(season).quantile(share)[:, None, None] * scale[None]
    return Forecast(np.maximum(mean, floor), np.maximum(mean - width, floor), np.maximum(mean + width, floor), reason)


def sample(values: Floats, season: int, horizon: int, draws: int, seed: int) -> Floats:
    """Joint future paths of each series: (series, draws, horizon), NaN where nothing can be said; for sums over a horizon.

    Their quantiles at each lead are those of ``forecast``. The same ``draws`` deviations serve every series, so two series move together
    in them: add periods of one series, never series.
    """
    mean, scale, floor, _ = outlook(values, season, horizon)
    paths = shape_of(season).paths(draws, horizon, seed)
    found = scale[:, None, :] * paths[None]
    found += mean[:, None, :]
    return np.maximum(found, floor[:, None, :], out=found)


def sample_totals(values: Floats, season: int, kind: tuple[int, int], drawing: tuple[int, int], least: Floats) -> Floats:
    """The sum of the last ``length`` periods in each of the paths of ``sample``: (series, draws), without the paths.

    ``kind``: horizon and length; ``drawing``: how many paths, and the seed; ``least``: (series,) what no period falls below. Where no
    path comes near its floor a sum of paths is one product of matrices; the others are drawn in full.
    """
    (horizon, length), (draws, seed) = kind, drawing
    mean, scale, floor, _ = outlook(values, season, horizon)
    deviations = shape_of(season).paths(draws, horizon, seed)[:, horizon - length :]
    mean, scale, floor = mean[:, horizon - length :], scale[:, horizon - length :], np.maximum(floor[:, 0], least)
    totals: Floats = scale @ deviations.T + mean.sum(axis=1, keepdims=True)
    low = (mean + scale * deviations.min(axis=0) < floor[:, None]).any(axis=1)
    paths = scale[low, None, :] * deviations[None] + mean[low, None, :]
    totals[low] = np.maximum(paths, floor[low, None, None]).sum(axis=2)
    return totals


def forecast_from(values: Floats, season: int, horizon: int, ends: Sequence[int], levels: Sequence[float] = (80, 95)) -> list[Forecast]:
    """The forecasts as they would have been made after the first ``ends`` periods each: what a rolling-origin test needs.

    Raises ``ValueError`` as ``forecast`` does, or for an end that is not from 1 to the number of periods.
    """
    values = checked(values, season, horizon)
    if any(not 1 <= end <= values.shape[1] for end in ends):
        raise ValueError(f"each end must be from 1 to {values.shape[1]}")
    stacked = np.full((len(ends) * len(values), values.shape[1]), np.nan)
    for at, end in enumerate(ends):
        stacked[at * len(values) : (at + 1) * len(values), values.shape[1] - end :] = values[:, :end]
    found = forecast(stacked, season, horizon, levels)
    parts = [slice(at * len(values), (at + 1) * len(values)) for at in range(len(ends))]
    return [Forecast(found.mean[part], found.lower[:, part], found.upper[:, part], found.reason[part]) for part in parts]


def outlook(values: Floats, season: int, horizon: int) -> tuple[Floats, Floats, Floats, Texts]:
    """Mean and scale (series, horizon), the floor (series, 1), 0 or minus infinity, and the reason where nothing can be said."""
    values = checked(values, season, horizon)
    reason = why_not(values, season)
    mean, scale = np.full((len(values), horizon), np.nan), np.full((len(values), horizon), np.nan)
    shape = shape_of(season)
    _, lag = ends(~np.isnan(values))
    for behind in np.unique(lag[reason == ""]):  # so that no series changes with the company it keeps
        rows = prepare(values, season, (reason == "") & (lag == behind))
        found = look(rows, int(behind) + horizon)
        mean[rows.order] = found.mean[:, behind:] * rows.scale[:, None]
        scale[rows.order] = shape.scale(found, rows.length)[:, behind:] * rows.scale[:, None]
    below: Flags = np.where(np.isnan(values), 0.0, values).min(axis=1, initial=0.0) < 0
    return mean, scale, np.where(below, -np.inf, 0.0)[:, None], reason


def checked(values: Floats, season: int, horizon: int) -> Floats:
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2 or np.isinf(values).any():
        raise ValueError("the values must be a matrix (series, periods) of finite figures, or NaN where missing")
    if season < 1 or horizon < 1:
        raise ValueError("season and horizon must be at least 1")
    return values
