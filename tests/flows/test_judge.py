"""Golden cases for ``kmi judge --rule pace``: a table in, the same table with value, verdict and reason out."""

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import main

HEADER = "series,base_year,base_value,current_year,current_value,target_year,target,direction"
GOLDEN = {
    "half the time, half the way": ("2015,10,2020,15,2025,20,up", 1.0, "on_track", "at least 0.95 of the progress due"),
    "ahead of the path": ("2015,10,2020,18,2025,20,up", 1.6, "on_track", "at least 0.95 of the progress due"),
    "exactly 0.95 goes up": ("2000,0,2050,47.5,2100,100,up", 0.95, "on_track", "at least 0.95 of the progress due"),
    "a little less than 0.95": ("2000,0,2050,47.4,2100,100,up", 0.948, "at_risk", "at least 0.60 of the progress due"),
    "exactly 0.60 goes up": ("2000,0,2050,30,2100,100,up", 0.6, "at_risk", "at least 0.60 of the progress due"),
    "a little less than 0.60": ("2000,0,2050,29.9,2100,100,up", 0.598, "behind", "less than 0.60 of the progress due"),
    "no progress": ("2015,10,2020,10,2025,20,up", 0.0, "behind", "less than 0.60 of the progress due"),
    "the wrong way": ("2015,10,2020,5,2025,20,up", -1.0, "behind", "less than 0.60 of the progress due"),
    "down, on the path": ("2015,20,2020,15,2025,10,down", 1.0, "on_track", "at least 0.95 of the progress due"),
    "down, too slow": ("2015,20,2020,18,2025,10,down", 0.4, "behind", "less than 0.60 of the progress due"),
    "down, the wrong way": ("2015,20,2020,25,2025,10,down", -1.0, "behind", "less than 0.60 of the progress due"),
    "from below zero": ("2015,-10,2020,0,2025,10,up", 1.0, "on_track", "at least 0.95 of the progress due"),
    "from zero": ("2015,0,2020,4,2025,10,up", 0.8, "at_risk", "at least 0.60 of the progress due"),
    "met before it is due": ("2015,10,2020,20,2025,20,up", 2.0, "achieved", "the current value meets the target"),
    "met downwards": ("2015,20,2020,9,2025,10,down", 2.2, "achieved", "the current value meets the target"),
    "met late": ("2015,10,2026,20,2025,20,up", 1.0, "achieved", "the current value meets the target"),
    "past and not met": (
        "2015,10,2026,19,2025,20,up",
        0.9,
        "behind",
        "the target year is reached and the target was not met",
    ),
    "no value after the base": (
        "2015,10,2015,10,2025,20,up",
        None,
        "not_assessable",
        "there is no value after the base year",
    ),
    "a value before the base": (
        "2015,10,2014,10,2025,20,up",
        None,
        "not_assessable",
        "the current value is older than the baseline",
    ),
    "due in the base year": (
        "2015,10,2020,15,2015,20,up",
        None,
        "not_assessable",
        "the target is not due after the base year",
    ),
    "no value": ("2015,10,2020,,2025,20,up", None, "not_assessable", "a value or a year is missing: current_value"),
    "no baseline": ("2015,,2020,15,2025,,up", None, "not_assessable", "a value or a year is missing: base_value"),
    "no target": (
        "2015,10,2020,15,,,up",
        None,
        "not_assessable",
        "a value or a year is missing: target_year and target",
    ),
    "no year": ("2015,10,,15,2025,20,up", None, "not_assessable", "a value or a year is missing: current_year"),
    "a flat path": (
        "2015,20,2020,19,2025,20,up",
        None,
        "not_assessable",
        "the baseline already meets the target, so no progress is expected",
    ),
    "other words for up": ("2015,10,2020,15,2025,20,Increase", 1.0, "on_track", "at least 0.95 of the progress due"),
    "other words for down": ("2015,20,2020,15,2025,10,-1", 1.0, "on_track", "at least 0.95 of the progress due"),
}


def judged(folder: Path, *lines: str, header: str = HEADER, options: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """The rows that come out of a table of ``lines``."""
    table = folder / "table.csv"
    table.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["judge", str(table), *options])
    assert done.exit_code == 0, done.output
    return list(csv.DictReader(io.StringIO(done.stdout)))


@pytest.mark.parametrize("case", GOLDEN)
def test_a_row_gets_its_verdict_and_reason(tmp_path: Path, case: str) -> None:
    line, value, verdict, reason = GOLDEN[case]
    (row,) = judged(tmp_path, f"a,{line}")
    assert (row["verdict"], row["reason"]) == (verdict, reason)
    if value is not None:
        assert float(row["value"]) == pytest.approx(value)


def test_a_row_with_a_blank_has_no_value(tmp_path: Path) -> None:
    (row,) = judged(tmp_path, "a,2015,10,2020,,2025,20,up")
    assert row["value"] == ""


def test_the_rows_stay_in_their_order_and_are_judged_each_for_itself(tmp_path: Path) -> None:
    names = list(GOLDEN)
    rows = judged(tmp_path, *(f"{name!r},{GOLDEN[name][0]}".replace("'", '"') for name in names))
    assert [row["series"] for row in rows] == names
    assert [row["verdict"] for row in rows] == [GOLDEN[name][2] for name in names]


def test_further_columns_are_kept_and_their_order_is_free(tmp_path: Path) -> None:
    (row,) = judged(
        tmp_path, "Ada,up,20,2025,15,2020,10,2015,a", header="owner," + ",".join(reversed(HEADER.split(",")))
    )
    assert (row["owner"], row["series"], row["verdict"]) == ("Ada", "a", "on_track")


def test_a_byte_order_mark_and_blanks_around_numbers_do_no_harm(tmp_path: Path) -> None:
    (row,) = judged(tmp_path, "a, 2015 ,10,2020, 15,2025,20,up", header="\ufeff" + HEADER)
    assert row["verdict"] == "on_track"


def test_an_output_file_holds_the_rows_and_the_terminal_a_count(tmp_path: Path) -> None:
    table, out = tmp_path / "table.csv", tmp_path / "out.csv"
    table.write_text(
        f"{HEADER}\na,2015,10,2020,15,2025,20,up\nb,2015,10,2020,10,2025,20,up\nc,2015,10,2020,18,2025,20,up\n",
        encoding="utf-8",
    )
    done = CliRunner().invoke(main, ["judge", str(table), "--rule", "pace", "--output", str(out)])
    assert (done.exit_code, done.stdout) == (0, f"3 rows judged by pace@1: 2 on_track, 1 behind; written to {out}\n")
    with out.open(encoding="utf-8", newline="") as file:
        assert [row["verdict"] for row in csv.DictReader(file)] == ["on_track", "behind", "on_track"]


def test_a_table_without_rows_gives_its_header(tmp_path: Path) -> None:
    assert judged(tmp_path) == []


EDGES = {
    # A plan's verdict on the period that ends on the due day is "behind" (``judgement.case``): the rule must agree.
    "not met in the target year itself": ("a,2015,10,2025,19.9,2025,20,up", "behind"),
    "a target that lies against its direction and is met": ("a,2015,100,2020,90,2025,50,up", "not_assessable"),
    "a target that lies against its direction, was met and is lost": ("a,2015,30,2020,19,2025,20,up", "not_assessable"),
    "a target that lies against its direction and is lost at the end": ("a,2015,30,2025,19,2025,20,up", "behind"),
    "a target that is the baseline, held": ("a,2015,20,2020,20,2025,20,up", "achieved"),
    "a blank before the direction": ("a,2015,10,2020,15,2025,20, up", "on_track"),
}


@pytest.mark.parametrize("case", EDGES)
def test_a_row_at_an_edge_is_judged(tmp_path: Path, case: str) -> None:
    line, verdict = EDGES[case]
    (row,) = judged(tmp_path, line)
    assert row["verdict"] == verdict
