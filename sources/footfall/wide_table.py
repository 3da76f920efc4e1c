"""Wide tables of counts: a row per entity and a column per date, or a row per date and a column per entity."""

from typing import cast
from zoneinfo import ZoneInfo

from sources.files.cell_records import CellRecord, FileRecords
from sources.files.cells import Unreadable
from sources.files.date_formats import Period
from sources.files.dates import Moment, span_of
from sources.files.number_cells import refuse_unclear
from sources.files.sheets import Sheet
from sources.footfall.rows import entity_rows, read_count, reading_span
from sources.footfall.settings import FootfallSettings
from warehouse.errors import ShapeError
from warehouse.schema import Window


def read_wide(sheet: Sheet, settings: FootfallSettings, zone: ZoneInfo, table: FileRecords) -> None:
    """Add the records of a table. Raises ``ShapeError`` for a column that is neither a date nor declared."""
    if settings.columns.date is not None:
        _read_by_date(sheet, settings, zone, table)
        return
    spans = _spans(sheet, settings, zone)
    sheet = refuse_unclear(sheet, spans, settings)
    for row, entity in entity_rows(sheet, settings, table):
        for at, span in spans.items():
            value, fault = read_count(row, at, settings)
            table.records.append(
                CellRecord(
                    settings.metric_name, entity, span, value, fault, sheet.address(row.number, at), row=row.cells
                )
            )


def _read_by_date(sheet: Sheet, settings: FootfallSettings, zone: ZoneInfo, table: FileRecords) -> None:
    """Read a row per date: each column is an entity, except the date and the ignored ones."""
    dates = settings.dates()
    date_at = sheet.column(settings.columns.date or "", "columns.date")
    names = {at: settings.rename.get(sheet.header[at], sheet.header[at]) for at in _undeclared(sheet, settings)}
    sheet = refuse_unclear(sheet, names, settings)
    for row in sheet.rows:
        moment = dates.read(row.cells[date_at])
        if isinstance(moment, Unreadable):
            table.refuse_row(row.text, moment, sheet.address(row.number, date_at), settings.metric_name)
            continue
        span = _span(moment, settings, zone)
        for at, entity in names.items():
            value, fault = read_count(row, at, settings)
            table.records.append(
                CellRecord(
                    settings.metric_name, entity, span, value, fault, sheet.address(row.number, at), row=row.cells
                )
            )
    dates.require_order(sheet.where)


def _undeclared(sheet: Sheet, settings: FootfallSettings) -> list[int]:
    """The indexes of the columns that neither ``columns`` nor ``ignore`` names, without blank ones."""
    declared = {sheet.column(name, "ignore") for name in settings.ignore}
    for role, name in settings.columns:
        if name is not None:
            declared.add(sheet.column(name, f"columns.{role.rstrip('_')}"))
    return [at for at in range(len(sheet.header)) if at not in declared and not sheet.is_blank(at)]


def _spans(sheet: Sheet, settings: FootfallSettings, zone: ZoneInfo) -> dict[int, Window]:
    """The span of each column that is a date."""
    dates = settings.dates()
    spans: dict[int, Window] = {}
    for at in _undeclared(sheet, settings):
        name = sheet.header[at]
        moment = dates.read(name if sheet.header_cells[at] is None else sheet.header_cells[at])
        if isinstance(moment, Unreadable):
            do = f"declare its format in 'date_formats', or add '{name}' to 'ignore'"
            what = f"the column '{name}' is neither a date nor declared ({moment.reason})"
            raise ShapeError(what, where=sheet.where, do=do)
        span = _span(moment, settings, zone)
        twin = next((sheet.header[other] for other, earlier in spans.items() if earlier == span), None)
        if twin is not None:
            what = f"the columns '{twin}' and '{name}' mean the same days ({span})"
            raise ShapeError(what, where=sheet.where, do="remove one of them")
        spans[at] = span
    dates.require_order(sheet.where)
    return spans


def _span(moment: Moment, settings: FootfallSettings, zone: ZoneInfo) -> Window:
    if settings.keeps_readings:
        return reading_span(moment, settings, zone)
    return span_of(
        moment, cast("Period", settings.period), zone, is_end=settings.label == "end", first_month=settings.first_month
    )
