"""Observations that the ledgers record and the table no longer holds: found, and their days queued again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.pull_history import committed_windows, parse_window, pull_history
from warehouse.pulls import Pull, record_pause
from warehouse.schema import CHANGES, OBSERVATION_KEY, OBSERVATIONS, PULLS, Window, merged
from warehouse.table_files import rows_by_source
from warehouse.tables import Tables, matching, to_arrow, to_pandas

KEY = ["source", *OBSERVATION_KEY]
LOST = "these days were lost from the warehouse: the next run pulls them again"


def sources_that_lack_rows(tables: Tables) -> list[str]:
    """Sources with fewer observations than their pulls added and did not drop.

    Only the ledger of pulls and the table's own statistics are read.
    """
    pulls = tables.read(PULLS, matching(status="committed"), ["source", "added", "dropped"])
    if not pulls.num_rows:
        return []
    sums = pulls.group_by("source").aggregate([("added", "sum"), ("dropped", "sum")])
    expected = zip(
        sums["source"].to_pylist(), pc.subtract(sums["added_sum"], sums["dropped_sum"]).to_pylist(), strict=True
    )
    stored = rows_by_source(tables, OBSERVATIONS)
    return sorted(source for source, rows in expected if rows > stored.get(source, 0))


def lost_days(tables: Tables, sources: Sequence[str]) -> dict[str, list[Window]]:
    """By source, the days of the observations that the ledger of changes has and the table lacks, in order.

    Only days that pulls have requested, where the observations lie in them: a month may reach beyond.
    """
    found = {}
    for source in sources:
        lost = _lost_keys(tables, source)
        if not lost.empty:
            spans = zip(lost["start"], lost["end"], strict=True)
            windows = merged([Window(start.date(), end.date()) for start, end in spans])
            requested = committed_windows(pull_history(tables, source))
            inside = [part for one in windows for other in requested if (part := one.overlap(other))]
            found[source] = inside or windows
    return found


def queue_again(tables: Tables, lost: Mapping[str, Sequence[Window]], now: datetime) -> None:
    """Let the next run pull the days again, and cover them no longer until then.

    What a provider said about unchanged responses is forgotten, so that it delivers them again.
    """
    pulls = to_pandas(tables.read(PULLS))
    mine = pulls["source"].isin(list(lost))
    for source, windows in lost.items():
        its = pulls["source"] == source
        pulls.loc[its, "covered"] = pd.Series(
            [_without(covered, windows) for covered in pulls.loc[its, "covered"]], index=pulls.index[its], dtype=object
        )
    pulls.loc[mine, "validators"], pulls.loc[mine, "rows_hash"] = "[]", None
    newest = pulls[mine].sort_values("recorded_at").drop_duplicates("source", keep="last").set_index("source")
    tables.replace(PULLS, to_arrow(pulls, PULLS), "true", {})
    for source, windows in lost.items():
        for window in windows:
            pull_id = f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
            record_pause(tables, Pull(pull_id, source, now, window, newest["settings_hash"][source]), LOST, now)


def _lost_keys(tables: Tables, source: str) -> pd.DataFrame:
    """The keys of the source's observations that should be stored and are not; columns of the key."""
    columns = ["pull_id", "recorded_at", *KEY, "change"]
    changes = to_pandas(_columns(tables.read(CHANGES, matching(source=source)), columns))
    committed = tables.read(PULLS, matching(source=source, status="committed"), ["pull_id"])["pull_id"].to_pylist()
    changes = changes[changes["pull_id"].isin(committed)].sort_values("recorded_at", kind="stable")
    last = changes.drop_duplicates(KEY, keep="last")
    expected = last.loc[last["change"] != "dropped", KEY]
    stored = to_pandas(_columns(tables.read(OBSERVATIONS, matching(source=source)), KEY))
    both = expected.merge(stored, on=KEY, how="left", indicator="side")
    return both[both["side"] == "left_only"]


def _columns(rows: pa.Table, names: list[str]) -> pa.Table:
    return rows.select(names)


def _without(covered: Sequence[str], lost: Sequence[Window]) -> tuple[str, ...]:
    """The windows of a pull without the lost days."""
    left = [parse_window(text) for text in covered]
    for window in lost:
        left = [part for one in left for part in one.without(window)]
    return tuple(str(part) for part in left)
