"""The file that ``kmi judge`` reads: CSV by any separator, XLSX or Parquet, as a header and rows of cells."""

import io
import re
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from pathlib import Path

from sources.files.cells import Cell, Lines, cell_text
from sources.files.csv_lines import Encoding, csv_lines, decode_text, find_delimiter
from sources.files.sheets import Sheet
from sources.files.workbook import is_workbook, read_workbook
from warehouse.errors import ConfigError, ShapeError

ZIP, OLE, PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its number as a spreadsheet shows it, a cell for each name, and why it does not fit under them."""

    number: int
    cells: tuple[Cell, ...]
    misfit: str = ""


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table as it was written. ``separator`` is that of the text, "" for a workbook or a Parquet file.

    ``sheet`` has the names and addresses for messages, ``header`` the names as they were written.
    """

    sheet: Sheet
    header: tuple[str, ...]
    rows: list[TableRow]
    separator: str


def read_table(path: Path, encoding: Encoding, sheet: str | None, needs: str) -> TableFile:
    """The table in a file. ``needs``: the sentence that says what a table has to have.

    Raises ``ConfigError`` where the file cannot be read, ``ShapeError`` where it is not a table.
    """
    try:
        body = path.read_bytes()
    except OSError as error:
        do = "name a CSV, XLSX or Parquet file"
        raise ConfigError(f"the file cannot be read ({error.strerror})", where=str(path), do=do) from None
    try:
        title, lines, separator = _lines(str(path), body, encoding, sheet)
    except ShapeError as error:
        raise ShapeError(error.what, where=error.where, do=_as_options(error.do)) from None
    top = next((at for at, cells in enumerate(lines) if any(cell is not None for cell in cells)), None)
    if top is None:
        raise ShapeError("the file is empty", where=str(path), do=needs)
    return _table(str(path), title, lines, top, separator)


def _lines(name: str, body: bytes, encoding: Encoding, sheet: str | None) -> tuple[str, Lines, str]:
    """The title of the sheet, the lines, and the separator of a text."""
    if not body:
        return "", [], ""
    if body.startswith(PARQUET):
        return "", _parquet_lines(name, body), ""
    if is_workbook(body):
        return *read_workbook(name, body, sheet), ""
    text = re.sub(r"\Asep=[,;\t|](?=\r?\n)", "", decode_text(name, body, encoding))  # Excel's note of the separator
    top = next((at for at, line in enumerate(text.splitlines(), 1) if line.strip(' ",;|\t')), 1)
    separator = find_delimiter(name, text, top)
    # A last row that is too short is a fault of that row, as any other is.
    return "", csv_lines(name, text if text.endswith(("\n", "\r")) else f"{text}\n", "auto", top), separator


def _as_options(do: str) -> str:
    """What to do, with the settings of a source as options of the command."""
    do = re.sub(r"'(encoding|sheet): ([\w-]+)'", r"--\1 \2", do).replace("declare ", "give ")
    return re.sub(r"'(encoding|sheet)'( in the plan)?", r"--\1", do)


def _table(name: str, title: str, lines: Lines, top: int, separator: str) -> TableFile:
    """The lines under their header. A row that does not fit is kept, and says so."""
    named = _filled(lines[top])
    most = len(lines[top]) if separator else max(map(len, lines))
    width = max(named, *(min(_filled(cells), most) for cells in lines[top:]))
    header = (*lines[top], *(None,) * width)[:width]
    sheet = Sheet(name, title, tuple(cell_text(cell) for cell in header), [], letters=bool(title))
    _require_distinct(sheet)
    rows = []
    for number, cells in enumerate(lines[top + 1 :], top + 2):
        if _filled(cells):
            misfit = _misfit(cells, width, named if separator else 0)
            rows.append(TableRow(number, (*cells, *(None,) * width)[:width], misfit))
    return TableFile(sheet, tuple(map(written, header)), rows, separator)


def _filled(cells: tuple[Cell, ...]) -> int:
    """How many cells there are up to the last one that is not blank."""
    return next((at for at in range(len(cells), 0, -1) if cells[at - 1] is not None), 0)


def _misfit(cells: tuple[Cell, ...], width: int, least: int) -> str:
    """Why it is not sure which cell of a row is which; "" where it is."""
    more = [cell_text(cell) for cell in cells[width:] if cell is not None]
    if more:
        return f"{len(cells)} cells under {width} names: '{' '.join(more)}' is left over"
    return f"{len(cells)} cells under {width} names" if len(cells) < least else ""


def written(cell: Cell) -> str:
    """A cell as it was written."""
    return cell if isinstance(cell, str) else cell_text(cell)


def _require_distinct(sheet: Sheet) -> None:
    for name in dict.fromkeys(sheet.header):
        places = [str(at + 1) for at, other in enumerate(sheet.header) if other == name]
        if name and len(places) > 1:
            what = f"two columns have the name '{name}' (columns {' and '.join(places)})"
            raise ShapeError(what, where=sheet.where, do="rename or remove all but one")


def _parquet_lines(name: str, body: bytes) -> Lines:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(io.BytesIO(body))
        columns = [column.to_pylist() for column in table.columns]
    except (pa.ArrowException, OSError, ValueError) as error:
        what = f"this Parquet file cannot be read ({type(error).__name__})"
        raise ShapeError(what, where=name, do="write it again, or save the table as CSV") from None
    return [tuple(table.column_names), *(tuple(_cell(value) for value in row) for row in zip(*columns, strict=True))]


def _cell(value: object) -> Cell:
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    if isinstance(value, int | float | date | time) and not isinstance(value, bool):
        return value
    return str(value).strip() or None
