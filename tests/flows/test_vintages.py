"""The verdicts of a day can be shown again, exactly; a break's overlap joins two gates."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from flows.cli import main
from tests.plan_texts import plan_text, write_plan

SOURCES = """\
gates: {type: footfall, path: visits.csv, layout: wide, columns: {entity: Library},
  date_formats: ["%Y-%m"], period: month}
old_gates: {type: footfall, path: old.csv, layout: wide, columns: {entity: Library},
  date_formats: ["%Y-%m"], period: month}
"""
VISITS = """\
visits:
  title: Visits
  unit: visits
  kind: flow
  of: [{source: gates, metric: visits}]
  target: {baseline: {from: 2025-01-01, to: 2025-12-31}, value: %d, due: 2027-12-31}
"""
BREAK = """\
breaks:
  - {day: 2026-01-01, reason: New gates, indicators: [visits], splice: {overlap: [{source: old_gates, metric: visits}]}}
"""


def months(first: date, *values: float) -> str:
    names = [
        f"{first.year + (first.month - 1 + at) // 12}-{(first.month - 1 + at) % 12 + 1:02}" for at in range(len(values))
    ]
    return ",".join(["Library", *names]) + "\n" + ",".join(["Central", *map(str, values)]) + "\n"


def kmi(*arguments: object) -> str:
    done = CliRunner().invoke(main, [str(argument) for argument in arguments], prog_name="kmi")
    assert done.exit_code == 0, done.output
    return done.stdout


def verdict_rows(plan: Path, *options: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(kmi("status", "--plan", plan, "--json", *options))["verdicts"]
    return rows


NOT_KEPT = ("unit", "target_value", "due")
"""What the ledger of verdicts does not keep, so that a past day gives it as null."""


def as_known(plan: Path, day: str) -> list[dict[str, Any]]:
    rows = verdict_rows(plan, "--as-known-on", day)
    assert all(row[name] is None for row in rows for name in NOT_KEPT)
    return rows


def kept(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | dict.fromkeys(NOT_KEPT) for row in rows]


def asked(query: str) -> list[Any]:
    with duckdb.connect() as session:
        return session.execute(query).fetchall()


def a_library(folder: Path, target: int = 200, more: str = "") -> Path:
    (folder / "old.csv").write_text(months(date(2025, 1, 1), *[80.0] * 16), encoding="utf-8")
    (folder / "visits.csv").write_text(months(date(2026, 1, 1), 160, 160, 160, 160, 190), encoding="utf-8")
    return write_plan(folder, plan_text(SOURCES, VISITS % target, more))


@pytest.mark.slow
def test_every_day_can_be_told_again_after_figures_and_goal_posts_have_moved(tmp_path: Path) -> None:
    plan = a_library(tmp_path, 200, BREAK)
    kmi("run", "--plan", plan, "--now", "2026-06-10T06:00:00")
    first = verdict_rows(plan)
    assert (first[0]["verdict"], first[0]["value"]) == ("on_track", 190)
    (tmp_path / "visits.csv").write_text(months(date(2026, 1, 1), 160, 160, 160, 160, 161), encoding="utf-8")
    kmi("run", "--plan", plan, "--now", "2026-06-11T06:00:00")
    second = verdict_rows(plan)
    a_library(tmp_path, 163, BREAK)
    (tmp_path / "visits.csv").write_text(months(date(2026, 1, 1), 160, 160, 160, 160, 161), encoding="utf-8")
    kmi("run", "--plan", plan, "--now", "2026-06-12T06:00:00")
    kmi("run", "--plan", plan, "--now", "2026-06-13T06:00:00")
    assert second != first
    assert as_known(plan, "2026-06-10") == kept(first)
    assert as_known(plan, "2026-06-11") == kept(second)
    assert as_known(plan, "2026-06-13") == kept(verdict_rows(plan))
    assert as_known(plan, "2026-06-11T05:59:59") == kept(first)
    history = asked(
        f"SELECT cause, plan_change FROM '{tmp_path}/kmi-warehouse/published/verdict_history.parquet' ORDER BY as_of"
    )
    assert history == [("new_data", None), ("restated", None), ("plan_changed", "target value from 200 to 163")]


@pytest.mark.slow
def test_before_the_first_evaluation_there_is_nothing_to_tell(tmp_path: Path) -> None:
    plan = a_library(tmp_path)
    kmi("run", "--plan", plan, "--now", "2026-06-10T06:00:00")
    done = CliRunner().invoke(main, ["status", "--plan", str(plan), "--as-known-on", "2026-06-09"])
    assert done.exit_code == 2
    assert "nothing was known on 2026-06-09: the first evaluation was on 2026-06-10 06:00 UTC" in done.stderr


@pytest.mark.slow
def test_the_old_gates_give_the_baseline_in_visits_of_the_new_ones(tmp_path: Path) -> None:
    """80 by the old gates is 160 by the new ones, in all four months that hold both."""
    plan = a_library(tmp_path, 200, BREAK)
    kmi("run", "--plan", plan, "--now", "2026-06-10T06:00:00")
    folder = tmp_path / "kmi-warehouse/published"
    joined = asked(f"SELECT factor, overlap_periods, spliced FROM '{folder}/indicator_breaks.parquet'")
    assert joined == [(2.0, 4, True)]
    assert asked(f"SELECT baseline_value FROM '{folder}/indicators.parquet'") == [(160.0,)]
    rows = asked(f"SELECT value, flags FROM '{folder}/periods.parquet' WHERE start < DATE '2026-01-01'")
    assert rows == [(160.0, ["spliced"])] * 12


@pytest.mark.slow
def test_without_a_splice_no_verdict_reaches_across(tmp_path: Path) -> None:
    plan = a_library(tmp_path, 200, "breaks: [{day: 2026-01-01, reason: New gates}]\n")
    visits = VISITS.replace(
        "of: [{source: gates, metric: visits}]",
        "of: [{source: gates, metric: visits}, {source: old_gates, metric: visits}]",
    )
    write_plan(tmp_path, plan_text(SOURCES, visits % 200, "breaks: [{day: 2026-01-01, reason: New gates}]\n"))
    kmi("run", "--plan", plan, "--now", "2026-06-10T06:00:00")
    (row,) = verdict_rows(plan)
    assert row["verdict"] == "not_assessable"
    assert "since 1 Jan 2026 (New gates)" in row["reason"]
