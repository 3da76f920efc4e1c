"""A year of readings of one cumulative gate counter, with its roll-over, its broken days and its closed ones."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from flows.cli import main
from tests.plan_texts import plan_text, write_plan

GATE = """\
gates:
  type: footfall
  path: {file}
  layout: long
  entity: Gate
  columns: {{date: dates, value: counts}}
  date_formats: ["%d-%b-%y"]
  period: day
  values: readings
  rollover: 1000000
  missing: [NA]
"""
PASSAGES = (
    "passages: {title: Passages, unit: passages, kind: flow, period: day, "
    "of: [{source: gates, metric: gate_reading}]}\n"
)
LARGEST = 20_000
LEARNED = 10_610
"""A hundred times 106.1, the 0.9 quantile of its passages a day; four times the gate jumped by a hundred thousand."""


@pytest.fixture(scope="module")
def file(shared_data: Callable[[str], Path]) -> Path:
    return shared_data("utoronto-gatecounts") / "sampleGateCount.csv"


@pytest.fixture(scope="module")
def lines(file: Path) -> list[tuple[int, date, str]]:
    """Row number, day and text of each reading."""
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.reader(opened))[1:]
    return [
        (number, datetime.strptime(day, "%d-%b-%y").replace(tzinfo=UTC).date(), text)
        for number, (day, text) in enumerate(rows, 2)
    ]


@pytest.fixture(scope="module")
def readings(lines: list[tuple[int, date, str]]) -> dict[date, int]:
    return {day: int(text) for _, day, text in lines if text.isdigit()}


def kmi(command: str, plan: Path, *more: str) -> Result:
    return CliRunner().invoke(main, [command, "--plan", str(plan), *more])


def ran(folder: Path, source: str) -> tuple[Path, Result]:
    plan = write_plan(folder, plan_text(source, PASSAGES))
    return plan, kmi("run", plan, "--now", "2022-08-02T06:00:00")


@pytest.fixture(scope="module")
def plan(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    plan, done = ran(tmp_path_factory.mktemp("gate"), GATE.format(file=file))
    assert done.exit_code == 0, done.output
    assert done.output.startswith("gates: 322 observations, 322 new; 5 refused, see 'kmi refused'\n")
    return plan


def passages(plan: Path) -> dict[date, tuple[float | None, list[str]]]:
    """Value and flags of each day."""
    rows = duckdb.execute(
        f"SELECT start, value, flags FROM '{plan.parent}/kmi-warehouse/published/periods.parquet'"
    ).fetchall()
    return {day: (value, flags) for day, value, flags in rows}


def test_every_row_that_is_a_number_is_kept_as_read(plan: Path, readings: dict[date, int]) -> None:
    rows = duckdb.execute(
        'SELECT start, "end" - start, value, entity '
        f"FROM '{plan.parent}/kmi-warehouse/published/observations-*.parquet'"
    ).fetchall()
    assert len(rows) == len(readings) == 322
    assert {(day, 1, float(reading), "Gate") for day, reading in readings.items()} == set(rows)


def test_the_rows_of_the_broken_and_the_closed_gate_are_listed(plan: Path, lines: list[tuple[int, date, str]]) -> None:
    listed = json.loads(kmi("refused", plan, "--json").stdout)["refused"]
    broken = [(number, day, text) for number, day, text in lines if not text.isdigit() and text != "NA"]
    assert len(broken) == 5
    want = [
        (f"sampleGateCount.csv, row {number}, column 'counts'", day.isoformat(), text) for number, day, text in broken
    ]
    assert [(row["origin"], row["start"][:10], row["raw_value"]) for row in listed] == want
    assert {row["action"] for row in listed} == {"correct the cell, leave it blank, or list the text in 'missing'"}
    shown = kmi("refused", plan).output
    assert all(origin in shown for origin, _, _ in want)
    assert "'Gate broken' is not a number" in shown


def test_kept_refused_and_missing_rows_are_all_the_rows(
    lines: list[tuple[int, date, str]], readings: dict[date, int]
) -> None:
    missing = sum(text == "NA" for _, _, text in lines)
    assert (len(lines), len(readings), missing) == (333, 322, 6)
    assert len(lines) == len(readings) + 5 + missing


def test_the_roll_over_yields_the_passages_of_the_day(plan: Path) -> None:
    value, flags = passages(plan)[date(2022, 3, 2)]
    assert value == 9777
    assert flags == ["rollover"]


def test_a_day_between_two_readings_is_their_difference(plan: Path, readings: dict[date, int]) -> None:
    days, got = sorted(readings), passages(plan)
    steps = {
        day: (readings[after] - readings[day]) % 1_000_000 for day, after in pairwise(days) if (after - day).days == 1
    }
    jumps = {day for day, step in steps.items() if step > LEARNED}
    assert (len(steps) > 300, sorted(steps[day] for day in jumps)) == (True, [198_426, 387_623, 396_343, 437_895])
    assert {day: got[day][0] for day in steps} == {day: None if day in jumps else step for day, step in steps.items()}
    assert all("implausible" in got[day][1] for day in jumps)


def test_a_gap_is_shared_out_over_its_days_and_says_so(plan: Path, readings: dict[date, int]) -> None:
    got, gaps = passages(plan), [(day, after) for day, after in pairwise(sorted(readings)) if (after - day).days == 2]
    assert gaps
    for day, after in gaps:
        if readings[after] - readings[day] > 2 * LEARNED:
            assert "implausible" in got[day][1]
            continue
        half = (readings[after] - readings[day]) / 2
        assert got[day] == got[date.fromordinal(day.toordinal() + 1)] == (half, ["prorated"])


def test_a_step_beyond_belief_is_left_out_and_flagged(file: Path, tmp_path: Path, readings: dict[date, int]) -> None:
    plan, done = ran(tmp_path, GATE.format(file=file) + f"  largest_step: {LARGEST}\n  directions: both_halved\n")
    assert done.exit_code == 0, done.output
    got = passages(plan)
    steps = {
        day: (after - day, (readings[after] - readings[day]) % 1_000_000) for day, after in pairwise(sorted(readings))
    }
    wild = [day for day, (_, step) in steps.items() if step > LARGEST]
    assert date(2022, 3, 1) in wild
    assert all(got[day][0] is None and "implausible" in got[day][1] for day in wild)
    tame = {day: step / 2 for day, (days, step) in steps.items() if step <= LARGEST and days.days == 1}
    assert {day: got[day][0] for day in tame} == tame
