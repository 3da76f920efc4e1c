"""What lies in a delivery: packed files, further sheets, odd files, tables without a header or with two."""

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from sources.contract import RawPage
from sources.files.packing import unpacked
from sources.files.table_format import TableFormat
from sources.files.tables import Tables, read_tables, table_pages
from sources.files.tabular import read_sheet
from sources.web.session import Session
from warehouse.errors import ShapeError
from warehouse.schema import Window

NOW = datetime(2026, 10, 1, tzinfo=UTC)
EVER = Window(date(1900, 1, 1), date(2026, 10, 1))
TEXT = b"Branch,Month,Visits\nHill,2026-01,5\n"


def zipped(**files: bytes) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return body.getvalue()


def workbook(**sheets: list[list[object]]) -> bytes:
    book, body = Workbook(), io.BytesIO()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(body)
    return body.getvalue()


def delivered(folder: Path, **options: Any) -> Tables:
    pages = list(table_pages("s", str(folder), EVER, NOW, Session(lambda _: "")))
    return read_tables(pages, TableFormat(**options))


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, lzma.compress, lambda text: zipped(a__csv=text), lambda text: text]
)
def test_a_packed_table_is_the_table(pack: Callable[[bytes], bytes]) -> None:
    ((_, body),) = unpacked("visits.csv.gz", pack(TEXT))
    assert body == TEXT


def test_an_archive_in_an_archive_is_unpacked_and_a_workbook_is_left_whole() -> None:
    assert unpacked("a.csv.gz", gzip.compress(gzip.compress(TEXT)))[0][1] == TEXT
    book = workbook(One=[["Branch"], ["Hill"]])
    assert unpacked("a.xlsx", book) == [("a.xlsx", book)]


@pytest.mark.parametrize(
    "body", [gzip.compress(TEXT)[:-9], b"BZh91AY&SY broken", zipped(a__csv=TEXT)[:60]], ids=["gzip", "bzip2", "zip"]
)
def test_a_damaged_archive_is_refused(body: bytes) -> None:
    with pytest.raises(ShapeError, match="the archive is cut off, damaged or locked"):
        unpacked("visits.csv.gz", body)


def test_odd_files_of_a_folder_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(TEXT)
    (tmp_path / "b.txt").write_bytes(TEXT.replace(b"-01", b"-02"))
    (tmp_path / "readme.txt").write_bytes(b"These are our visits.\n")
    (tmp_path / "c.CSV.GZ").write_bytes(gzip.compress(TEXT))
    (tmp_path / "d.zip").write_bytes(zipped(x__csv=TEXT, y__pdf=b"%PDF"))
    (tmp_path / "letter.pdf").write_bytes(b"%PDF")
    (tmp_path / "2025").mkdir()
    (tmp_path / "~$lock.xlsx").write_bytes(b"")
    tables = delivered(tmp_path)
    assert [sheet.name for sheets in tables.files for sheet in sheets] == ["a.csv", "b.txt", "c.CSV", "d.zip/x.csv"]
    assert tables.notes == [
        "d.zip/y.pdf is not a table and is not read",
        "2025/ is not a table and is not read",
        "letter.pdf is not a table and is not read",
        "readme.txt has none of the columns of the other files and is not read",
    ]


def page(body: bytes, name: str = "visits.xlsx") -> RawPage:
    return RawPage("s", EVER, 0, name, 200, NOW, body)


def test_a_second_sheet_of_the_same_kind_is_asked_about_and_another_is_named() -> None:
    rows = [["Month", "Visits"], ["2026-01", 5]]
    book = page(workbook(Y2025=rows, Y2026=rows, Notes=[["Read me"]]))
    with pytest.raises(
        ShapeError, match=r"'Y2025' and 'Y2026' have the same kind of table.*'sheets: all', or 'sheet: Y2025'"
    ):
        read_tables([book], TableFormat())
    both = read_tables([book], TableFormat(sheets=("Y2025", "Y2026")))
    assert [[sheet.title for sheet in sheets] for sheets in both.files] == [["Y2025", "Y2026"]]
    assert read_tables([book], TableFormat(sheet="Y2025")).notes == []
    alone = read_tables([page(workbook(Y2025=rows, Notes=[["Read me"]]))], TableFormat())
    assert alone.notes == ["the sheet 'Notes' of visits.xlsx has other columns and is not read"]


def cells(text: str, **options: Any) -> list[tuple[object, ...]]:
    sheet = read_sheet("t.csv", text.encode(), TableFormat(**options))
    return [sheet.header, *(row.cells for row in sheet.rows)]


def test_names_in_two_rows_are_joined() -> None:
    text = ",2025,,2026\nBranch,Nov,Dec,Jan\nHill,1,2,3\n"
    assert cells(text, header_rows=2) == [("Branch", "2025 Nov", "2025 Dec", "2026 Jan"), ("Hill", "1", "2", "3")]


def test_a_table_without_a_header_is_given_one() -> None:
    assert cells("Hill,2026-01,5\n", header=("Branch", "Month", "Visits")) == [
        ("Branch", "Month", "Visits"),
        ("Hill", "2026-01", "5"),
    ]


def test_merged_cells_repeat_the_one_above_where_the_plan_says_so() -> None:
    text = "Branch,Month,Visits\nHill,2026-01,5\n,2026-02,6\nNorth,2026-01,7\n"
    assert [row[0] for row in cells(text, fill_down=("Branch",))[1:]] == ["Hill", "Hill", "North"]


def test_year_and_month_in_two_columns_are_read_as_one() -> None:
    text = "Branch,Year,Month,Visits\nHill,2026,March,5\n"
    assert cells(text, join={"Period": ("Year", "Month")}) == [
        ("Branch", "Period", "column 3", "Visits"),
        ("Hill", "2026 March", None, "5"),
    ]
