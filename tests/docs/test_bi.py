"""The pages on BI tools: their queries run over a published folder, and the tables and columns that they name exist."""

import json
import re
import sqlite3
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string

from flows.cli import main
from flows.commands.exporting.pivot import PIVOT
from tests.markdown_blocks import code_blocks
from tests.star_library import published_star
from warehouse import schema

PAGES = sorted((Path(__file__).resolve().parents[2] / "docs" / "bi").glob("*.md"))
TABLES = {
    table.name: table for table in (getattr(schema, name) for name in dir(schema) if name.startswith("PUBLISHED_"))
}
BLOCKS = [(page.stem, info, text) for page in PAGES for info, text in code_blocks(page)]
QUERIES = [(page, text) for page, info, text in BLOCKS if info == "sql"]
VIEWS = [(page, text) for page, info, text in BLOCKS if info == "sql views"]
READS = [(page, text) for page, text in QUERIES if text.startswith("SELECT")]


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of two runs where the pages say that they lie."""
    made = tmp_path_factory.mktemp("bi")
    published_star(made)
    (made / "warehouse").rename(made / "kmi-warehouse")
    return made


@pytest.fixture(autouse=True)
def _here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


@pytest.mark.parametrize(("page", "query"), READS, ids=[f"{page}-{number}" for number, (page, _) in enumerate(READS)])
def test_a_query_gives_rows(page: str, query: str) -> None:
    assert duckdb.sql(query).fetchall(), page


@pytest.fixture(scope="module")
def database(folder: Path) -> Path:
    """The database file of views, made as the page says."""
    (text,) = [text for _, text in QUERIES if text.startswith("ATTACH")]
    with pytest.MonkeyPatch.context() as patch, duckdb.connect() as session:
        patch.chdir(folder)
        session.execute(text)
    return folder / "kmi.duckdb"


@pytest.mark.parametrize(("page", "query"), VIEWS, ids=[f"{page}-{number}" for number, (page, _) in enumerate(VIEWS)])
def test_a_query_of_the_views_gives_rows(database: Path, page: str, query: str) -> None:
    with duckdb.connect(database, read_only=True) as session:
        assert session.execute(query).fetchall(), page


def test_the_database_file_has_a_view_of_every_table(database: Path) -> None:
    with duckdb.connect(database, read_only=True) as session:
        views = {
            name for (name,) in session.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        }
        assert views == set(TABLES)
        for name, table in TABLES.items():
            assert [row[0] for row in session.execute(f"DESCRIBE {name}").fetchall()] == table.names
            assert session.execute(f"SELECT count(*) > 0 FROM {name}").fetchall() == [(name != "breaks",)]


@pytest.fixture(scope="module")
def exports(folder: Path) -> dict[str, Path]:
    """An export of the published tables in each form whose SQL is on a page."""
    paths = {}
    for form in ("duckdb", "sqlite", "xlsx", *(["hyper"] if find_spec("tableauhyperapi") else [])):
        paths[form] = folder / f"library.{form}"
        where = ["--warehouse", str(folder / "kmi-warehouse"), "--output", str(paths[form])]
        done = CliRunner().invoke(main, ["export", "--to", form, *where])
        assert done.exit_code == 0, done.output
    return paths


def blocks(info: str) -> list[tuple[str, str]]:
    return [(page, text) for page, found, text in BLOCKS if found == info]


@pytest.mark.parametrize(("page", "query"), blocks("sql export"))
def test_a_query_of_a_duckdb_export_gives_rows(exports: dict[str, Path], page: str, query: str) -> None:
    with duckdb.connect(exports["duckdb"], read_only=True) as session:
        assert session.execute(query).fetchall(), page


@pytest.mark.parametrize(("page", "query"), blocks("sql sqlite"))
def test_a_query_of_an_sqlite_export_gives_rows(exports: dict[str, Path], page: str, query: str) -> None:
    with closing(sqlite3.connect(exports["sqlite"])) as session:
        assert session.execute(query).fetchall(), page


@pytest.mark.skipif(find_spec("tableauhyperapi") is None, reason="the extra hyper is not installed")
def test_a_query_of_a_hyper_export_gives_the_rows_of_duckdb(exports: dict[str, Path]) -> None:
    from tableauhyperapi import Connection, HyperProcess, Telemetry

    ((_, query),) = blocks("sql hyper")
    private, quiet = Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, {"log_config": ""}
    with HyperProcess(private, parameters=quiet) as hyper, Connection(hyper.endpoint, exports["hyper"]) as session:
        found = session.execute_list_query(query)
    with duckdb.connect(exports["duckdb"], read_only=True) as session:
        expected = session.execute(query).fetchall()
    assert [(title, entity, value) for title, entity, _, value, *_ in found] == [
        (title, entity, value) for title, entity, _, value, *_ in expected
    ]


def test_the_formula_of_excel_names_the_columns_that_the_page_says(exports: dict[str, Path]) -> None:
    """And the sum by it is that of the published periods."""
    ((_, formula),) = blocks("excel")
    page = next(path for path in PAGES if path.stem == "excel").read_text(encoding="utf-8")
    letters = {letter: name for name, letter in re.findall(r"`(\w+)` is ([A-Z]+)[,.]", page)}
    with closing(load_workbook(exports["xlsx"], read_only=True)) as book:
        header, *rows = book["pivot"].iter_rows(values_only=True)
    at = {letter: column_index_from_string(letter) - 1 for letter in letters}
    assert {letter: header[place] for letter, place in at.items()} == letters
    summed, *pairs = re.findall(r"pivot!([A-Z]+):[A-Z]+(?:, ([^,p)]+))?", formula)
    wanted = {at[letter]: json.loads(value.lower()) for letter, value in pairs}
    total = sum(row[at[summed[0]]] for row in rows if all(row[place] == value for place, value in wanted.items()))
    query = (
        "SELECT sum(value) FROM 'kmi-warehouse/published/periods.parquet' "
        "WHERE indicator_id = 'hill' AND year(start) = 2025"
    )
    assert total == duckdb.sql(query).fetchall()[0][0]
    assert total > 10_000


def test_a_calculation_of_tableau_names_columns_of_the_pivot_table() -> None:
    ((_, formula),) = blocks("tableau")
    named = set(re.findall(r"\[(\w+)\]", formula))
    assert named
    assert named <= set(PIVOT.names)


def test_what_is_written_for_excel_opens(folder: Path) -> None:
    for page, text in QUERIES:
        if text.startswith("COPY"):
            duckdb.sql(text)
            name = re.search(r"TO '(\w+\.csv)'", text)
            assert name is not None, page
            assert len(pd.read_csv(folder / name[1])) > 0


def test_text_that_looks_like_a_formula_gets_an_apostrophe(folder: Path) -> None:
    (text,) = [text for _, text in QUERIES if "regexp_matches" in text]
    whole = "'kmi-warehouse/published/observations-*.parquet'"
    names = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "Hill", ""]
    shown = pd.DataFrame(
        {"source": "s", "metric": "m", "start": "2026-01-01", "value": 1.0, "unit": "u", "entity": names}
    )
    with duckdb.connect() as session:
        session.register("hostile", shown)
        session.execute(text.replace(whole, "hostile"))
    assert pd.read_csv(folder / "observations.csv", keep_default_na=False)["entity"].to_list() == [
        f"'{one}" for one in names[:6]
    ] + ["Hill", ""]


def test_the_pandas_example_gives_a_table_of_months() -> None:
    (text,) = [text for _, info, text in BLOCKS if info == "python"]
    names: dict[str, object] = {}
    exec(text, names)
    table = names["table"]
    assert isinstance(table, pd.DataFrame)
    assert {"Visits to Hill", "Visits to Vale"} <= set(table.columns)
    assert len(table) > 24


@pytest.mark.skipif(find_spec("polars") is None, reason="Polars is not installed")
def test_the_polars_example_runs() -> None:
    (text,) = [text for _, info, text in BLOCKS if info == "python polars"]
    names: dict[str, object] = {}
    exec(text, names)
    assert len(names["held"])  # type: ignore[arg-type]


def test_a_formula_of_power_bi_names_columns_that_exist() -> None:
    named = {pair for _, info, text in BLOCKS if info == "dax" for pair in re.findall(r"(\w+)\[(\w+)\]", text)}
    assert named
    assert {(table, column) for table, column in named if column not in TABLES[table].names} == set()


def test_relations_on_a_page_are_those_of_the_star() -> None:
    """Rows of the form: table, table, column."""
    for page in PAGES:
        for here, to, column in re.findall(
            r"^\| `(\w+)` \| `(\w+)` \| `(\w+)` \|", page.read_text(encoding="utf-8"), re.MULTILINE
        ):
            assert column in TABLES[here].names, page.stem
            assert TABLES[to].key == (column,), page.stem


def test_every_tool_has_a_page_with_a_report() -> None:
    index = next(page for page in PAGES if page.stem == "index").read_text(encoding="utf-8")
    for page in PAGES:
        if page.stem != "index":
            assert f"({page.name})" in index
            assert "## Connect\n" in page.read_text(encoding="utf-8"), page.stem
            assert "\n## One report" in page.read_text(encoding="utf-8"), page.stem
