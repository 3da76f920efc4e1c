"""Seasonal indices by classical decomposition, drawn towards none as far as they may be chance.

Ratio (or difference) to the centred moving average, then once more to a shorter average of the adjusted series:
https://otexts.com/fpp3/classical-decomposition.html. The shrinking towards no season is the positive-part James–Stein factor of
Miller & Williams (2003), International Journal of Forecasting 19(4), 669–684. Recent years count more.
"""

import numpy as np

from transforms.forecast.rows import Flags, Floats

FADING = 0.8
"""What a year counts relative to the one after it."""


def indices(values: Floats, season: int, ratio: Flags) -> Floats:
    """(rows, season): the index of each place in the season, the last column that of the last period; the neutral 1 (ratio) or 0
    (difference) where no season is seen.

    ``values``: (rows, periods) ending with the last period, NaN only before the first; ``ratio``: (rows,).
    """
    neutral = np.where(ratio, 1.0, 0.0)[:, None]
    if season == 1 or values.shape[1] < 2 * season:
        return np.repeat(neutral, season, axis=1)
    average, first = moving_average(values, season)
    found = shrunken(
        part(values[:, first : first + average.shape[1]], average, ratio),
        season,
        ratio,
        values.shape[1] - first - average.shape[1],
    )
    adjusted = apart(values, along(found, values.shape[1]), ratio)
    width = season // 4 * 2 + 1 if season > 4 else 3
    average, first = moving_average(adjusted, width)
    return shrunken(
        part(values[:, first : first + average.shape[1]], average, ratio),
        season,
        ratio,
        values.shape[1] - first - average.shape[1],
    )


def moving_average(values: Floats, width: int) -> tuple[Floats, int]:
    """The centred moving average and the column that its first value belongs to. NaN where a window is not whole."""
    count = values.shape[1] - width + 1
    average: Floats = sum((values[:, at : at + count] for at in range(width)), np.zeros((len(values), count))) / width
    if width % 2 == 0:
        average = (average[:, 1:] + average[:, :-1]) / 2
    return average, width // 2


def part(values: Floats, average: Floats, ratio: Flags) -> Floats:
    """The seasonal part of each period: value over average, or their difference."""
    return np.where(ratio[:, None], values / np.where(average <= 0, 1.0, average), values - average)


def apart(values: Floats, season: Floats, ratio: Flags) -> Floats:
    """The values without their season."""
    return np.where(ratio[:, None], values / np.where(season > 0, season, 1.0), values - season)


def together(values: Floats, season: Floats, ratio: Flags) -> Floats:
    """The values with their season again."""
    return np.where(ratio[:, None], values * season, values + season)


def shrunken(parts: Floats, season: int, ratio: Flags, after: int) -> Floats:
    """The mean of the parts by place in the season, drawn towards the neutral. ``after``: columns between the parts and the end."""
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
    chance = np.where(known, (by_year - found[:, None, :]) ** 2, 0.0).sum(axis=(1, 2)) / np.maximum(
        (count - 1).sum(axis=1), 1
    )
    effective = (total**2 / np.maximum((weight**2).sum(axis=1), 1e-12)).mean(axis=1)
    spread = ((found - neutral) ** 2).sum(axis=1) / (season - 1)
    kept: Floats = np.clip(1 - chance / np.maximum(effective, 1.0) / np.where(spread > 0, spread, np.inf), 0.0, 1.0)
    return neutral + (found - neutral) * kept[:, None]


def along(found: Floats, periods: int) -> Floats:
    """The indices of ``periods`` columns that end with the last period: (rows, periods)."""
    return found[:, np.arange(-periods, 0) % found.shape[1]]


def ahead(found: Floats, horizon: int) -> Floats:
    """The indices of the periods after the last one: (rows, horizon)."""
    return found[:, np.arange(horizon) % found.shape[1]]
