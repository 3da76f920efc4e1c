"""Warehouses compared row by row, without what differs between two runs over the same data."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.changing_library import ObservationRow
from warehouse.root import open_root
from warehouse.schema import CHANGES, OBSERVATIONS, PULLS, REFUSED, VERDICT_LEDGER, Table
from warehouse.tables import Tables, matching

NEVER_COMPARED = {"pull_id", "old_pull_id"}


def observation_rows(tables: Tables) -> dict[str, set[ObservationRow]]:
    """What the observations of each source say. Raises ``AssertionError`` for a key that is there twice."""
    return facts_of(tables.read(OBSERVATIONS).to_pylist())


def facts_of(rows: Iterable[dict[str, Any]]) -> dict[str, set[ObservationRow]]:
    keys: Counter[tuple[object, ...]] = Counter()
    found: dict[str, set[ObservationRow]] = {}
    for row in rows:
        keys[tuple(row[name] for name in OBSERVATIONS.key)] += 1
        fact = (row["metric"], row["entity"], row["start"], row["end"], row["value"], row["unit"], tuple(row["flags"]))
        found.setdefault(row["source"], set()).add(fact)
    twice = [key for key, count in keys.items() if count > 1]
    assert not twice, twice
    return found


def warehouse_contents(tables: Tables) -> dict[str, Counter[str]]:
    """Everything in a warehouse except instants, pull ids, and pulls that did not commit or changed nothing."""
    committed = set(tables.read(PULLS, matching(status="committed"))["pull_id"].to_pylist())
    return {
        "observations": _rows(tables, OBSERVATIONS),
        "refused": _rows(tables, REFUSED),
        "verdicts": _rows(tables, VERDICT_LEDGER),
        "changes": _rows(tables, CHANGES, of_pulls=committed),
        "pulls": Counter(
            str(
                (
                    row["source"],
                    row["added"],
                    row["altered"],
                    row["dropped"],
                    row["rows"],
                    row["covered"],
                    row["refused"],
                )
            )
            for row in tables.read(PULLS, matching(status="committed")).to_pylist()
            if row["added"] or row["altered"] or row["dropped"]
        ),
    }


def _rows(tables: Tables, table: Table, of_pulls: set[str] | None = None) -> Counter[str]:
    rows = tables.read(table).to_pylist()
    kept = (row for row in rows if of_pulls is None or row["pull_id"] in of_pulls)
    return Counter(
        str(
            [
                (name, value)
                for name, value in row.items()
                if name not in NEVER_COMPARED and not isinstance(value, datetime)
            ]
        )
        for row in kept
    )


def table_contents(table: pa.Table) -> str:
    """All rows as text, without instants and the ids of pulls, and without pulls that brought nothing."""
    lasting = [
        field.name
        for field in table.schema
        if not pa.types.is_timestamp(field.type) and field.name not in NEVER_COMPARED
    ]
    rows = table.select(lasting).to_pylist()
    if "dropped" in lasting:
        rows = [row for row in rows if row["added"] or row["altered"] or row["dropped"]]
    return str([table.schema.names, sorted(rows, key=str) if "pull_id" in table.schema.names else rows])


def published_contents(warehouse: str | Path) -> dict[str, str]:
    """The contents of each published file by name, read whole; see ``table_contents``."""
    root = open_root(warehouse)
    paths = [path for path in root.list("published") if path.endswith(".parquet")]
    return {
        Path(path).name: table_contents(pq.ParquetFile(pa.BufferReader(root.read(path))).read(use_threads=False))
        for path in paths
    }
