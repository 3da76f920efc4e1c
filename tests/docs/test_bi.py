"""The pages on BI tools: their queries run over a published folder, and the tables and columns that they name exist."""

import re
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pandas as pd
import pytest

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
