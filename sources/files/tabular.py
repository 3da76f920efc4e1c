"""Tables in CSV, TSV and XLSX files: header names and rows of cells, each with an address that a person can find."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from sources.files.cells import Cell, Unreadable
from sources.files.workbook import read_workbook
from warehouse.errors import ShapeError

TABLE_PATTERNS = ("*.csv", "*.tsv", "*.xlsx", "*.xlsm")
"""What is read from a folder."""

Texts = tuple[Annotated[str, StringConstraints(strip_whitespace=True)], ...]


class TableFormat(BaseModel):
    """How a table is written. The settings of every source that reads tables hold these keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoding: Literal["auto", "utf-8", "utf-16", "latin-1", "windows-1252"] = Field(
        "auto", description="auto: by the byte order mark, otherwise UTF-8"
    )
    delimiter: Literal["auto", ",", ";", "\t", "|"] = Field(
        "auto", description="auto: tab in .tsv, otherwise the one that the header line holds most"
    )
    sheet: str | None = Field(None, description="sheet of an XLSX file; the first by default")
    header_row: int = Field(1, ge=1, description="row of the column names")
    decimal: Literal[".", ","] = Field(".", description="decimal sign of numbers written as text")
    thousands: Literal[",", ".", " ", "'"] | None = Field(None, description="thousands sign of numbers written as text")
    percent: bool = Field(False, description="accept 85% as 85")
    missing: Texts = Field((), description="texts that mean: no value")
    skip: dict[str, Texts] = Field(
        default_factory=dict, description="rows to leave out: column to texts, such as Branch: [Total]"
    )
    rename: dict[str, str] = Field(default_factory=dict, description="names of entities: as written to as wanted")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet shows it, and as many cells as the header has names."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def text(self) -> str:
        """The whole row, for those who must find it."""
        return "; ".join(cell_text(cell) for cell in self.cells)[:500]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. ``too_long`` are rows that could not be laid under the header; ``letters`` where cells have A1 addresses."""

    name: str
    title: str
    header: tuple[str, ...]
    rows: list[Row]
    header_cells: tuple[Cell, ...] = ()
    too_long: list[tuple[int, str]] = field(default_factory=list)
    letters: bool = False

    @property
    def where(self) -> str:
        return f"{self.name}, sheet '{self.title}'" if self.title else self.name

    def address(self, row: int, column: int | None = None) -> str:
        """File, row and column of a cell, or of the row."""
        if column is None:
            return f"{self.where}, row {row}"
        if self.letters:
            return f"{self.where}, cell {column_letters(column)}{row} (column '{self.header[column]}')"
        return f"{self.where}, row {row}, column '{self.header[column]}'"

    def is_blank(self, column: int) -> bool:
        """Whether a column has neither a name nor a value."""
        return self.header_cells[column] is None and all(row.cells[column] is None for row in self.rows)

    def column(self, wanted: str, setting: str) -> int:
        """Place of a column by its name. Raises ``ShapeError`` with the nearest name."""
        if wanted in self.header:
            return self.header.index(wanted)
        near = get_close_matches(wanted, self.header, n=1, cutoff=0.5)
        names = ", ".join(f"'{name}'" for name in self.header[:12]) + (" …" if len(self.header) > 12 else "")
        hint = f"the nearest is '{near[0]}'" if near else f"the columns are {names}"
        raise ShapeError(
            f"there is no column '{wanted}'; {hint}",
            where=self.where,
            do=f"mend '{setting}' in the plan, or the header of the file",
        )


def column_letters(index: int) -> str:
    """A for 0, Z for 25, AA for 26."""
    letters, rest = "", index + 1
    while rest:
        rest, at = divmod(rest - 1, 26)
        letters = chr(65 + at) + letters
    return letters


def read_sheet(name: str, body: bytes, options: TableFormat) -> Sheet:
    """The table in ``body``. Raises ``ShapeError`` for what is no table, naming the file and what to do."""
    if not body:
        raise ShapeError("the file is empty (0 bytes)", where=name, do="deliver it again, or take it away")
    if body.startswith(b"PK\x03\x04"):
        title, lines = read_workbook(name, body, options.sheet)
    elif body.startswith(b"\xd0\xcf\x11\xe0"):
        raise ShapeError(
            "this is an old .xls file, or a workbook locked with a password",
            where=name,
            do="save it as .xlsx without a password, or as CSV",
        )
    else:
        title, lines = "", _csv_lines(name, decode_text(name, body, options.encoding), options)
    return build_sheet(name, title, lines, options)


def build_sheet(name: str, title: str, lines: list[tuple[Cell, ...]], options: TableFormat) -> Sheet:
    """The lines under their header; what is blank is gone, what is too long is set aside."""
    where, letters = f"{name}, sheet '{title}'" if title else name, bool(title)
    if len(lines) < options.header_row or not any(cell is not None for cell in lines[options.header_row - 1]):
        raise ShapeError(
            f"row {options.header_row} holds no column names", where=where, do="set 'header_row' to the row that does"
        )
    top = lines[options.header_row - 1]
    below = [
        (number, cells)
        for number, cells in enumerate(lines[options.header_row :], options.header_row + 1)
        if any(c is not None for c in cells)
    ]
    names = {at: cell_text(cell) for at, cell in enumerate(top) if cell is not None}
    width = max(names) + 1
    header = tuple(names.get(at, f"column {column_letters(at) if letters else at + 1}") for at in range(width))
    _check_twice(where, header)
    rows, too_long = [], []
    for number, cells in below:
        if any(cell is not None for cell in cells[width:]):
            too_long.append((number, "; ".join("" if c is None else cell_text(c) for c in cells)))
        else:
            rows.append(Row(number, (*cells[:width], *(None,) * (width - len(cells)))))
    sheet = Sheet(name, title, header, rows, tuple(top[:width]), too_long, letters)
    return _without_skipped(_without_blank_columns(sheet, names), options)


def _check_twice(where: str, header: Sequence[str]) -> None:
    twice = sorted({name for name in header if header.count(name) > 1}) if len(set(header)) < len(header) else []
    if twice:
        raise ShapeError(
            f"two columns have the name '{twice[0]}'", where=where, do="give each column a name of its own"
        )


def _without_blank_columns(sheet: Sheet, names: dict[int, str]) -> Sheet:
    """A column without a name counts only where it holds something."""
    kept = [
        at for at in range(len(sheet.header)) if at in names or any(row.cells[at] is not None for row in sheet.rows)
    ]
    if len(kept) == len(sheet.header) or sheet.letters:  # letters follow the place, so nothing may move
        return sheet
    header, top = tuple(sheet.header[at] for at in kept), tuple(sheet.header_cells[at] for at in kept)
    rows = [Row(row.number, tuple(row.cells[at] for at in kept)) for row in sheet.rows]
    return Sheet(sheet.name, sheet.title, header, rows, top, sheet.too_long, sheet.letters)


def _without_skipped(sheet: Sheet, options: TableFormat) -> Sheet:
    if not options.skip:
        return sheet
    out = {sheet.column(name, "skip"): set(texts) for name, texts in options.skip.items()}
    rows = [row for row in sheet.rows if not any(cell_text(row.cells[at]) in texts for at, texts in out.items())]
    return Sheet(sheet.name, sheet.title, sheet.header, rows, sheet.header_cells, sheet.too_long, sheet.letters)


def _csv_lines(name: str, text: str, options: TableFormat) -> list[tuple[Cell, ...]]:
    delimiter = options.delimiter if options.delimiter != "auto" else _delimiter(name, text, options.header_row)
    lines: list[tuple[Cell, ...]] = []
    try:
        lines += (
            tuple(cell.strip() or None for cell in cells)
            for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        )
    except csv.Error as error:
        raise ShapeError(
            f"row {len(lines) + 1} is no CSV ({error})",
            where=name,
            do="look for a stray or missing quotation mark there",
        ) from None
    if not text.endswith(("\n", "\r")):
        _check_cut_off(name, lines[options.header_row - 1 :])
    return lines


def _check_cut_off(name: str, lines: list[tuple[Cell, ...]]) -> None:
    """A last line without an end that alone is short was cut off on its way."""
    *whole, last = [cells for cells in lines if cells] or [()]
    if whole and len(last) < len(whole[0]) and all(len(cells) >= len(whole[0]) for cells in whole):
        raise ShapeError(
            f"the file ends in the middle of its last row ('{cell_text(last[0])} …')",
            where=name,
            do="deliver it again, whole",
        )


def _delimiter(name: str, text: str, header_row: int) -> str:
    if name.split("?", maxsplit=1)[0].casefold().endswith(".tsv"):
        return "\t"
    lines = text.splitlines()[:header_row]
    line = re.sub(r'"[^"]*"', "", lines[-1]) if lines else ""
    return max(",;\t|", key=line.count)


def decode_text(name: str, body: bytes, encoding: str) -> str:
    """The text of a file. Raises ``ShapeError`` that names the first byte which is not in the encoding."""
    chosen = encoding
    if encoding == "auto":
        chosen = "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        text = body.decode({"utf-8": "utf-8-sig", "windows-1252": "cp1252"}.get(chosen, chosen))
    except UnicodeDecodeError as error:
        row = body.count(b"\n", 0, error.start) + 1
        what = f"byte {error.start + 1} (row {row}) is no {chosen.upper()}"
        do = "save the file as UTF-8" + (
            ", or declare 'encoding: windows-1252' or 'encoding: latin-1'"
            if chosen == "utf-8"
            else ", or mend 'encoding'"
        )
        raise ShapeError(what, where=name, do=do) from None
    if "\x00" in text:
        raise ShapeError(
            "the file holds zero bytes: it is binary, or UTF-16",
            where=name,
            do="save it as CSV in UTF-8, or declare 'encoding: utf-16'",
        )
    return text


def cell_text(cell: Cell) -> str:
    """A cell as a name: blanks at its ends gone, runs of blanks made one, whole numbers without a decimal."""
    if cell is None:
        return ""
    if isinstance(cell, Unreadable):
        return cell.raw
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}" if cell.time() == time() else f"{cell:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())
