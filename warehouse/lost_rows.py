"""Observations that the ledgers record and the table no longer holds: found, and their days queued again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from warehouse.frames import to_arrow, to_pandas
from warehouse.pull_history import committed_windows, pull_history, without_days
from warehouse.pulls import Pull, record_pause
from warehouse.schema import CHANGES, OBSERVATION_KEY, OBSERVATIONS, PULLS, Window, merged
from warehouse.table_files import rows_by_source
from warehouse.tables import Tables, matching

KEY = ["source", *OBSERVATION_KEY]
LOST = "these days were lost from the warehouse: the next run pulls them again"


def missing_rows(tables: Tables) -> dict[str, int]:
    """How many observations fewer than their pulls added and did not drop, of the sources of which some are missing.

    Only the ledger of pulls and the table's own statistics are read.
    """
    pulls = tables.read(PULLS, matching(status="committed"), ["source", "added", "dropped"])
    if not pulls.num_rows:
        return {}
    sums = pulls.group_by("source").aggregate([("added", "sum"), ("dropped", "sum")])
    expected = zip(
        sums["source"].to_pylist(), pc.subtract(sums["added_sum"], sums["dropped_sum"]).to_pylist(), strict=True
    )
    stored = rows_by_source(tables, OBSERVATIONS)
    missing = {source: rows - stored.get(source, 0) for source, rows in sorted(expected)}
    return {source: rows for source, rows in missing.items() if rows > 0}


@dataclass(frozen=True)
class Loss:
    """Observations of a source that the table lacks: as the changes that made them, and the days to pull again.

    ``rows`` may be fewer than are missing: where the ledger of changes was damaged too, or where they came back before
    the loss was noticed and count twice. Then ``days`` are all that were ever collected.
    """

    source: str
    rows: pd.DataFrame
    days: tuple[Window, ...]

    def __str__(self) -> str:
        return f"{self.source}: observations of {', '.join(map(str, self.days))} were lost from the warehouse"


def losses(tables: Tables) -> list[Loss]:
    """What each source has lost; the ledger of changes is only read for a source that lacks rows."""
    found = []
    for source, missing in missing_rows(tables).items():
        rows = _lost(tables, source)
        requested = committed_windows(pull_history(tables, source))
        days = requested if len(rows) < missing else _days_of(rows, requested)
        found.append(Loss(source, rows, tuple(days)))
    return found


def queue_again(tables: Tables, loss: Loss, now: datetime) -> None:
    """Let the next run pull the days again, cover them no longer until then, and record the loss as a change.

    What a provider said about unchanged responses is forgotten, so that it delivers them again. The loss is recorded
    last: after a kill the next run finds it again. What the provider no longer has is asked for once.
    """
    missing = missing_rows(tables)[loss.source]
    committed = tables.read(PULLS, matching(source=loss.source, status="committed"), ["pull_id", "recorded_at"])
    newest = max(committed.to_pylist(), key=lambda pull: pull["recorded_at"])["pull_id"]
    for window in loss.days:
        pull_id = f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
        record_pause(tables, Pull(pull_id, loss.source, now, window, settings_hash=""), LOST, now)
    pulls = to_pandas(tables.read(PULLS))
    its = pulls["source"] == loss.source
    covered = [without_days(each, loss.days) for each in pulls.loc[its, "covered"]]
    pulls.loc[its, "covered"] = pd.Series(covered, index=pulls.index[its], dtype=object)
    pulls.loc[its, "validators"], pulls.loc[its, "rows_hash"] = "[]", None
    pulls.loc[pulls["pull_id"] == newest, "dropped"] += missing
    tables.replace(PULLS, to_arrow(pulls, PULLS), "true", {})
    tables.append(CHANGES, to_arrow(_dropped(loss.rows, newest, now), CHANGES))


def _lost(tables: Tables, source: str) -> pd.DataFrame:
    """The last change of each key that should be stored and is not; columns of the ledger of changes."""
    changes = to_pandas(tables.read(CHANGES, matching(source=source)))
    committed = tables.read(PULLS, matching(source=source, status="committed"), ["pull_id"])["pull_id"].to_pylist()
    changes = changes[changes["pull_id"].isin(committed)].sort_values("recorded_at", kind="stable")
    last = changes.drop_duplicates(KEY, keep="last")
    stored = to_pandas(tables.read(OBSERVATIONS, matching(source=source), KEY))
    both = last[last["change"] != "dropped"].merge(stored, on=KEY, how="left", indicator="side")
    return both[both["side"] == "left_only"].drop(columns="side").reset_index(drop=True)


def _days_of(lost: pd.DataFrame, requested: Sequence[Window]) -> list[Window]:
    """The days of the lost observations, in order, but only requested ones where there are some: a month may reach
    beyond.
    """
    windows = merged([Window(start.date(), end.date()) for start, end in zip(lost["start"], lost["end"], strict=True)])
    inside = [part for one in windows for other in requested if (part := one.overlap(other))]
    return inside or windows


def _dropped(lost: pd.DataFrame, pull_id: str, now: datetime) -> pd.DataFrame:
    """The changes that the loss makes, as of the newest pull of the source."""
    old = {"old_value": lost["new_value"], "old_flags": lost["new_flags"], "old_pull_id": lost["pull_id"]}
    unknown = pd.Series(pd.NaT, lost.index, "datetime64[us, UTC]")
    changes = lost.assign(**old).assign(new_value=np.nan, new_flags=None, old_unit=None, old_retrieved_at=unknown)
    return changes.assign(change="dropped", pull_id=pull_id, recorded_at=pd.Timestamp(now))
