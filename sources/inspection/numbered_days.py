"""Days that are numbered from the first one of a report, as in 'Nth day' of a download from Google Analytics."""

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sources.files.cells import Cell, cell_text
from sources.inspection.columns import columns_of
from sources.inspection.table import Table

_START = re.compile(r"Start date: ?(\d{4})-?(\d{2})-?(\d{2})", re.IGNORECASE)
NAMES = ("nth day", "tag n", "day index")


def stated_start(table: Table) -> date | None:
    """The first day of the report, from the lines above the table."""
    found = next((match for _, text in table.picture.above if (match := _START.search(text))), None)
    return date(int(found[1]), int(found[2]), int(found[3])) if found else None


def with_numbered_days(table: Table) -> Table | None:
    """The table with the setting that reads numbered days, and its numbers as a column of dates; None for others."""
    start = stated_start(table)
    numbered = next((column for column in table.columns if column.name.casefold() in NAMES), None)
    if start is None or numbered is None or not all(text.isdecimal() for text in numbered.texts if text):
        return None
    table.dialogue.take(f"column '{numbered.name}'", f"days from {start}", "the start date above the table")
    rows = [(number, _with_day(cells, numbered.at, start)) for number, cells in table.picture.rows]
    picture = replace(table.picture, rows=rows)
    columns = columns_of(picture, letters=not table.delimiter)
    return replace(table, picture=picture, columns=columns)


def _with_day(cells: tuple[Cell, ...], at: int, start: date) -> tuple[Cell, ...]:
    text = cell_text(cells[at]) if at < len(cells) else ""
    if not text.isdecimal():
        return cells
    day = datetime.combine(start, time()) + timedelta(days=int(text))
    return (*cells[:at], day, *cells[at + 1 :])
