"""The data files of the Delta tables: how many rows they hold, and which are damaged."""

from urllib.parse import unquote

import pyarrow as pa

from warehouse.root import is_parquet
from warehouse.schema import Table
from warehouse.tables import Tables


def rows_by_source(tables: Tables, table: Table) -> dict[str, int]:
    """The rows of each source in a table that is partitioned by it, by the statistics of its files."""
    delta = tables.open(table)
    if delta is None:
        return {}
    files = pa.table(delta.get_add_actions(flatten=True)).select(["partition.source", "num_records"])
    sums = files.group_by("partition.source").aggregate([("num_records", "sum")])
    names, rows = sums["partition.source"].to_pylist(), sums["num_records_sum"].to_pylist()
    return dict(zip(names, rows, strict=True))


def damaged_files(tables: Tables, table: Table) -> list[str]:
    """The data files of the table that are missing or cannot be read, by their path below the table."""
    delta = tables.open(table)
    if delta is None:
        return []
    paths = pa.table(delta.get_add_actions(flatten=True))["path"].to_pylist()
    return [path for path in paths if not _is_readable(tables, table, path)]


def _is_readable(tables: Tables, table: Table, path: str) -> bool:
    try:
        return is_parquet(tables.root.read(f"tables/{table.name}/{unquote(path)}"))
    except OSError:
        return False
