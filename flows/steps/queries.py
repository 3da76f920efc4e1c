"""Ibis expressions in the SQL of DuckDB: translated once a process, since that takes longer than to run them."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from warehouse.tables import to_pandas


@dataclass(frozen=True, slots=True)
class Queries:
    """``stored``: the SQL of the tables that the results read, by name, in order.

    results: the SQL of each result with its columns.
    """

    stored: Mapping[str, str]
    results: tuple[tuple[str, pa.Schema], ...]

    def run(self, tables: Mapping[str, pa.Table]) -> list[pd.DataFrame]:
        """The results over ``tables``, by the names that the expressions give them."""
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for name, table in tables.items():
                connection.register(name, table)
            for name, sql in self.stored.items():
                connection.execute(f'CREATE TEMP TABLE "{name}" AS {sql}')
            return [to_pandas(connection.sql(sql).to_arrow_table().cast(schema)) for sql, schema in self.results]


def translated(stored: Mapping[str, ir.Table], *results: ir.Table) -> Queries:
    """The queries of expressions over tables of ``table_named``."""
    return Queries(
        {name: _sql(expression) for name, expression in stored.items()},
        tuple((_sql(result), result.schema().to_pyarrow()) for result in results),
    )


def table_named(name: str, schema: pa.Schema) -> ir.Table:
    """A table without rows, for expressions; any of its columns may be null."""
    return ibis.table(ibis.Schema.from_pyarrow(pa.schema([field.with_nullable(True) for field in schema])), name=name)


def as_stored(name: str, expression: ir.Table) -> ir.Table:
    """The table in which ``expression`` is kept under ``name``."""
    return ibis.table(expression.schema(), name=name)


def _sql(expression: ir.Table) -> str:
    return str(ibis.to_sql(expression, dialect="duckdb", pretty=False))
