"""One Excel workbook: a sheet of facts, one for pivots, and one for each published table."""

import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from flows.commands.exporting.contents import ABOUT, MADE_BY, Contents, without_lists
from warehouse.errors import ConfigError
from warehouse.root import table_rows
from warehouse.schema import Table

MOST_ROWS = 1_048_575
"""The rows of a sheet, less its header."""
MOST_CHARACTERS = 32_767
CUT = " … (cut: the whole text is in the published files)"
FIRST_DAY = date(1900, 3, 1)
"""Excel has no earlier days that it counts rightly."""
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
REPLACEMENT = "\ufffd"
BOLD = Font(bold=True)


def write_workbook(path: Path, contents: Contents) -> None:
    """Raises ``ConfigError`` where a table has more rows than a sheet holds."""
    for table in contents.published_tables:
        if contents.row_count(table) > MOST_ROWS:
            raise ConfigError(
                f"'{table.name}' has {contents.row_count(table):,} rows, and a sheet holds {MOST_ROWS:,}",
                where=path.name,
                do="write '--to duckdb' or '--to csv', or leave the table out with '--without'",
            )
    book = Workbook(write_only=True)
    book.properties.creator = MADE_BY
    try:
        for table in contents.tables:
            _write_sheet(book, without_lists(table), contents.parts(table))
    finally:
        for sheet in book.worksheets:  # a sheet that stays open complains when it is collected
            sheet.close()
    book.save(path)


def is_our_workbook(path: Path) -> bool:
    """Whether an export made this workbook, by the author in its properties."""
    try:
        with zipfile.ZipFile(path) as archive:
            return f">{MADE_BY}</dc:creator>".encode() in archive.read("docProps/core.xml")
    except (zipfile.BadZipFile, KeyError, OSError):
        return False


def _write_sheet(book: Workbook, table: Table, parts: Iterator[pa.Table]) -> None:
    sheet = book.create_sheet(table.name)
    sheet.freeze_panes = "A2"
    for number, column in enumerate(table.columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = max(12, min(len(column.name) + 3, 40))
    sheet.append([_header(sheet, name) for name in table.names])
    count = 1
    for part in parts:
        for row in table_rows(part.select(table.names)):
            sheet.append([_cell(sheet, value) for value in row.values()])
            count += 1
    if table is not ABOUT:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{count}"


def _header(sheet: Worksheet, name: str) -> Any:
    cell = WriteOnlyCell(sheet, name)
    cell.font = BOLD
    return cell


def _cell(sheet: Worksheet, value: object) -> Any:
    """A value as Excel takes it; a text that looks like a formula or an error is marked as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    if isinstance(value, date):
        return value if value >= FIRST_DAY else value.isoformat()
    if not isinstance(value, str):
        return value
    text = _UNWRITABLE.sub(REPLACEMENT, value)
    if len(text) > MOST_CHARACTERS:
        text = text[: MOST_CHARACTERS - len(CUT)] + CUT
    if not text.startswith((*FORMULA_SIGNS, "#")):
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell
