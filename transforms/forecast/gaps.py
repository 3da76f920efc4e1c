"""Missing periods filled before anything is estimated: between their neighbours, with the season of their place."""

import numpy as np

from transforms.forecast.rows import FloatArray
from transforms.forecast.season import repeated_to_end, seasonal_indices


def fill_gaps(values: FloatArray, season: int) -> FloatArray:
    """(rows, periods) without gaps; NaN before the first observation stays. Rows without gaps come back as they are."""
    inside = np.maximum.accumulate(~np.isnan(values), axis=1)
    gappy = (inside & np.isnan(values)).any(axis=1)
    if not gappy.any():
        return values
    given, whole = values[gappy], values.copy()
    straight = interpolate(given)
    part = repeated_to_end(seasonal_indices(straight, season, np.zeros(len(given), dtype=bool)), given.shape[1])
    whole[gappy] = np.where(np.isnan(given), interpolate(given - part) + part, given)
    return whole


def interpolate(values: FloatArray) -> FloatArray:
    """Missing periods on the straight line between their neighbours. Rows end with an observation."""
    seen, columns = ~np.isnan(values), np.arange(values.shape[1])
    before = np.maximum.accumulate(np.where(seen, columns, -1), axis=1)
    after = np.minimum.accumulate(np.where(seen, columns, len(columns) - 1)[:, ::-1], axis=1)[:, ::-1]
    low = np.maximum(before, 0)
    left, right = np.take_along_axis(values, low, axis=1), np.take_along_axis(values, after, axis=1)
    share = (columns - low) / np.maximum(after - low, 1)
    return np.where(before < 0, np.nan, left + (right - left) * share)
