"""A database file of SQLite. It has no days and instants of its own: they are texts in ISO 8601, instants in UTC."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa

from flows.commands.exporting.contents import MADE_BY, MADE_BY_QUERY, Contents, without_lists
from warehouse.root import table_rows
from warehouse.schema import DATE, INSTANT, TEXT, WHOLE, Table
from warehouse.schema.columns import NUMBER, YES_NO

TYPES = {DATE: "DATE", INSTANT: "TIMESTAMP", TEXT: "TEXT", WHOLE: "INTEGER", NUMBER: "REAL", YES_NO: "BOOLEAN"}


def write_sqlite(path: Path, contents: Contents) -> None:
    with closing(sqlite3.connect(path)) as session, session:
        for table in map(without_lists, contents.tables):
            session.execute(_definition(table))
            marks = ", ".join("?" * len(table.columns))
            insert = f'INSERT INTO "{table.name}" VALUES ({marks})'  # noqa: S608  # the name is one of the schema
            session.executemany(insert, _rows(table, contents))


def _definition(table: Table) -> str:
    columns = [f'"{one.name}" {TYPES[one.type]}{"" if one.nullable else " NOT NULL"}' for one in table.columns]
    names = ", ".join(f'"{name}"' for name in table.key)
    key = [f"PRIMARY KEY ({names})"] if names else []
    return f'CREATE TABLE "{table.name}" ({", ".join([*columns, *key])})'


def _rows(table: Table, contents: Contents) -> Iterator[tuple[object, ...]]:
    whole = next(one for one in contents.tables if one.name == table.name)
    for part in contents.parts(whole):
        for batch in part.select(table.names).to_batches(max_chunksize=65_536):
            for row in table_rows(pa.Table.from_batches([batch])):
                yield tuple(map(_value, row.values()))


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return value.isoformat() if isinstance(value, date) else value


def is_our_sqlite(path: Path) -> bool:
    """Whether an export made this file, by its first fact."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as session:
            found = session.execute(MADE_BY_QUERY).fetchall()
    except sqlite3.Error:
        return False
    return any(str(text).startswith(MADE_BY) for (text,) in found)
