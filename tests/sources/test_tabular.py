import io
import zipfile
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from pydantic import ValidationError

import sources.files.limits
from sources.files.cells import Cell, Unreadable, cell_text
from sources.files.date_formats import precision_of
from sources.files.dates import DateReader, Moment, period_of
from sources.files.number_cells import read_number
from sources.files.sheets import Sheet, column_letters
from sources.files.table_format import TableFormat
from sources.files.tabular import read_sheet
from warehouse.errors import ShapeError


def sheet(text: str | bytes, name: str = "visits.csv", **options: Any) -> Sheet:
    return read_sheet(name, text.encode() if isinstance(text, str) else text, TableFormat(**options))


def cells(read: Sheet) -> list[tuple[Cell, ...]]:
    return [row.cells for row in read.rows]


def workbook(*rows: list[Any], **sheets: list[list[Any]]) -> bytes:
    book = Workbook()
    book.active.title = "First"
    for row in rows:
        book.active.append(row)
    for title, lines in sheets.items():
        extra = book.create_sheet(title)
        for line in lines:
            extra.append(line)
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


# --- CSV ---


@pytest.mark.parametrize(
    ("delimiter", "name"), [(",", "a.csv"), (";", "a.csv"), ("\t", "a.csv"), ("|", "a.csv"), ("\t", "a.tsv")]
)
def test_the_delimiter_is_the_one_that_the_header_holds_most(delimiter: str, name: str) -> None:
    read = sheet(f'"x,y;z"{delimiter}b\n1{delimiter}2\n', name)
    assert read.header == ("x,y;z", "b")
    assert cells(read) == [("1", "2")]


def test_the_delimiter_may_be_declared() -> None:
    assert sheet("a;b,c\n1;2,3\n", delimiter=";").header == ("a", "b,c")


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        ("Café".encode("utf-8-sig"), "auto"),
        ("Café".encode(), "auto"),
        ("Café".encode("utf-16"), "auto"),
        ("Café".encode("utf-16-be"), "utf-16-be"),
        ("Café".encode("latin-1"), "latin-1"),
        ("Café".encode("cp1252"), "windows-1252"),
    ],
)
def test_encodings(body: bytes, encoding: str) -> None:
    if encoding == "utf-16-be":
        body, encoding = b"\xfe\xff" + body, "auto"
    assert sheet(body, encoding=encoding).header == ("Café",)


def test_a_byte_that_is_no_utf8_is_named_with_the_encoding_to_declare() -> None:
    with pytest.raises(
        ShapeError, match=r"visits\.csv: byte 9 \(row 2\) is not UTF-8.*encoding: windows-1252.*encoding: latin-1"
    ):
        sheet(b"Name,N\nH\xf6he,1\n")


def test_binary_content_is_no_table() -> None:
    with pytest.raises(ShapeError, match="zero bytes"):
        sheet("a,b\n1,2\n".encode("utf-16-le"))


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    read = sheet('a,b\n\n1,"two\nlines"\n , \n3,4\n')
    assert [row.number for row in read.rows] == [3, 5]
    assert read.address(3, 1) == "visits.csv, row 3, column 'b'"


def test_a_short_row_has_blanks_and_a_long_one_is_set_aside() -> None:
    read = sheet("a,b\n1\n1,2,3\n1,2,,\n")
    assert cells(read) == [("1", None), ("1", "2")]
    assert read.too_long == [(3, "1; 2; 3")]


def test_a_file_cut_off_within_its_last_row_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"ends in the middle of its last row \('3 …'\): deliver the whole file again"):
        sheet("a,b,c\n1,2,3\n3,4")
    assert cells(sheet("a,b,c\n1,2,3\n3,4,5")) == [("1", "2", "3"), ("3", "4", "5")]
    assert len(sheet("a,b,c\n1,2\n3,4").rows) == 2


def test_a_nameless_column_counts_only_where_it_holds_something() -> None:
    assert sheet("a,,b,\n1,,2,\n").header == ("a", "b")
    assert sheet("a,,b\n1,9,2\n").header == ("a", "column 2", "b")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,a\n1,2,3\n", "two columns have the name 'a'"),
        ('a,b\n1,"2\n3,4\n', "row 2 is not valid CSV"),
        ('a,b\n1,2\n"3"x,4\n', "row 3 is not valid CSV"),
        ("\n\na,b\n", "row 1 has no column names.*header_row"),
        ("", "empty"),
    ],
)
def test_what_is_no_table_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        sheet(text)


def test_the_header_may_stand_lower() -> None:
    read = sheet("Visits of the year;;;\n\na,b\n1,2\n", header_row=3)
    assert (read.header, read.rows[0].number) == (("a", "b"), 4)


def test_rows_may_be_skipped_by_what_stands_in_a_column() -> None:
    assert cells(sheet("a,b\nCity,1\nTotal,1\n Grand  total ,1\n", skip={"a": ["Total", "Grand total"]})) == [
        ("City", "1")
    ]
    with pytest.raises(ShapeError, match=r"no column 'A'.*skip"):
        sheet("a,b\n", skip={"A": ["Total"]})


def test_a_missing_column_names_the_nearest() -> None:
    with pytest.raises(ShapeError, match=r"no column 'Libary'; the nearest is 'Library': correct 'columns.entity'"):
        sheet("Library,2024-01\n").column("Libary", "columns.entity")
    with pytest.raises(ShapeError, match="the columns are 'Library', '2024-01'"):
        sheet("Library,2024-01\n").column("Zweigstelle", "columns.entity")


# --- XLSX ---


def test_a_workbook_keeps_dates_numbers_and_addresses() -> None:
    friday = datetime(2024, 1, 5)  # noqa: DTZ001
    rows = [friday, 7.5, time(9, 30)], [None, None, None], [date(2024, 1, 6), 8]
    read = sheet(workbook(["Day", "Count", "At"], *rows), "v.xlsx")
    assert cells(read) == [(datetime(2024, 1, 5), 7.5, time(9, 30)), (datetime(2024, 1, 6), 8, None)]  # noqa: DTZ001
    assert read.address(4, 1) == "v.xlsx, sheet 'First', cell B4 (column 'Count')"


def test_the_sheet_may_be_named() -> None:
    body = workbook(["a"], Second=[["b"], [1]])
    assert sheet(body, sheet="Second").header == ("b",)
    with pytest.raises(ShapeError, match="no sheet 'Secnd'; the nearest is 'Second'"):
        sheet(body, sheet="Secnd")


def test_error_cells_and_formulas_without_a_result_are_refused() -> None:
    (row,) = cells(sheet(workbook(["a", "b", "c", "d"], ["#REF!", "#N/A", "=1+1", "=x"])))
    assert [(cell.raw, cell.reason) for cell in row if isinstance(cell, Unreadable)] == [
        ("#REF!", "the spreadsheet shows the error #REF!"),
        ("#N/A", "the spreadsheet shows the error #N/A"),
        ("=1+1", "the workbook has a formula without its result"),
        ("=x", "the workbook has a formula without its result"),
    ]
    assert isinstance(row[2], Unreadable)
    assert "save it there" in row[2].action


def test_a_formula_with_its_result_is_read() -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(["a"], [1]))) as old, zipfile.ZipFile(body, "w") as new:
        for entry in old.infolist():
            part = old.read(entry)
            new.writestr(entry.filename, part.replace(b"<v>1</v>", b"<f>2+3</f><v>5</v>"))
    assert cells(sheet(body.getvalue())) == [(5,)]


def test_a_cell_shown_as_a_percentage_is_one() -> None:
    book = Workbook()
    book.active.append(["a"])
    book.active.append([0.855])
    book.active["A2"].number_format = "0.0%"
    body = io.BytesIO()
    book.save(body)
    (row,) = cells(sheet(body.getvalue()))
    assert row == ("85.5%",)


def test_letters_stay_with_their_column_when_one_is_blank() -> None:
    read = sheet(workbook(["a", None, "b"], [1, None, 2]))
    assert read.address(2, read.column("b", "x")) == "visits.csv, sheet 'First', cell C2 (column 'b')"


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.99])
def test_a_workbook_cut_off_is_refused(share: float) -> None:
    body = workbook(["a"], *([n] for n in range(50)))
    with pytest.raises(ShapeError, match=r"v\.xlsx: this workbook cannot be read.*save it again"):
        sheet(body[: int(len(body) * share)], "v.xlsx")


def test_another_archive_and_a_locked_workbook_are_refused() -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(ShapeError, match="an archive without a sheet"):
        sheet(body.getvalue())
    with pytest.raises(ShapeError, match="password"):
        sheet(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100)


def test_a_workbook_that_would_unpack_to_an_absurd_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources.files.limits, "SMALL_BYTES", 1_000)
    monkeypatch.setattr(sources.files.limits, "MAX_RATIO", 1)
    with pytest.raises(ShapeError, match="unpacks to"):
        sheet(workbook(["a"], *(["x" * 100] for _ in range(100))))


@given(st.integers(0, 20_000))
def test_column_letters_count_in_base_26(index: int) -> None:
    letters = column_letters(index)
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    assert number - 1 == index


# --- numbers ---


@pytest.mark.parametrize(
    ("cell", "options", "number"),
    [
        ("12", {}, 12),
        ("0", {}, 0),
        ("-3.5", {}, -3.5),
        (7, {}, 7),
        (7.25, {}, 7.25),
        (None, {}, None),
        ("1,234", {"thousands": ","}, 1234),
        ("1,234,567.5", {"thousands": ","}, 1234567.5),
        ("1.234,5", {"decimal": ",", "thousands": "."}, 1234.5),
        ("12 345", {"thousands": " "}, 12345),
        ("12\u00a0345", {"thousands": " "}, 12345),
        ("12\u202f345", {"thousands": " "}, 12345),
        ("0,5", {"decimal": ","}, 0.5),
        ("85%", {"percent": True}, 85),
        ("n/a", {"missing": ["n/a"]}, None),
    ],
)
def test_numbers_are_read_as_declared(cell: Cell, options: dict[str, Any], number: float | None) -> None:
    assert read_number(cell, TableFormat(**options)) == number


@pytest.mark.parametrize(
    ("cell", "options", "action"),
    [
        ("1,234", {}, "declare 'thousands"),
        ("1.234,5", {}, "declare 'thousands"),
        ("12 345", {}, "declare 'thousands"),
        ("1,23,4", {"thousands": ","}, "correct the cell"),
        ("12,34", {"thousands": ","}, "declare 'thousands"),
        ("85%", {}, "percent: true"),
        ("nan", {}, "correct the cell"),
        ("inf", {}, "correct the cell"),
        ("1e5", {}, "correct the cell"),
        ("٣", {}, "correct the cell"),
        ("12 visits", {}, "correct the cell"),
        ("True", {}, "correct the cell"),
        (datetime(2024, 1, 1), {}, "format it as a number"),  # noqa: DTZ001
    ],
)
def test_what_is_no_number_is_refused_with_what_to_do(cell: Cell, options: dict[str, Any], action: str) -> None:
    found = read_number(cell, TableFormat(**options))
    assert isinstance(found, Unreadable)
    assert action in found.action


@given(st.integers(-(10**12), 10**12))
def test_whole_numbers_survive_their_thousands_sign(number: int) -> None:
    for sign, decimal in ((",", "."), (".", ","), (" ", ".")):
        assert read_number(f"{number:,}".replace(",", sign), TableFormat(thousands=sign, decimal=decimal)) == number


def test_labels_show_whole_numbers_and_dates_plainly() -> None:
    friday = datetime(2024, 1, 5)  # noqa: DTZ001
    assert [cell_text(cell) for cell in (2024.0, 2024, " a  b ", friday, None)] == [
        "2024",
        "2024",
        "a b",
        "2024-01-05",
        "",
    ]


# --- dates ---


@pytest.mark.parametrize(
    ("pattern", "precision"),
    [
        ("%Y", "year"),
        ("%Y-Q%q", "quarter"),
        ("%B %y", "month"),
        ("%G-W%V", "week"),
        ("%d.%m.%Y", "day"),
        ("%Y%j", "day"),
        ("%Y-%m-%dT%H", "time"),
    ],
)
def test_a_format_tells_how_finely_it_tells_the_time(pattern: str, precision: str) -> None:
    assert precision_of(pattern) == precision


@pytest.mark.parametrize("year", ["0024", "1899", "2200", "9999"])
def test_a_year_that_nobody_means_is_refused(year: str) -> None:
    found = DateReader(("%Y-%m-%d",)).read(f"{year}-01-01")
    assert isinstance(found, Unreadable)
    assert "lies outside" in found.reason


def test_two_formats_that_agree_are_not_ambiguous() -> None:
    reader = DateReader(("%d/%m/%Y", "%m/%d/%Y"))
    assert reader.read("05/05/2024") == Moment(datetime(2024, 5, 5), "day")  # noqa: DTZ001
    assert isinstance(reader.read("05/06/2024"), Unreadable)


def test_a_label_without_a_year_takes_the_declared_one() -> None:
    assert DateReader(("%B",), 2024).read("february") == Moment(datetime(2024, 2, 1), "month")  # noqa: DTZ001
    assert DateReader(("%d %b",), 2024).read("29 Feb") == Moment(datetime(2024, 2, 29), "day")  # noqa: DTZ001


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from(["day", "week", "month", "quarter", "year"]))
def test_a_period_holds_its_day_and_meets_its_neighbours(day: date, period: Any) -> None:
    window = period_of(day, period)
    assert day in window
    assert period_of(window.end, period).start == window.end
    assert period_of(window.start, period) == window


def test_unknown_options_are_refused() -> None:
    with pytest.raises(ValidationError):
        TableFormat.model_validate({"seperator": ";"})


def test_one_sign_cannot_mark_thousands_and_decimals() -> None:
    with pytest.raises(ValidationError, match="write 'decimal: \",\"' besides"):
        TableFormat(thousands=".")
