"""Numbers as people write them: read strictly, so that what is no number is refused and never becomes one."""

import re
from datetime import date, time
from functools import lru_cache

from sources.files.cells import Cell, Unreadable
from sources.files.tabular import TableFormat, cell_text

_SPACES = re.compile("[ \u00a0\u202f\u2009]")
_ACTION = "correct the cell, leave it blank, or list the text in 'missing'"


@lru_cache(maxsize=64)
def _shape(decimal: str, thousands: str | None) -> re.Pattern[str]:
    group = f"[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+|[0-9]+" if thousands else "[0-9]+"
    return re.compile(rf"([+-]?)({group})(?:{re.escape(decimal)}([0-9]+))?(%?)")


def read_number(cell: Cell, options: TableFormat) -> float | Unreadable | None:
    """The number in a cell; None where it is blank or holds a text that means so."""
    if cell is None or isinstance(cell, Unreadable):
        return cell
    if isinstance(cell, int | float):
        return (
            Unreadable(str(cell), "this is a yes or no, not a number", _ACTION)
            if isinstance(cell, bool)
            else float(cell)
        )
    if isinstance(cell, date | time):
        return Unreadable(
            cell_text(cell),
            "a date or time stands where a number belongs",
            "correct the cell, or format it as a number",
        )
    if cell in options.missing:
        return None
    if cell.isdecimal() and cell.isascii():
        return float(cell)
    return _from_text(cell, options)


def _from_text(text: str, options: TableFormat) -> float | Unreadable:
    found = _shape(options.decimal, options.thousands).fullmatch(_SPACES.sub(" ", text))
    if found is None:
        return Unreadable(text, f"'{text}' is no number", _advice(text, options))
    sign, whole, fraction, percent = found.groups()
    if percent and not options.percent:
        return Unreadable(
            text,
            f"'{text}' is a percentage",
            "declare 'percent: true' where percentages are meant, or correct the cell",
        )
    digits = re.sub("[^0-9]", "", whole)
    return float(f"{sign}{digits}.{fraction or '0'}")


def _advice(text: str, options: TableFormat) -> str:
    """Name the setting under which the text would be a number."""
    for decimal, thousands in ((".", ","), (",", "."), (".", " "), (",", " "), (".", "'")):
        if (decimal, thousands) != (options.decimal, options.thousands) and _shape(decimal, thousands).fullmatch(
            _SPACES.sub(" ", text)
        ):
            return f"declare 'thousands: \"{thousands}\"' and 'decimal: \"{decimal}\"' if it is meant so, or correct the cell"
    return _ACTION
