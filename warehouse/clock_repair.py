"""Entries of runs whose clock was ahead: found by their instants, which lie after the present, and set right.

An entry that was recorded is not younger than now. Where most days of runs on the ledgers agree with the clock of this
machine, the others were recorded by a clock that was ahead. Where most of them lie after now, this machine's own clock
is behind.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd

from warehouse.frames import to_arrow, to_pandas
from warehouse.pull_history import without_days
from warehouse.schema import (
    BREAKS,
    CHANGES,
    EVALUATIONS,
    NOTES,
    NOTICES,
    OBSERVATIONS,
    PULLS,
    REFUSED,
    VERDICT_LEDGER,
    Table,
    Window,
)
from warehouse.tables import Tables

TOLERANCE = timedelta(hours=1)
"""Clocks of machines that share a warehouse differ by less."""
SHIFTED: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (OBSERVATIONS, ("retrieved_at",)),
    (CHANGES, ("recorded_at", "old_retrieved_at")),
    (REFUSED, ("recorded_at",)),
    (BREAKS, ("recorded_at",)),
    (NOTICES, ("as_of",)),
    (NOTES, ("recorded_at",)),
)
"""The instants that are moved to the present, which is the latest that they can have been."""
JUDGED = (VERDICT_LEDGER, EVALUATIONS)
"""Their rows are judgements of a day that has not come, and are removed."""
AHEAD = "recorded by a clock that was ahead; its days are pulled again"


@dataclass(frozen=True, slots=True)
class FutureEntries:
    """What the ledgers record after now: the newest instant, and the UTC days of runs after and up to now.

    ``last_before``: the newest instant up to now, None without one.
    """

    newest: datetime
    last_before: datetime | None
    days: int
    days_before: int

    @property
    def is_own_clock_behind(self) -> bool:
        """Whether most days of runs, now included, speak against the clock of this machine."""
        return self.days >= self.days_before + 1

    @property
    def certain_until(self) -> date:
        """The day after the last that was over, in every time zone, when the first of these entries was made."""
        return date.min if self.last_before is None else self.last_before.date() - timedelta(days=1)


def future_entries(tables: Tables, now: datetime) -> FutureEntries | None:
    """The pulls and evaluations that are recorded after ``now`` (aware UTC); None where there are none."""
    instants = [
        instant.astimezone(UTC)
        for table, column in ((PULLS, "recorded_at"), (EVALUATIONS, "as_of"))
        for instant in tables.read(table, None, [column])[column].to_pylist()
    ]
    after = [instant for instant in instants if instant > now + TOLERANCE]
    before = [instant for instant in instants if instant <= now + TOLERANCE]
    if not after:
        return None
    return FutureEntries(max(after), max(before, default=None), _days(after), _days(before))


def set_clock_right(tables: Tables, found: FutureEntries, now: datetime) -> None:
    """Move the instants after ``now`` back to it, and let no pull cover days that were not surely over.

    Verdicts of days that have not come are removed, and so is what was read about days and months that were not over:
    it is pulled again. The tables are written one by one, the pulls last: after a kill
    between two of them the next run finds the rest.
    """
    shift, latest = found.newest - now, (now + TOLERANCE).isoformat()
    for table in JUDGED:
        tables.remove(table, f"as_of > '{latest}'")
    over = now.date() if found.last_before is None else found.certain_until
    not_over = f"retrieved_at > '{latest}' AND \"end\" > '{over}'"
    gone = to_pandas(tables.read(OBSERVATIONS, not_over))
    tables.append(CHANGES, to_arrow(_dropped(gone), CHANGES))
    tables.remove(OBSERVATIONS, not_over)
    for table, columns in SHIFTED:
        for column in columns:
            tables.move_instants(table, column, now + TOLERANCE, shift)
    pulls = to_pandas(tables.read(PULLS))
    pulls["dropped"] += pulls["pull_id"].map(gone["pull_id"].value_counts()).fillna(0).astype("int64")
    tables.replace(PULLS, to_arrow(_corrected(pulls, found, now, shift), PULLS), "true", {})


def _days(instants: Iterable[datetime]) -> int:
    return len({instant.date() for instant in instants})


def _dropped(gone: pd.DataFrame) -> pd.DataFrame:
    """The changes that the removal of these observations makes, as of the pull that brought them."""
    old = {name: f"old_{name}" for name in ("value", "unit", "flags", "retrieved_at")}
    changes = gone.rename(columns=old).assign(change="dropped", recorded_at=gone["retrieved_at"], new_value=np.nan)
    return changes.assign(old_pull_id=gone["pull_id"], new_flags=None)


def _corrected(pulls: pd.DataFrame, found: FutureEntries, now: datetime, shift: timedelta) -> pd.DataFrame:
    """The pulls, those recorded after now with instants up to now and with the days that were surely over."""
    ahead = pulls["recorded_at"] > pd.Timestamp(now + TOLERANCE)
    rows = pulls[ahead].copy()
    for name in ("started_at", "recorded_at"):
        rows[name] -= shift
    limit = pd.Timestamp(max(found.certain_until, date(1900, 1, 1)))
    none_certain = (rows["window_start"] >= limit) & (rows["status"] == "committed")
    rows["window_end"] = rows["window_end"].where(none_certain | (rows["window_end"] < limit), limit)
    least = rows["window_start"] + pd.Timedelta(days=1)
    rows["window_end"] = rows["window_end"].where(rows["window_end"] > least, least)
    rows["covered"] = [without_days(windows, [Window(found.certain_until, date.max)]) for windows in rows["covered"]]
    rows["validators"], rows["rows_hash"] = "[]", None  # all is delivered and checked again
    rows["status"] = rows["status"].mask(none_certain, "failed")
    rows["error"] = rows["error"].mask(none_certain, AHEAD)
    return pd.concat([pulls[~ahead], rows]).sort_index()
