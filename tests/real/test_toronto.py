"""Annual visits to the branches of Toronto, 2012 to 2022: a long table whose closed branches have no row."""

import csv
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from flows.cli import main
from tests.plan_texts import plan_text, write_plan

YEARS = range(2012, 2023)
SOURCE = """\
branches:
  type: footfall
  path: {file}
  layout: long
  columns: {{entity: BranchCode, date: Year, value: Visits}}
  ignore: [_id]
  date_formats: ["%Y"]
  period: year
  time_zone: America/Toronto
"""
VISITS = (
    "visits: {title: Visits, unit: visits, kind: flow, period: year, min_completeness: 0.9, "
    "of: [{source: branches, metric: visits}]}\n"
)


@pytest.fixture(scope="module")
def rows(shared_data: Callable[[str], Path]) -> list[dict[str, str]]:
    with (shared_data("toronto-library-visits") / "tpl-library-visits-annual-by-branch.csv").open(
        encoding="utf-8-sig", newline=""
    ) as opened:
        return list(csv.DictReader(opened))


@pytest.fixture(scope="module")
def published(shared_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toronto")
    file = shared_data("toronto-library-visits") / "tpl-library-visits-annual-by-branch.csv"
    plan = write_plan(folder, plan_text(SOURCE.format(file=file), VISITS))
    done = CliRunner().invoke(main, ["run", "--plan", str(plan), "--now", "2026-11-24T06:00:00"])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("branches: 1129 observations, 1129 new\n")
    return folder / "kmi-warehouse/published"


def test_each_row_is_a_year_of_a_branch(published: Path, rows: list[dict[str, str]]) -> None:
    got = duckdb.execute(f"SELECT entity, start, \"end\", value FROM '{published}/observations-*.parquet'").fetchall()
    want = {
        (row["BranchCode"], date(int(row["Year"]), 1, 1), date(int(row["Year"]) + 1, 1, 1), float(row["Visits"]))
        for row in rows
    }
    assert len(got) == len(rows) == 1129
    assert set(got) == want
    assert len({entity for entity, *_ in got}) == 104


def test_the_total_of_each_year_is_exact(published: Path, rows: list[dict[str, str]]) -> None:
    want: dict[int, float] = defaultdict(float)
    for row in rows:
        want[int(row["Year"])] += float(row["Visits"])
    got = duckdb.execute(
        f"SELECT year(start), value FROM '{published}/periods.parquet' WHERE value IS NOT NULL"
    ).fetchall()
    assert dict(got) == want
    assert sorted(want) == list(YEARS)


def test_a_branch_without_a_row_is_missing_and_lowers_the_completeness(
    published: Path, rows: list[dict[str, str]]
) -> None:
    held: dict[int, set[str]] = defaultdict(set)
    begun: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: int(row["Year"])):
        held[int(row["Year"])].add(row["BranchCode"])
        begun.setdefault(row["BranchCode"], int(row["Year"]))
    got = dict(
        duckdb.execute(
            f"SELECT year(start), completeness FROM '{published}/periods.parquet' WHERE year(start) <= 2022"
        ).fetchall()
    )
    want = {year: len(held[year]) / sum(first <= year for first in begun.values()) for year in YEARS}
    assert got == pytest.approx(want)
    assert min(want.values()) < 1
    assert duckdb.execute(
        f"SELECT count(*) FROM '{published}/observations-*.parquet' WHERE value = 0 OR value IS NULL"
    ).fetchone() == (sum(row["Visits"] == "0" for row in rows),)
