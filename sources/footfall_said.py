"""What the cells of a table of counts say, each for an entity and a span; and the rows that say nothing readable."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sources.dates import Moment
from sources.figures import read_number
from sources.footfall_settings import FootfallSettings
from sources.tabular import Row, Sheet, Unreadable, label
from warehouse.schema import DAY, Window

YES, NO = {"true", "yes", "y", "1", "internal"}, {"", "false", "no", "n", "0", "external", "perimeter"}
RefusedRow = tuple[str | None, str | None, date | None, date | None, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of time within a local day; ``start`` and ``end`` are aware UTC."""

    start: datetime
    end: datetime
    day: date


@dataclass(frozen=True, slots=True)
class Said:
    """One cell: a value, a blank (None) or a fault. Counts of both directions are added up and not yet halved."""

    entity: str
    span: Window | Slot
    value: float | None
    fault: Unreadable | None
    origin: str
    flags: tuple[str, ...] = ()


@dataclass
class Table:
    """All that one file says, in the order of its cells; ``notes`` counts what was left out on purpose."""

    said: list[Said] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)


def reading_span(moment: Moment, settings: FootfallSettings, zone: ZoneInfo) -> Window:
    """The day at whose start a reading counts: its own, or the next one where readings are taken at the end of the day."""
    day = moment.day(zone)
    local = moment.at if moment.at.tzinfo is None else moment.at.astimezone(zone)
    if settings.label == "end" and not (moment.precision == "time" and local.time() == time()):
        day += DAY
    return Window(day, day + DAY)


def entities(sheet: Sheet, settings: FootfallSettings, table: Table) -> Iterator[tuple[Row, str]]:
    """The rows that belong to an entity, and its name; rows of internal counters are left out and counted."""
    columns = settings.columns
    at = sheet.column(columns.entity, "columns.entity") if columns.entity else None
    inside = sheet.column(columns.internal, "columns.internal") if columns.internal else None
    for row in sheet.rows:
        told = label(row.cells[inside]).casefold() if inside is not None else ""
        if told in YES:
            table.notes["{} rows of internal counters left out"] += 1
        elif told not in NO:
            reason = f"'{told}' is neither yes nor no, so the counter may be internal"
            table.refused.append((settings.metric_name, None, None, None, told, reason, sheet.address(row.number, inside), "write yes or no"))
        elif at is None:
            yield row, settings.entity or ""
        elif isinstance(row.cells[at], Unreadable) or row.cells[at] is None:
            raw = "; ".join(label(cell) for cell in row.cells)[:500]
            reason, action = f"the row has no name in '{columns.entity}'", "name the branch or gate, or leave the row out with 'skip'"
            table.refused.append((settings.metric_name, None, None, None, raw, reason, sheet.address(row.number), action))
        else:
            name = label(row.cells[at])
            yield row, settings.rename.get(name, name)


def count(row: Row, at: int, settings: FootfallSettings) -> tuple[float | None, Unreadable | None]:
    """The number of people in a cell, or the reading."""
    cell = row.cells[at]
    number = read_number(cell, settings)
    if number is None or isinstance(number, Unreadable):
        return None, number
    if number < 0:
        return None, Unreadable(label(cell), f"{label(cell)} is below 0", "correct the cell")
    if settings.rollover is not None and number >= settings.rollover:
        return None, Unreadable(label(cell), f"a counter that begins again at {settings.rollover} cannot show {label(cell)}", "correct the cell, or 'rollover'")
    return number, None


def refuse_long_rows(sheet: Sheet, settings: FootfallSettings, table: Table) -> None:
    """Rows that could not be laid under the header."""
    for number, raw in sheet.too_long:
        reason, action = "the row has more cells than the header has names", "put values that hold the delimiter in quotation marks, or mend the row"
        table.refused.append((settings.metric_name, None, None, None, raw, reason, sheet.address(number), action))
