"""DuckDB in this process: it reads the files of a table where they lie, and only the columns that a query needs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.engines.engine import Query
from warehouse.scratch import scratch_database

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from flows.engines.engine import Rows
    from warehouse.table_scan import TableScan

MEMORY_LIMIT_MB = 2048
"""What DuckDB may hold in memory at most; beyond it, it writes to a temporary folder."""


@dataclass(frozen=True, slots=True)
class DuckDbEngine:
    """The default engine."""

    address: str = "duckdb"

    def run(
        self, stored: Mapping[str, Query], results: tuple[Query, ...], tables: Mapping[str, "Rows"]
    ) -> "list[pa.Table]":
        """See ``Engine.run``. The SQL was translated beforehand, since that takes longer than to run it."""
        with scratch_database(MEMORY_LIMIT_MB) as connection, _read_errors(tables):
            for name, rows in tables.items():
                _provide(connection, name, rows)
            for name, query in stored.items():
                kind = "VIEW" if query.is_view else "TABLE"
                connection.execute(f'CREATE TEMP {kind} "{name}" AS {query.duckdb_sql}')
            return [connection.sql(query.duckdb_sql).to_arrow_table().cast(query.schema) for query in results]


@contextmanager
def _read_errors(tables: "Mapping[str, Rows]") -> Iterator[None]:
    """Tell of a damaged or lost file in the words of the warehouse."""
    import duckdb
    import pyarrow as pa

    try:
        yield
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.ConversionException) as error:
        scans = [rows for rows in tables.values() if not isinstance(rows, pa.Table)]
        if not scans:
            raise
        raise scans[0].unreadable(error) from error


def _provide(connection: "duckdb.DuckDBPyConnection", name: str, rows: "Rows") -> None:
    """Make the rows known under ``name``: as they are in memory, as a view of their files, or copied in batches."""
    import pyarrow as pa

    if isinstance(rows, pa.Table):
        connection.register(name, rows)
    elif rows.files is None:
        connection.register(f"{name} in batches", rows.batches())
        connection.execute(f'CREATE TEMP TABLE "{name}" AS FROM "{name} in batches"')
        connection.unregister(f"{name} in batches")
    else:
        connection.execute(f'CREATE TEMP VIEW "{name}" AS {_select(rows)}')


def _select(scan: "TableScan") -> str:
    """The SQL that reads the files. An empty first part gives the types, and nulls to files that lack a column."""
    import pyarrow as pa

    from warehouse.tables import sql_literal

    types = {
        pa.string(): "VARCHAR",
        pa.float64(): "DOUBLE",
        pa.date32(): "DATE",
        pa.timestamp("us", "UTC"): "TIMESTAMPTZ",
        pa.list_(pa.string()): "VARCHAR[]",
    }
    columns = [(f'"{field.name}"', types[field.type]) for field in scan.schema]
    parts = [f"SELECT {', '.join(f'NULL::{kind} AS {name}' for name, kind in columns)} WHERE false"]
    for source, files in scan.files or ():
        listed = ", ".join(map(sql_literal, files))
        parts.append(
            f"FROM read_parquet([{listed}], union_by_name = true, hive_partitioning = false) "
            f"SELECT *{f', {sql_literal(source)} AS source' if source else ''}"
        )
    wanted = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in columns)
    return f"FROM ({' UNION ALL BY NAME '.join(parts)}) SELECT {wanted}"
