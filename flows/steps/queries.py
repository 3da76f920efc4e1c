"""The queries of a run: expressions of Ibis, and their SQL for DuckDB, which was translated when the project was built.

To translate takes longer than to run them, and the text that comes out is not the same in each process.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from flows.engines.choice import DUCKDB
from flows.engines.engine import Engine, Query
from warehouse.frames import to_pandas
from warehouse.table_scan import TableScan

if TYPE_CHECKING:
    import ibis.expr.types as ir

FOLDER = Path(__file__).with_name("duckdb_sql")
TYPES = {
    f"{kind}": kind
    for kind in (
        pa.string(), pa.float64(), pa.int32(), pa.int64(), pa.bool_(), pa.date32(), pa.timestamp("us", "UTC"),
        pa.list_(pa.string()),
    )
}  # fmt: skip


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

    def over(self, table: str, first: Query) -> "Queries":
        """The same over what ``first`` gives as ``table``."""
        return Queries({table: first, **self.stored}, self.results)

    @property
    def text(self) -> tuple[str, ...]:
        """The SQL of all of it, by which one knows that a query has changed."""
        return tuple(query.duckdb_sql for query in (*self.stored.values(), *self.results))


@cache
def queries(name: str) -> Queries:
    """The queries of ``flows.steps.expressions`` of that name. Only engines other than DuckDB need Ibis for them."""
    stored, results = dict[str, Query](), list[Query]()
    for kind, table, columns, sql in _statements((FOLDER / f"{name}.sql").read_text(encoding="utf-8")):
        schema = pa.schema(columns)
        if table:
            stored[table] = Query(sql, schema, partial(_stored, name, table), is_view=kind == "view")
        else:
            results.append(Query(sql, schema, partial(_result, name, len(results))))
    return Queries(stored, tuple(results))


def file_text(translated: Queries, versions: str) -> str:
    """The file from which ``queries`` reads these. versions: what translated them."""
    parts = [f"-- Made from flows/steps/expressions.py by `make queries`, with {versions}."]
    for name, query in [*translated.stored.items(), *(("", one) for one in translated.results)]:
        columns = [f"--   {field.name}: {field.type}" for field in query.schema]
        head = f"-- {'view' if query.is_view else 'table'} {name}" if name else "-- result"
        parts += ["", head, *columns, f"{query.duckdb_sql};"]
    return "\n".join(parts) + "\n"


def _statements(text: str) -> Iterator[tuple[str, str, list[pa.Field], str]]:
    """Of each statement its kind (table, view or result), the name that it gives, its columns and its SQL."""
    for head in re.finditer(r"^-- (table|view|result) ?(\w*)\n((?:--   .*\n)*)((?:.*\n)*?.*);\n", text, re.MULTILINE):
        columns = [line.removeprefix("--   ").split(": ", 1) for line in head[3].splitlines()]
        yield head[1], head[2], [pa.field(name, TYPES[kind]) for name, kind in columns], head[4]


def _stored(name: str, table: str) -> "ir.Table":
    return _made(name).stored[table].make()


def _result(name: str, at: int) -> "ir.Table":
    return _made(name).results[at].make()


def _made(name: str) -> Queries:
    from flows.steps.expressions import made

    return made(name)
