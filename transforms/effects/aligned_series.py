"""Series cut to the span around their activities, in the figures that are compared."""

from dataclasses import dataclass

import numpy as np

from transforms.effects.window_lengths import IntArray, Span, align, span_of
from transforms.rules.inputs import BoolArray, FloatArray


@dataclass(frozen=True)
class AlignedSeries:
    """``values``, ``controls`` (or None) and ``errors`` (series, window + horizon), the activity in column ``window``.

    ``known``: there is a figure, of the control as well; ``log``: compared by ratios (logarithms), as all figures are above 0.
    """

    values: FloatArray
    controls: FloatArray | None
    errors: FloatArray
    known: BoolArray
    log: BoolArray
    span: Span
    season: int

    @property
    def before(self) -> IntArray:
        return np.asarray(self.known[:, : self.span.window].sum(axis=1))

    @property
    def after(self) -> BoolArray:
        return self.known[:, self.span.window :]

    @property
    def length(self) -> IntArray:
        """Periods from the activity to the last one known."""
        return np.asarray(np.where(self.after, np.arange(1, self.span.horizon + 1), 0).max(axis=1))

    @property
    def compared(self) -> FloatArray:
        """Logarithms where ``log``, values where not."""
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
    """Of rows (series, periods) around ``start`` (series,)."""
    span = span_of(season)
    rows = align(values, start, span)
    more = None if controls is None else align(controls, start, span)
    known = ~np.isnan(rows) if more is None else ~np.isnan(rows) & ~np.isnan(more)
    wrong = np.zeros_like(rows) if errors is None else np.nan_to_num(align(errors, start, span))
    return AlignedSeries(rows, more, wrong, known, above_zero(rows, known), span, season)


def above_zero(rows: FloatArray, known: BoolArray) -> BoolArray:
    """(series,): whether all known figures are."""
    return np.asarray((np.where(known, rows, 1.0) > 0).all(axis=1))


def logarithms(rows: FloatArray, known: BoolArray) -> FloatArray:
    """0 where there is none."""
    held = np.where(known, rows, 1.0)
    return np.log(np.where(held > 0, held, 1.0))
