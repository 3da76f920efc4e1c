"""What an estimate from sample weeks lacks, in words, by indicator and period."""

from collections.abc import Hashable, Iterator
from datetime import date

import pandas as pd

from transforms.sampling.estimate import PERIOD, Estimates

Note = tuple[Hashable, Hashable, str]
"""Indicator, start of the period, sentence."""
SHOWN = 3
"""The number of weeks or strata that a sentence names."""


def notes(units: pd.DataFrame, result: Estimates, today: date) -> pd.DataFrame:
    """Columns indicator_id, start, note; one row where there is something to note.

    units: one row for each member and week's part, as in ``transforms.sampling.sample_weeks``.
    """
    found = [*_uncounted(result.strata), *_alone(result.strata), *_left_out(units[units["end"] <= pd.Timestamp(today)])]
    frame = pd.DataFrame(found, columns=[*PERIOD, "note"]).astype({"start": "datetime64[us]"})
    return frame.groupby(PERIOD, as_index=False).agg(note=("note", "; ".join))


def _uncounted(strata: pd.DataFrame) -> list[Note]:
    empty = strata[strata["counted_weeks"] == 0]
    return [
        (indicator, start, f"no week was counted in {places}: not estimated")
        for indicator, start, places in _places(empty, strata)
    ]


def _alone(strata: pd.DataFrame) -> list[Note]:
    estimable = strata.groupby(PERIOD)["counted_weeks"].transform("min") > 0
    single = strata[estimable & (strata["counted_weeks"] == 1) & ~strata["census"].astype(bool)]
    sentence = "only one week was counted in {}: an estimate without an interval"
    return [(indicator, start, sentence.format(places)) for indicator, start, places in _places(single, strata)]


def _places(rows: pd.DataFrame, strata: pd.DataFrame) -> Iterator[Note]:
    """The strata of ``rows`` by indicator and period.

    With the entity where the indicator has several.
    """
    entities = strata.groupby("indicator_id")["entity"].nunique()
    several = set(entities[entities > 1].index)
    for (indicator, start), found in rows.groupby(PERIOD):
        pairs = found[["stratum", "entity"]].drop_duplicates().itertuples(index=False, name=None)
        yield (
            indicator,
            start,
            _listed([f"{stratum} of {entity}" if indicator in several else stratum for stratum, entity in pairs]),
        )


def _left_out(units: pd.DataFrame) -> list[Note]:
    """Weeks that are partly known."""
    part = units[(units["known_days"] > 0) & ~units["whole"]]
    return [
        (indicator, start, f"left out, as open days are missing: {_listed([_week(*week) for week in _days(rows)])}")
        for (indicator, start), rows in part.groupby(PERIOD)
    ]


def _days(rows: pd.DataFrame) -> list[tuple[pd.Timestamp, float, float]]:
    rows = rows.assign(missing=rows["open_days"] - rows["known_days"]).sort_values(["week", "missing"])
    fewest = rows.drop_duplicates("week", keep="last")
    return list(fewest[["week", "missing", "open_days"]].itertuples(index=False, name=None))


def _week(week: pd.Timestamp, missing: float, open_days: float) -> str:
    return f"the week of {week.day} {week:%b %Y} ({missing:.0f} of {open_days:.0f})"


def _listed(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
