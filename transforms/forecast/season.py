"""Seasonal indices by classical decomposition, shrunk where they may be chance.

The ratio (or difference) to the centred moving average, then again to a shorter average of the adjusted series:
https://otexts.com/fpp3/classical-decomposition.html. The shrinkage towards no season is the positive-part James–Stein
factor of Miller & Williams (2003), International Journal of Forecasting 19(4), 669–684. Recent years count more.
"""

import numpy as np

from transforms.arrays import BoolArray, FloatArray

FADING = 0.8
"""The weight of a year relative to the following one."""


def seasonal_indices(values: FloatArray, season: int, ratio: BoolArray) -> FloatArray:
    """The index of each place in the season, (rows, season).

    The last column is that of the last period. An index is neutral, 1 (ratio) or 0 (difference), where there is no
    season. values: (rows, periods) ending with the last period, NaN only before the first. ratio: (rows,).
    """
    neutral = np.where(ratio, 1.0, 0.0)[:, None]
    if season == 1 or values.shape[1] < 2 * season:
        return np.repeat(neutral, season, axis=1)
    found = _indices_against(values, values, season, (season, ratio))
    adjusted = without_season(values, repeated_to_end(found, values.shape[1]), ratio)
    width = season // 4 * 2 + 1 if season > 4 else 3
    return _indices_against(values, adjusted, width, (season, ratio))


def _indices_against(
    values: FloatArray, averaged: FloatArray, width: int, season_and_ratio: tuple[int, BoolArray]
) -> FloatArray:
    """The indices of ``values`` against the moving average of another matrix, (rows, season)."""
    season, ratio = season_and_ratio
    average, first = moving_average(averaged, width)
    end = first + average.shape[1]
    return shrunken_indices(seasonal_part(values[:, first:end], average, ratio), season, ratio, values.shape[1] - end)


def moving_average(values: FloatArray, width: int) -> tuple[FloatArray, int]:
    """The centred moving average, and the column of its first value.

    NaN where a window is not complete.
    """
    count = values.shape[1] - width + 1
    shifted = (values[:, at : at + count] for at in range(width))
    average: FloatArray = sum(shifted, np.zeros((len(values), count))) / width
    if width % 2 == 0:
        average = (average[:, 1:] + average[:, :-1]) / 2
    return average, width // 2


def seasonal_part(values: FloatArray, average: FloatArray, ratio: BoolArray) -> FloatArray:
    """The seasonal part of each period: value over average, or their difference."""
    return np.where(ratio[:, None], values / np.where(average <= 0, 1.0, average), values - average)


def without_season(values: FloatArray, season: FloatArray, ratio: BoolArray) -> FloatArray:
    """The values without their season."""
    return np.where(ratio[:, None], values / np.where(season > 0, season, 1.0), values - season)


def with_season(values: FloatArray, season: FloatArray, ratio: BoolArray) -> FloatArray:
    """The values with their season again."""
    return np.where(ratio[:, None], values * season, values + season)


def shrunken_indices(parts: FloatArray, season: int, ratio: BoolArray, after: int) -> FloatArray:
    """The mean of the parts by place in the season, shrunk towards neutral.

    after: the columns between the parts and the end.
    """
    rows, width = parts.shape
    neutral = np.where(ratio, 1.0, 0.0)[:, None]
    years = -(-(width + after) // season)
    grid = np.full((rows, years * season), np.nan)
    grid[:, grid.shape[1] - after - width : grid.shape[1] - after] = parts
    by_year = grid.reshape(rows, years, season)
    known = ~np.isnan(by_year)
    weight = known * (FADING ** np.arange(years)[::-1])[None, :, None]
    total, count = weight.sum(axis=1), known.sum(axis=1)
    raw = np.where(known, by_year * weight, 0.0).sum(axis=1) / np.where(total > 0, total, 1.0)
    raw = np.where(count > 0, raw, neutral)
    centre = raw.mean(axis=1, keepdims=True)
    found = np.where(ratio[:, None], raw / np.where(centre > 0, centre, 1.0), raw - centre)
    squares = np.where(known, (by_year - found[:, None, :]) ** 2, 0.0).sum(axis=(1, 2))
    chance = squares / np.maximum((count - 1).sum(axis=1), 1)
    effective = (total**2 / np.maximum((weight**2).sum(axis=1), 1e-12)).mean(axis=1)
    spread = ((found - neutral) ** 2).sum(axis=1) / (season - 1)
    kept: FloatArray = np.clip(1 - chance / np.maximum(effective, 1.0) / np.where(spread > 0, spread, np.inf), 0.0, 1.0)
    return neutral + (found - neutral) * kept[:, None]


def repeated_to_end(found: FloatArray, periods: int) -> FloatArray:
    """The indices of ``periods`` columns that end with the last period, (rows, periods)."""
    return found[:, np.arange(-periods, 0) % found.shape[1]]


def continued_after_end(found: FloatArray, horizon: int) -> FloatArray:
    """The indices of the periods after the last one, (rows, horizon)."""
    return found[:, np.arange(horizon) % found.shape[1]]
