"""Where an indicator should stand at a given day on its way from baseline to target. Arrays of any one shape."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def elapsed_share(day: FloatArray, start: FloatArray, due: FloatArray) -> FloatArray:
    """Share of the way from ``start`` to ``due`` (days as numbers) that lies behind ``day``, held within 0 and 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.clip((day - start) / (due - start), 0.0, 1.0)


def linear(baseline: FloatArray, target: FloatArray, share: FloatArray) -> FloatArray:
    """B + (T - B) w: the same amount in each stretch of time."""
    return baseline + (target - baseline) * share


def geometric(baseline: FloatArray, target: FloatArray, share: FloatArray) -> FloatArray:
    """B (T / B)^w: the same growth rate throughout. NaN unless both have one sign and neither is 0."""
    lawful = (baseline * target) > 0
    ratio = np.where(lawful, target, 1.0) / np.where(lawful, baseline, 1.0)
    return np.where(lawful, baseline * ratio**share, np.nan)
