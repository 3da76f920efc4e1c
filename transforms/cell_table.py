"""The cells of one part of an indicator side by side: what is known of each member at each time, and what is usual."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transforms.arrays import DayArray, FloatArray, IntArray
from transforms.matrix import numbers_to_spans, period_numbers
from transforms.periods import MEMBER_KEY

SEASON = {"day": 7, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""After so many cells the season begins again: a week of days, a year of weeks and months."""


@dataclass(frozen=True)
class CellTable:
    """The cells of one part of an indicator; all arrays are (members, times).

    value: what is known, 0 where nothing is. known: the share that is known, 0 to 1; NaN where nothing is expected.
    reference: the value a year before (of a stock, the last one known before), NaN where it was not wholly known.
    usual: the member's usual count. starts: of the times. names: the entities of the members.
    """

    value: FloatArray
    known: FloatArray
    reference: FloatArray
    usual: FloatArray
    starts: DayArray
    names: list[str]

    def missing(self, span: slice) -> tuple[str, ...]:
        """The cells of these times of which a part is missing, as texts "first day entity"."""
        member, time = np.nonzero(self.known[:, span] < 1)
        days = self.starts[span][time].astype("datetime64[D]").astype(str)
        return tuple(f"{day} {self.names[one]}".strip() for day, one in zip(days, member, strict=True))


def build_cell_table(cells: pd.DataFrame, length: str, back: int) -> CellTable:
    """The table of cells of this length.

    cells: as ``transforms.periods.member_cells``, of one part. back: how many times before the reference lies; 0 for
    the last one known.
    """
    member, keys = pd.factorize(pd.MultiIndex.from_frame(cells[MEMBER_KEY[2:]]))
    time = period_numbers(cells["start"], length)
    shape, place = (len(keys), int(np.ptp(time)) + 1), (member, time - time.min())

    def table(column: pd.Series) -> FloatArray:
        out = np.full(shape, np.nan)
        out[place] = column.to_numpy(dtype=float)
        return out

    value, opened = table(cells["value"]), table(cells["open_days"])
    adds = bool((cells["how"] == "sum").all())  # a sum grows with its days, a mean or a level does not
    size = opened if adds else np.sign(opened)
    share = table(cells["covered"]) / np.where(opened > 0, opened, np.nan) if adds else 1.0 * ~np.isnan(value)
    known = np.where(opened > 0, share, np.nan)
    amount = np.nan_to_num(value)
    whole = np.where(known >= 1, amount, np.nan)
    spans = numbers_to_spans(np.arange(time.min(), time.max() + 1), length)
    reference = _last_known_together(whole, known)
    if back:
        days = (spans["end"] - spans["start"]).dt.days.to_numpy() if adds else 1.0
        reference = np.full(shape, np.nan)
        reference[:, back:] = (whole * days / np.where(size > 0, size, np.nan))[:, :-back]
        reference *= size / days  # as many open days as now
    counted = np.nansum(size * known, axis=1)
    usual = np.where(counted > 0, amount.sum(axis=1) / np.where(counted > 0, counted, 1.0), np.nan)[:, None] * size
    if back:
        usual = usual * _season(amount, known * usual, np.arange(time.min(), time.max() + 1) % SEASON[length])
    return CellTable(amount, known, reference, usual, spans["start"].to_numpy(), [str(key[-1]) for key in keys])


def _last_known_together(whole: FloatArray, known: FloatArray) -> FloatArray:
    """By time, the values of the last time before at which all members of now were known; else each one's own last."""
    own = pd.DataFrame(whole).ffill(axis=1).shift(1, axis=1).to_numpy(dtype=np.float64, copy=True)
    for at in range(1, whole.shape[1]):
        expected = ~np.isnan(known[:, at])
        together = np.flatnonzero(np.isfinite(whole[expected, :at]).all(axis=0))
        if len(together):
            own[expected, at] = whole[expected, together[-1]]
    return own


def _season(amount: FloatArray, usual: FloatArray, part: IntArray) -> FloatArray:
    """By time, how much more than usual all members together count in this part of the year (of the week, for days).

    amount: what is known. usual: what is usual of the same. part: the part of each time. 1 for a part never known.
    """
    number = int(part.max()) + 1
    known, expected = (np.bincount(part, np.nansum(cells, axis=0), number) for cells in (amount, usual))
    index = np.where(expected > 0, known / np.where(expected > 0, expected, 1.0), 1.0)
    found: FloatArray = index[part]
    return found
