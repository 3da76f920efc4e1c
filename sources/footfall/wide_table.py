"""Wide tables of counts: a row per entity and a column per day, month or year; or a row per date and a column per entity."""

from typing import cast
from zoneinfo import ZoneInfo

from sources.files.cell_records import CellRecord, FileRecords
from sources.files.cells import Unreadable
from sources.files.dates import DateReader, Moment, Period, span_of
from sources.files.tabular import Sheet
from sources.footfall.rows import entity_rows, read_count, reading_span
from sources.footfall.settings import FootfallSettings
from warehouse.errors import ShapeError
from warehouse.schema import Window

TOTALS = {"total", "totals", "grand total", "sum", "all", "ytd"}


def read_wide(sheet: Sheet, settings: FootfallSettings, zone: ZoneInfo, table: FileRecords) -> None:
    """Raises ``ShapeError`` for a column that is neither a date nor declared."""
    if settings.columns.date is not None:
        _read_by_date(sheet, settings, zone, table)
        return
    spans = _spans(sheet, settings, zone)
    for row, entity in entity_rows(sheet, settings, table):
        for at, span in spans.items():
            value, fault = read_count(row, at, settings)
            table.records.append(
                CellRecord(settings.metric_name, entity, span, value, fault, sheet.address(row.number, at))
            )


def _read_by_date(sheet: Sheet, settings: FootfallSettings, zone: ZoneInfo, table: FileRecords) -> None:
    """Every column that is neither the date nor ignored is an entity."""
    dates = DateReader(settings.date_formats, settings.year)
    date_at = sheet.column(settings.columns.date or "", "columns.date")
    names = {at: settings.rename.get(sheet.header[at], sheet.header[at]) for at in _undeclared(sheet, settings)}
    total = next((name for name in names.values() if name.casefold() in TOTALS), None)
    if total is not None:
        raise ShapeError(
            f"the column '{total}' would be counted besides what it adds up",
            where=sheet.where,
            do=f"add '{total}' to 'ignore'",
        )
    for row in sheet.rows:
        moment = dates.read(row.cells[date_at])
        if isinstance(moment, Unreadable):
            table.refused.append(
                (
                    settings.metric_name,
                    None,
                    None,
                    None,
                    row.text,
                    moment.reason,
                    sheet.address(row.number, date_at),
                    moment.action,
                )
            )
            continue
        span = _span(moment, settings, zone)
        for at, entity in names.items():
            value, fault = read_count(row, at, settings)
            table.records.append(
                CellRecord(settings.metric_name, entity, span, value, fault, sheet.address(row.number, at))
            )


def _undeclared(sheet: Sheet, settings: FootfallSettings) -> list[int]:
    """Places of the columns that neither ``columns`` nor ``ignore`` names, without those that are blank."""
    aside = {sheet.column(name, "ignore") for name in settings.ignore}
    aside |= {sheet.column(name, f"columns.{role.rstrip('_')}") for role, name in settings.columns if name is not None}
    return [at for at in range(len(sheet.header)) if at not in aside and not sheet.is_blank(at)]


def _spans(sheet: Sheet, settings: FootfallSettings, zone: ZoneInfo) -> dict[int, Window]:
    """The span of each column that is a date."""
    dates = DateReader(settings.date_formats, settings.year)
    spans: dict[int, Window] = {}
    for at in _undeclared(sheet, settings):
        name = sheet.header[at]
        moment = dates.read(name if sheet.header_cells[at] is None else sheet.header_cells[at])
        if isinstance(moment, Unreadable):
            do = f"declare its format in 'date_formats', or add '{name}' to 'ignore'"
            raise ShapeError(
                f"the column '{name}' is neither a date nor declared ({moment.reason})", where=sheet.where, do=do
            )
        span = _span(moment, settings, zone)
        twin = next((sheet.header[other] for other, known in spans.items() if known == span), None)
        if twin is not None:
            raise ShapeError(
                f"the columns '{twin}' and '{name}' mean the same days ({span})",
                where=sheet.where,
                do="take one of them away",
            )
        spans[at] = span
    return spans


def _span(moment: Moment, settings: FootfallSettings, zone: ZoneInfo) -> Window:
    if settings.keeps_readings:
        return reading_span(moment, settings, zone)
    return span_of(moment, cast("Period", settings.period), zone, is_end=settings.label == "end")
