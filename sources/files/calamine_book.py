"""Workbooks in the old format of Excel (.xls) and in OpenDocument (.ods) as lines of cells, by calamine."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from lxml import etree

from sources.files.cells import Cell
from sources.files.limits import MAX_SHEET_CELLS, CellCount, require_unpackable
from warehouse.errors import ShapeError

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_ROW, _CELL, _COVERED = f"{_TABLE}table-row", f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"
_ROWS, _COLUMNS = f"{_TABLE}number-rows-repeated", f"{_TABLE}number-columns-repeated"
_VALUE_TYPE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}value-type"
OLE = b"\xd0\xcf\x11\xe0"


def is_open_document(body: bytes) -> bool:
    """Whether a ZIP archive is an OpenDocument spreadsheet: its first entry says so, uncompressed."""
    return body[30:100].startswith(b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet")


def sheets_of(name: str, body: bytes) -> dict[str, list[tuple[Cell, ...]]]:
    """The lines of each sheet of cells, from the first row on. Raises ``ShapeError``."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        if is_open_document(body):
            _require_readable(name, body)
        book, count, found = CalamineWorkbook.from_filelike(io.BytesIO(body)), CellCount(name, MAX_SHEET_CELLS), {}
        for title in book.sheet_names:
            sheet = book.get_sheet_by_name(title)
            count.add(sheet.total_width, sheet.total_height)
            found[title] = _lines(sheet.to_python(skip_empty_area=False))
    except (CalamineError, OSError, ValueError, zipfile.BadZipFile, etree.XMLSyntaxError) as error:
        what = f"this workbook cannot be read ({type(error).__name__}): it is damaged, or locked with a password"
        raise ShapeError(what, where=name, do="save it as .xlsx without a password, or as CSV") from None
    return found


def _require_readable(name: str, body: bytes) -> None:
    """Refuse too many cells before calamine reserves memory for them, and percentages.

    85 % is stored as 0.85, and calamine does not tell the two apart.
    """
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        require_unpackable(name, sum(entry.file_size for entry in archive.infolist()), len(body))
        content = archive.read("content.xml") if "content.xml" in archive.namelist() else b""
    _count_cells(name, content)
    if b'office:value-type="percentage"' in content:
        what = "the workbook has percentages, which are not read from .ods"
        raise ShapeError(what, where=name, do="save it as .xlsx or CSV, or format the cells as numbers")


def _count_cells(name: str, content: bytes) -> None:
    """Raises ``ShapeError`` where few elements stand for many cells: one may be repeated a thousand million times."""
    count, width, filled, pending = CellCount(name, MAX_SHEET_CELLS), 0, 0, 0
    for _, element in etree.iterparse(io.BytesIO(content), tag=(_ROW, _CELL, _COVERED), no_network=True):
        repeated = int(element.get(_ROWS if element.tag == _ROW else _COLUMNS, "1"))
        if element.tag != _ROW:
            width += repeated
            filled = width if len(element) or _VALUE_TYPE in element.attrib else filled
            continue
        pending += repeated
        if filled:  # blank cells and rows at the end are not read
            count.add(filled, pending)
            pending = 0
        width = filled = 0
        element.clear()


def _lines(rows: Sequence[Sequence[object]]) -> list[tuple[Cell, ...]]:
    return [tuple(_cell(value) for value in row) for row in rows]


def _cell(value: object) -> Cell:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float | datetime | date | time):
        return value
    if isinstance(value, timedelta):
        return str(value)
    return str(value).strip() or None
