"""One forecast from many: weights by the record at earlier origins, and a trimmed mean.

Equal weights are hard to beat (https://otexts.com/fpp3/combinations.html); a series' own record changes them a little.
The three constants were chosen on rolling origins inside the training part of the M3 series (docs/forecast.md).
"""

import numpy as np

from transforms.arrays import FloatArray

KEENNESS = 2.5
"""How much a better record counts."""
DOUBT = 1.0
"""This many horizons of record count as much as none."""
TRIM = 0.2
"""The share of the weight that is left out at either end."""
SPARED = 0.02


def member_weights(errors: FloatArray, known: FloatArray) -> FloatArray:
    """The weight of each member, (members, rows).

    errors: (members, rows), the mean absolute error at earlier origins. known: (rows,), the number of whole horizons
    behind it.
    """
    usual = errors.mean(axis=0)
    trust = np.where(usual > 0, known / (known + DOUBT), 0.0)
    relative = np.log(errors / np.where(usual > 0, usual, 1.0) + SPARED) * trust
    weight: FloatArray = np.exp(-KEENNESS * (relative - relative.min(axis=0)))
    weight /= weight.sum(axis=0)
    return weight


def trimmed_mean(forecasts: FloatArray, weight: FloatArray) -> FloatArray:
    """The mean of the members between two quantiles of their weights, (rows, horizon).

    The quantiles are ``TRIM`` and 1 - ``TRIM``. forecasts: (members, rows, horizon).
    """
    order = np.argsort(forecasts, axis=0)
    ranked = np.take_along_axis(forecasts, order, axis=0)
    share = np.take_along_axis(np.broadcast_to(weight[:, :, None], forecasts.shape), order, axis=0)
    upto = np.cumsum(share, axis=0)
    kept: FloatArray = np.clip(np.minimum(upto, 1 - TRIM) - np.maximum(upto - share, TRIM), 0.0, None)
    kept /= kept.sum(axis=0)
    kept *= ranked
    total: FloatArray = kept.sum(axis=0)
    return total
