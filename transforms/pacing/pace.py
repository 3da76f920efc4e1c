"""The rule ``pace``, our own.

Actual progress over the progress expected by now, with Statistics Canada's bands.

Bands: https://open-sdg.readthedocs.io/en/latest/progress-methodology/ (0.95 on track, 0.60 moderate, below 0
worsening). A ratio that equals a threshold gets the better verdict.
"""

import numpy as np

from transforms.arrays import FloatArray, without_noise

ON_TRACK, AT_RISK = 0.95, 0.60


def pace_ratio(baseline: FloatArray, value: FloatArray, expected: FloatArray) -> FloatArray:
    """(value - baseline) / (expected - baseline).

    NaN where nothing is expected yet or a value is missing.

    The path gives the sign, so the same ratio serves targets above and below the baseline.
    """
    way = expected - baseline
    return without_noise(np.where(way == 0, np.nan, (value - baseline) / np.where(way == 0, 1.0, way)))
