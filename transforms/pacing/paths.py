"""The expected value on a given day between baseline and target.

All arrays of one call have the same shape.
"""

import numpy as np

from transforms.arrays import FloatArray


def elapsed_share(day: FloatArray, start: FloatArray, due: FloatArray) -> FloatArray:
    """The share of the time from ``start`` to ``due`` that has passed on ``day``.

    Days as numbers.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.clip((day - start) / (due - start), 0.0, 1.0)


def linear(baseline: FloatArray, target: FloatArray, share: FloatArray) -> FloatArray:
    """B + (T - B) w: the same change in equal spans of time."""
    return baseline + (target - baseline) * share


def geometric(baseline: FloatArray, target: FloatArray, share: FloatArray) -> FloatArray:
    """B (T / B)^w: a constant growth rate.

    NaN unless both values have the same sign and neither is 0.
    """
    lawful = (baseline * target) > 0
    ratio = np.where(lawful, target, 1.0) / np.where(lawful, baseline, 1.0)
    return np.where(lawful, baseline * ratio**share, np.nan)
