"""The rule ``pace``: progress made over progress expected by now. Ours; its bands are those of Statistics Canada's rule.

Bands: https://open-sdg.readthedocs.io/en/latest/progress-methodology/ (0.95 on track, 0.60 moderate, below 0 worsening).
A ratio at exactly a threshold goes up.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
ON_TRACK, AT_RISK = 0.95, 0.60


def pace_ratio(baseline: FloatArray, value: FloatArray, expected: FloatArray) -> FloatArray:
    """(value - baseline) / (expected - baseline). NaN where nothing is expected yet or a figure is missing.

    The sign follows from the path, so the same ratio serves targets above and below the baseline.
    """
    way = expected - baseline
    return np.where(way == 0, np.nan, (value - baseline) / np.where(way == 0, 1.0, way))
