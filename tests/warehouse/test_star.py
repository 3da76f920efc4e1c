"""The published tables join without surprises: one grain a table, valid keys, no rows lost or multiplied."""

import csv
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.star_library import published_star
from warehouse import schema
from warehouse.published_files import NO_REFERENCES, REFERENCES
from warehouse.schema import Table

TABLES = [getattr(schema, name) for name in dir(schema) if name.startswith("PUBLISHED_")]
KEYS = {
    table: table.key or ("indicator_id", "as_of") for table in TABLES
}  # the history is a ledger: a change has the instant of its run
JOINS = {**REFERENCES, "activity_id": "activities"}
MAY_BE_NULL = {"objective_id"}
"""An indicator may serve no objective."""
KEEPS_WHAT_LEFT_THE_PLAN = {
    "observations": "old",
    "pulls": "old",
    "verdict_history": "gone",
    "settling": "old",
    "breaks": "old",
}


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published_star(tmp_path_factory.mktemp("star"))


def files(folder: Path, table: str) -> str:
    return f"'{folder}/{table}{'-*' if table == 'observations' else ''}.parquet'"


def number(query: str) -> int:
    return int(duckdb.sql(query).fetchall()[0][0])


def of(column: str) -> list[Table]:
    return [
        table
        for table in TABLES
        if column in table.names and table.name != JOINS[column] and (table.name, column) not in NO_REFERENCES
    ]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_key_is_unique_and_never_null(folder: Path, table: Table) -> None:
    rows, names = files(folder, table.name), [f'"{name}"' for name in KEYS[table]]
    assert number(f"SELECT count(*) FROM {rows}") == number(
        f"SELECT count(*) FROM (SELECT DISTINCT {', '.join(names)} FROM {rows})"
    )
    assert number(f"SELECT count(*) FROM {rows} WHERE {' OR '.join(f'{name} IS NULL' for name in names)}") == 0
    assert all(not column.nullable for column in table.columns if column.name in KEYS[table])


def test_the_small_library_has_rows_in_every_table_but_one(folder: Path) -> None:
    empty = {table.name for table in TABLES if number(f"SELECT count(*) FROM {files(folder, table.name)}") == 0}
    assert empty == {"breaks"}  # no source of files records a break


@pytest.mark.parametrize(
    ("column", "table"),
    [(column, table) for column in JOINS for table in of(column)],
    ids=lambda part: getattr(part, "name", part),
)
def test_a_join_loses_and_multiplies_no_rows(folder: Path, column: str, table: Table) -> None:
    rows, to = files(folder, table.name), files(folder, JOINS[column])
    here = number(f"SELECT count(*) FROM {rows}")
    assert number(f'SELECT count(*) FROM {rows} a LEFT JOIN {to} b ON a."{column}" = b."{column}"') == here
    lost = duckdb.sql(
        f'SELECT DISTINCT a."{column}" FROM {rows} a ANTI JOIN {to} b ON a."{column}" = b."{column}"'
    ).fetchall()
    assert {name for (name,) in lost} <= {KEEPS_WHAT_LEFT_THE_PLAN.get(table.name)}


@pytest.mark.parametrize("table", ["observations", "verdict_history"])
def test_what_left_the_plan_is_kept(folder: Path, table: str) -> None:
    column = "source" if table == "observations" else "indicator_id"
    assert (
        number(f"SELECT count(*) FROM {files(folder, table)} WHERE {column} = '{KEEPS_WHAT_LEFT_THE_PLAN[table]}'") > 0
    )


def test_every_indicator_has_its_verdict_and_every_pair_its_effect(folder: Path) -> None:
    indicators, verdicts = files(folder, "indicators"), files(folder, "verdicts")
    assert number(f"SELECT count(*) FROM {indicators} ANTI JOIN {verdicts} USING (indicator_id)") == 0
    pairs = f"SELECT activity_id, unnest(indicators) AS indicator_id FROM {files(folder, 'activities')}"
    assert duckdb.sql(
        f"SELECT count(*) FROM ({pairs}) FULL JOIN {files(folder, 'effects')} e USING (activity_id, indicator_id)"
    ).fetchall() == [(2,)]


def test_every_source_of_an_indicator_is_a_source(folder: Path) -> None:
    named = f"SELECT DISTINCT unnest(sources) AS source FROM {files(folder, 'indicators')}"
    assert number(f"SELECT count(*) FROM ({named}) ANTI JOIN {files(folder, 'sources')} USING (source)") == 0


def test_a_column_by_which_tables_are_joined_means_the_same_everywhere() -> None:
    for name in JOINS:
        tables = [table for table in TABLES if (table.name, name) not in NO_REFERENCES]
        found = {(c.type, c.description, c.nullable) for table in tables for c in table.columns if c.name == name}
        assert len(found) == (2 if name in MAY_BE_NULL else 1), name
        assert len({description for _, description, _ in found}) == 1, name


def test_one_name_has_one_type() -> None:
    kinds: dict[str, set[str]] = {}
    for table in TABLES:
        for column in table.columns:
            kinds.setdefault(column.name, set()).add(str(column.type))
    assert not {name for name, found in kinds.items() if len(found) > 1}


def test_no_table_has_a_name_twice() -> None:
    for table in TABLES:
        assert len({name.lower() for name in table.names}) == len(table.names), (
            table.name
        )  # Power BI does not tell upper from lower case


def contract() -> dict[str, list[tuple[str, str, str]]]:
    """Columns by table, in order: name, type, whether never null."""
    columns: dict[str, list[tuple[str, str, str]]] = {}
    with (Path(__file__).parent / "contract.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            columns.setdefault(row["table"], []).append((row["column"], row["type"], row["null"]))
    return columns


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_published_column_was_renamed_retyped_moved_or_removed(folder: Path, table: Table) -> None:
    """A new column goes to the end of its table, here and in contract.csv; no line of contract.csv is ever changed."""
    declared = [(c.name, str(c.type), "" if c.nullable else "never") for c in table.columns]
    assert declared == contract()[table.name]
    for path in folder.glob(f"{table.name}{'-*' if table.name == 'observations' else ''}.parquet"):
        assert pq.read_schema(path).equals(table.arrow)


def test_no_published_table_was_renamed_or_removed() -> None:
    assert {table.name for table in TABLES} == set(contract())
