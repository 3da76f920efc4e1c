"""What a delivery changes in whole series, each a metric of an entity: gone, new, merged, cut at its start."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

SERIES, TIME = ["metric", "entity"], ["metric", "start"]
MERGED_SHARE, LEAST_MERGED = 0.6, 10
"""Of the spans of a vanished series in which others changed, in so many their sum grew by just what it had, and by so
much in all. By chance a correction is seldom as large as the values of another branch."""
SAME = 1e-9
Series = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SeriesChanges:
    """``vanished``: metric and entity of each series of which the delivery holds no value, though of its days values
    are stored; ``left_out``: the same of those that the plan leaves out. ``delivered``: what the delivery holds.
    ``appeared``: each new series with values of the days of a vanished one of its metric. ``grown``: each series that
    now has the values of a vanished one beside its own. ``cut``: metric, entity, stored and delivered first day of each
    that begins later than before.
    """

    vanished: Series = ()
    left_out: Series = ()
    delivered: frozenset[tuple[str, str]] = frozenset()
    appeared: Series = ()
    grown: Series = ()
    cut: tuple[tuple[str, str, date, date], ...] = ()


def has_vanished(both: pd.DataFrame, canonical: Callable[[str], str]) -> pd.Series:
    """Whether a row is of a series of which nothing was delivered, under any spelling of its entity.

    Another case of letters, or other blanks, is a spelling where it was not stored beside the one that is.
    """
    delivered, stored = both["side"] != "left_only", both["side"] != "right_only"
    exact = _index(both, canonical)
    loose = _index(both, _loosely)
    own = pd.MultiIndex.from_frame(both[SERIES])
    respelt = delivered & ~own.isin(own[stored])
    return pd.Series(~exact.isin(exact[delivered]) & ~loose.isin(loose[respelt]), index=both.index)


def _loosely(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


def _index(both: pd.DataFrame, spelling: Callable[[str], str]) -> pd.MultiIndex:
    """Metric and entity of each row, with the entity in that spelling."""
    names = {name: spelling(name) for name in both["entity"].unique()}
    return pd.MultiIndex.from_arrays([both["metric"], both["entity"].map(names)])


def series_changes(both: pd.DataFrame, gone: pd.Series, vanished: pd.Series, left_out: pd.Series) -> SeriesChanges:
    """The changes of whole series. ``both``: stored and delivered rows side by side; ``gone``: rows that go."""
    cut = _cut(both, gone & ~left_out & ~vanished)
    if not (vanished.any() or left_out.any()):
        return SeriesChanges(cut=cut)
    return SeriesChanges(
        _series(both[vanished]),
        _series(both[left_out]),
        frozenset(_series(both[both["side"] != "left_only"])),
        _series(both[_has_appeared(both, vanished)]),
        _grown(both, vanished),
        cut,
    )


def _has_appeared(both: pd.DataFrame, vanished: pd.Series) -> pd.Series:
    """Whether a row is of a new series and of the time of a vanished one."""
    series, times = (pd.MultiIndex.from_frame(both[names]) for names in (SERIES, TIME))
    known = series.isin(series[both["side"] != "right_only"])
    return pd.Series(~known & times.isin(times[vanished]), index=both.index)


def _grown(both: pd.DataFrame, vanished: pd.Series) -> Series:
    """The series that grew where the sum of all is what it was before, though a series vanished from it."""
    sums = both.assign(lost=both["value_old"].where(vanished, 0.0), kept=both["value_old"].where(~vanished, 0.0))
    sums = sums.groupby(TIME, sort=False)[["lost", "kept", "value_new"]].sum()
    sums = sums[(sums["lost"] > 0) & (sums["value_new"] != sums["kept"])]
    merged = sums[np.isclose(sums["value_new"], sums["kept"] + sums["lost"], rtol=SAME, atol=0.0)]
    if len(merged) < MERGED_SHARE * len(sums) or merged["lost"].sum() < LEAST_MERGED:
        return ()
    more = both["value_new"].fillna(0.0) > both["value_old"].fillna(0.0)
    return _series(both[more & pd.MultiIndex.from_frame(both[TIME]).isin(merged.index)])


def _cut(both: pd.DataFrame, gone: pd.Series) -> tuple[tuple[str, str, date, date], ...]:
    """The series that lose their first values and keep later ones."""
    if not gone.any():
        return ()
    lost, left = (both[rows].groupby(SERIES)["start"].min() for rows in (gone, ~gone))
    firsts = pd.concat({"lost": lost, "left": left}, axis=1, join="inner")
    later = firsts[firsts["lost"] < firsts["left"]]
    return tuple((*map(str, key), lost.date(), left.date()) for key, lost, left in later.itertuples(name=None))


def _series(rows: pd.DataFrame) -> Series:
    return tuple(sorted(rows[SERIES].drop_duplicates().itertuples(index=False, name=None)))
