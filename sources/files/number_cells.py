"""Numbers as people write them, read strictly: a text that is not a number is refused."""

import math
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, time
from functools import lru_cache

from sources.files.cells import Cell, Unreadable, cell_text
from sources.files.sheets import Row, Sheet
from sources.files.table_format import TableFormat

_SPACES = re.compile("[ \u00a0\u202f\u2009]")
_UNCLEAR = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_ACTION = "correct the cell, leave it blank, or list the text in 'missing'"


@lru_cache(maxsize=64)
def _shape(decimal: str, thousands: str | None) -> re.Pattern[str]:
    group = f"[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+|[0-9]+" if thousands else "[0-9]+"
    return re.compile(rf"([+-]?)({group})(?:{re.escape(decimal)}([0-9]+))?(%?)")


def read_number(cell: Cell, options: TableFormat) -> float | Unreadable | None:
    """The number in a cell; None where it is blank or has a text of ``missing``."""
    try:
        found = _number_in(cell, options)
    except OverflowError:
        found = math.inf
    if isinstance(found, float) and not math.isfinite(found):
        return Unreadable(cell_text(cell)[:80], "this number is too large to count", "correct the cell")
    return found


def _number_in(cell: Cell, options: TableFormat) -> float | Unreadable | None:
    if cell is None or isinstance(cell, Unreadable):
        return cell
    if isinstance(cell, bool):
        return Unreadable(str(cell), "this is a yes or no, not a number", _ACTION)
    if isinstance(cell, int | float):
        return float(cell)
    if isinstance(cell, date | time):
        reason, action = "this is a date or time, not a number", "correct the cell, or format it as a number"
        return Unreadable(cell_text(cell), reason, action)
    if cell in options.missing:
        return None
    if cell.isdecimal() and cell.isascii():
        return float(cell)
    return _from_text(cell, options)


def _from_text(text: str, options: TableFormat) -> float | Unreadable:
    found = _shape(options.decimal, options.thousands).fullmatch(_SPACES.sub(" ", text))
    if found is None:
        return Unreadable(text, f"'{text}' is not a number", _advice(text, options))
    sign, whole, fraction, percent = found.groups()
    if percent and not options.percent:
        action = "declare 'percent: true' where percentages are meant, or correct the cell"
        return Unreadable(text, f"'{text}' is a percentage", action)
    digits = re.sub("[^0-9]", "", whole)
    return float(f"{sign}{digits}.{fraction or '0'}")


def refuse_unclear(sheet: Sheet, columns: Iterable[int], options: TableFormat) -> Sheet:
    """The table, with a fault in each cell of these columns that may mean two numbers, where nothing tells which.

    That is a dot that may mark thousands or decimals: neither ``decimal`` nor ``thousands`` is declared, and no number
    has other than three digits after its dot. And it is a number up to 1 without a sign beside percentages with one.
    """
    columns = sorted(set(columns))
    faults = _unclear_dots(sheet, columns, options)
    at_column = {at: faults | (_unclear_shares(sheet, at, options) if options.percent else {}) for at in columns}
    if not any(at_column.values()):
        return sheet
    rows = [
        Row(row.number, tuple(at_column.get(at, {}).get(cell, cell) for at, cell in enumerate(row.cells)))
        for row in sheet.rows
    ]
    return replace(sheet, rows=rows)


def _unclear_dots(sheet: Sheet, columns: Iterable[int], options: TableFormat) -> dict[Cell, Cell]:
    if {"decimal", "thousands"} & options.model_fields_set:
        return {}
    dotted = {text for row in sheet.rows for at in columns if isinstance(text := row.cells[at], str) and "." in text}
    unclear = {text for text in dotted if _UNCLEAR.fullmatch(text)}
    if any(_shape(".", None).fullmatch(text) for text in dotted - unclear):
        return {}
    return {text: _unclear(text) for text in unclear}


def _unclear_shares(sheet: Sheet, at: int, options: TableFormat) -> dict[Cell, Cell]:
    cells = {row.cells[at] for row in sheet.rows if row.cells[at] is not None}
    if not any(isinstance(cell, str) and cell.endswith("%") for cell in cells):
        return {}
    bare = [cell for cell in cells if not (isinstance(cell, str) and cell.endswith("%"))]
    read = ((cell, read_number(cell, options)) for cell in bare if not isinstance(cell, Unreadable))
    return {
        cell: Unreadable(
            cell_text(cell),
            f"'{cell_text(cell)}' may be {number:.15g} % or {100 * number:.15g} %: others of the column have a sign",
            "write the sign in each cell of the column, or in none",
        )
        for cell, number in read
        if isinstance(number, float) and 0 < abs(number) <= 1
    }


def _unclear(text: str) -> Unreadable:
    whole = text.replace(".", "")
    reason = f"'{text}' may be {whole} or {float(text):.15g}" if text.count(".") == 1 else f"'{text}' may be {whole}"
    action = (
        "declare 'thousands: \".\"' and 'decimal: \",\"' if the dot marks thousands, or 'decimal: \".\"' if decimals"
    )
    return Unreadable(text, f"{reason}: nothing in the file says what its dot marks", action)


def _advice(text: str, options: TableFormat) -> str:
    """Name the setting under which the text would be a number."""
    plain = _SPACES.sub(" ", text)
    for decimal, thousands in ((".", ","), (",", "."), (".", " "), (",", " "), (".", "'")):
        is_new = (decimal, thousands) != (options.decimal, options.thousands)
        if is_new and _shape(decimal, thousands).fullmatch(plain):
            declare = f"declare 'thousands: \"{thousands}\"' and 'decimal: \"{decimal}\"'"
            return f"{declare} if the numbers are written so, or correct the cell"
    return _ACTION
