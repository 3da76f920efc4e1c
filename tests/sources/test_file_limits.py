"""Files that are small and become large: refused in a moment, with the limit and what to do."""

import bz2
import gzip
import io
import time
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from itertools import repeat

import pytest

from sources.access_log.archives import unpacked_blocks
from sources.files import limits
from sources.files.packing import unpacked
from sources.files.table_format import TableFormat
from sources.files.tabular import read_sheet
from sources.registry import source_class
from tests.sources.test_conformance import FRAGMENTS, Fragment
from warehouse.errors import ShapeError

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default '
    'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override '
    'PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main'
    '+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument'
    '.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    'Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
}
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def packed(parts: dict[str, str]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text, zipfile.ZIP_STORED if name == "mimetype" else None)
    return body.getvalue()


def workbook(rows: str) -> bytes:
    return packed(
        PARTS | {"xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'}
    )


def open_document(rows: str) -> bytes:
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    table = f'<table:table table:name="S">{rows}</table:table>'
    sheets = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    content = f"<office:document-content{names}>{sheets}</office:document-content>"
    manifest = '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return packed({"mimetype": ODS, "META-INF/manifest.xml": manifest, "content.xml": content})


def ods_cell(repeated: int, text: str = "") -> str:
    kind = ' office:value-type="string"' if text else ""
    inside = f"<text:p>{text}</text:p>" if text else ""
    return f'<table:table-cell table:number-columns-repeated="{repeated}"{kind}>{inside}</table:table-cell>'


def refused(body: bytes, name: str = "v.csv") -> ShapeError:
    """The error of the file, which must come within two seconds of processor time."""
    begun = time.process_time()
    with pytest.raises(ShapeError) as caught:
        read_sheet(name, body, TableFormat())
    assert time.process_time() - begun < 2
    assert caught.value.where.startswith(name)
    assert caught.value.do
    return caught.value


def test_a_hundred_thousand_equal_columns_are_refused() -> None:
    body = b",".join(repeat(b"a", 100_000)) + b"\n"
    assert "row 1 has 100,000 columns, and 16,384 are read" in str(refused(body))


def test_many_equal_columns_are_found_at_once() -> None:
    assert "two columns have the name 'a'" in str(refused(b",".join(repeat(b"a", 16_000)) + b"\n1\n"))


def test_a_small_workbook_of_very_many_blank_cells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SHEET_CELLS", 200_000)
    monkeypatch.setattr("sources.files.workbook.MAX_SHEET_CELLS", 200_000)
    body = workbook("".join(f'<row r="{row}"><c r="XFD{row}"><v>1</v></c></row>' for row in range(1, 3_000)))
    assert len(body) < 20_000
    assert "the table has more than 200,000 cells by row 13" in str(refused(body, "v.xlsx"))


@pytest.mark.slow
def test_a_small_workbook_is_refused_within_ten_seconds() -> None:
    body, begun = (
        workbook("".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(1, 3_000))),
        time.process_time(),
    )
    with pytest.raises(ShapeError, match="more than 2,000,000 cells by row 123"):
        read_sheet("v.xlsx", body, TableFormat())
    assert time.process_time() - begun < 10


def test_a_cell_repeated_a_thousand_million_times_is_refused_before_it_takes_memory() -> None:
    row = f'<table:table-row table:number-rows-repeated="1000000">{ods_cell(1_000, "1")}</table:table-row>'
    assert "more than 2,000,000 cells" in str(refused(open_document(row), "v.ods"))


def test_blank_cells_at_the_end_of_an_open_document_are_not_counted() -> None:
    names = f"<table:table-row>{ods_cell(1, 'a')}{ods_cell(1, 'b')}{ods_cell(16_382)}</table:table-row>"
    rows = "".join(f"<table:table-row>{ods_cell(2, str(n))}{ods_cell(16_382)}</table:table-row>" for n in range(200))
    blank = f'<table:table-row table:number-rows-repeated="1048375">{ods_cell(16_384)}</table:table-row>'
    assert len(read_sheet("v.ods", open_document(names + rows + blank), TableFormat()).rows) == 200


def test_a_text_file_of_too_many_cells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        limits.CellCount, "__init__", lambda self, name: self.__dict__.update(name=name, most=9, cells=0, rows=0)
    )
    assert "more than 9 cells by row 4" in str(refused(b"a,b,c\n" * 5))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_a_packed_file_that_unpacks_without_end_is_refused(pack: object) -> None:
    body = gzip.compress(bytes(200_000_000), 9) if pack is gzip.compress else bz2.compress(bytes(60_000_000), 9)
    with pytest.raises(ShapeError, match=r"the file of [\d,]+ bytes unpacks to 5[0-9],[\d,]+ bytes or more"):
        unpacked("v.csv.gz", body)


def test_a_file_packed_again_and_again_is_refused() -> None:
    body = b"a\n1\n"
    for _ in range(3):
        body = gzip.compress(body)
    assert unpacked("v.csv.gz", body)[0][1] == b"a\n1\n"
    with pytest.raises(ShapeError, match="packed more than 3 times"):
        unpacked("v.csv.gz", gzip.compress(body))


def test_an_archive_of_too_many_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.files.packing.MAX_MEMBERS", 2)
    with pytest.raises(ShapeError, match="the archive holds 3 files"):
        unpacked("v.zip", packed({"a.csv": "a", "b.csv": "b", "c.csv": "c"}))


def test_a_log_without_a_line_end_never_fills_the_memory() -> None:
    body = gzip.compress(bytes(100_000_000), 9)
    with pytest.raises(ShapeError, match="a line is longer than 16,000,000 bytes"):
        list(unpacked_blocks("access.log.gz", body))


def test_a_log_without_a_line_end_fails_its_source_with_its_name() -> None:
    fragment = Fragment("access_log", source_class("access_log"), FRAGMENTS / "access_log")
    first, *others = fragment.pages()
    torn = replace(first, content=gzip.compress(bytes(40_000_000), 9), fetched_at=datetime(2026, 11, 24, tzinfo=UTC))
    with pytest.raises(ShapeError, match=first.url):
        fragment.source().parse([torn, *others])
