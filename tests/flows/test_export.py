"""``kmi export``: each form is opened again and compared, row by row, with the published files."""

import csv
import io
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from math import isclose
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook, load_workbook

from flows.cli import main
from flows.commands.exporting.contents import ABOUT, PUBLISHED, Contents, contents_of, without_lists
from flows.commands.exporting.csv_folder import csv_files
from flows.commands.exporting.duckdb_file import write_duckdb
from flows.commands.exporting.pivot import PIVOT
from flows.commands.exporting.sqlite_file import write_sqlite
from flows.commands.exporting.workbook import CUT, MOST_CHARACTERS, write_workbook
from tests.object_store import object_store
from tests.star_library import published_star
from warehouse.published_copy import published_copy
from warehouse.root import LocalRoot, open_root, table_rows
from warehouse.schema import Table

pytestmark = pytest.mark.slow
HYPER = pytest.param(
    "hyper",
    marks=pytest.mark.skipif(find_spec("tableauhyperapi") is None, reason="the extra hyper is not installed"),
)
FORMS = ["xlsx", "csv", "duckdb", "sqlite", HYPER]
HOSTILE = [
    "=1+1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "#N/A",
    "Hill",
    "",
    "line\nbreak",
    "'quoted'",
    'a "b", c',
]
Row = tuple[object, ...]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published_star(tmp_path_factory.mktemp("export"))


def kmi(folder: Path, form: str, output: Path, *more: str) -> Result:
    where = ["--warehouse", str(folder.parent), "--output", str(output)]
    return CliRunner().invoke(main, ["export", "--to", form, *where, *more])


@pytest.fixture(scope="module")
def exported(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The export in each form that can be written here."""
    made = tmp_path_factory.mktemp("exported")
    paths = {}
    for form in ("xlsx", "csv", "duckdb", "sqlite", *(["hyper"] if find_spec("tableauhyperapi") else [])):
        paths[form] = made / f"library.{form}"
        done = kmi(folder, form, paths[form])
        assert done.exit_code == 0, done.output
        assert done.output.startswith(f"written {paths[form]}: {len(PUBLISHED) + 2} tables, ")
    return paths


def published_rows(folder: Path, table: Table) -> list[Row]:
    """The rows of the published files, without lists, instants as aware UTC."""
    names = without_lists(table).names
    files = sorted(folder.glob(f"{table.name}{'-*' if table.name == 'observations' else ''}.parquet"))
    parts = [pq.ParquetFile(path).read(columns=names) for path in files]
    return [tuple(row.values()) for part in parts for row in table_rows(part)]


def excel_rows(path: Path, table: Table) -> Iterator[Row]:
    with closing(load_workbook(path, read_only=True)) as book:
        rows = list(book[table.name].iter_rows(values_only=True))
    assert list(rows[0]) == without_lists(table).names
    kinds = [column.type for column in without_lists(table).columns]
    for row in rows[1:]:
        cells = (*row, *[None] * (len(kinds) - len(row)))  # openpyxl leaves out empty cells at the end
        yield tuple(map(_of_excel, cells, kinds))


def _of_excel(value: object, kind: pa.DataType) -> object:
    if isinstance(value, datetime):
        return value.date() if pa.types.is_date(kind) else value.replace(tzinfo=UTC)
    if isinstance(value, str) and pa.types.is_date(kind):  # a day that Excel does not know
        return date.fromisoformat(value)
    return value


def csv_rows(path: Path, table: Table) -> list[Row]:
    plain = without_lists(table)
    kinds = {field.name: field.type for field in plain.arrow}
    options = pa_csv.ConvertOptions(
        column_types=kinds, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    read = pa_csv.read_csv(
        path / f"{table.name}.csv", convert_options=options, parse_options=pa_csv.ParseOptions(newlines_in_values=True)
    )
    assert read.column_names == plain.names
    return [tuple(row.values()) for row in table_rows(read)]


def duckdb_rows(path: Path, table: Table) -> list[Row]:
    with duckdb.connect(path, read_only=True) as session:
        found = session.sql(f'FROM "{table.name}"').to_arrow_table()
    return [tuple(row.values()) for row in table_rows(found.select(without_lists(table).names))]


def sqlite_rows(path: Path, table: Table) -> list[Row]:
    with closing(sqlite3.connect(path)) as session:
        found = session.execute(f'SELECT * FROM "{table.name}"').fetchall()
    kinds = [column.type for column in without_lists(table).columns]
    return [tuple(map(_of_sqlite, row, kinds)) for row in found]


def _of_sqlite(value: object, kind: pa.DataType) -> object:
    if value is None:
        return None
    if pa.types.is_date(kind):
        return date.fromisoformat(str(value))
    if pa.types.is_timestamp(kind):
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
    return bool(value) if pa.types.is_boolean(kind) else value


def hyper_rows(path: Path, table: Table) -> list[Row]:
    from tableauhyperapi import Connection, Date, HyperProcess, Telemetry, Timestamp

    def plain(value: object) -> object:
        if isinstance(value, Timestamp):
            return value.to_datetime().astimezone(UTC)
        return value.to_date() if isinstance(value, Date) else value

    quiet = {"log_config": ""}
    with (
        HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=quiet) as process,
        Connection(process.endpoint, path) as session,
    ):
        found = session.execute_list_query(f'SELECT * FROM "{table.name}"')
    return [tuple(map(plain, row)) for row in found]


READERS = {
    "xlsx": lambda path, table: list(excel_rows(path, table)),
    "csv": csv_rows,
    "duckdb": duckdb_rows,
    "sqlite": sqlite_rows,
    "hyper": hyper_rows,
}


def same(left: object, right: object, form: str) -> bool:
    if form == "xlsx" and isinstance(left, datetime) and isinstance(right, datetime):
        return abs(left - right) <= timedelta(milliseconds=1)  # Excel keeps an instant as a fraction of a day
    if form == "xlsx" and isinstance(left, float) and right is not None:
        return isclose(left, float(str(right)), rel_tol=1e-15)  # a workbook has 16 digits
    if form == "xlsx" and left == "":
        return right in ("", None)
    return left == right


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("table", PUBLISHED, ids=lambda table: table.name)
def test_every_row_comes_back(exported: dict[str, Path], folder: Path, form: str, table: Table) -> None:
    expected, found = published_rows(folder, table), READERS[form](exported[form], table)
    if form == "hyper":  # a database of columns keeps no order
        expected, found = sorted(expected, key=str), sorted(found, key=str)
    assert len(found) == len(expected)
    different = [
        (name, here, there)
        for one, other in zip(expected, found, strict=True)
        for name, here, there in zip(without_lists(table).names, one, other, strict=True)
        if not same(here, there, form)
    ]
    assert different == []


@pytest.mark.parametrize("form", FORMS)
def test_the_pivot_table_has_a_row_for_each_period(exported: dict[str, Path], folder: Path, form: str) -> None:
    found = READERS[form](exported[form], PIVOT)
    rows = [dict(zip(PIVOT.names, row, strict=True)) for row in found]
    periods = published_rows(folder, next(table for table in PUBLISHED if table.name == "periods"))
    assert len(rows) == len(periods)
    (hill,) = [row for row in rows if row["indicator_id"] == "hill" and row["start"] == date(2025, 2, 1)]
    assert (hill["title"], hill["year"], hill["quarter"], hill["month"]) == (
        "Visits to Hill", 2025, date(2025, 1, 1), date(2025, 2, 1),
    )  # fmt: skip
    assert (hill["finished"], hill["additive"], hill["target_value"]) == (True, True, 1500.0)
    running = [row for row in rows if row["start"] == date(2026, 3, 1)]
    assert running
    assert not any(row["finished"] or row["value"] is not None for row in running)
    assert {row["additive"] for row in rows if row["indicator_id"] == "share"} == {False}


@pytest.mark.parametrize("form", FORMS)
def test_an_export_replaces_an_older_one_and_nothing_else(
    exported: dict[str, Path], folder: Path, tmp_path: Path, form: str
) -> None:
    assert kmi(folder, form, exported[form]).exit_code == 0
    foreign = tmp_path / f"mine.{form}"
    if form == "csv":
        foreign.mkdir()
    kept = foreign / "budget.csv" if form == "csv" else foreign
    kept.write_bytes(b"my own figures")
    refused = kmi(folder, form, foreign)
    assert refused.exit_code == 2
    assert "--force" in refused.output
    assert kept.read_bytes() == b"my own figures"
    forced = kmi(folder, form, foreign, "--force")
    assert forced.exit_code == 0, forced.output
    assert READERS[form](foreign, ABOUT)
    assert [path.name for path in tmp_path.iterdir()] == [foreign.name]


def test_a_workbook_and_a_database_of_someone_else_are_not_replaced(folder: Path, tmp_path: Path) -> None:
    book = Workbook()
    book.properties.creator = "Finance"
    book.save(tmp_path / "a.xlsx")
    duckdb.connect(tmp_path / "a.duckdb").execute("CREATE TABLE about (fact TEXT, text TEXT)").close()
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as session, session:
        session.execute("CREATE TABLE mine (a)")
    for form in ("xlsx", "duckdb", "sqlite"):
        assert kmi(folder, form, tmp_path / f"a.{form}").exit_code == 2


@pytest.mark.parametrize("form", FORMS)
def test_a_failed_export_leaves_the_older_one(
    exported: dict[str, Path], folder: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = exported[form]
    before = {one: one.stat().st_ino for one in [path, *path.glob("*")]}
    parts = Contents.parts

    def broken(self: Contents, table: Table) -> Iterator[pa.Table]:
        if table.name == "verdicts":
            raise OSError(28, os.strerror(28))
        return parts(self, table)

    monkeypatch.setattr(Contents, "parts", broken)
    done = kmi(folder, form, path)
    assert done.exit_code == 1, done.output
    assert {one: one.stat().st_ino for one in [path, *path.glob("*")]} == before
    assert not [one for one in path.parent.iterdir() if one.name.startswith(".")]


HOSTILE_ROWS = tuple((f"{at}", text) for at, text in enumerate([*HOSTILE, "x" * 40_000]))


def hostile(folder: Path) -> Contents:
    """Texts that a spreadsheet would compute, and a long one, in the table of facts."""
    made = contents_of(published_copy(LocalRoot(folder.parent), PUBLISHED))
    return Contents(made.published, HOSTILE_ROWS, ())


def test_a_workbook_holds_text_and_never_a_formula(folder: Path, tmp_path: Path) -> None:
    write_workbook(tmp_path / "a.xlsx", hostile(folder))
    sheet = load_workbook(tmp_path / "a.xlsx")["about"]
    cells = [row[1] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert [cell.value or "" for cell in cells[:-1]] == HOSTILE
    assert [cell.quotePrefix for cell in cells[:6]] == [True] * 6
    assert len(cells[-1].value) == MOST_CHARACTERS
    assert cells[-1].value.endswith(CUT)


def test_a_csv_has_an_apostrophe_before_what_a_spreadsheet_would_compute(folder: Path) -> None:
    body = dict(csv_files(hostile(folder)))["about.csv"]
    found = [row[1] for row in csv.reader(io.StringIO(body.decode(), newline=""))][1:]
    guarded = ["'=1+1", "'+1+1", "'-2+3", "'@SUM(A1)", "'\t=1", "'\r=1"]
    assert found == [*guarded, *HOSTILE[6:], "x" * 40_000]


def test_databases_hold_hostile_text_as_it_is(folder: Path, tmp_path: Path) -> None:
    write_duckdb(tmp_path / "a.duckdb", hostile(folder))
    write_sqlite(tmp_path / "a.sqlite", hostile(folder))
    expected = sorted(text for _, text in HOSTILE_ROWS)
    assert sorted(str(text) for _, text in duckdb_rows(tmp_path / "a.duckdb", ABOUT)) == expected
    assert sorted(str(text) for _, text in sqlite_rows(tmp_path / "a.sqlite", ABOUT)) == expected


def test_the_meaning_of_a_column_is_its_comment_in_duckdb(exported: dict[str, Path]) -> None:
    query = "SELECT comment FROM duckdb_columns() WHERE table_name = 'periods' AND column_name = 'end_day'"
    with duckdb.connect(exported["duckdb"], read_only=True) as session:
        assert session.execute(query).fetchall() == [("the same as end, under a name that SQL does not reserve",)]


def test_a_table_may_be_left_out_and_must_exist(folder: Path, tmp_path: Path) -> None:
    assert kmi(folder, "xlsx", tmp_path / "a.xlsx", "--without", "observations").exit_code == 0
    with closing(load_workbook(tmp_path / "a.xlsx", read_only=True)) as book:
        assert "observations" not in book.sheetnames
    wrong = kmi(folder, "xlsx", tmp_path / "a.xlsx", "--without", "observation")
    assert wrong.exit_code == 2
    assert "observations" in wrong.output


def test_nothing_published_is_said_with_its_remedy(tmp_path: Path) -> None:
    done = kmi(tmp_path / "empty" / "published", "csv", tmp_path / "out")
    assert done.exit_code == 2
    assert "nothing has been published here yet" in done.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "body", "code", "message"),
    [
        ("calendar.parquet", None, 1, "a run published while it was read"),
        ("calendar.parquet", b"PAR1 cut off", 1, "a run published while it was read"),
        ("datapackage.json", b"{", 1, "run 'kmi run', which writes it anew"),
        ("datapackage.json", b'{"version": "2.0.0", "resources": []}', 2, "bring both to one version of kmi"),
        ("datapackage.json", b'{"version": "1.0.0", "resources": []}', 2, "an older version published here"),
    ],
)
def test_files_that_do_not_belong_together_are_not_exported(
    folder: Path, tmp_path: Path, name: str, body: bytes | None, code: int, message: str
) -> None:
    copied = tmp_path / "warehouse" / "published"
    shutil.copytree(folder, copied)
    (copied / name).unlink()
    if body is not None:
        (copied / name).write_bytes(body)
    done = kmi(copied, "sqlite", tmp_path / "a.sqlite")
    assert (done.exit_code, message in done.output) == (code, True), done.output
    assert not (tmp_path / "a.sqlite").exists()


def test_a_warehouse_without_observations_is_exported(folder: Path, tmp_path: Path) -> None:
    """As after a first run that brought nothing."""
    copied = tmp_path / "warehouse" / "published"
    shutil.copytree(folder, copied)
    package = json.loads((copied / "datapackage.json").read_text(encoding="utf-8"))
    package["resources"] = [one for one in package["resources"] if "observations" not in one["path"]]
    (copied / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    for form in ("xlsx", "csv", "duckdb", "sqlite"):
        path = tmp_path / f"a.{form}"
        assert kmi(copied, form, path).exit_code == 0
        (table,) = [table for table in PUBLISHED if table.name == "observations"]
        assert READERS[form](path, table) == []


def test_a_warehouse_on_an_object_store_is_exported_too(
    folder: Path, exported: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with object_store() as (address, environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        remote = open_root(f"{address}/warehouse")
        remote.write({f"published/{path.name}": path.read_bytes() for path in folder.iterdir()})
        where = ["--warehouse", f"{address}/warehouse", "--output", str(tmp_path / "a.sqlite")]
        done = CliRunner().invoke(main, ["export", "--to", "sqlite", *where])
        assert done.exit_code == 0, done.output
    for table in PUBLISHED:
        assert sqlite_rows(tmp_path / "a.sqlite", table) == sqlite_rows(exported["sqlite"], table)
