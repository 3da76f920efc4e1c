"""The rows of a table of counts: the entity of a row and the number of people in a cell."""

from collections.abc import Iterator
from datetime import time
from zoneinfo import ZoneInfo

from sources.files.cell_records import FileRecords
from sources.files.cells import Unreadable, cell_text
from sources.files.dates import Moment, local_time
from sources.files.key_rules import branch_of
from sources.files.number_cells import read_number
from sources.files.sheets import Row, Sheet
from sources.footfall.settings import FootfallSettings
from warehouse.schema import DAY, Window

YES, NO = {"true", "yes", "y", "1", "internal"}, {"", "false", "no", "n", "0", "external", "perimeter"}


def reading_span(moment: Moment, settings: FootfallSettings, zone: ZoneInfo) -> Window:
    """The day at whose start a reading counts: its own, or the next day where labels are ends of days."""
    day = moment.day(zone)
    if settings.label == "end" and not (moment.precision == "time" and local_time(moment, zone) == time()):
        day += DAY
    return Window(day, day + DAY)


def entity_rows(sheet: Sheet, settings: FootfallSettings, table: FileRecords) -> Iterator[tuple[Row, str]]:
    """The rows of entities, each with its name; rows of internal counters are left out and noted."""
    columns = settings.columns
    at = sheet.column(columns.entity, "columns.entity") if columns.entity else None
    inside = sheet.column(columns.internal, "columns.internal") if columns.internal else None
    for row in sheet.rows:
        text = cell_text(row.cells[inside]).casefold() if inside is not None else ""
        if text in YES:
            table.notes["rows of internal counters left out"] += 1
        elif text not in NO:
            reason = f"'{text}' is neither yes nor no, so the counter may be internal"
            fault = Unreadable(text, reason, "write yes or no")
            table.refuse_row(text, fault, sheet.address(row.number, inside), settings.metric_name)
        elif at is None:
            name = branch_of(sheet.name) if settings.files == "branches" else ""
            yield row, settings.entity or settings.rename.get(name, name)
        elif isinstance(row.cells[at], Unreadable) or row.cells[at] is None:
            reason = f"the row has no name in '{columns.entity}'"
            fault = Unreadable("", reason, "name the branch or gate, or leave the row out with 'skip'")
            table.refuse_row(row.text, fault, sheet.address(row.number), settings.metric_name)
        else:
            name = cell_text(row.cells[at])
            yield row, settings.rename.get(name, name)


def read_count(row: Row, at: int, settings: FootfallSettings) -> tuple[float | None, Unreadable | None]:
    """The count or reading in a cell, or its fault; both are None for a blank cell."""
    cell = row.cells[at]
    number = read_number(cell, settings)
    if number is None or isinstance(number, Unreadable):
        return None, number
    text = cell_text(cell) if number < 0 or settings.rollover is not None else ""
    if number < 0:
        return None, Unreadable(text, f"{text} is below 0", "correct the cell")
    if settings.rollover is not None and number >= settings.rollover:
        reason = f"a counter that starts again at {settings.rollover} cannot show {text}"
        return None, Unreadable(text, reason, "correct the cell, or 'rollover'")
    return number, None
