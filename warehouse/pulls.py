"""The ledger of pulls: what was requested, what was covered, how it ended. A pull is committed or never happened."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pandas as pd
import pyarrow as pa

from warehouse.check_results import CheckResult, results_as_json
from warehouse.diff import Difference, Replacement, difference
from warehouse.frames import to_arrow, to_pandas
from warehouse.pull_history import parse_window
from warehouse.schema import CHANGES, OBSERVATIONS, PULLS, Window, merged
from warehouse.tables import Tables, matching

METADATA_KEY = "kmi_pull"
Validators = dict[str, tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True)
class Pull:
    """One pull of one source. ``validators`` are etag and last-modified by address; instants are aware UTC."""

    pull_id: str
    source: str
    started_at: datetime
    window: Window
    settings_hash: str
    covered: tuple[Window, ...] = ()
    refused: int = 0
    validators: tuple[tuple[str, str | None, str | None], ...] = ()
    access_expires_at: datetime | None = None
    checks: tuple[CheckResult, ...] = ()
    rows_hash: str = ""
    unanswered: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many observations a pull brought, and how many stored ones it changed."""

    rows: int = 0
    added: int = 0
    altered: int = 0
    dropped: int = 0


def commit(
    tables: Tables,
    pull: Pull,
    rows: pd.DataFrame,
    replaces: Replacement,
    now: datetime,
    accept: Callable[[Difference], None] = lambda _: None,
) -> Outcome:
    """Replace the days and items that the pull covers by ``rows`` (columns of the observations table).

    First the ledger of changes, then one Delta commit that carries the pull's own record, then the row of that record.
    A kill before the commit leaves the old state, and the changes do not count; after one behind the commit
    ``recover_record`` writes the row. ``accept`` sees what changes before anything is written, and may raise.
    """
    old = to_pandas(tables.read(OBSERVATIONS, _affected_predicate(pull.source, rows, replaces)))
    diff = difference(old, rows, replaces)
    accept(diff)
    outcome = Outcome(len(rows), diff.count("added"), diff.count("altered"), diff.count("dropped"))
    record = _record(pull, outcome, now)
    touched = diff.touched
    if touched is not None:
        tables.append(CHANGES, to_arrow(_changes(diff, pull, now), CHANGES))
        inside = diff.state["start"].between(pd.Timestamp(touched.start), pd.Timestamp(touched.end), inclusive="left")
        data = to_arrow(diff.state if inside.all() else diff.state[inside], OBSERVATIONS)
        tables.replace(OBSERVATIONS, data, _predicate(pull.source, touched), {METADATA_KEY: json.dumps(record)})
    tables.append(PULLS, _as_table(record))
    return outcome


def _affected_predicate(source: str, rows: pd.DataFrame, replaces: Replacement) -> str:
    """The predicate of the rows that a delivery can change: those of its days, or all where items may have moved."""
    if replaces.keyed_by_entity or replaces.left_out or (rows.empty and replaces.window is None):
        return matching(source=source)
    windows = [replaces.window] if replaces.window else []
    if not rows.empty:
        first, last = rows["start"].min(), rows["start"].max()
        windows.append(Window(first.date(), (last + pd.Timedelta(days=1)).date()))
    return _predicate(source, Window(min(w.start for w in windows), max(w.end for w in windows)))


def record_failure(tables: Tables, pull: Pull, error: str, now: datetime) -> None:
    """Record a pull that was not committed, and why."""
    _not_committed(tables, pull, "failed", error, now)


def record_pause(tables: Tables, pull: Pull, why: str, now: datetime) -> None:
    """Record that the days of ``pull.window`` wait for the provider to allow more."""
    _not_committed(tables, pull, "paused", why, now)


def _not_committed(tables: Tables, pull: Pull, status: str, why: str, now: datetime) -> None:
    tables.append(PULLS, _as_table(_record(pull, Outcome(), now) | {"status": status, "error": why, "covered": []}))


def recover_record(tables: Tables) -> str | None:
    """Write the row of a pull that a kill stopped after its commit; the id of the pull, or None.

    Runs of one warehouse never overlap and each begins with this, so it can only be the newest commit.
    """
    record = _unrecorded(tables)
    if record is None:
        return None
    tables.append(PULLS, _as_table(record))
    return str(record["pull_id"])


def committed_ids(tables: Tables) -> set[str]:
    """Every pull that was committed, also the one that a killed run left unrecorded."""
    recorded = set(tables.read(PULLS, matching(status="committed"), ["pull_id"])["pull_id"].to_pylist())
    record = _unrecorded(tables)
    return recorded | ({str(record["pull_id"])} if record else set())


def _unrecorded(tables: Tables) -> dict[str, Any] | None:
    """The pull's record in the newest commit, if the ledger lacks it."""
    text = tables.last_metadata(OBSERVATIONS).get(METADATA_KEY)
    record: dict[str, Any] | None = None if text is None else json.loads(text)
    recorded = record is None or tables.read(PULLS, matching(pull_id=record["pull_id"]), ["pull_id"]).num_rows
    return None if recorded else record


def last_pull(tables: Tables, source: str, status: str = "committed") -> dict[str, Any] | None:
    """The newest pull of a source with that status, as a mapping by column, or None."""
    return last_pulls(tables, matching(source=source, status=status)).get((source, status))


def last_pulls(tables: Tables, where: str | None = None) -> dict[tuple[str, str], dict[str, Any]]:
    """The newest pull by source and status, without its checks, of those that match the predicate ``where``.

    The ledger is read once.
    """
    rows: list[dict[str, Any]] = tables.read(PULLS, where, PULLS.without("checks").names).to_pylist()
    return {(row["source"], row["status"]): row for row in sorted(rows, key=lambda row: row["recorded_at"])}


def validators(tables: Tables, source: str, settings_hash: str) -> Validators:
    """Etag and last-modified by address, for conditional requests; empty after a change of the source's settings."""
    pull = last_pull(tables, source)
    if pull is None or pull["settings_hash"] != settings_hash:
        return {}
    return {url: (etag, modified) for url, etag, modified in json.loads(str(pull["validators"]))}


def coverage(tables: Tables) -> pd.DataFrame:
    """Columns source, start, end: the days that committed pulls collected, as the fewest windows."""
    rows = tables.read(PULLS, matching(status="committed"), ["source", "covered"]).to_pylist()
    windows: dict[str, list[Window]] = {}
    for row in rows:
        windows.setdefault(row["source"], []).extend(parse_window(text) for text in row["covered"])
    out = [(source, window.start, window.end) for source, parts in windows.items() for window in merged(parts)]
    return pd.DataFrame(out, columns=["source", "start", "end"]).astype(
        {"source": "str", "start": "datetime64[us]", "end": "datetime64[us]"}
    )


def _predicate(source: str, window: Window) -> str:
    last = pd.Timestamp(window.end) - pd.Timedelta(days=1)
    months = f"month >= '{window.start:%Y-%m}' AND month <= '{last:%Y-%m}'"
    return f"{matching(source=source)} AND {months} AND start >= '{window.start}' AND start < '{window.end}'"


def _record(pull: Pull, outcome: Outcome, now: datetime) -> dict[str, object]:
    return {
        "pull_id": pull.pull_id,
        "source": pull.source,
        "status": "committed",
        "window_start": pull.window.start.isoformat(),
        "window_end": pull.window.end.isoformat(),
        "covered": [str(w) for w in pull.covered],
        **asdict(outcome),
        "refused": pull.refused,
        "validators": json.dumps(pull.validators),
        "settings_hash": pull.settings_hash,
        "error": None,
        "started_at": pull.started_at.isoformat(),
        "recorded_at": now.isoformat(),
        "access_expires_at": pull.access_expires_at.isoformat() if pull.access_expires_at else None,
        "checks": results_as_json(pull.checks),
        "rows_hash": pull.rows_hash or None,
        "unanswered": [str(window) for window in pull.unanswered],
    }


def _as_table(record: dict[str, object]) -> pa.Table:
    frame = pd.DataFrame([{"access_expires_at": None, "checks": None, "rows_hash": None, "unanswered": None} | record])
    days = ["window_start", "window_end"]
    return to_arrow(frame.assign(**frame[days].apply(pd.to_datetime)), PULLS)


def _changes(diff: Difference, pull: Pull, now: datetime) -> pd.DataFrame:
    renamed = {
        "value_old": "old_value",
        "value_new": "new_value",
        "unit_old": "old_unit",
        "flags_old": "old_flags",
        "flags_new": "new_flags",
        "retrieved_at_old": "old_retrieved_at",
        "pull_id_old": "old_pull_id",
    }
    return diff.changes.rename(columns=renamed).assign(
        pull_id=pull.pull_id, recorded_at=pd.Timestamp(now), source=pull.source
    )
