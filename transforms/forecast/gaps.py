"""Fills missing periods before the estimation.

A missing period lies between its neighbours and has the season of its place.
"""

import numpy as np

from transforms.arrays import FloatArray
from transforms.forecast.season import repeated_to_end, seasonal_indices


def fill_gaps(values: FloatArray, season: int) -> FloatArray:
    """Values without gaps, (rows, periods).

    NaN before the first observation stays. Rows without gaps are returned unchanged.
    """
    inside = np.maximum.accumulate(~np.isnan(values), axis=1)
    gappy = (inside & np.isnan(values)).any(axis=1)
    if not gappy.any():
        return values
    gapped, whole = values[gappy], values.copy()
    straight = interpolate(gapped)
    part = repeated_to_end(seasonal_indices(straight, season, np.zeros(len(gapped), dtype=bool)), gapped.shape[1])
    whole[gappy] = np.where(np.isnan(gapped), interpolate(gapped - part) + part, gapped)
    return whole


def interpolate(values: FloatArray) -> FloatArray:
    """Missing periods on the straight line between their neighbours.

    Rows end with an observation.
    """
    seen, columns = ~np.isnan(values), np.arange(values.shape[1])
    before = np.maximum.accumulate(np.where(seen, columns, -1), axis=1)
    after = np.minimum.accumulate(np.where(seen, columns, len(columns) - 1)[:, ::-1], axis=1)[:, ::-1]
    low = np.maximum(before, 0)
    left, right = np.take_along_axis(values, low, axis=1), np.take_along_axis(values, after, axis=1)
    share = (columns - low) / np.maximum(after - low, 1)
    return np.where(before < 0, np.nan, left + (right - left) * share)
