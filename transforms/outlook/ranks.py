"""Ranks of the values of each row."""

import numpy as np

from transforms.arrays import FloatArray


def ranked(values: FloatArray) -> FloatArray:
    """Ranks from 1 of (rows, columns) without NaN.

    Equal values share the mean of their ranks, as in ``scipy.stats.rankdata``.
    """
    columns = np.arange(values.shape[1])
    order = np.argsort(values, axis=1)
    ascending = np.take_along_axis(values, order, axis=1)
    steps = ascending[:, 1:] != ascending[:, :-1]
    begins, ends = (np.pad(steps, ((0, 0), edge), constant_values=True) for edge in ((1, 0), (0, 1)))
    first = np.maximum.accumulate(np.where(begins, columns, 0), axis=1)
    last = np.minimum.accumulate(np.where(ends, columns, len(columns))[:, ::-1], axis=1)[:, ::-1]
    out = np.empty(values.shape)
    np.put_along_axis(out, order, (first + last) / 2 + 1, axis=1)
    return out
