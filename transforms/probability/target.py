"""The target that is put to a series, and the probability of meeting it."""

from dataclasses import dataclass

import numpy as np

from transforms.arrays import FloatArray, IntArray, TextArray


@dataclass(frozen=True)
class TargetSpec:
    """A target for ``done`` plus the sum of the last ``length`` periods of the horizon.

    With ``length`` 1 it is a target for the last value. Arrays over series, or one number for all. target: the value to
    reach. direction: +1 for at least that value, -1 for at most. done: the part of the total that is already counted, 0
    for none. least: the lower bound of a period, 0 for counts; without it an outcome is never certain, since a number
    may also be corrected.
    """

    target: FloatArray | float
    direction: FloatArray | float
    done: FloatArray | float
    length: int
    least: FloatArray | float = -np.inf


@dataclass(frozen=True)
class TargetProbability:
    """The probability of meeting a target and its record, (series,) each.

    probability: NaN where it cannot be given. mean, low, high: the recalibrated forecast and its 80 % interval. cases:
    the past origins of this series from which the same quantity was forecast and is now known. covered: the share of
    them inside the 80 % interval that was made without them. brier: the mean squared difference of probability and
    outcome over them, with the threshold where the target lies now: as many standard deviations of the forecast above
    or below it. reason: why there is no probability, a code of
    ``warehouse.schema.outlook_codes``, or "".
    """

    probability: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    cases: IntArray
    covered: FloatArray
    brier: FloatArray
    reason: TextArray


def as_arrays(spec: TargetSpec, series: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """target, direction, done and least as arrays of (series,).

    Raises ``ValueError`` for a direction other than +1 and -1.
    """
    target, direction, done, least = (
        np.broadcast_to(np.asarray(one, dtype=np.float64), (series,))
        for one in (spec.target, spec.direction, spec.done, spec.least)
    )
    if not np.isin(direction, (1.0, -1.0)).all():
        raise ValueError("the direction of a target is +1 (at least) or -1 (at most)")
    return target, direction, done, least
