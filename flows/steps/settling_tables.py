"""The tables from which is learned how long values still change, and what is learned from them."""

from dataclasses import dataclass, fields
from datetime import date

import pandas as pd
import pyarrow as pa

from flows.engines.choice import DUCKDB
from flows.engines.engine import Engine
from flows.steps.queries import queries
from transforms.settling import MEMORY_DAYS
from warehouse.frames import to_pandas
from warehouse.table_scan import TableScan

CHANGE_COLUMNS = ["source", "metric", "entity", "start", "end", "pull_id", "change", "old_value", "new_value"]
PULL_DAYS = pa.schema(
    {
        "source": "string",
        "pull_id": "string",
        "turn": "int64",
        "day": pa.date32(),
        "settings": "string",
        "items": "bool",
    }
)
SINCE = pa.schema({"source": "string", "first": pa.date32()})
OLDER = pa.schema({"source": "string", "metric": "string", "entity": "string"})
READ_WINDOWS = pa.schema({"pull_id": "string", "first": pa.date32(), "until": pa.date32()})
AGES = pa.schema(
    {
        "source": "string",
        "metric": "string",
        "age": "int64",
        "read_again": "int64",
        "median_change_pct": "double",
        "p95_change_pct": "double",
        "changed": "int64",
    }
)
GROUPS = pa.schema(
    {"source": "string", "metric": "string", "since": "int64", "until": "int64", "changed": "int64", "n": "int64"}
)
EVERYTHING = date(1700, 1, 1)


@dataclass(frozen=True, slots=True)
class LedgerTables:
    """The inputs of ``transforms.expressions.restatements``."""

    changes: pa.Table | TableScan
    pulls: pa.Table
    windows: pa.Table
    since: pa.Table
    older: pa.Table


def learned(tables: LedgerTables, engine: Engine = DUCKDB) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The changes found at each age, and the number of values by how long they were followed.

    See ``transforms.settling``.
    """
    ages, groups = queries("settling").run({one.name: getattr(tables, one.name) for one in fields(tables)}, engine)
    return ages, groups


def first_days_read(pulls: pa.Table, windows: pa.Table) -> dict[str, date]:
    """By source, the first day that its pulls of the last ``MEMORY_DAYS`` read: nothing is learned of older ones.

    pulls, windows: ``PULL_DAYS`` and ``READ_WINDOWS``.
    """
    frame = to_pandas(pulls.select(["source", "pull_id", "day"]))
    newest = frame.groupby("source")["day"].transform("max")
    mine = frame[(newest - frame["day"]).dt.days < MEMORY_DAYS].merge(to_pandas(windows), on="pull_id")
    found = mine.groupby("source")["first"].min()
    return {str(source): pd.Timestamp(day).date() for source, day in found.items()}


def nothing_learned() -> tuple[pd.DataFrame, pd.DataFrame]:
    """What ``learned`` gives where no source was read on a second day."""
    ages, groups = (to_pandas(pa.Table.from_batches([], schema)) for schema in (AGES, GROUPS))
    return ages, groups
