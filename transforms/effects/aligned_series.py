"""Series aligned at their activities, on the scale of the comparison."""

from dataclasses import dataclass

import numpy as np

from transforms.arrays import BoolArray, FloatArray, IntArray
from transforms.effects.window_lengths import WindowLengths, align, window_lengths_of


@dataclass(frozen=True)
class AlignedSeries:
    """Values, controls (or None) and errors around the activity, (series, window + horizon).

    The activity is in column ``window``. ``known``: the period has a value, and one of the control. ``log``: the
    comparison is by ratios (logarithms), since all values are above 0.
    """

    values: FloatArray
    controls: FloatArray | None
    errors: FloatArray
    known: BoolArray
    log: BoolArray
    span: WindowLengths
    season: int

    @property
    def before(self) -> IntArray:
        return np.asarray(self.known[:, : self.span.window].sum(axis=1))

    @property
    def after(self) -> BoolArray:
        return self.known[:, self.span.window :]

    @property
    def length(self) -> IntArray:
        """The number of periods from the activity to the last known one."""
        return np.asarray(np.where(self.after, np.arange(1, self.span.horizon + 1), 0).max(axis=1))

    @property
    def compared(self) -> FloatArray:
        """Logarithms where ``log``, values elsewhere."""
        return np.where(self.log[:, None], logarithms(self.values, self.known), np.where(self.known, self.values, 0.0))

    @property
    def compared_controls(self) -> FloatArray | None:
        if self.controls is None:
            return None
        rising = above_zero(self.controls, self.known)[:, None]
        return np.where(rising, logarithms(self.controls, self.known), np.where(self.known, self.controls, 0.0))


def align_series(
    values: FloatArray, start: IntArray, season: int, controls: FloatArray | None, errors: FloatArray | None
) -> AlignedSeries:
    """The rows (series, periods) around ``start`` (series,)."""
    span = window_lengths_of(season)
    rows = align(values, start, span)
    more = None if controls is None else align(controls, start, span)
    known = ~np.isnan(rows) if more is None else ~np.isnan(rows) & ~np.isnan(more)
    wrong = np.zeros_like(rows) if errors is None else np.nan_to_num(align(errors, start, span))
    return AlignedSeries(rows, more, wrong, known, above_zero(rows, known), span, season)


def above_zero(rows: FloatArray, known: BoolArray) -> BoolArray:
    """Whether all known values are above 0, (series,)."""
    return np.asarray((np.where(known, rows, 1.0) > 0).all(axis=1))


def logarithms(rows: FloatArray, known: BoolArray) -> FloatArray:
    """Logarithms of the known values; 0 elsewhere."""
    held = np.where(known, rows, 1.0)
    return np.log(np.where(held > 0, held, 1.0))
