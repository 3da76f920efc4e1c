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
