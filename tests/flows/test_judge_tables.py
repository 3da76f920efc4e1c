"""The tables that ``kmi judge`` takes: how they are written, which column is which, and rows that cannot be read."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from flows.cli import main
from tests.markdown_blocks import code_blocks

HEADER = "series,base_year,base_value,current_year,current_value,target_year,target,direction"
ROW = "training,2024,200,2026,260,2028,320,up"
MET_ALREADY = "the baseline already lies beyond the target: is the direction right?"


class Judged(NamedTuple):
    code: int
    rows: list[dict[str, str]]
    stdout: str
    stderr: str

    def column(self, name: str) -> list[str]:
        return [row[name] for row in self.rows]


def judge(folder: Path, content: str | bytes, *options: str, name: str = "table.csv", separator: str = ",") -> Judged:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    done = CliRunner().invoke(main, ["judge", str(folder / name), *options])
    rows = list(csv.DictReader(io.StringIO(done.stdout), delimiter=separator)) if done.exit_code == 0 else []
    return Judged(done.exit_code, rows, done.stdout, done.stderr.replace(f"{folder}/", ""))


def workbook(*rows: list[object], formats: dict[str, str] | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Progress"
    for row in rows:
        sheet.append(row)
    for place, pattern in (formats or {}).items():
        sheet[place].number_format = pattern
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


# how it is written ----------------------------------------------------------------------------------------------------

SEPARATED = {
    "semicolons and decimal commas": (";", "training;2024;200,5;2026;260,5;2028;320,5;up"),
    "semicolons and points between thousands": (";", "training;2024;1.200,5;2026;1.260,5;2028;1.320,5;up"),
    "semicolons and decimal points": (";", "training;2024;200.5;2026;260.5;2028;320.5;up"),
    "semicolons and shares of one": (";", "training;2024;0,200;2026;0,260;2028;0,320;up"),
    "tabs and decimal commas": ("\t", "training\t2024\t20,25\t2026\t26,25\t2028\t32,25\tup"),
    "bars and decimal points": ("|", "training|2024|20.25|2026|26.25|2028|32.25|up"),
    "commas and decimal commas": (",", 'training,2024,"200,5",2026,"260,5",2028,"320,5",up'),
    "commas and points before three decimals": (",", "training,2024,1.200,2026,1.260,2028,1.320,up"),
    "commas, points, and commas between thousands": (",", 'training,2024,"1,200.5",2026,"1,260.5",2028,"1,320.5",up'),
    "blanks between thousands": (";", "training;2024;1 200;2026;1\u00a0260;2028;1\u202f320;up"),
    "apostrophes between thousands": (";", "training;2024;1'200;2026;1’260;2028;1'320;up"),
    "powers of ten and bare points": (",", "training,2024,.2e3,2026,2.6E2,2028,320.,up"),
    "another minus": (",", "training,2024,\u2212320,2026,\u2212260,2028,-200,up"),
}


@pytest.mark.parametrize("case", SEPARATED)
def test_a_table_is_read_by_any_separator_and_decimal_mark(tmp_path: Path, case: str) -> None:
    separator, line = SEPARATED[case]
    got = judge(tmp_path, f"{HEADER.replace(',', separator)}\n{line}\n", separator=separator)
    (row,) = got.rows
    assert (got.code, row["verdict"], float(row["value"].replace(",", "."))) == (0, "on_track", pytest.approx(1.0))


def test_the_result_is_written_as_the_table_is(tmp_path: Path) -> None:
    line = "training;2024;200,5;2026;254,5;2028;320,5;up"
    got = judge(tmp_path, f"{HEADER.replace(',', ';')}\n{line}\n")
    assert got.stdout.splitlines()[1] == f"{line};0,9;;at_risk;at_risk;false;at least 0.60 of the progress due"
    assert got.stderr == "table.csv: read the numbers with a decimal comma\n"


TWO_WAYS = {
    "a comma in a table of commas": (",", '"1,260"', "'1,260' may be 1260 or 1.26"),
    "a point in a table of semicolons": (";", "1.260", "'1.260' may be 1260 or 1.26"),
    "a comma in a table of semicolons": (";", "1,260", "'1,260' may be 1260 or 1.26"),
}


@pytest.mark.parametrize("case", TWO_WAYS)
def test_a_number_that_can_be_read_in_two_ways_is_refused_unless_the_mark_is_given(tmp_path: Path, case: str) -> None:
    separator, number, what = TWO_WAYS[case]
    text = f"{HEADER},".replace(",", separator) + "\nx,2024,200,2026,NUMBER,2028,2320,up\n".replace(",", separator)
    text = text.replace("NUMBER", number)
    got = judge(tmp_path, text, separator=separator)
    assert got.column("reason") == [f"current_value: {what}"]
    assert "table.csv, row 2, column 'current_value': " in got.stderr
    given = judge(tmp_path, text, "--decimal", "," if "." in number else ".", separator=separator)
    assert [float(value.replace(",", ".")) for value in given.column("value")] == [1.0]


def test_a_mark_that_differs_from_the_others_is_a_fault_of_its_row(tmp_path: Path) -> None:
    rows = ["a;2024;200,5;2026;260,5;2028;320,5;up", "b;2024;2.5;2026;3;2028;4;up", "c;2024;1.200;2026;3;2028;4;up"]
    got = judge(tmp_path, "\n".join((HEADER.replace(",", ";"), *rows)), separator=";")
    assert got.column("verdict") == ["on_track", "not_assessable", "not_assessable"]
    assert got.column("reason")[1:] == [
        "base_value: '2.5' has another decimal mark than the other numbers",
        "base_value: '1.200' may be 1200 or 1.2",
    ]


ENCODED = {
    "utf-8 with a byte order mark": ("utf-8-sig", ()),
    "utf-16": ("utf-16", ()),
    "windows-1252": ("cp1252", ("--encoding", "windows-1252")),
}


@pytest.mark.parametrize("case", ENCODED)
def test_a_table_is_read_in_other_encodings(tmp_path: Path, case: str) -> None:
    encoding, options = ENCODED[case]
    got = judge(tmp_path, f"{HEADER}\n{ROW.replace('training', 'Bücher')}\n".encode(encoding), *options)
    assert [(row["series"], row["verdict"]) for row in got.rows] == [("Bücher", "on_track")]


def test_an_unknown_encoding_is_refused_with_the_option_that_names_it(tmp_path: Path) -> None:
    got = judge(tmp_path, f"{HEADER}\n{ROW.replace('training', 'Bücher')}\n".encode("cp1252"))
    assert got.code == 1
    assert "row 2) is not UTF-8: save the file as UTF-8, or give --encoding windows-1252" in got.stderr


def test_the_line_in_which_excel_names_the_separator_is_passed_over(tmp_path: Path) -> None:
    text = f"sep=;\r\n{HEADER.replace(',', ';')}\r\n{ROW.replace(',', ';').replace('up', 'high')}\r\n"
    got = judge(tmp_path, text, separator=";")
    assert "row 3, column 'direction': 'high' is not a direction" in got.stderr


def test_a_workbook_keeps_its_whole_numbers_and_days(tmp_path: Path) -> None:
    header = [*HEADER.split(","), "since", "visits"]
    row = ["a", 2024, 200.5, 2026.0, 260.5, 2028, 320.5, "Up", date(2024, 5, 6), 3.0]
    got = judge(tmp_path, workbook([], header, row), name="table.xlsx")
    assert got.stdout.splitlines()[1].startswith("a,2024,200.5,2026,260.5,2028,320.5,Up,2024-05-06,3,1.0,,on_track")


def test_a_cell_of_a_workbook_is_named_by_its_letter(tmp_path: Path) -> None:
    rows = [["a", 2024, "ten", 2026, 260, 2028, 320, 1], ["b", 2024, "=1+1", 2026, 3, 2028, 4, 1]]
    got = judge(tmp_path, workbook(HEADER.split(","), *rows), name="table.xlsx")
    assert got.column("verdict") == ["not_assessable"] * 2
    assert "table.xlsx, sheet 'Progress', cell C2 (column 'base_value'): 'ten' is not a number" in got.stderr
    assert "cell C3 (column 'base_value'): the workbook has a formula without its result" in got.stderr


def test_shares_formatted_in_per_cent_are_read_in_per_cent(tmp_path: Path) -> None:
    row = ["a", 2020, 0.9, 2025, 0.992, 2030, 1, "up"]
    formats = dict.fromkeys(("C2", "E2", "G2"), "0.0%")
    got = judge(tmp_path, workbook(HEADER.split(","), row, formats=formats), "--rule", "unsd", name="table.xlsx")
    assert got.column("verdict") == ["achieved"]


def test_a_sheet_is_chosen_by_name(tmp_path: Path) -> None:
    body = workbook(HEADER.split(","), ROW.split(","))
    assert judge(tmp_path, body, "--sheet", "Progress", name="table.xlsx").column("verdict") == ["on_track"]
    got = judge(tmp_path, body, "--sheet", "Progres", name="table.xlsx")
    assert (got.code, "the nearest is 'Progress': correct --sheet" in got.stderr) == (1, True)


def test_a_parquet_file_is_judged_with_its_types(tmp_path: Path) -> None:
    table = pa.table(
        {
            "series": ["a", "b"],
            "base_year": pa.array([2024, 2024], pa.int16()),
            "base_value": [200.5, float("nan")],
            "current_year": [2026.0, None],
            "current_value": [Decimal("260.50"), Decimal("260.00")],
            "target_year": [2028, 2028],
            "target": [320.5, 320.5],
            "direction": ["up", "up"],
            "as_of": [datetime(2026, 1, 2, 3, 4, tzinfo=UTC), None],
            "counted": [True, None],
        }
    )
    body = io.BytesIO()
    parquet.write_table(table, body)
    got = judge(tmp_path, body.getvalue(), name="table.parquet")
    first, second = got.stdout.splitlines()[1:]
    assert first.startswith("a,2024,200.5,2026,260.5,2028,320.5,up,2026-01-02 03:04:00,True,1.0,,on_track")
    assert second.startswith("b,2024,,,260,2028,320.5,up,,,,,not_available,not_assessable")
    assert got.column("reason")[1] == "a value or a year is missing: base_value and current_year"


BROKEN = {
    "a Parquet file cut short": (b"PAR1 and no more", "this Parquet file cannot be read"),
    "an archive": (b"PK\x03\x04 and no more", "this workbook cannot be read"),
    "an old workbook": (b"\xd0\xcf\x11\xe0 and more", "save it as .xlsx without a password"),
    "bytes": (b"\x00\x01\x02", "give --encoding utf-16"),
    "blank lines": (b"\n , ,\n", "the file is empty: a table to judge has"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_is_no_table_is_refused_with_what_to_do(tmp_path: Path, case: str) -> None:
    body, message = BROKEN[case]
    got = judge(tmp_path, body, name="table")
    assert (got.code, got.stdout, message in got.stderr) == (1, "", True), got.stderr


def test_the_example_of_the_page_is_what_comes_out(tmp_path: Path) -> None:
    blocks = dict(code_blocks(Path(__file__).resolve().parents[2] / "docs" / "judge.md"))
    got = judge(tmp_path, blocks["csv progress.csv"], name="progress.csv")
    assert (got.code, got.stdout, got.stderr) == (0, blocks["csv judged"], blocks["text"])


# which column is which ------------------------------------------------------------------------------------------------

SPELT = {
    "capitals": "Series,Base_Year,Base_Value,Current_Year,Current_Value,Target_Year,Target,Direction",
    "blanks": "series,Base year,Base value,Current year,Current value,Target year,target,direction",
    "no signs": "Series,BaseYear,BaseValue,CurrentYear,CurrentValue,TargetYear,Target,Direction",
    "other words": "Indicator,Baseline year,Baseline,Latest year,Latest value,Due year,Goal,Wanted direction",
    "year and value": "name,base_year,base_value,Year,Value,target_year,target,direction",
    "German": "Reihe,Basisjahr,Basiswert,Jahr,Istwert,Zieljahr,Zielwert,Richtung",
}


@pytest.mark.parametrize("case", SPELT)
def test_a_column_is_known_by_other_names_and_it_is_said_which(tmp_path: Path, case: str) -> None:
    got = judge(tmp_path, f"{SPELT[case]}\n{ROW}\n")
    verdict = next(name for name in ("judged_verdict", "verdict") if name in got.rows[0])
    assert (got.column(verdict), got.stdout.startswith(f"{SPELT[case]},")) == (["on_track"], True)
    for name, own in zip(HEADER.split(",")[1:], SPELT[case].split(",")[1:], strict=True):
        assert own == name or f"'{own}' as {name}" in got.stderr


@pytest.mark.parametrize("name", ["limit", "Limit", "LIMIT", "Natural limit"])
def test_a_limit_is_used_whatever_its_capitals(tmp_path: Path, name: str) -> None:
    got = judge(tmp_path, f"{HEADER},{name}\nshare,2024,90,2026,91.2,,,up,100\n", "--rule", "statcan")
    assert got.column("verdict") == ["on_track"]


@pytest.mark.parametrize("name", ["standard_error", "Standard Error", "SE"])
def test_a_standard_error_is_used_whatever_its_capitals(tmp_path: Path, name: str) -> None:
    text = f"{HEADER},{name}\nsatisfied,2020,50,2025,52,2030,80,up,1\n"
    assert judge(tmp_path, text, "--rule", "hp2030").column("label") == ["Improved"]


@pytest.mark.parametrize("name", ["limitt", "upper limit", "Limit (at most)"])
def test_a_name_that_is_nearly_known_is_told(tmp_path: Path, name: str) -> None:
    got = judge(tmp_path, f"{HEADER},{name},note,community\n{ROW},100,mine,x\n")
    assert got.stderr == f"table.csv: the column '{name}' is not used; did you mean 'limit'?\n"


def test_a_missing_column_is_named_with_a_similar_one(tmp_path: Path) -> None:
    missing = judge(tmp_path, f"{HEADER.replace(',target,', ',tagret,')}\n{ROW}\n")
    assert "the column target is missing ('tagret' is similar): a table to judge has" in missing.stderr


TWICE = {
    "target": "two columns have the name 'target' (columns 7 and 9): rename or remove all but one",
    "Target": "the column target is there twice, as 'target' and 'Target': name the right one 'target'",
    "note,note": "two columns have the name 'note' (columns 9 and 10)",
    "uom,units": "the column unit is there twice, as 'uom' and 'units': name the right one 'unit'",
}


@pytest.mark.parametrize("more", TWICE)
def test_a_column_that_is_there_twice_is_refused_and_named(tmp_path: Path, more: str) -> None:
    got = judge(tmp_path, f"{HEADER},{more}\n{ROW}{',999' * len(more.split(','))}\n")
    assert (got.code, TWICE[more] in got.stderr) == (1, True), got.stderr


# what is the user's stays ---------------------------------------------------------------------------------------------


def test_own_columns_keep_their_names_and_values(tmp_path: Path) -> None:
    got = judge(tmp_path, f"{HEADER},value,Verdict,judged_verdict\n{ROW},mine,as last year,too\n")
    (row,) = got.rows
    assert [row[name] for name in ("value", "Verdict", "judged_verdict")] == ["mine", "as last year", "too"]
    assert (row["judged_value"], row["judged_verdict_2"], row["label"]) == ("1.0", "on_track", "on_track")
    assert "your column 'value' stays as it is; the rule's value is in 'judged_value'" in got.stderr
    assert "your column 'Verdict' stays as it is; the rule's verdict is in 'judged_verdict_2'" in got.stderr


def test_a_table_that_was_judged_can_be_judged_again(tmp_path: Path) -> None:
    first = judge(tmp_path, f"{HEADER}\n{ROW}\n")
    again = judge(tmp_path, first.stdout, "--rule", "sdsn")
    assert again.stdout.splitlines()[1].startswith(first.stdout.splitlines()[1])
    assert again.column("judged_label") == ["On track or maintaining SDG achievement"]


def test_columns_without_a_use_or_a_name_are_carried_through_as_they_are(tmp_path: Path) -> None:
    got = judge(tmp_path, f'{HEADER},a  b,,code\n{ROW},"two\n  lines",n/a,007\n')
    assert got.stdout.splitlines()[0] == f"{HEADER},a  b,,code,value,score,label,verdict,worsening,reason"
    assert [got.rows[0][name] for name in ("a  b", "", "code", "verdict")] == ["two\n  lines", "n/a", "007", "on_track"]


@pytest.mark.parametrize("name", ["table.csv", "./table.csv"])
def test_the_table_itself_is_not_overwritten(tmp_path: Path, name: str) -> None:
    text = f"{HEADER}\n{ROW}\n"
    got = judge(tmp_path, text, "--output", f"{tmp_path}/{name}")
    assert (got.code, "the result would overwrite the table" in got.stderr) == (2, True)
    assert (tmp_path / "table.csv").read_text(encoding="utf-8") == text


def test_the_result_is_not_written_as_csv_into_a_workbook(tmp_path: Path) -> None:
    got = judge(tmp_path, f"{HEADER}\n{ROW}\n", "--output", f"{tmp_path}/judged.xlsx")
    assert (got.code, "the result is a CSV file: name it judged.csv" in got.stderr) == (2, True)
    assert not (tmp_path / "judged.xlsx").exists()


# rows that cannot be read ---------------------------------------------------------------------------------------------

UNREADABLE = {
    "no direction": ("b,2024,200,2026,260,2028,320,", "the direction is missing", ", column 'direction': "),
    "an unknown direction": ("b,2024,200,2026,260,2028,320,on", "'on' is not a direction", ", column 'direction': "),
    "a word": ("b,2024,ten,2026,260,2028,320,up", "base_value: 'ten' is not a number", ", column 'base_value': "),
    "no number": (
        "b,2024,200,2026,inf,2028,320,up",
        "current_value: 'inf' is not a number",
        ", column 'current_value'",
    ),
    "too large": ("b,2024,200,2026,1e999,2028,320,up", "current_value: '1e999' is not a number", "'current_value'"),
    "a day": ("b,2024-01-01,2,2026,3,2028,4,up", "base_year: '2024-01-01' is not a number", ", column 'base_year': "),
    "a year in per cent": ("b,2024%,2,2026,3,2028,4,up", "base_year: '2024%' is not a year", ", column 'base_year': "),
    "one sign": ("b,2024,50 %,2026,65,2028,80 %,up", "target has a per cent sign and current_value has none", ": "),
    "a cell too few": ("b,2024,200,2026,260,320,up", "7 cells under 8 names", ": "),
    "a cell too many": ("b,2024,200,2026,1,260,2028,2320,up", "9 cells under 8 names: 'up' is left over", ": "),
}


@pytest.mark.parametrize("case", UNREADABLE)
@pytest.mark.parametrize("rule", ["pace", "destatis"])
def test_a_row_that_cannot_be_read_is_told_and_the_others_are_judged(tmp_path: Path, case: str, rule: str) -> None:
    line, reason, where = UNREADABLE[case]
    got = judge(tmp_path, f"{HEADER}\n{ROW}\n{line}\n{ROW}\n", "--rule", rule)
    alone = judge(tmp_path, f"{HEADER}\n{ROW}\n", "--rule", rule)
    assert (got.code, got.rows[0], got.rows[2]) == (0, *alone.rows * 2)
    assert (got.rows[1]["verdict"], got.rows[1]["reason"], got.rows[1]["value"]) == ("not_assessable", reason, "")
    assert got.rows[1]["worsening"] == ""
    assert f"table.csv, row 3{where}" in got.stderr if where.startswith(",") else where in got.stderr
    assert reason.split(": ", 1)[-1] + ", so the row is not judged: " in got.stderr or "left over" in got.stderr


def test_a_last_row_that_is_cut_short_is_a_fault_of_that_row(tmp_path: Path) -> None:
    got = judge(tmp_path, f"{HEADER}\n{ROW}\nb,2024,200")
    assert got.column("verdict") == ["on_track", "not_assessable"]
    assert got.column("reason")[1] == "3 cells under 8 names"


def test_a_row_of_a_workbook_may_be_shorter_or_longer_than_its_header(tmp_path: Path) -> None:
    header, row = [*HEADER.split(","), "note"], ["a", 2024, 200, 2026, 260, 2028, 320, "up"]
    got = judge(tmp_path, workbook(header, row, [*row, "mine", None, "beside it"], [None, 7]), name="table.xlsx")
    assert got.column("verdict") == ["on_track", "on_track", "not_assessable"]
    assert got.stdout.splitlines()[2].startswith("a,2024,200,2026,260,2028,320,up,mine,,beside it,1.0,")


def test_a_small_standard_error_is_one(tmp_path: Path) -> None:
    got = judge(tmp_path, f"{HEADER},standard_error\na,2020,0.5,2025,0.51,2030,0.8,up,0.001\n", "--rule", "hp2030")
    assert got.column("label") == ["Improved"]


def test_a_negative_standard_error_is_refused(tmp_path: Path) -> None:
    got = judge(tmp_path, f"{HEADER},standard_error\na,2020,50,2025,52,2030,80,up,-1\n", "--rule", "hp2030")
    assert got.column("reason") == ["standard_error: a standard error is not negative"]


def test_many_rows_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    got = judge(tmp_path, "\n".join((HEADER, *["b,2024,ten,2026,260,2028,320,up"] * 23)) + "\n")
    assert len(got.stderr.splitlines()) == 21
    assert got.stderr.splitlines()[-1] == "table.csv: 3 more rows like these; each has its reason in the result"


# the direction --------------------------------------------------------------------------------------------------------

AGAINST = {
    "wrong word, met": ("2020,100,2025,90,2030,150,down", "pace", "not_assessable"),
    "wrong word, passed": ("2020,100,2025,160,2030,150,down", "pace", "not_assessable"),
    "wrong word, up": ("2020,40,2025,45,2030,20,up", "pace", "not_assessable"),
    "a published rule calls it met": ("2020,100,2025,90,2030,150,down", "statcan", "achieved"),
    "a published rule calls it lost": ("2020,100,2025,160,2030,150,down", "sdsn", "behind"),
}


@pytest.mark.parametrize("case", AGAINST)
def test_a_target_against_its_direction_is_asked_about(tmp_path: Path, case: str) -> None:
    line, rule, verdict = AGAINST[case]
    got = judge(tmp_path, f"{HEADER}\nx,{line}\n", "--rule", rule)
    assert (got.code, got.column("verdict")) == (0, [verdict])
    assert got.rows[0]["reason"].endswith(f"; {MET_ALREADY}")
    assert got.stderr == f"table.csv, row 2: {MET_ALREADY}\n"


@pytest.mark.parametrize(
    "line", ["2020,100,2025,90,2030,150,up", "2020,100,2025,100,2030,100,up", "2020,9,2025,5,,,down"]
)
def test_a_target_in_its_direction_is_not_asked_about(tmp_path: Path, line: str) -> None:
    assert judge(tmp_path, f"{HEADER}\nx,{line}\n", "--rule", "statcan").stderr == ""


def test_a_value_on_the_wrong_side_of_its_baseline_is_worsening(tmp_path: Path) -> None:
    lines = ["a,2020,100,2025,90,2030,150,up", "b,2020,100,2025,110,2030,150,up", "c,2020,100,2025,,2030,150,up"]
    got = judge(tmp_path, "\n".join((HEADER, *lines)) + "\n")
    assert got.column("worsening") == ["true", "false", ""]


@pytest.mark.parametrize("word", ["up", "UP", "Increase", "higher", "+1", "1", "1.0", "positive", "↑"])
def test_other_words_for_up(tmp_path: Path, word: str) -> None:
    assert judge(tmp_path, f"{HEADER}\n{ROW.removesuffix('up')}{word}\n").column("verdict") == ["on_track"]


@pytest.mark.parametrize("word", ["down", "Decrease", "lower", "-1", "\u22121", "-1.0", "negative", "↓"])
def test_other_words_for_down(tmp_path: Path, word: str) -> None:
    text = f"{HEADER}\ncomplaints,2024,40,2026,30,2028,20,{word}\n"
    assert judge(tmp_path, text).column("verdict") == ["on_track"]


# rules and units ------------------------------------------------------------------------------------------------------


def test_all_rules_stand_side_by_side(tmp_path: Path) -> None:
    got = judge(
        tmp_path, f"{HEADER}\none,2020,100,2025,115,2030,150,up\ntwo,2020,100,2025,115,2030,150,\n", "--all-rules"
    )
    rules = ("pace", "statcan", "eurostat", "unsd", "sdsn", "hp2030", "destatis")
    names = got.stdout.splitlines()[0].split(",")
    assert names[8:15] == [f"{rule}_verdict" for rule in rules]
    assert len(names) == len(set(names)) == 8 + 7 * 6
    words = ["at_risk", "at_risk", "at_risk", "at_risk", "at_risk", "on_track", "behind"]
    assert [[row[f"{rule}_verdict"] for rule in rules] for row in got.rows] == [words, ["not_assessable"] * 7]
    assert float(got.rows[0]["unsd_value"]) == pytest.approx(0.645)
    assert got.rows[0]["destatis_label"] == "cloud"
    alone = judge(tmp_path, f"{HEADER}\none,2020,100,2025,115,2030,150,up\n", "--rule", "statcan").rows[0]
    for name in ("value", "score", "label", "verdict", "worsening", "reason"):
        assert got.rows[0][f"statcan_{name}"] == alone[name]


def test_all_rules_are_counted_each(tmp_path: Path) -> None:
    got = judge(tmp_path, f"{HEADER}\n{ROW}\n", "--all-rules", "--output", f"{tmp_path}/out.csv")
    assert got.stdout.startswith(
        "1 rows judged by pace@1: 1 on_track; by statcan@2.4: 1 on_track; by eurostat@public: "
    )


def test_one_rule_or_all_of_them(tmp_path: Path) -> None:
    got = judge(tmp_path, f"{HEADER}\n{ROW}\n", "--all-rules", "--rule", "pace")
    assert (got.code, "--rule names one rule and --all-rules takes all" in got.stderr) == (2, True)


NEAR_ALL = {
    "articles": ("2020,98.5,2025,99,2030,100,up,articles", "at_risk"),
    "books": ("2020,1,2025,1,2030,0,down,books", "behind"),
    "a share of one": ("2020,0.50,2025,0.90,2030,0,down,share from 0 to 1", "behind"),
    "no unit": ("2020,90,2025,99.2,2030,100,up,", "on_track"),
    "per cent": ("2020,90,2025,99.2,2030,100,up,per cent", "achieved"),
    "a sign": ("2020,90,2025,99.2,2030,100,up,%", "achieved"),
    "signs behind the figures": ("2020,90 %,2025,99.2 %,2030,100 %,up,", "achieved"),
    "per cent, near nothing": ("2020,4,2025,0.8,2030,0,down,pct", "achieved"),
}


@pytest.mark.parametrize("case", NEAR_ALL)
def test_the_unit_says_whether_a_point_from_all_is_all(tmp_path: Path, case: str) -> None:
    line, verdict = NEAR_ALL[case]
    got = judge(tmp_path, f"{HEADER},Unit\nx,{line}\n", "--rule", "unsd")
    assert got.column("verdict") == [verdict], got.column("reason")


def test_statcan_tests_the_target_before_the_sign(tmp_path: Path) -> None:
    got = judge(tmp_path, f"{HEADER}\nscore,2020,-5,2025,12,2030,10,up\n", "--rule", "statcan")
    assert [(row["verdict"], row["label"], row["value"], row["score"]) for row in got.rows] == [
        ("achieved", "target_achieved", "", "5.0")
    ]
