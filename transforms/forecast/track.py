"""Series laid out for recursions over periods, and how well parameters predicted them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from transforms.arrays import Float32Array, FloatArray, IntArray

START = 10
"""The number of periods from which a level and a trend are started."""
SHARPNESS = 2.0
TINY = 1e-12
SHORT = np.float32
"""The type of the widest grids, which are averaged: half the bytes, almost twice as fast, seven digits."""


@dataclass(frozen=True)
class Track:
    """Values (rows, periods), longest rows first, 0 before the first period of each.

    length: (rows,), the periods of each row. age: (rows, periods), periods since the first of each row, negative before
    it. active: (periods,), the rows that have begun. columns and short: the values by period.
    """

    values: FloatArray
    length: IntArray
    age: IntArray = field(init=False)
    active: IntArray = field(init=False)
    columns: FloatArray = field(init=False)
    short: Float32Array = field(init=False)

    def __post_init__(self) -> None:
        columns = np.ascontiguousarray(self.values.T)
        first = len(columns) - self.length
        object.__setattr__(self, "age", np.arange(len(columns))[None, :] - first[:, None])
        object.__setattr__(self, "active", np.searchsorted(first, np.arange(len(columns)), side="right"))
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "short", columns.astype(SHORT))

    @property
    def periods(self) -> int:
        return len(self.columns)

    @cached_property
    def whole(self) -> tuple[FloatArray, FloatArray]:
        """``fit_line`` over all periods."""
        return fit_line(self, np.zeros_like(self.length), self.length)

    @cached_property
    def early(self) -> tuple[IntArray, FloatArray, FloatArray]:
        """The number of periods from which level and trend are started, and their ``fit_line``."""
        count = np.minimum(self.length, START)
        return count, *fit_line(self, np.zeros_like(count), count)

    def later(self, period: int, leads: Sequence[int]) -> list[tuple[int, int]]:
        """The leads beyond 1 whose outcome after ``period`` is known.

        Each comes with its place in ``leads``.
        """
        return [(at, lead) for at, lead in enumerate(leads) if lead > 1 and period + lead < self.periods]


def likelihood(squares: FloatArray, length: IntArray, leads: Sequence[int]) -> FloatArray:
    """The weight of each parameter, (parameters, rows).

    squares: (leads, parameters, rows), sums of squared errors.
    """
    score = np.zeros(squares.shape[1:])
    for at, lead in enumerate(leads):
        score -= 0.5 * SHARPNESS / len(leads) * np.maximum(length - lead + 1, 1) * np.log(np.maximum(squares[at], TINY))
    weight: FloatArray = np.exp(score - score.max(axis=0))
    weight /= weight.sum(axis=0)
    return weight


def fit_line(track: Track, since: IntArray, until: IntArray) -> tuple[FloatArray, FloatArray]:
    """Mean and least-squares slope of a span of periods of each row, (rows,) each.

    The span is from ``since`` (included) to ``until`` (not), counted from the row's first period.
    """
    age = track.age
    inside = (age >= since[:, None]) & (age < until[:, None])
    count = np.maximum(until - since, 1)
    distance = np.where(inside, age - (since + until - 1)[:, None] / 2, 0.0)
    mean = np.where(inside, track.values, 0.0).sum(axis=1) / count
    return mean, (distance * track.values).sum(axis=1) / np.maximum((distance**2).sum(axis=1), 1.0)
