"""Seasonal indices by classical decomposition, drawn towards none as far as they may be chance.

Ratio (or difference) to the centred moving average: https://otexts.com/fpp3/classical-decomposition.html. The shrinking towards
no season is the positive-part James–Stein factor of Miller & Williams (2003), International Journal of Forecasting 19(4), 669–684.
"""

import numpy as np

from transforms.forecast.rows import Floats


def indices(values: Floats, season: int, multiplicative: bool) -> Floats:
    """(rows, season): the index of each place in the season, the last column that of the last period. 1 (or 0) where none is seen.

    ``values``: (rows, periods) without gaps, NaN before the first of each.
    """
    neutral = 1.0 if multiplicative else 0.0
    rows, periods = values.shape
    if season == 1 or periods <= season + 1:
        return np.full((rows, season), neutral)
    middle, first = moving_average(values, season)
    seen = values[:, first : first + middle.shape[1]]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = seen / middle if multiplicative else seen - middle
    whole = np.full((rows, periods + (-periods) % season), np.nan)
    start = whole.shape[1] - periods + first
    whole[:, start : start + part.shape[1]] = np.where(np.isfinite(part), part, np.nan)
    by_year = whole.reshape(rows, -1, season)
    known = ~np.isnan(by_year)
    count = known.sum(axis=1)
    raw = np.where(known, by_year, 0.0).sum(axis=1) / np.maximum(count, 1)
    raw = np.where(count > 0, raw, neutral)
    level = raw.mean(axis=1, keepdims=True)
    found = raw / np.where(level > 0, level, 1.0) if multiplicative else raw - level
    chance = np.where(known, (by_year - raw[:, None, :]) ** 2, 0.0).sum(axis=(1, 2)) / np.maximum((count - 1).sum(axis=1), 1)
    error, spread = chance / np.maximum(count.mean(axis=1), 1.0), ((found - neutral) ** 2).sum(axis=1) / (season - 1)
    kept = np.clip(1 - error / np.where(spread > 0, spread, np.inf), 0.0, 1.0)
    return neutral + (found - neutral) * np.where(count.min(axis=1) > 0, kept, 0.0)[:, None]


def moving_average(values: Floats, season: int) -> tuple[Floats, int]:
    """The centred moving average over one season, and the column that its first value belongs to. NaN where the window is not whole."""
    windows = np.lib.stride_tricks.sliding_window_view(values, season, axis=1)
    average = windows.sum(axis=2) / season
    if season % 2 == 0:
        average = (average[:, 1:] + average[:, :-1]) / 2
    return average, season // 2


def along(found: Floats, periods: int) -> Floats:
    """The indices of ``periods`` columns that end with the last observation: (rows, periods)."""
    return found[:, np.arange(-periods, 0) % found.shape[1]]


def ahead(found: Floats, horizon: int) -> Floats:
    """The indices of the periods after the last observation: (rows, horizon)."""
    return found[:, np.arange(horizon) % found.shape[1]]
