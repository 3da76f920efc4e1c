"""One forecast of many: weights by how each did at earlier origins, and a mean without the extremes.

Equal weights are hard to beat (https://otexts.com/fpp3/combinations.html); a series' own record moves them a little. The three constants
were chosen on rolling origins inside the training part of the M3 series (docs/forecast.md).
"""

import numpy as np

from transforms.forecast.rows import FloatArray

KEENNESS = 2.5
"""How much a better record counts."""
DOUBT = 1.0
"""Whole horizons of record that count as much as none."""
TRIM = 0.2
"""The share of the weight left out at either end."""
SPARED = 0.02


def member_weights(errors: FloatArray, known: FloatArray) -> FloatArray:
    """The weight of each member: (members, rows). ``errors``: (members, rows) mean absolute error at earlier origins; ``known``: (rows,)
    how many whole horizons they are of."""
    usual = errors.mean(axis=0)
    relative = np.log(errors / np.where(usual > 0, usual, 1.0) + SPARED) * np.where(
        usual > 0, known / (known + DOUBT), 0.0
    )
    weight: FloatArray = np.exp(-KEENNESS * (relative - relative.min(axis=0)))
    weight /= weight.sum(axis=0)
    return weight


def trimmed_mean(told: FloatArray, weight: FloatArray) -> FloatArray:
    """The mean of the members (members, rows, horizon) between the ``TRIM`` and 1 - ``TRIM`` quantiles of their weights: (rows, horizon)."""
    order = np.argsort(told, axis=0)
    ranked = np.take_along_axis(told, order, axis=0)
    share = np.take_along_axis(np.broadcast_to(weight[:, :, None], told.shape), order, axis=0)
    upto = np.cumsum(share, axis=0)
    kept: FloatArray = np.clip(np.minimum(upto, 1 - TRIM) - np.maximum(upto - share, TRIM), 0.0, None)
    kept /= kept.sum(axis=0)
    kept *= ranked
    total: FloatArray = kept.sum(axis=0)
    return total
