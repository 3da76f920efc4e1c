"""``kmi inspect`` on the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.cli import main

TEXT = "Date,Visits\n01/02/2024,5\n02/02/2024,6\n03/02/2024,7\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "visits.csv").write_text(TEXT)
    return tmp_path


def inspect(*words: str) -> Result:
    return CliRunner().invoke(main, ["inspect", *words])


def test_a_question_names_the_option_that_answers_it(folder: Path) -> None:
    asked = inspect(str(folder / "visits.csv"))
    assert asked.exit_code == 2
    assert "--answer 'date_order=day-first|month-first'" in asked.output
    answered = inspect("visits.csv", "--answer", "date_order=day-first")
    assert answered.exit_code == 0
    assert "visits: 18 in the file, 18 read (equal)" in answered.output
    assert "path: visits.csv" in answered.output


def test_what_is_printed_fits_80_columns(folder: Path) -> None:
    (folder / "visits.csv").write_text(f"{TEXT}{'x' * 200},1\n")
    output = inspect("visits.csv").output
    assert max(len(line) for line in output.splitlines()) <= 80


def test_the_json_form_holds_the_settings_and_the_totals(folder: Path) -> None:
    found = json.loads(inspect("visits.csv", "--answer", "date_order=day-first", "--json").output)
    assert (found["version"], found["state"]) == (1, "ready")
    assert found["settings"]["date_formats"] == ["%d/%m/%Y"]
    assert found["reconciliation"]["metrics"][0]["read_total"] == 18


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("none.csv",), "there is no file here"),
        (("visits.csv", "--answer", "date_order"), "is not an answer"),
        (("visits.csv", "--answer", "date_order=never"), "answer with one of: day-first, month-first"),
    ],
)
def test_a_wrong_use_is_one_line(folder: Path, words: tuple[str, ...], message: str) -> None:
    result = inspect(*words)
    assert result.exit_code == 2
    assert message in result.output


def test_the_zone_of_the_days_is_that_of_the_plan(folder: Path) -> None:
    (folder / "plan.yaml").write_text("organisation: {name: Hill, time_zone: America/Chicago}\n")
    (folder / "counts.csv").write_text(
        "Time,Visits\n2026-01-02 02:00 UTC,5\n2026-01-02 18:00 UTC,6\n2026-01-03 18:00 UTC,4\n"
    )
    found = json.loads(inspect("counts.csv", "--json").output)
    assert found["reconciliation"]["metrics"][0]["first"] == "2026-01-01"
