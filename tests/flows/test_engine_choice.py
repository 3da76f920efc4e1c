"""Which engine an address means, and what a wrong one is told."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import main
from flows.engines import choice
from flows.engines.choice import DUCKDB, engine_at
from flows.engines.ibis_engine import IbisEngine
from flows.steps import reduction
from flows.steps.queries import queries
from tests.engine_inputs import reduction_tables
from tests.observation_rows import daily_visits
from warehouse.errors import ConfigError
from warehouse.frames import to_arrow
from warehouse.root import open_root
from warehouse.schema import OBSERVATIONS
from warehouse.table_scan import scan_table
from warehouse.tables import Tables

IBIS_WARNS = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
"""Ibis 12 calls what DuckDB 2.0 has renamed."""


@pytest.mark.parametrize("address", [None, "", "duckdb"])
def test_duckdb_is_the_default(address: str | None) -> None:
    assert engine_at(address) is DUCKDB


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("duckbd", "'duckbd' is not an engine: did you mean 'duckdb'?"),
        ("sparky://host", "'sparky' is not an engine: did you mean 'pyspark'?"),
        ("abacus", "'abacus' is not an engine: write duckdb, or an address of Ibis such as pyspark://"),
        ("pyspark", "'pyspark' is not an address: write pyspark://"),
    ],
)
def test_a_wrong_engine_is_told_what_to_write(address: str, words: str) -> None:
    with pytest.raises(ConfigError) as error:
        engine_at(address)
    assert str(error.value) == f"--engine or KMI_ENGINE: {words}"


def test_spark_that_is_not_installed_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"pip install 'km-indicators\[spark\]'.*uv sync --extra spark"):
        engine_at("pyspark://?spark.master=local[2]")


def test_a_wrong_engine_ends_a_run_before_it_collects(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("no plan", encoding="utf-8")
    where = ["--plan", str(tmp_path / "plan.yaml")]
    for given, environment in ((["--engine", "duckbd"], {}), ([], {"KMI_ENGINE": "duckbd"})):
        result = CliRunner().invoke(main, ["run", *where, *given], env=environment)
        assert result.exit_code == 2
        assert "'duckbd' is not an engine: did you mean 'duckdb'?" in result.output
    assert not (tmp_path / "kmi-warehouse").exists()


def test_a_password_in_an_address_is_not_shown() -> None:
    engine = IbisEngine("postgres://kmi:hunter2@127.0.0.1:1/db")
    assert (engine.address, "hunter2" in repr(engine)) == ("postgres://", False)
    with pytest.raises(ConfigError, match=r"postgres://: ") as error:
        engine.run({}, (), {})
    assert "hunter2" not in str(error.value)


@IBIS_WARNS
def test_a_backend_of_ibis_gives_the_rows_of_duckdb() -> None:
    query, tables = queries("reduction"), reduction_tables(3)
    ours = DUCKDB.run(query.stored, query.results, tables)
    theirs = IbisEngine("duckdb://").run(query.stored, query.results, tables)
    for one, other in zip(ours, theirs, strict=True):
        order = [(name, "ascending") for name in one.column_names]
        assert one.num_rows
        assert one.sort_by(order).to_pylist() == other.sort_by(order).to_pylist()


@IBIS_WARNS
def test_a_backend_of_ibis_reads_a_table_of_the_warehouse(tmp_path: Path) -> None:
    tables = Tables(open_root(tmp_path))
    rows = daily_visits([("2026-01-31", "Hill", 3.0), ("2026-02-01", "Hill", None)])
    tables.append(OBSERVATIONS, to_arrow(rows, OBSERVATIONS))
    scan = scan_table(tables, OBSERVATIONS, reduction.OBSERVATION_COLUMNS, {"gates"})
    query = queries("known_series")
    (found,) = query.run({"observations": scan}, IbisEngine("duckdb://"))
    assert found.to_dict("records") == query.run({"observations": scan})[0].to_dict("records")
    assert len(found) == 1
