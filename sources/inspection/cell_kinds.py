"""What a single cell looks like: a number, a date, a time, a sign for a value that is withheld, or a text."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, time
from typing import Literal

from sources.files.cells import Cell, Unreadable, cell_text
from sources.inspection.date_forms import looks_like_date

CellKind = Literal["blank", "number", "year", "date", "time", "marker", "text"]
NUMBER = re.compile(r"[+-]?(?:\d[\d.,'’ \u00a0\u202f\u2009]*)?\d(?:[.,]\d*)?\s?%?|[+-]?[.,]\d+%?")
_TIME = re.compile(
    r"\d{1,2}(?::[0-5]\d(?::[0-5]\d)?)?\s?[ap]\.?m\.?|\d{1,2}:[0-5]\d(?::[0-5]\d)?|\d{1,2}h(?:[0-5]\d)?"
    r"|\d{1,2}(?::[0-5]\d)?\s?(?:uhr|hrs)",
    re.IGNORECASE,
)
_SPAN = re.compile(r"\s*(?:-|–|—|\bto\b|\bbis\b)\s*")
MARKERS = frozenset(
    (
        "-", "--", "–", "—", ".", "..", "...", "…", "*", "**", "***", "x", "c", "s", "n/a", "na", "n.a.", "n.a", "nil",
        "null", "none", "nan", "#n/a", "#na", "?", "tbc", "tbd", "suppressed", "withheld", "confidential", "closed",
        "k.a.", "n.d.", "nd", "not available", "(not available)", "no data", "not collected", "no count",
        "keine angabe", "(s)", "(c)",
    )
)  # fmt: skip
"""What people write, in small letters, where a figure is missing or withheld."""
_LESS = re.compile(r"(?:<|≤|<=|less than |fewer than |under )\s?\d{1,2}", re.IGNORECASE)
FIRST_YEAR, LAST_YEAR = 1900, 2099


def cell_kind(cell: Cell) -> CellKind:
    """What the cell looks like; a number of four digits from 1900 to 2099 is a ``year``, whatever it counts."""
    if cell is None:
        return "blank"
    if isinstance(cell, date | time):
        return "date" if isinstance(cell, date) else "time"
    if isinstance(cell, Unreadable):
        return "marker"
    text = cell_text(cell)
    tests: tuple[tuple[CellKind, Callable[[str], object]], ...] = (
        ("year", is_year),
        ("marker", is_marker),
        ("date", looks_like_date),
        ("number", NUMBER.fullmatch),
        ("time", is_time),
    )
    found: CellKind = next((kind for kind, test in tests if test(text)), "text")
    return "number" if isinstance(cell, int | float) and found in ("text", "date") else found


def is_year(text: str) -> bool:
    return len(text) == 4 and text.isdecimal() and FIRST_YEAR <= int(text) <= LAST_YEAR


def is_marker(text: str) -> bool:
    """Whether a text stands for a value that is missing or withheld, such as n/a, .. or <5."""
    return text.casefold() in MARKERS or _LESS.fullmatch(text) is not None


def is_time(text: str) -> bool:
    """Whether a text is a time of day, or a span of two."""
    parts = _SPAN.split(text)
    return 1 <= len(parts) <= 2 and all(_TIME.fullmatch(part) for part in parts)


def main_kind(cells: Iterable[Cell]) -> CellKind:
    """The kind of most cells that are neither blank nor a marker; ``blank`` where there is none.

    A column with years and other numbers holds numbers.
    """
    counts = Counter(kind for cell in cells if (kind := cell_kind(cell)) not in ("blank", "marker"))
    if not counts:
        return "blank"
    if counts["year"] and counts["number"]:
        counts["number"] += counts.pop("year")
    return max(counts, key=lambda kind: counts[kind])
