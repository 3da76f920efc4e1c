"""The types of the NumPy arrays in the transforms.

Docstrings give the shapes by axis: ``(series, periods)``.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
TextArray = NDArray[np.object_]
DayArray = NDArray[np.datetime64]

SAME = 1e-9
"""A figure that falls short by no more than this share meets its target: sums of floats differ in their last digits."""
DECIMALS = 12
"""Of a ratio or rate; what follows is noise of floats, which must not decide at a threshold."""


def without_noise(ratios: FloatArray) -> FloatArray:
    """The ratios or rates, each with ``DECIMALS`` decimals."""
    rounded: FloatArray = np.round(ratios, DECIMALS)
    return rounded
