"""What is asked of a series and what is answered."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.rules.inputs import FloatArray, TextArray

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Aim:
    """The figure is ``done`` and the sum of the last ``length`` periods of the horizon; with ``length`` 1 the value of the last one.

    Arrays over series, or one number for all. target: what is to be reached. direction: +1 where at least that is wanted, -1 where
    at most. done: what is counted already of the total, 0 for none. least: the least a period can be, 0 for counts; without it an
    outcome is never called certain, since a figure may also be taken back.
    """

    target: FloatArray | float
    direction: FloatArray | float
    done: FloatArray | float
    length: int
    least: FloatArray | float = -np.inf


@dataclass(frozen=True)
class Chance:
    """Of (series,) each.

    probability: of the figure to be as wanted; NaN where it cannot be given. mean, low, high: its forecast and 80 % interval, both
    recalibrated. cases: past origins of this series from which a figure of the same horizon and length was forecast and is known by
    now. covered: the share of them inside the 80 % interval made without knowing them. brier: the mean squared difference of
    probability and outcome over them, the threshold put where the target lies now: as many standard deviations of the forecast
    above or below it. reason: why there is no probability, or blank.
    """

    probability: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    cases: IntArray
    covered: FloatArray
    brier: FloatArray
    reason: TextArray


def as_arrays(aim: Aim, series: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """target, direction, done and least as arrays of (series,). Raises ``ValueError`` for a wrong length or a direction other than +1, -1."""
    target, direction, done, least = (
        np.broadcast_to(np.asarray(one, dtype=np.float64), (series,))
        for one in (aim.target, aim.direction, aim.done, aim.least)
    )
    if not np.isin(direction, (1.0, -1.0)).all():
        raise ValueError("the direction of an aim is +1 (at least) or -1 (at most)")
    return target, direction, done, least
