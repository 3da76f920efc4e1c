"""What forecasts of the same kind were worth in the same series: past origins, their errors, and what these say of the next."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from transforms.probability import shape
from transforms.rules.given import Flags, Floats

HALF_HORIZONS_BACK = (0, 1, 2, 3, 4, 6, 8, 10)
WITHIN = 4.0
"""Errors beyond so many spreads count as that many: one closure must not rule the intervals of all years after it."""
SHIFT_WEIGHT, SCALE_WEIGHT, SCALE = 12.0, 6.0, 1.0
OWN_SHAPE = 0.5


@dataclass(frozen=True)
class Past:
    """``errors`` (series, origins): outcome less the median forecast then, in spreads of the forecast; NaN where no case.
    ``knots`` (series, origins, levels): the shapes of these forecasts. ``weight``: how many cases of their own one of them is worth."""

    errors: Floats
    knots: Floats
    weight: float

    @property
    def known(self) -> Flags:
        return ~np.isnan(self.errors)


def ends(periods: int, horizon: int, least: int) -> list[int]:
    """The columns after the last known one of each past origin, newest first.

    They lie at fixed distances from the last, in horizons: what stands before a series began moves none of them.
    """
    back = sorted({max(-(-horizon * halves // 2), at if horizon < 2 else 0) for at, halves in enumerate(HALF_HORIZONS_BACK)})
    return [periods - horizon - one for one in back if periods - horizon - one >= least]


def weight(horizon: int) -> float:
    """What a past case is worth beside one that shares no period with another: neighbours half a horizon apart overlap."""
    return 1.0 if horizon == 1 else 0.6


def corrected(past: Past) -> tuple[Floats, Floats]:
    """Shift and scale of (series,) for the next forecast, in its spreads, from all cases."""
    errors = np.clip(np.nan_to_num(past.errors), -WITHIN, WITHIN)
    return _shrunk(errors.sum(axis=1), (errors**2).sum(axis=1), past.known.sum(axis=1), past.weight)


def without_one(past: Past) -> Iterator[tuple[int, Floats, Floats]]:
    """For each origin its number, and the shift and scale that the other cases give."""
    errors = np.clip(np.nan_to_num(past.errors), -WITHIN, WITHIN)
    known = past.known
    total, squares, cases = errors.sum(axis=1), (errors**2).sum(axis=1), known.sum(axis=1)
    for at in range(errors.shape[1]):
        shift, scale = _shrunk(total - errors[:, at], squares - errors[:, at] ** 2, cases - known[:, at], past.weight)
        yield at, shift, scale


def _shrunk(total: Floats, squares: Floats, cases: Floats, weight: float) -> tuple[Floats, Floats]:
    """The mean error drawn towards 0, the mean square towards ``SCALE``: each as if so many cases had shown just that."""
    shift = weight * total / (SHIFT_WEIGHT + weight * cases)
    about = np.maximum(squares - 2 * shift * total + cases * shift**2, 0.0)
    return shift, np.sqrt((SCALE_WEIGHT * SCALE**2 + weight * about) / (SCALE_WEIGHT + weight * cases))


def predictive(own: Floats, shift: Floats, scale: Floats) -> Floats:
    """Knots (series, levels) after correction."""
    return shift[:, None] + scale[:, None] * shape.blended(own, OWN_SHAPE)
