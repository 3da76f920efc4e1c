"""Vintages: the observations as they were known at an instant, from today's table with later changes undone."""

from datetime import datetime

import pandas as pd

from warehouse.frames import to_pandas
from warehouse.pulls import committed_ids
from warehouse.schema import CHANGES, OBSERVATIONS
from warehouse.tables import Tables

KEY = ["source", "metric", "entity", "start", "end"]


def as_known_on(tables: Tables, instant: datetime) -> pd.DataFrame:
    """The observations after the last pull recorded by ``instant`` (aware UTC); columns of the observations table."""
    now = to_pandas(tables.read(OBSERVATIONS))
    changes = to_pandas(tables.read(CHANGES))
    later = changes[(changes["recorded_at"] > pd.Timestamp(instant)) & changes["pull_id"].isin(committed_ids(tables))]
    first = later.sort_values("recorded_at", kind="stable").drop_duplicates(KEY)
    untouched = now.merge(first[KEY], on=KEY, how="left", indicator="side")
    restored = first[first["change"] != "added"]
    before = restored.assign(
        value=restored["old_value"],
        unit=restored["old_unit"],
        flags=restored["old_flags"],
        retrieved_at=restored["old_retrieved_at"],
        pull_id=restored["old_pull_id"],
        month=restored["start"].dt.strftime("%Y-%m"),
    )
    kept = untouched[untouched["side"] == "left_only"]
    return pd.concat([kept[OBSERVATIONS.names], before[OBSERVATIONS.names]], ignore_index=True).sort_values(
        KEY, ignore_index=True
    )
