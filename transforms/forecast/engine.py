"""What a caller asks for: forecasts with intervals, joint paths, and both from many origins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from transforms.forecast.combined_forecast import combine_forecasts
from transforms.forecast.error_distribution import error_distribution_of
from transforms.forecast.rows import BoolArray, FloatArray, TextArray, ends, prepare, reasons_not_forecast


@dataclass(frozen=True)
class Forecast:
    """``mean``: (series, horizon), NaN rows where nothing can be said; ``lower``, ``upper``: (levels, series, horizon);
    ``reason``: (series,), "" or why nothing is said."""

    mean: FloatArray
    lower: FloatArray
    upper: FloatArray
    reason: TextArray


@dataclass(frozen=True)
class Future:
    """What intervals, paths and totals of one forecast are made of: ``mean`` and ``scale`` of the deviations, (series, horizon), NaN where
    nothing can be said; ``floor``: (series, 1), 0 or minus infinity; ``reason`` as in ``Forecast``."""

    mean: FloatArray
    scale: FloatArray
    floor: FloatArray
    reason: TextArray
    season: int

    def part(self, rows: slice) -> "Future":
        return Future(self.mean[rows], self.scale[rows], self.floor[rows], self.reason[rows], self.season)

    def intervals(self, levels: Sequence[float]) -> Forecast:
        """Those that hold ``levels`` per cent."""
        share = 0.5 + np.asarray(levels, dtype=np.float64) / 200
        if ((share <= 0.5) | (share >= 1)).any():
            raise ValueError("each level must be above 0 and below 100")
        width = error_distribution_of(self.season).quantile(share)[:, None, None] * self.scale[None]
        middle, low, high = (
            np.maximum(figure, self.floor) for figure in (self.mean, self.mean - width, self.mean + width)
        )
        return Forecast(middle, low, high, self.reason)

    def paths(self, draws: int, seed: int) -> FloatArray:
        """See ``sample``."""
        deviations = error_distribution_of(self.season).paths(draws, self.mean.shape[1], seed)
        found = self.scale[:, None, :] * deviations[None]
        found += self.mean[:, None, :]
        return np.maximum(found, self.floor[:, None, :], out=found)

    def totals(self, deviations: FloatArray, least: FloatArray) -> FloatArray:
        """The sum of the last periods in each of some paths: (series, draws), without the paths.

        ``deviations``: (draws, as many last periods) of ``Shape.paths``; ``least``: (series,) what no period falls below. Where no path
        comes near its floor a sum of paths is one product of matrices; of the others period after period is added.
        """
        first = self.mean.shape[1] - deviations.shape[1]
        mean, scale, floor = self.mean[:, first:], self.scale[:, first:], np.maximum(self.floor[:, 0], least)
        totals: FloatArray = scale @ deviations.T + mean.sum(axis=1, keepdims=True)
        low = np.flatnonzero((mean + scale * deviations.min(axis=0) < floor[:, None]).any(axis=1))
        totals[low] = 0.0
        for lead in range(deviations.shape[1]):
            path = scale[low, lead, None] * deviations[:, lead]
            path += mean[low, lead, None]
            totals[low] += np.maximum(path, floor[low, None], out=path)
        return totals


def forecast(values: FloatArray, season: int, horizon: int, levels: Sequence[float] = (80, 95)) -> Forecast:
    """What comes next of each series, with intervals that hold ``levels`` per cent.

    ``values``: (series, periods), oldest first, NaN where missing; ``season``: periods a year (1 where there is none). The horizon starts
    after the last column. Each series is forecast from itself alone. One that was never negative is not forecast below zero. ``mean`` is
    the middle of the intervals. Raises ``ValueError`` for values that are no matrix or infinite, a season or horizon below 1, or a level
    outside 0 to 100.
    """
    return future(values, season, horizon).intervals(levels)


def sample(values: FloatArray, season: int, horizon: int, draws: int, seed: int) -> FloatArray:
    """Joint future paths of each series: (series, draws, horizon), NaN where nothing can be said; for sums over a horizon.

    Their quantiles at each lead are those of ``forecast``. The same ``draws`` deviations serve every series, so two series move together
    in them: add periods of one series, never series.
    """
    return future(values, season, horizon).paths(draws, seed)


def forecast_from(
    values: FloatArray, season: int, horizon: int, ends: Sequence[int], levels: Sequence[float] = (80, 95)
) -> list[Forecast]:
    """The forecasts as they would have been made after the first ``ends`` periods each: what a rolling-origin test needs.

    Raises ``ValueError`` as ``forecast`` does, or for an end that is not from 1 to the number of periods.
    """
    values = checked(values, season, horizon)
    if any(not 1 <= end <= values.shape[1] for end in ends):
        raise ValueError(f"each end must be from 1 to {values.shape[1]}")
    found = future(as_of(values, ends), season, horizon)
    return [found.part(slice(at * len(values), (at + 1) * len(values))).intervals(levels) for at in range(len(ends))]


def as_of(values: FloatArray, ends: Sequence[int]) -> FloatArray:
    """The series as they stood after the first ``ends`` periods, end after end: (ends * series, periods)."""
    then = np.full((len(ends), *values.shape), np.nan)
    for at, end in enumerate(ends):
        then[at, :, values.shape[1] - end :] = values[:, :end]
    return then.reshape(-1, values.shape[1])


def future(values: FloatArray, season: int, horizon: int) -> Future:
    """One forecast, of which intervals, paths and totals can be had; given as for ``forecast``."""
    values = checked(values, season, horizon)
    reason = reasons_not_forecast(values, season)
    mean, scale = np.full((len(values), horizon), np.nan), np.full((len(values), horizon), np.nan)
    shape = error_distribution_of(season)
    _, lag = ends(~np.isnan(values))
    for behind in np.unique(lag[reason == ""]):  # so that no series changes with the company it keeps
        rows = prepare(values, season, (reason == "") & (lag == behind))
        found = combine_forecasts(rows, int(behind) + horizon)
        mean[rows.order] = found.mean[:, behind:] * rows.scale[:, None]
        scale[rows.order] = shape.scale(found, rows.length)[:, behind:] * rows.scale[:, None]
    below: BoolArray = np.where(np.isnan(values), 0.0, values).min(axis=1, initial=0.0) < 0
    return Future(mean, scale, np.where(below, -np.inf, 0.0)[:, None], reason, season)


def checked(values: FloatArray, season: int, horizon: int) -> FloatArray:
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2 or np.isinf(values).any():
        raise ValueError("the values must be a matrix (series, periods) of finite figures, or NaN where missing")
    if season < 1 or horizon < 1:
        raise ValueError("season and horizon must be at least 1")
    return values
