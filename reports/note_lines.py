"""The notes that people wrote on an indicator, as lines for pages and messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.language import Language
from reports.plain_text import one_line

LONGEST_NOTE, LONGEST_NAME = 500, 80


@dataclass(frozen=True, slots=True)
class NoteLine:
    """``heading``: by whom and on which day. ``note``: the note itself, text from a person on one line."""

    heading: str
    note: str


def note_lines(notes: Sequence[Mapping[str, Any]], t: Language) -> list[NoteLine]:
    """Published notes in their order, the newest first."""
    return [
        NoteLine(
            t("note.said", author=one_line(row["author"], LONGEST_NAME), day=t.day(row["noted_on"])),
            one_line(row["note"], LONGEST_NOTE),
        )
        for row in notes
    ]
