"""Ibis expressions, in the SQL of DuckDB translated once a process, since that takes longer than to run them."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from flows.engines.choice import DUCKDB
from flows.engines.engine import Engine, Query
from warehouse.table_scan import TableScan
from warehouse.tables import to_pandas


@dataclass(frozen=True, slots=True)
class Queries:
    """``stored``: the tables that the results read, by name, in order."""

    stored: Mapping[str, Query]
    results: tuple[Query, ...]

    def run(self, tables: Mapping[str, pa.Table | TableScan], engine: Engine = DUCKDB) -> list[pd.DataFrame]:
        """The results over ``tables``, by the names that the expressions give them."""
        return [to_pandas(result) for result in self.run_in_arrow(tables, engine)]

    def run_in_arrow(self, tables: Mapping[str, pa.Table | TableScan], engine: Engine = DUCKDB) -> list[pa.Table]:
        """As ``run``."""
        return engine.run(self.stored, self.results, tables)

    @property
    def text(self) -> tuple[str, ...]:
        """The SQL of all of it, by which one knows that a query has changed."""
        return tuple(query.duckdb_sql for query in (*self.stored.values(), *self.results))


def translated(stored: Mapping[str, ir.Table], *results: ir.Table) -> Queries:
    """The queries of expressions over tables of ``table_named``."""
    return Queries({name: _query(one) for name, one in stored.items()}, tuple(_query(one) for one in results))


def table_named(name: str, schema: pa.Schema) -> ir.Table:
    """A table without rows, for expressions; any of its columns may be null."""
    return ibis.table(ibis.Schema.from_pyarrow(pa.schema([field.with_nullable(True) for field in schema])), name=name)


def as_stored(name: str, expression: ir.Table) -> ir.Table:
    """The table in which ``expression`` is kept under ``name``."""
    return ibis.table(expression.schema(), name=name)


def _query(expression: ir.Table) -> Query:
    sql = str(ibis.to_sql(expression, dialect="duckdb", pretty=False))
    return Query(expression, sql, expression.schema().to_pyarrow())
