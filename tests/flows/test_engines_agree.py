"""Every expression of the project on DuckDB and on Spark: all rows are the same, to the last bit."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest

from flows.commands.demo import run_demo
from flows.engines.choice import DUCKDB, engine_at
from flows.engines.engine import Engine, Query
from flows.steps import reduction
from flows.steps.assess import assess
from flows.steps.context import open_context
from flows.steps.expressions import MAKERS
from flows.steps.queries import queries
from tests.engine_inputs import observed_day_tables, reduction_tables, settling_inputs
from tests.test_architecture import CHECKOUT, modules
from warehouse.table_scan import TableScan


def week_tables(seed: int) -> dict[str, pa.Table]:
    tables = reduction_tables(seed)
    return {reduction.EVERY: tables.pop("observations"), **tables}


INPUTS = {
    "reduction": reduction_tables,
    "whole_weeks": week_tables,
    "known_series": reduction_tables,
    "settling": settling_inputs,
    "valued_windows": observed_day_tables,
    "newest_spans": observed_day_tables,
}
COMPARED = {
    **{name: (partial(queries, name), tables) for name, tables in INPUTS.items()},
    "sample_weeks": (reduction.week_queries, week_tables),
}
SEEDS = (1, 2)
TODAY = date(2026, 11, 25)


@dataclass
class BothEngines:
    """Runs each query on two engines, compares all rows, and returns those of the first."""

    other: Engine
    address: str = "both"
    compared: list[int] = field(default_factory=list)

    def run(
        self, stored: Mapping[str, Query], results: tuple[Query, ...], tables: Mapping[str, pa.Table | TableScan]
    ) -> list[pa.Table]:
        ours, theirs = (engine.run(stored, results, tables) for engine in (DUCKDB, self.other))
        for one, other in zip(ours, theirs, strict=True):
            assert in_order(one).to_pylist() == in_order(other).to_pylist()
            self.compared.append(one.num_rows)
        return ours


def in_order(rows: pa.Table) -> pa.Table:
    """The rows in an order; Arrow sorts by no list."""
    keys = [field.name for field in rows.schema if not pa.types.is_list(field.type)]
    return rows.sort_by([(name, "ascending") for name in keys])


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    sql = pytest.importorskip("pyspark.sql", reason="Spark is not installed: uv sync --extra spark")
    if shutil.which("java") is None:
        pytest.skip("Spark needs a JVM, and no java is on the path: apt-get install default-jre-headless")
    folder = tmp_path_factory.mktemp("spark")
    settings = "spark.master=local[2]&spark.sql.shuffle.partitions=2&spark.default.parallelism=2"
    yield engine_at(f"pyspark://{folder}?{settings}")
    sql.SparkSession.builder.getOrCreate().stop()


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", COMPARED)
def test_duckdb_gives_the_same_rows_again_in_whatever_order_it_reads(name: str, seed: int) -> None:
    made, inputs = COMPARED[name]
    tables = inputs(seed)
    turned = {key: table.take(pa.array(range(table.num_rows - 1, -1, -1))) for key, table in tables.items()}
    mine = made()
    first, second = (DUCKDB.run(mine.stored, mine.results, given) for given in (tables, turned))
    assert [in_order(one).to_pylist() for one in first] == [in_order(one).to_pylist() for one in second]
    assert all(one.num_rows for one in first)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", COMPARED)
def test_spark_gives_the_rows_of_duckdb(spark: Engine, name: str, seed: int) -> None:
    made, inputs = COMPARED[name]
    mine, both = made(), BothEngines(spark)
    both.run(mine.stored, mine.results, inputs(seed))
    assert len(both.compared) == len(mine.results)
    assert all(both.compared)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_spark_gives_the_periods_of_the_demo(spark: Engine, tmp_path: Path) -> None:
    assert run_demo(tmp_path, TODAY) == 0
    now = datetime.combine(TODAY, time(5), UTC)
    context = open_context(
        tmp_path / "plan.yaml", tmp_path / "kmi-warehouse", resolve=str, log=print, clock=lambda: now
    )
    both = BothEngines(spark)
    assessed = assess(replace(context, engine=both))
    assert len(assessed.periods) > 100
    assert sum(both.compared) > 1000


def test_no_expression_of_the_project_is_left_out() -> None:
    """Queries are made in this module only, and each of them is compared above."""
    makers = [path for path in modules("flows", "transforms") if " translated(" in path.read_text(encoding="utf-8")]
    assert [path.relative_to(CHECKOUT).as_posix() for path in makers] == ["flows/steps/expressions.py"]
    assert MAKERS.keys() == INPUTS.keys()
