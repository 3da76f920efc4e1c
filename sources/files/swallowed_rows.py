"""Rows that a stray pair of quotation marks makes the text of one cell."""

import re
from collections.abc import Iterator, Sequence

from sources.files.cells import Cell, Lines
from warehouse.errors import ShapeError

_FIGURE = re.compile(r"[+-]?[0-9][0-9.,'% ]*")
_DATE = re.compile(r"[0-9]{1,4}[-./][0-9]{1,2}([-./][0-9]{1,4})?([T ][0-9:]+)?")
LEAST_COLUMNS = 3
"""So many cells make a line of text a row, where the table has no column of figures or dates."""


def require_no_swallowed_rows(name: str, lines: Lines, separator: str, header_row: int) -> None:
    """Raise ``ShapeError`` for a cell of several lines, of which one has the columns and the figures of a row.

    Of a table without figures, such as a list of publications, the dates: a line of an abstract has none there.
    """
    table = lines[header_row - 1 :]
    width = len(table[0]) if table else 0
    form = _FIGURE if _columns_of(_FIGURE, table[1:], width) else _DATE
    figures = _columns_of(form, table[1:], width)
    if width < (2 if figures else LEAST_COLUMNS):
        return
    for number, cells in enumerate(table[1:], header_row + 1):
        for row in _rows_within(cells, separator):
            if len(row) == width and all(form.fullmatch(row[at].strip()) for at in figures):
                what = f"row {number} has a text in quotation marks with what looks like another row: '{row[0]} …'"
                raise ShapeError(what, where=name, do="look for a stray quotation mark there")


def _rows_within(cells: Sequence[Cell], separator: str) -> Iterator[list[str]]:
    """Each line of a cell of several lines as the row that it would be without the quotation marks."""
    for at, cell in enumerate(cells):
        if not isinstance(cell, str) or "\n" not in cell:
            continue
        first, *middle, last = cell.splitlines()
        if separator in first:
            yield [*map(_text, cells[:at]), *first.split(separator)]
        yield from (line.split(separator) for line in middle)
        if separator in last:
            yield [*last.split(separator), *map(_text, cells[at + 1 :])]


def _columns_of(form: re.Pattern[str], rows: Lines, width: int) -> list[int]:
    """The columns in which most of the cells that are not blank have this form."""
    found = []
    for at in range(width):
        filled = [cells[at] for cells in rows if at < len(cells) and cells[at] is not None]
        figures = sum(isinstance(cell, str) and form.fullmatch(cell) is not None for cell in filled)
        if 2 * figures > len(filled):
            found.append(at)
    return found


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else ""
