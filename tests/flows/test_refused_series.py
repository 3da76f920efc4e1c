"""An indicator of which all that was delivered is refused has its periods, without a value."""

from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from flows.cli import main

PLAN = """\
organisation: {name: Hill Library, time_zone: Europe/London}
sources:
  training: {type: measures, path: training.csv, columns: {date: Month}, date_formats: ["%Y-%m"], period: month,
    ignore: [Session], measures: {attendances: {column: Attendances, unit: attendances}}}
  gates: {type: footfall, path: gates.csv, layout: long, columns: {entity: Branch, date: Month, value: Visits},
    date_formats: ["%Y-%m"], period: month}
indicators:
  trained: {title: Trained, unit: attendances, kind: flow, of: [{source: training, metric: attendances}]}
  visits: {title: Visits, unit: visits, kind: flow, of: [{source: gates, metric: visits}]}
"""
MONTHS = [f"2026-{month:02}" for month in range(1, 10)]


@pytest.fixture
def periods(tmp_path: Path) -> duckdb.DuckDBPyRelation:
    twice = [f"{month},{name},12\n" for month in MONTHS for name in ("Citing", "Searching")]
    (tmp_path / "training.csv").write_text("Month,Session,Attendances\n" + "".join(twice))
    counted = [f"Central,{month},100\n" for month in MONTHS]
    (tmp_path / "gates.csv").write_text("Branch,Month,Visits\n" + "".join(counted) + "Centrall,2026-09,many\n")
    (tmp_path / "plan.yaml").write_text(PLAN)
    done = CliRunner().invoke(main, ["run", "--plan", str(tmp_path / "plan.yaml"), "--now", "2026-10-11T06:00:00"])
    assert done.exit_code == 1, done.output
    return duckdb.sql(f"select * from '{tmp_path}/kmi-warehouse/published/periods.parquet'")


def test_each_month_that_was_delivered_and_refused_is_there_without_a_value(periods: duckdb.DuckDBPyRelation) -> None:
    found = periods.filter("indicator_id = 'trained'").order("start")
    rows = found.project("strftime(start, '%Y-%m'), value, completeness").fetchall()
    assert rows[:9] == [(month, None, 0.0) for month in MONTHS]


def test_a_refused_name_beside_accepted_ones_is_not_one_that_the_total_lacks(
    periods: duckdb.DuckDBPyRelation,
) -> None:
    rows = periods.filter("indicator_id = 'visits' and start = '2026-09-01'").project("value, completeness").fetchall()
    assert rows == [(100.0, 1.0)]
