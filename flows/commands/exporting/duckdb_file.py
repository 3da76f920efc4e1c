"""A database file of DuckDB, with the meaning of each table and column as its comment."""

from pathlib import Path

import duckdb

from flows.commands.exporting.contents import MADE_BY, MADE_BY_QUERY, Contents
from warehouse.schema import Table


def write_duckdb(path: Path, contents: Contents) -> None:
    with duckdb.connect(path) as session:
        for table in contents.tables:
            session.register("rows_to_write", table.arrow.empty_table())
            session.execute(f'CREATE TABLE "{table.name}" AS FROM rows_to_write')
            for part in contents.parts(table):
                session.register("rows_to_write", part)
                session.execute(f'INSERT INTO "{table.name}" FROM rows_to_write')
            session.unregister("rows_to_write")
            _comment(session, table)


def _comment(session: duckdb.DuckDBPyConnection, table: Table) -> None:
    session.execute(f'COMMENT ON TABLE "{table.name}" IS {_literal("one row per " + table.grain)}')
    for column in table.columns:
        where = f'"{table.name}"."{column.name}"'
        session.execute(f"COMMENT ON COLUMN {where} IS {_literal(column.description)}")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def is_our_duckdb(path: Path) -> bool:
    """Whether an export made this file, by its first fact."""
    try:
        with duckdb.connect(path, read_only=True) as session:
            found = session.execute(MADE_BY_QUERY).fetchall()
    except duckdb.Error:
        return False
    return any(str(text).startswith(MADE_BY) for (text,) in found)
