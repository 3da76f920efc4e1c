"""The interface: forecasts with intervals, joint paths, and both from many origins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from transforms.arrays import BoolArray, FloatArray, TextArray
from transforms.forecast.combined_forecast import combine_forecasts
from transforms.forecast.error_distribution import error_distribution_of
from transforms.forecast.rows import edge_gaps, learned_history, prepare, reasons_not_forecast


@dataclass(frozen=True)
class Forecast:
    """Forecasts with intervals.

    mean: (series, horizon), NaN rows where there is no forecast. lower, upper: (levels, series, horizon). reason:
    (series,), why there is no forecast, or "".
    """

    mean: FloatArray
    lower: FloatArray
    upper: FloatArray
    reason: TextArray


@dataclass(frozen=True)
class PeriodForecast:
    """The forecast of every period, from which intervals, paths and totals are made.

    mean, and scale of the deviations: (series, horizon), NaN where there is no forecast. floor: (series, 1), 0 or minus
    infinity. reason: as in ``Forecast``.
    """

    mean: FloatArray
    scale: FloatArray
    floor: FloatArray
    reason: TextArray
    season: int

    def part(self, rows: slice) -> "PeriodForecast":
        return PeriodForecast(self.mean[rows], self.scale[rows], self.floor[rows], self.reason[rows], self.season)

    def intervals(self, levels: Sequence[float]) -> Forecast:
        """The intervals that contain ``levels`` per cent of the outcomes."""
        share = 0.5 + np.asarray(levels, dtype=np.float64) / 200
        if ((share <= 0.5) | (share >= 1)).any():
            raise ValueError("each level must be above 0 and below 100")
        width = error_distribution_of(self.season).quantile(share)[:, None, None] * self.scale[None]
        middle, low, high = (
            np.maximum(figure, self.floor) for figure in (self.mean, self.mean - width, self.mean + width)
        )
        return Forecast(middle, low, high, self.reason)

    def paths(self, draws: int, seed: int) -> FloatArray:
        """Joint future paths; see ``sample``."""
        deviations = error_distribution_of(self.season).paths(draws, self.mean.shape[1], seed)
        found = self.scale[:, None, :] * deviations[None]
        found += self.mean[:, None, :]
        return np.maximum(found, self.floor[:, None, :], out=found)

    def totals(self, deviations: FloatArray, least: FloatArray) -> FloatArray:
        """The sum of the last periods in each of several paths, (series, draws), without the paths.

        deviations: (draws, number of last periods), of ``ErrorDistribution.paths``. least: (series,), a lower bound of
        a period. Where no path comes near its floor, the sums are one product of matrices; otherwise the periods are
        added one by one.
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
    """The next periods of each series, with intervals that contain ``levels`` per cent.

    values: (series, periods), oldest first, NaN where missing. season: periods a year (1 for none). The horizon starts
    after the last column. Each series is forecast from itself alone, and one that was never negative is not forecast
    below zero. ``mean`` is the middle of the intervals.

    Raises ``ValueError`` for values that are not a matrix or are infinite, a season or horizon below 1, or a level
    outside 0 to 100.
    """
    return period_forecast(values, season, horizon).intervals(levels)


def sample(values: FloatArray, season: int, horizon: int, draws: int, seed: int) -> FloatArray:
    """Joint future paths, (series, draws, horizon), NaN where there is no forecast.

    They serve sums over a horizon. Their quantiles at each lead are those of ``forecast``. All series share the same
    ``draws`` deviations, so two series move together in them: add periods of one series, never series.
    """
    return period_forecast(values, season, horizon).paths(draws, seed)


def forecast_from(
    values: FloatArray, season: int, horizon: int, ends: Sequence[int], levels: Sequence[float] = (80, 95)
) -> list[Forecast]:
    """The forecasts as of the first ``ends`` periods each, for rolling-origin tests.

    Raises ``ValueError`` as ``forecast`` does, and for an end that is not from 1 to the number of periods.
    """
    values = checked(values, season, horizon)
    if any(not 1 <= end <= values.shape[1] for end in ends):
        raise ValueError(f"each end must be from 1 to {values.shape[1]}")
    found = period_forecast(as_of_origins(values, ends), season, horizon)
    return [found.part(slice(at * len(values), (at + 1) * len(values))).intervals(levels) for at in range(len(ends))]


def as_of_origins(values: FloatArray, ends: Sequence[int]) -> FloatArray:
    """The series as of the first ``ends`` periods, end after end: (ends * series, periods)."""
    then = np.full((len(ends), *values.shape), np.nan)
    for at, end in enumerate(ends):
        then[at, :, values.shape[1] - end :] = values[:, :end]
    return then.reshape(-1, values.shape[1])


def period_forecast(values: FloatArray, season: int, horizon: int) -> PeriodForecast:
    """One forecast for intervals, paths and totals; the inputs are those of ``forecast``."""
    values = checked(values, season, horizon)
    below: BoolArray = np.where(np.isnan(values), 0.0, values).min(axis=1, initial=0.0) < 0
    values = learned_history(values, season)
    reason = reasons_not_forecast(values, season)
    mean, scale = np.full((len(values), horizon), np.nan), np.full((len(values), horizon), np.nan)
    shape = error_distribution_of(season)
    _, lag = edge_gaps(~np.isnan(values))
    for behind in np.unique(lag[reason == ""]):  # so that no series depends on the others
        rows = prepare(values, season, (reason == "") & (lag == behind))
        found = combine_forecasts(rows, int(behind) + horizon)
        mean[rows.order] = found.mean[:, behind:] * rows.scale[:, None]
        scale[rows.order] = shape.scale(found, rows.length)[:, behind:] * rows.scale[:, None]
    return PeriodForecast(mean, scale, np.where(below, -np.inf, 0.0)[:, None], reason, season)


def checked(values: FloatArray, season: int, horizon: int) -> FloatArray:
    """The values as a matrix of floats. Raises ``ValueError`` as ``forecast`` does."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2 or np.isinf(values).any():
        raise ValueError("the values must be a matrix (series, periods) of finite numbers, or NaN where missing")
    if season < 1 or horizon < 1:
        raise ValueError("season and horizon must be at least 1")
    return values
