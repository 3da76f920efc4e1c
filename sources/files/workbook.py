"""The sheets of a workbook as lines of cells: the stored values, and the fault where no value is stored."""

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Protocol

from sources.files.calamine_book import OLE, is_open_document, sheets_of
from sources.files.cells import Cell, Unreadable, cell_text
from sources.files.limits import MAX_SHEET_CELLS, CellCount, require_unpackable
from warehouse.errors import ShapeError

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.styles import Font

_NUMERIC = re.compile(r"[0-9][0-9.,'% -]*")

_LITERAL = re.compile(r'"[^"]*"|\\.|_.')
"""Parts of a number format that are shown as they are."""

_BROKEN = (
    zipfile.BadZipFile,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    OSError,
    EOFError,
    SyntaxError,
    zlib.error,
    NotImplementedError,
    RecursionError,
    OverflowError,
)
"""The errors of openpyxl for a workbook that is cut off, damaged or of another kind.

Every parser's XML error is a ``SyntaxError``; of ``ParseError`` there can be two classes in one process, since
defusedxml loads a second copy of the parser.
"""


class _Found(Protocol):
    """The parts of an openpyxl cell that are read."""

    @property
    def value(self) -> object: ...
    @property
    def data_type(self) -> str: ...
    @property
    def number_format(self) -> str: ...
    @property
    def font(self) -> "Font": ...


def read_workbook(name: str, body: bytes, wanted: str | None) -> tuple[str, list[tuple[Cell, ...]]]:
    """The name of the sheet, the first by default, and its lines from the first row on. Raises ``ShapeError``."""
    if _is_of_calamine(body):
        sheets = sheets_of(name, body)
        title = _title(name, list(sheets), wanted)
        return title, without_blank_end(sheets[title])
    with _reading(name):
        formulas, crossed = _checked(name, body), _has_crossed_out(body)
        title, lines = _lines(name, _opened(body), wanted, _cell_unless_crossed_out if crossed else _cell)
        if formulas:
            title, texts = _lines(name, _opened(body, values=False), wanted)
            lines = [_without_uncalculated(line, text) for line, text in zip(lines, texts, strict=True)]
    return title, without_blank_end(lines)


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Turns the faults of openpyxl into ``ShapeError``."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns about parts that it skips: drawings, validations
            yield
    except _BROKEN as error:
        what = f"this workbook cannot be read ({type(error).__name__})"
        do = "open it in the spreadsheet program and save it again as .xlsx, or deliver it again"
        raise ShapeError(what, where=name, do=do) from None


def is_workbook(body: bytes) -> bool:
    """Whether the bytes are a workbook of any kind (or a ZIP archive)."""
    return body.startswith((b"PK\x03\x04", OLE))


def _is_of_calamine(body: bytes) -> bool:
    return body.startswith(OLE) or is_open_document(body)


def other_sheets(name: str, body: bytes, title: str, rows: int) -> dict[str, list[tuple[Cell, ...]]]:
    """The first ``rows`` lines of each further sheet that has a cell in them."""
    if _is_of_calamine(body):
        heads = {sheet: lines[:rows] for sheet, lines in sheets_of(name, body).items()}
    else:
        with _reading(name):
            book = _opened(body)
            heads = {}
            for sheet in book.worksheets:
                if sheet.title != title:
                    sheet.reset_dimensions()
                    heads[sheet.title] = [tuple(_cell(found) for found in row) for row in sheet.iter_rows(max_row=rows)]
            book.close()
    filled = {sheet: without_blank_end(lines) for sheet, lines in heads.items() if sheet != title}
    return {sheet: lines for sheet, lines in filled.items() if lines}


def sheet_titles(name: str, body: bytes) -> list[str]:
    """The names of the sheets, in order. Raises ``ShapeError``."""
    if _is_of_calamine(body):
        return list(sheets_of(name, body))
    first, _ = read_workbook(name, body, None)
    with _reading(name):
        book = _opened(body)
        titles = [sheet.title for sheet in book.worksheets]
        book.close()
    return titles or [first]


def without_blank_end(lines: list[tuple[Cell, ...]]) -> list[tuple[Cell, ...]]:
    """The lines down to the last one that has a cell."""
    while lines and all(cell is None for cell in lines[-1]):
        lines.pop()
    return lines


def _checked(name: str, body: bytes) -> bool:
    """Whether there are formulas. Raises ``ShapeError`` for a file that would unpack to an absurd size."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        entries = archive.infolist()
        require_unpackable(name, sum(entry.file_size for entry in entries), len(body))
        sheets = [entry for entry in entries if entry.filename.startswith("xl/worksheets/")]
        if not sheets:
            raise ShapeError("the file is an archive without a sheet", where=name, do="save it as .xlsx or CSV")
        return any(_holds_formula(archive, entry) for entry in sheets)


def _holds_formula(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    before = b""
    with archive.open(entry) as file:
        while piece := file.read(1 << 20):
            if re.search(rb"<(?:\w+:)?f[ />]", before + piece):
                return True
            before = piece[-20:]
    return False


def _opened(body: bytes, *, values: bool = True) -> "Workbook":
    from openpyxl import load_workbook

    return load_workbook(io.BytesIO(body), read_only=True, data_only=values, keep_links=False)


def _lines(
    name: str, book: "Workbook", wanted: str | None, read: Callable[[_Found], Cell] | None = None
) -> tuple[str, list[tuple[Cell, ...]]]:
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if not sheets:
        raise ShapeError("the workbook has no sheet of cells", where=name, do="save the table on a sheet")
    title = _title(name, list(sheets), wanted)
    sheet = sheets[title]
    sheet.reset_dimensions()  # the size that a file states is often wrong
    rows: Iterable[tuple[_Found, ...]] = sheet.iter_rows()
    read = read or _cell
    count, lines = CellCount(name, MAX_SHEET_CELLS), list[tuple[Cell, ...]]()
    for row in rows:
        count.add(len(row))
        lines.append(tuple(read(found) for found in row))
    book.close()
    return title, lines


def _title(name: str, sheets: list[str], wanted: str | None) -> str:
    title = wanted or sheets[0]
    if title not in sheets:
        near = get_close_matches(title, sheets, n=1)
        names = ", ".join(f"'{sheet}'" for sheet in sheets)
        hint = f"the nearest is '{near[0]}'" if near else f"its sheets are {names}"
        raise ShapeError(f"there is no sheet '{title}'; {hint}", where=name, do="correct 'sheet' in the plan")
    return title


def _cell(found: _Found) -> Cell:
    value = found.value
    if value is None:
        return None
    if found.data_type == "e":
        reason, action = f"the spreadsheet shows the error {value}", "correct the formula, or leave the cell blank"
        return Unreadable(str(value), reason, action)
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return f"{value * 100:.12g}%" if _shows_per_cent(found.number_format) else value
    if isinstance(value, datetime | date | time):
        return value
    if isinstance(value, timedelta):
        return str(value)
    return str(value).strip() or None


def _has_crossed_out(body: bytes) -> bool:
    """Whether the workbook has a style that crosses cells out."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return "xl/styles.xml" in archive.namelist() and b"strike" in archive.read("xl/styles.xml")


def _cell_unless_crossed_out(found: _Found) -> Cell:
    """The cell, with a fault where a figure is crossed out: nothing says whether it counts."""
    cell = _cell(found)
    is_figure = isinstance(found.value, int | float) or (isinstance(cell, str) and _NUMERIC.fullmatch(cell))
    if is_figure and not isinstance(cell, Unreadable) and found.font.strike:
        action = "clear the cell if it does not count, or remove the line through it if it does"
        return Unreadable(cell_text(cell), f"{cell_text(cell)} is crossed out", action)
    return cell


def _shows_per_cent(number_format: str) -> bool:
    """Whether a number is shown a hundred times larger, with a sign; a sign that is quoted or escaped is only text."""
    return "%" in number_format and "%" in _LITERAL.sub("", number_format)


def _without_uncalculated(line: tuple[Cell, ...], texts: tuple[Cell, ...]) -> tuple[Cell, ...]:
    return tuple(
        _uncalculated(text) if cell is None and text is not None else cell
        for cell, text in zip(line, texts, strict=True)
    )


def _uncalculated(text: Cell) -> Unreadable:
    return Unreadable(
        str(text),
        "the workbook has a formula without its result",
        "open the workbook in the spreadsheet program and save it there",
    )
