"""The columns of a table and what each seems to hold, by its name and its cells."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sources.files.cells import Cell, cell_text
from sources.files.sheets import column_letters
from sources.inspection.cell_kinds import CellKind, cell_kind, is_time, main_kind
from sources.inspection.picture import Picture
from sources.inspection.words import DATES, HOURS, IDENTIFIERS, MONTHS, QUARTERS, YEARS, has_word, words_of


@dataclass(frozen=True)
class Column:
    """One column of the rows that count. ``named`` is the cell of its name, which in a workbook may be a date."""

    at: int
    name: str
    named: Cell
    cells: list[Cell]

    @cached_property
    def kind(self) -> CellKind:
        return main_kind(self.cells[:2000])

    @cached_property
    def texts(self) -> list[str]:
        return [cell_text(cell) for cell in self.cells]

    @cached_property
    def filled(self) -> list[Cell]:
        return [cell for cell in self.cells if cell is not None]

    @cached_property
    def is_date(self) -> bool:
        """Whether its cells are days, months, years or instants; bare numbers only where the name says so."""
        if self.kind == "date":
            return not self._is_number_named()
        named = has_word(self.name, DATES)
        if self.kind == "year":
            return named or words_of(self.name) == []
        numbers = {cell_text(cell) for cell in self.filled}
        return (
            named
            and self.kind == "number"
            and all(re.fullmatch(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])", n) for n in numbers)
        )

    def _is_number_named(self) -> bool:
        return not has_word(self.name, DATES) and has_word(self.name, IDENTIFIERS)

    @cached_property
    def is_year(self) -> bool:
        return self.kind == "year" and (has_word(self.name, YEARS) or not self.name)

    @cached_property
    def is_month(self) -> bool:
        """Whether it holds months without their year: names, or numbers from 1 to 12."""
        texts = {text for text in self.texts if text}
        if not texts or not has_word(self.name, MONTHS):
            return bool(texts) and self.kind == "date" and all(not re.search(r"\d", text) for text in texts)
        names = all(not re.search(r"\d{2,}", text) for text in texts) and self.kind == "date"
        return names or all(text.isdecimal() and 1 <= int(text) <= 12 for text in texts)

    @cached_property
    def is_quarter(self) -> bool:
        texts = {text for text in self.texts if text}
        bare = bool(texts) and all(re.fullmatch(r"[QT]?[1-4]", text, re.IGNORECASE) for text in texts)
        return bare and (has_word(self.name, QUARTERS) or all(not text.isdecimal() for text in texts))

    @cached_property
    def is_hour(self) -> bool:
        """Whether it holds times of day: written as such, or numbers from 0 to 24 under a name that says so."""
        texts = {text for text in self.texts if text}
        if not texts or not has_word(self.name, HOURS) or self.is_date:
            return False
        written = all(is_time(text) for text in texts) or self.kind == "time"
        return written or all(text.isdecimal() and int(text) <= 24 for text in texts)

    @cached_property
    def is_identifier(self) -> bool:
        """Whether its numbers name rows or places and count nothing."""
        words = words_of(self.name)
        if words and (words[0] in IDENTIFIERS or words[-1] in IDENTIFIERS or words in (["zip", "code"], ["x"], ["y"])):
            return self.name.casefold() not in ("y",)
        return False


def columns_of(picture: Picture, *, letters: bool) -> list[Column]:
    """The columns that have a name or a cell. ``letters``: those without a name are called by letter (workbooks)."""
    width = max((len(cells) for _, cells in picture.rows), default=0)
    head: Sequence[Cell] = picture.lines[picture.header_row - 1] if picture.header_row else ()
    found = []
    for at in range(max(width, picture.width)):
        cells = picture.cells(at)
        name = picture.names.get(at, "")
        if not name and all(cell is None for cell in cells):
            continue
        named = head[at] if picture.header_rows == 1 and at < len(head) else name or None
        if picture.width <= at and not name:
            continue
        found.append(Column(at, name or f"column {column_letters(at) if letters else at + 1}", named, cells))
    return found


def is_dated_name(column: Column) -> bool:
    """Whether the column's name is a day, a month or a year."""
    return cell_kind(column.named) in ("date", "year")
