"""Visitors of Chicago's branches in 2014: names with trailing blanks and a footnote mark, a YTD column that adds up."""

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from flows.cli import main
from tests.plan_texts import plan_text, write_plan

MONTHS = (
    "JANUARY",
    "FEBRUARY",
    "MARCH",
    "APRIL",
    "MAY",
    "JUNE",
    "JULY",
    "AUGUST",
    "SEPTEMBER",
    "OCTOBER",
    "NOVEMBER",
    "DECEMBER",
)
BRANCHES = """\
branches:
  type: footfall
  path: {file}
  layout: wide
  columns: {{entity: LOCATION}}
  date_formats: ["%B"]
  year: 2014
  period: month
  ignore: [ADDRESS, CITY, ZIP CODE{ytd}]
"""
YEAR = "visits: {title: Visits, unit: visits, kind: flow, period: year, of: [{source: branches, metric: visits}]}\n"


@pytest.fixture(scope="module")
def file(shared_data: Callable[[str], Path]) -> Path:
    return shared_data("chicago-library-visitors-2014") / "Libraries_-_2014_Visitors_by_Location.csv"


@pytest.fixture(scope="module")
def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.fixture(scope="module")
def published(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chicago")
    plan = write_plan(folder, plan_text(BRANCHES.format(file=file, ytd=", YTD"), YEAR))
    done = CliRunner().invoke(main, ["run", "--plan", str(plan), "--now", "2026-11-24T06:00:00"])
    assert done.exit_code == 0, done.output
    assert "refused" not in done.output
    return folder / "kmi-warehouse/published"


def test_each_branch_has_twelve_months_that_are_the_cells_of_the_file(
    published: Path, rows: list[dict[str, str]]
) -> None:
    got = duckdb.execute(f"SELECT entity, start, value FROM '{published}/observations-2014.parquet'").fetchall()
    want = {
        (row["LOCATION"].strip(), date(2014, at, 1), float(row[month]))
        for row in rows
        for at, month in enumerate(MONTHS, 1)
    }
    assert len(got) == len(want) == 79 * 12
    assert set(got) == want


def test_the_sum_of_each_branch_is_its_ytd_column(published: Path, rows: list[dict[str, str]]) -> None:
    got = dict(
        duckdb.execute(
            f"SELECT entity, sum(value) FROM '{published}/observations-2014.parquet' GROUP BY entity"
        ).fetchall()
    )
    assert got == {row["LOCATION"].strip(): float(row["YTD"]) for row in rows}
    assert len(got) == 79


def test_blanks_at_the_end_of_a_name_are_gone_and_its_footnote_mark_is_not(
    published: Path, rows: list[dict[str, str]]
) -> None:
    names = {
        name
        for (name,) in duckdb.execute(f"SELECT DISTINCT entity FROM '{published}/observations-2014.parquet'").fetchall()
    }
    assert sum(row["LOCATION"] != row["LOCATION"].strip() for row in rows) == 37
    assert all(name == name.strip() for name in names)
    assert "Archer Heights*" in names


def test_the_zeros_of_closed_months_are_zeros(published: Path, rows: list[dict[str, str]]) -> None:
    zeros = sum(int(row[month]) == 0 for row in rows for month in MONTHS)
    assert zeros > 0
    assert duckdb.execute(
        f"SELECT count(*) FROM '{published}/observations-2014.parquet' WHERE value = 0"
    ).fetchone() == (zeros,)


def test_the_year_is_the_sum_of_all_branches(published: Path, rows: list[dict[str, str]]) -> None:
    got = duckdb.execute(
        f"SELECT value, completeness FROM '{published}/periods.parquet' WHERE start = '2014-01-01'"
    ).fetchone()
    assert got == (sum(float(row["YTD"]) for row in rows), 1.0)


def test_a_total_column_that_is_not_declared_fails_the_source_and_says_what_to_do(file: Path, tmp_path: Path) -> None:
    plan = write_plan(tmp_path, plan_text(BRANCHES.format(file=file, ytd=""), YEAR))
    done = CliRunner().invoke(main, ["run", "--plan", str(plan)])
    assert done.exit_code == 1
    assert "the column 'YTD' is neither a date nor declared" in done.stderr
    assert "add 'YTD' to 'ignore'" in done.stderr
