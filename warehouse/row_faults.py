"""The faults of rows: reasons and actions by row, rows with the same key, and overlapping spans."""

from collections.abc import Sequence
from string import Formatter

import numpy as np
import numpy.typing as npt
import pandas as pd

from warehouse.check_rules import CORRECT, RELEASE, format_value
from warehouse.schema import OBSERVATION_KEY

Positions = npt.NDArray[np.intp]
_KEY, _CONTENT = list(OBSERVATION_KEY), ["value", "unit", "flags"]


class RowFaults:
    """Reason and action of each row by position; empty for a row without a fault."""

    def __init__(self, rows: int) -> None:
        self.reason: npt.NDArray[np.object_] = np.full(rows, "", dtype=object)
        self.action: npt.NDArray[np.object_] = np.full(rows, "", dtype=object)

    @property
    def none(self) -> npt.NDArray[np.bool_]:
        """Whether a row has no fault, by position."""
        return np.equal(self.reason, "").astype(bool)

    def add(self, at: Positions, reasons: Sequence[str], action: str) -> None:
        self.reason[at] = [f"{old}; {new}" if old else new for old, new in zip(self.reason[at], reasons, strict=True)]
        self.action[at] = [_both_actions(old, action) for old in self.action[at]]


def _both_actions(old: str, new: str) -> str:
    """Two actions as one; a release is offered only where every fault offers it."""
    if old in {"", new}:
        return new
    old, new = (CORRECT if action == RELEASE else action for action in (old, new))
    return old if new in old.split("; ") else f"{old}; {new}"


def fill_template(template: str, rows: pd.DataFrame) -> list[str]:
    """The template filled from each row: days as YYYY-MM-DD, whole numbers without a point."""
    texts: dict[str, list[str]] = {}
    for name in [name for _, name, _, _ in Formatter().parse(template) if name]:
        column = rows[name]
        if pd.api.types.is_datetime64_dtype(column):
            column = pd.Series(pd.DatetimeIndex(column).strftime("%Y-%m-%d"))
        texts[name] = [format_value(value) if isinstance(value, float) else value for value in column.tolist()]
    if not texts:
        return [template] * len(rows)
    return [template.format(**dict(zip(texts, row, strict=True))) for row in zip(*texts.values(), strict=True)]


def refuse_contradictions(rows: pd.DataFrame, faults: RowFaults) -> tuple[Positions, Positions, int]:
    """Refuse rows of one key with different contents; how many, after the copies of the others.

    ``rows``: those that share a key, with their origin. Returned are the positions of identical copies, for each the
    position of the row with the first origin, which is kept, and the number of refused rows.
    """
    key = rows.groupby(_KEY, sort=False).ngroup()
    content = rows.groupby(_CONTENT, sort=False, dropna=False).ngroup()
    differ = content.groupby(key).transform("nunique") > 1
    contents: dict[int, set[str]] = {}
    for at, text in zip(key[differ], fill_template("{value} {unit} ({flags})", rows[differ]), strict=True):
        contents.setdefault(at, set()).add(text.removesuffix(" ()"))
    reasons = {
        at: "the same span is there more than once, with different contents: " + "; ".join(sorted(texts))
        for at, texts in contents.items()
    }
    faults.add(rows.index[differ].to_numpy(), [reasons[at] for at in key[differ]], "keep one of them in the file")
    same = rows[~differ & faults.none[rows.index]].sort_values("origin", kind="stable")
    first = same.assign(at=same.index).groupby(_KEY, sort=False)["at"].transform("first").to_numpy()
    position = same.index.to_numpy()
    return position[position != first], first[position != first], int(differ.sum())


def refuse_overlaps(frame: pd.DataFrame, at: Positions, faults: RowFaults) -> int:
    """Refuse the longer of two neighbouring rows ``at`` that overlap, both if equally long, until none do; how many."""
    before = len(at)
    rows, entity = frame[["start", "end"]].iloc[at], frame["entity"].cat
    series = (
        frame["metric"].cat.codes.to_numpy(dtype="int64")[at] * len(entity.categories) + entity.codes.to_numpy()[at]
    )
    order = np.lexsort((rows["end"].to_numpy(), rows["start"].to_numpy(), series))
    at, series, start, end = at[order], series[order], rows["start"].to_numpy()[order], rows["end"].to_numpy()[order]
    while True:
        left = np.flatnonzero((series[:-1] == series[1:]) & (start[1:] < end[:-1]))
        days = end - start
        ahead, behind = left[days[left] >= days[left + 1]], left[days[left + 1] >= days[left]]
        gone, other = np.concatenate([behind + 1, ahead]), np.concatenate([behind, ahead + 1])
        if not len(gone):
            return before - len(at)
        gone, first = np.unique(gone, return_index=True)
        reasons = fill_template("it overlaps {start}..{end}: the days would count twice", frame.iloc[at[other[first]]])
        faults.add(at[gone], reasons, "keep either the long span or the short ones in the file")
        at, series, start, end = (np.delete(column, gone) for column in (at, series, start, end))
