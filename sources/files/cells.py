"""The content of a table cell."""

from dataclasses import dataclass
from datetime import date, datetime, time


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell that cannot be read: its text, the reason and what to do."""

    raw: str
    reason: str
    action: str


Cell = str | int | float | date | datetime | time | Unreadable | None
"""The content of a cell; None where it is blank."""
Lines = list[tuple[Cell, ...]]


def cell_text(cell: Cell) -> str:
    """A cell as text: trimmed, runs of blanks as one, whole numbers without a decimal."""
    if isinstance(cell, str):
        return " ".join(cell.split())
    if cell is None:
        return ""
    if isinstance(cell, Unreadable):
        return cell.raw
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}" if cell.time() == time() else f"{cell:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, time) and not (cell.second or cell.microsecond):
        return f"{cell:%H:%M}"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())
