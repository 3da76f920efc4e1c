"""Days that a sample leaves out are not missing: neither in the published sources nor in what the brief asks for."""

import re
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from flows.cli import main
from tests.plan_texts import plan_text, write_plan

SOURCE = """\
door:
  type: footfall
  path: door.csv
  layout: long
  columns: {entity: Branch, date: Day, value: Visits}
  date_formats: ["%Y-%m-%d"]
  period: day
"""
SAMPLED = """\
visits: {title: Visits, unit: visits, kind: flow, period: year, owner: Ada, of: [{source: door, metric: visits}],
  sample: {}, target: {baseline: {from: 2024-01-01, to: 2024-12-31}, value: 90000, due: 2027-12-31}}
"""
WHOLE = """\
months: {title: Months, unit: visits, kind: flow, owner: Ben, of: [{source: door, metric: visits}]}
"""
MONDAYS = ("2024-02-05", "2024-05-13", "2024-09-16", "2025-02-03", "2025-05-12", "2025-11-03")


def published(folder: Path, indicators: str, *lost: date) -> tuple[list[str], bool, str]:
    """The missing days of the source, whether it is fresh, and the text of the brief."""
    lines = ["Branch,Day,Visits"]
    for monday in map(date.fromisoformat, MONDAYS):
        days = (monday + timedelta(days=n) for n in range(7))
        lines += [f"Hill,{day},{200 + 7 * day.month + day.day}" for day in days if day not in lost]
    (folder / "door.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    plan = write_plan(folder, plan_text(SOURCE, indicators))
    done = CliRunner().invoke(main, ["run", "--plan", str(plan), "--now", "2026-03-10T06:00:00"])
    assert done.exit_code == 0, done.output
    CliRunner().invoke(main, ["brief", "--plan", str(plan), "--output", str(folder / "brief")], catch_exceptions=False)
    ((missing, fresh),) = duckdb.execute(
        f"SELECT missing, fresh FROM '{folder}/kmi-warehouse/published/sources.parquet'"
    ).fetchall()
    text = re.sub(r"<[^>]+>|\s+", " ", (folder / "brief/brief.html").read_text(encoding="utf-8"))
    return missing, fresh, text


@pytest.mark.slow
def test_the_weeks_that_a_sample_leaves_out_are_not_asked_for(tmp_path: Path) -> None:
    missing, fresh, brief = published(tmp_path, SAMPLED)
    assert (missing, fresh) == ([], True)
    assert "supply" not in brief


@pytest.mark.slow
def test_a_day_that_a_counted_week_lacks_is_asked_for(tmp_path: Path) -> None:
    missing, _, brief = published(tmp_path, SAMPLED, date(2025, 5, 14), date(2025, 11, 9))
    assert missing == ["2025-05-14"]  # a week without its end may still be delivered
    assert "supply the missing data, 14 May 2025" in re.sub(r"\s+", " ", brief)


@pytest.mark.slow
def test_what_an_indicator_without_a_sample_needs_is_still_missing(tmp_path: Path) -> None:
    missing, fresh, brief = published(tmp_path, SAMPLED + WHOLE)
    assert missing[0] == "2024-02-12..2024-05-12"
    assert not fresh
    assert "supply" in brief
