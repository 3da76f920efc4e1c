"""Ranks of each row's values."""

import numpy as np

from transforms.rules.inputs import FloatArray


def ranked(values: FloatArray) -> FloatArray:
    """From 1, of (rows, columns) without NaN; equal values share the mean of their ranks, as ``scipy.stats.rankdata`` has it."""
    columns = np.arange(values.shape[1])
    order = np.argsort(values, axis=1)
    ascending = np.take_along_axis(values, order, axis=1)
    steps = ascending[:, 1:] != ascending[:, :-1]
    begins, ends = (
        np.pad(steps, ((0, 0), (1, 0)), constant_values=True),
        np.pad(steps, ((0, 0), (0, 1)), constant_values=True),
    )
    first = np.maximum.accumulate(np.where(begins, columns, 0), axis=1)
    last = np.minimum.accumulate(np.where(ends, columns, len(columns))[:, ::-1], axis=1)[:, ::-1]
    out = np.empty(values.shape)
    np.put_along_axis(out, order, (first + last) / 2 + 1, axis=1)
    return out
