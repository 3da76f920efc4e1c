"""Wide tables of counts: a row per entity, a column per day, week, month, quarter or year."""

from typing import cast
from zoneinfo import ZoneInfo

from sources.dates import DateReader, Moment, Period, span_of
from sources.footfall_cells import count, entities, reading_span
from sources.footfall_settings import FootfallSettings
from sources.said import Said, Table
from sources.tabular import Sheet, Unreadable
from warehouse.errors import ShapeError
from warehouse.schema import Window


def read_wide(sheet: Sheet, settings: FootfallSettings, zone: ZoneInfo, table: Table) -> None:
    """Raises ``ShapeError`` for a column that is neither a date nor declared."""
    spans = _spans(sheet, settings, zone)
    for row, entity in entities(sheet, settings, table):
        for at, span in spans.items():
            value, fault = count(row, at, settings)
            table.said.append(Said(settings.metric_name, entity, span, value, fault, sheet.address(row.number, at)))


def _spans(sheet: Sheet, settings: FootfallSettings, zone: ZoneInfo) -> dict[int, Window]:
    """The span of each column that is a date."""
    dates = DateReader(settings.date_formats, settings.year)
    aside = {sheet.column(name, "ignore") for name in settings.ignore}
    aside |= {sheet.column(name, f"columns.{role.rstrip('_')}") for role, name in settings.columns if name is not None}
    spans: dict[int, Window] = {}
    for at, name in enumerate(sheet.header):
        if at in aside or (sheet.header_cells[at] is None and all(row.cells[at] is None for row in sheet.rows)):
            continue
        moment = dates.read(name if sheet.header_cells[at] is None else sheet.header_cells[at])
        if isinstance(moment, Unreadable):
            do = f"declare its format in 'date_formats', or add '{name}' to 'ignore'"
            raise ShapeError(f"the column '{name}' is neither a date nor declared ({moment.reason})", where=sheet.where, do=do)
        span = reading_span(moment, settings, zone) if settings.keeps_readings else _span(moment, settings, zone)
        twin = next((sheet.header[other] for other, known in spans.items() if known == span), None)
        if twin is not None:
            raise ShapeError(f"the columns '{twin}' and '{name}' mean the same days ({span})", where=sheet.where, do="take one of them away")
        spans[at] = span
    return spans


def _span(moment: Moment, settings: FootfallSettings, zone: ZoneInfo) -> Window:
    return span_of(moment, cast("Period", settings.period), zone, is_end=settings.label == "end")
