"""The parts of a table: lines above its header, the header, the rows, and the lines below."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sources.files.cells import Cell, Lines, cell_text
from sources.files.sheets import joined_names
from sources.inspection.cell_kinds import CellKind, cell_kind, main_kind
from sources.inspection.dialogue import Dialogue

SEARCHED, JUDGED = 60, 60
"""So many lines are searched for a header, and so many rows below it are looked at."""
_NOTE = re.compile(
    r"(?:source|note|notes|data|updated|figures|quelle|anmerkung|stand|remarque|nota|fuente|copyright|©|\*|†|¹|\[?1[\])]|http)",
    re.IGNORECASE,
)
LONG_TEXT = 45
FULL = 0.8
"""A header has nearly as many names as the fullest line that may be one; a title above it has fewer cells."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A table as it lies in its lines; rows are numbered from 1 as a spreadsheet shows them.

    header_row: 0 where the table has no names. names: by column. above, below: the lines that are no part of it.
    """

    lines: Lines
    header_row: int
    header_rows: int
    names: dict[int, str]
    rows: list[tuple[int, tuple[Cell, ...]]]
    above: list[tuple[int, str]]
    below: list[tuple[int, str]]

    @property
    def width(self) -> int:
        return max(self.names, default=-1) + 1

    def cells(self, at: int) -> list[Cell]:
        """The cells of a column, in the order of the rows; None where a row is too short."""
        return [cells[at] if at < len(cells) else None for _, cells in self.rows]


def draw_picture(lines: Lines, dialogue: Dialogue) -> Picture | None:
    """The parts of the table; None where no line begins one."""
    filled = [_filled(cells) for cells in lines]
    widest = max(filled, default=0)
    if widest < 2:
        return None
    heads = [at for at in range(min(len(lines), SEARCHED)) if _is_header(lines, at, widest)]
    fullest = max((filled[at] for at in heads), default=0)
    top = next((at for at in heads if filled[at] >= FULL * fullest), None)
    if top is None:
        return _without_header(lines, filled, dialogue)
    first, count = (top - 1, 2) if top and _is_upper_header(lines[top - 1], lines[top]) else (top, 1)
    names = joined_names(lines[first : first + count])
    if count == 2:
        dialogue.take(
            "header", f"rows {first + 1} and {first + 2} together", "the upper row has years over the lower one"
        )
    elif first:
        dialogue.take("header", f"row {first + 1}", "the first row of names with figures or dates below it")
    return _picture(lines, first + 1, count, names, dialogue)


def _picture(lines: Lines, row: int, count: int, names: dict[int, str], dialogue: Dialogue) -> Picture:
    above = [(at + 1, _text(lines[at])) for at in range(max(row - 1, 0)) if _filled(lines[at])]
    start = row + count - 1 if row else 0
    rows = [(at + 1, lines[at]) for at in range(start, len(lines)) if _filled(lines[at])]
    below = _lines_below(lines, rows)
    if above:
        dialogue.take("lines above the table", "a title, not read", _shown(above))
    if below:
        dialogue.take("lines below the table", "notes, not read", _shown(below))
    numbers = {number for number, _ in below}
    kept = [(number, cells) for number, cells in rows if number not in numbers]
    return Picture(lines, row, count, names, kept, above, below)


def _shown(lines: Sequence[tuple[int, str]]) -> str:
    text = "; ".join(f"row {number}: {text[:60]}" for number, text in lines[:3])
    return text + (f"; and {len(lines) - 3} more" if len(lines) > 3 else "")


def _filled(cells: Sequence[Cell]) -> int:
    return sum(cell is not None for cell in cells)


def _text(cells: Sequence[Cell]) -> str:
    return " ".join(cell_text(cell) for cell in cells if cell is not None)


def _is_header(lines: Lines, at: int, widest: int) -> bool:
    """Whether a line holds names: they differ, and below one of them most cells are of another kind."""
    cells = lines[at]
    texts = [cell_text(cell) for cell in cells if cell is not None]
    below = [line for line in lines[at + 1 : at + 1 + JUDGED] if _filled(line) > 1]
    if len(texts) < 2 or len(texts) < 0.5 * min(widest, max((_filled(line) for line in below), default=0)):
        return False
    if len(set(texts)) < len(texts) or not below:
        return False
    kinds = [cell_kind(cell) for cell in cells]
    if kinds.count("text") + kinds.count("date") + kinds.count("year") + kinds.count("time") < 0.5 * len(texts):
        return False
    differing = [
        column
        for column, kind in enumerate(kinds)
        if kind != "blank" and _differs(kind, main_kind(_column(below, column)))
    ]
    if differing:
        return True
    return all(kind in ("text", "blank") for kind in kinds) and at == next(
        n for n, line in enumerate(lines) if _filled(line) > 1
    )


def _differs(name: CellKind, below: CellKind) -> bool:
    """Whether a cell may be the name of a column with cells of the kind ``below``."""
    if name == "text":
        return below in ("number", "date", "year", "time")
    return name in ("date", "year", "time") and below in ("number",)


def _column(lines: Sequence[Sequence[Cell]], at: int) -> list[Cell]:
    return [line[at] if at < len(line) else None for line in lines]


def _is_upper_header(upper: Sequence[Cell], lower: Sequence[Cell]) -> bool:
    """Whether the line has years, or fiscal years, over months or quarters."""
    kinds = {at: cell_kind(cell) for at, cell in enumerate(upper) if cell is not None}
    dated = [at for at, kind in kinds.items() if kind in ("year", "date")]
    if not dated or any(at >= len(lower) or lower[at] is None for at in dated):
        return False
    bare = [at for at in dated if _lacks_year(lower[at])]
    return len(dated) >= 0.5 * len(kinds) and bool(bare)


def _lacks_year(cell: Cell) -> bool:
    text = cell_text(cell)
    return not re.search(r"(?:19|20)\d\d", text) and (cell_kind(cell) == "date" or bool(re.fullmatch(r"Q[1-4]", text)))


def _without_header(lines: Lines, filled: Sequence[int], dialogue: Dialogue) -> Picture | None:
    """A table whose first row holds values already: its names are asked for."""
    width = max(filled)
    first = next((at for at, number in enumerate(filled) if number >= 2), None)
    if first is None or not any(cell_kind(cell) in ("number", "date", "year") for cell in lines[first]):
        return None
    shown = " | ".join(cell_text(cell) for cell in lines[first][:8])
    answer = dialogue.answer_to(
        "header",
        f"The table has no row of names. What are its {width} columns called, parted by commas? Its first row: {shown}",
        "its first row holds values",
    )
    given = [name.strip() for name in (answer or "").split(",")]
    names = given if answer and len(given) == width else [f"Column {at + 1}" for at in range(width)]
    return _picture(lines, 0, 1, dict(enumerate(names)), dialogue)


def _lines_below(lines: Lines, rows: Sequence[tuple[int, tuple[Cell, ...]]]) -> list[tuple[int, str]]:
    """The last lines that hold one text each, and are notes by their length, first word or a blank line before."""
    found: list[tuple[int, str]] = []
    for number, cells in reversed(rows):
        texts = [cell for cell in cells if cell is not None]
        if len(texts) != 1 or cell_kind(texts[0]) != "text":
            break
        text = cell_text(texts[0])
        parted = number >= 2 and not _filled(lines[number - 2])
        if not (parted or len(text) > LONG_TEXT or _NOTE.match(text)):
            break
        found.append((number, text))
    return found[::-1]
