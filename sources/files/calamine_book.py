"""Workbooks in the old format of Excel (.xls) and in OpenDocument (.ods) as lines of cells, by calamine."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sources.files.cells import Cell
from warehouse.errors import ShapeError

OLE = b"\xd0\xcf\x11\xe0"


def is_open_document(body: bytes) -> bool:
    """Whether a ZIP archive is an OpenDocument spreadsheet: its first entry says so, uncompressed."""
    return body[30:100].startswith(b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet")


def sheets_of(name: str, body: bytes) -> dict[str, list[tuple[Cell, ...]]]:
    """The lines of each sheet of cells, from the first row on. Raises ``ShapeError``."""
    from python_calamine import CalamineError, CalamineWorkbook

    if is_open_document(body):
        _require_no_percentages(name, body)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        sheets = {title: book.get_sheet_by_name(title) for title in book.sheet_names}
        return {title: _lines(sheet.to_python(skip_empty_area=False)) for title, sheet in sheets.items()}
    except (CalamineError, OSError, ValueError, zipfile.BadZipFile) as error:
        what = f"this workbook cannot be read ({type(error).__name__}): it is damaged, or locked with a password"
        raise ShapeError(what, where=name, do="save it as .xlsx without a password, or as CSV") from None


def _require_no_percentages(name: str, body: bytes) -> None:
    """85 % is stored as 0.85, and calamine does not tell the two apart."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        content = archive.read("content.xml") if "content.xml" in archive.namelist() else b""
    if b'office:value-type="percentage"' in content:
        what = "the workbook has percentages, which are not read from .ods"
        raise ShapeError(what, where=name, do="save it as .xlsx or CSV, or format the cells as numbers")


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
