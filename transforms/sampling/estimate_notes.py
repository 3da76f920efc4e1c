"""What an estimate from sample weeks lacks, as findings, by indicator and period."""

from collections.abc import Hashable, Iterator
from datetime import date

import pandas as pd

from transforms.findings import Finding, found
from transforms.sampling.estimate import PERIOD, Estimates

Note = tuple[Hashable, Hashable, Finding]
"""Indicator, start of the period, what it lacks."""


def notes(units: pd.DataFrame, result: Estimates, today: date) -> pd.DataFrame:
    """Columns indicator_id, start, note (a tuple of findings); one row where there is something to note.

    units: one row for each member and week's part, as in ``transforms.sampling.sample_weeks``.
    """
    lacking = [
        *_uncounted(result.strata),
        *_alone(result.strata),
        *_left_out(units[units["end"] <= pd.Timestamp(today)]),
    ]
    frame = pd.DataFrame(lacking, columns=[*PERIOD, "note"]).astype({"start": "datetime64[us]"})
    return frame.groupby(PERIOD, as_index=False).agg(note=("note", tuple))


def _uncounted(strata: pd.DataFrame) -> Iterator[Note]:
    return _of_strata("sample_uncounted", strata[strata["counted_weeks"] == 0], strata)


def _alone(strata: pd.DataFrame) -> Iterator[Note]:
    estimable = strata.groupby(PERIOD)["counted_weeks"].transform("min") > 0
    single = strata[estimable & (strata["counted_weeks"] == 1) & ~strata["census"].astype(bool)]
    return _of_strata("sample_one_week", single, strata)


def _of_strata(code: str, rows: pd.DataFrame, strata: pd.DataFrame) -> Iterator[Note]:
    """A finding on the strata of ``rows`` for each indicator and period.

    With the entity where the indicator has several.
    """
    entities = strata.groupby("indicator_id")["entity"].nunique()
    several = set(entities[entities > 1].index)
    for (indicator, start), mine in rows.groupby(PERIOD):
        pairs = mine[["stratum", "entity"]].drop_duplicates()
        named = tuple(pairs["entity"]) if indicator in several else ()
        yield indicator, start, found(code, strata=tuple(pairs["stratum"]), entities=named)


def _left_out(units: pd.DataFrame) -> Iterator[Note]:
    """Weeks that are partly known."""
    part = units[(units["known_days"] > 0) & ~units["whole"]]
    for (indicator, start), rows in part.groupby(PERIOD):
        yield indicator, start, found("sample_left_out", weeks=tuple(_week(*week) for week in _days(rows)))


def _days(rows: pd.DataFrame) -> list[tuple[pd.Timestamp, float, float]]:
    rows = rows.assign(missing=rows["open_days"] - rows["known_days"]).sort_values(["week", "missing"])
    fewest = rows.drop_duplicates("week", keep="last")
    return list(fewest[["week", "missing", "open_days"]].itertuples(index=False, name=None))


def _week(week: pd.Timestamp, missing: float, open_days: float) -> str:
    """First day, missing days and open days."""
    return f"{week:%Y-%m-%d} {missing:.0f} {open_days:.0f}"
