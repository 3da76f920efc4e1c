"""What a pull changes in the stored observations: the new state, and each row added, altered or dropped."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from warehouse.schema import OBSERVATION_KEY, OBSERVATIONS, Window
from warehouse.series_changes import SeriesChanges, has_vanished, series_changes

KEY = list(OBSERVATION_KEY)
UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Replacement:
    """The rows that a delivery replaces: all that start in ``window``, or only the items and keys that it names.

    ``adds_only``: a row whose key is stored already changes nothing. ``full_delivery``: a delivery of everything also
    replaces a row that begins in the window and ends after it; one of the window's days does not (an unfinished week).
    ``canonical``: the one spelling of an item's name; an item that is stored under another one is replaced, too.
    ``ahead``: items that were moved to a day to come; they are not stored before it.
    ``keeps_series``: values of an entity of which the delivery holds none are not replaced.
    ``kept_entities``: entities of which they are not replaced in any case.
    ``left_out``: says of a metric and an entity whether all that is stored of it goes, of any day.
    """

    window: Window | None = None
    keyed_by_entity: bool = False
    adds_only: bool = False
    full_delivery: bool = False
    canonical: Callable[[str], str] = str
    ahead: frozenset[str] = frozenset()
    keeps_series: bool = False
    kept_entities: frozenset[str] = frozenset()
    left_out: Callable[[str, str], bool] | None = None


@dataclass(frozen=True)
class Difference:
    """``state``: all rows after the pull; ``changes``: rows with the columns of both sides and ``change``."""

    state: pd.DataFrame
    changes: pd.DataFrame
    series: SeriesChanges = field(default_factory=SeriesChanges)

    def count(self, change: str) -> int:
        return int((self.changes["change"] == change).sum())

    @property
    def touched(self) -> Window | None:
        """The days on which rows changed, or None."""
        if self.changes.empty:
            return None
        start = self.changes["start"]
        return Window(start.min().date(), (start.max() + pd.Timedelta(days=1)).date())


def difference(old: pd.DataFrame, new: pd.DataFrame, replaces: Replacement) -> Difference:
    """Compare the observations of one source; both frames have the columns of the observations table.

    A row with the same value, unit and flags stays the old row, with the instant and the pull that first brought it.
    A row flagged ``partial`` never replaces one that is not.
    """
    if old.empty:
        return _all_added(new)
    new = _without_needless_partials(old, _added_only(old, new) if replaces.adds_only else new)
    both = old.merge(new, on=KEY, how="outer", suffixes=("_old", "_new"), indicator="side")
    in_both = both["side"] == "both"
    same = in_both & _is_same(both)
    gone = (both["side"] == "left_only") & _is_replaced(both, new, replaces)
    left_out = (both["side"] == "left_only") & _is_left_out(both, replaces)
    vanished = gone & ~left_out
    if vanished.any():
        vanished &= has_vanished(both, replaces.canonical)
    gone &= ~(vanished & (replaces.keeps_series | both["entity"].isin(replaces.kept_entities)))
    gone |= left_out
    both["change"] = UNCHANGED
    both.loc[both["side"] == "right_only", "change"] = "added"
    both.loc[in_both & ~same, "change"] = "altered"
    both.loc[gone, "change"] = "dropped"
    keep_old = same | ((both["side"] == "left_only") & ~gone)
    take_new = both["change"].isin(["added", "altered"])
    state = pd.concat([_side(both[keep_old], "old"), _side(both[take_new], "new")], ignore_index=True)
    return Difference(
        state.sort_values(KEY, ignore_index=True),
        both[both["change"] != UNCHANGED].reset_index(drop=True),
        series_changes(both, gone, vanished, left_out),
    )


def _all_added(new: pd.DataFrame) -> Difference:
    """The difference where nothing is stored yet. It compares nothing, since a first reading is the longest of all."""
    state = new.sort_values(KEY, ignore_index=True)
    changes = state.rename(columns={name: f"{name}_new" for name in state.columns if name not in KEY})
    nothing = state.head(0).reindex(state.index)
    absent = {f"{name}_old": nothing[name] for name in state.columns if name not in KEY}
    return Difference(state, changes.assign(**absent, change="added"))


def _added_only(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    return new[~pd.MultiIndex.from_frame(new[KEY]).isin(pd.MultiIndex.from_frame(old[KEY]))]


def _is_same(both: pd.DataFrame) -> pd.Series:
    value = (both["value_old"] == both["value_new"]) | (both["value_old"].isna() & both["value_new"].isna())
    return value & (both["unit_old"] == both["unit_new"]) & (both["flags_old"] == both["flags_new"])


def _is_replaced(both: pd.DataFrame, new: pd.DataFrame, replaces: Replacement) -> pd.Series:
    replaced = pd.Series(data=False, index=both.index)
    if replaces.window is not None:
        first, end = pd.Timestamp(replaces.window.start), pd.Timestamp(replaces.window.end)
        within = both["start"].ge(first) & both["start"].lt(end)
        replaced |= within if replaces.full_delivery else within & both["end"].le(end)
    if replaces.keyed_by_entity:
        names = both["entity"].map(replaces.canonical)
        moved = {*new["entity"], *replaces.ahead}
        replaced |= both["entity"].isin(moved) | ((names != both["entity"]) & names.isin(both["entity"]))
    return replaced


def _is_left_out(both: pd.DataFrame, replaces: Replacement) -> pd.Series:
    if replaces.left_out is None:
        return pd.Series(data=False, index=both.index)
    codes, series = pd.MultiIndex.from_frame(both[["metric", "entity"]]).factorize()
    return pd.Series(np.array([replaces.left_out(*each) for each in series], dtype=bool)[codes], index=both.index)


def _without_needless_partials(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """``new`` with the old row in the place of a partial one whose key has a complete row."""
    partial = new["flags"].map(lambda flags: "partial" in flags).astype(bool)
    if not partial.any():
        return new
    complete_old = old[~old["flags"].map(lambda flags: "partial" in flags).astype(bool)]
    has_complete = pd.MultiIndex.from_frame(new[KEY]).isin(pd.MultiIndex.from_frame(complete_old[KEY]))
    needless = partial & has_complete
    kept = old.merge(new.loc[needless, KEY], on=KEY)
    return pd.concat([new[~needless], kept[new.columns]], ignore_index=True)


def _side(both: pd.DataFrame, side: str) -> pd.DataFrame:
    columns = {name if name in KEY else f"{name}_{side}": name for name in OBSERVATIONS.names}
    return both[list(columns)].rename(columns=columns)
