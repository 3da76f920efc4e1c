"""The cells of a table of counts: whose row it is, and how many people."""

from collections.abc import Iterator
from datetime import time
from zoneinfo import ZoneInfo

from sources.files.cell_records import FileRecords
from sources.files.cells import Unreadable, cell_text
from sources.files.dates import Moment, local_time
from sources.files.number_cells import read_number
from sources.files.tabular import Row, Sheet
from sources.footfall.settings import FootfallSettings
from warehouse.schema import DAY, Window

YES, NO = {"true", "yes", "y", "1", "internal"}, {"", "false", "no", "n", "0", "external", "perimeter"}


def reading_span(moment: Moment, settings: FootfallSettings, zone: ZoneInfo) -> Window:
    """The day at whose start a reading counts: its own, or the next one where readings are taken at the end of the day."""
    day = moment.day(zone)
    if settings.label == "end" and not (moment.precision == "time" and local_time(moment, zone) == time()):
        day += DAY
    return Window(day, day + DAY)


def entity_rows(sheet: Sheet, settings: FootfallSettings, table: FileRecords) -> Iterator[tuple[Row, str]]:
    """The rows that belong to an entity, and its name; rows of internal counters are left out and counted."""
    columns = settings.columns
    at = sheet.column(columns.entity, "columns.entity") if columns.entity else None
    inside = sheet.column(columns.internal, "columns.internal") if columns.internal else None
    for row in sheet.rows:
        text = cell_text(row.cells[inside]).casefold() if inside is not None else ""
        if text in YES:
            table.notes["rows of internal counters left out"] += 1
        elif text not in NO:
            reason = f"'{text}' is neither yes nor no, so the counter may be internal"
            table.refused.append(
                (
                    settings.metric_name,
                    None,
                    None,
                    None,
                    text,
                    reason,
                    sheet.address(row.number, inside),
                    "write yes or no",
                )
            )
        elif at is None:
            yield row, settings.entity or ""
        elif isinstance(row.cells[at], Unreadable) or row.cells[at] is None:
            reason, action = (
                f"the row has no name in '{columns.entity}'",
                "name the branch or gate, or leave the row out with 'skip'",
            )
            table.refused.append(
                (settings.metric_name, None, None, None, row.text, reason, sheet.address(row.number), action)
            )
        else:
            name = cell_text(row.cells[at])
            yield row, settings.rename.get(name, name)


def read_count(row: Row, at: int, settings: FootfallSettings) -> tuple[float | None, Unreadable | None]:
    """The number of people in a cell, or the reading."""
    cell = row.cells[at]
    number = read_number(cell, settings)
    if number is None or isinstance(number, Unreadable):
        return None, number
    if number < 0:
        return None, Unreadable(cell_text(cell), f"{cell_text(cell)} is below 0", "correct the cell")
    if settings.rollover is not None and number >= settings.rollover:
        return None, Unreadable(
            cell_text(cell),
            f"a counter that begins again at {settings.rollover} cannot show {cell_text(cell)}",
            "correct the cell, or 'rollover'",
        )
    return number, None
