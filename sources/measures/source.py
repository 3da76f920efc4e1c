"""In-house measures that staff type into a table: training, enquiries, satisfaction."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache, partial
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

from sources.contract import (
    About,
    Metric,
    ParseResult,
    Place,
    RawPage,
    SourceSettings,
)
from sources.files.cell_records import CellRecord, FileRecords, PullBuilder
from sources.files.cells import Unreadable, cell_text
from sources.files.dates import Moment, local_time, span_of
from sources.files.key_rules import branch_of
from sources.files.number_cells import read_number, refuse_unclear
from sources.files.sheets import Row, Sheet
from sources.files.tables import read_tables, table_pages
from sources.frames import record_frames
from sources.measures.metrics import declared_metrics
from sources.measures.occupancy import count_name, with_mean_and_peak
from sources.measures.settings import MeasuresSettings, MeasureTableSettings, occupancy_metrics
from warehouse.errors import ShapeError
from warehouse.schema import Window

if TYPE_CHECKING:
    from sources.web.session import Session


class Measures:
    """Values by entity and period, in local days of ``place.zone``. A blank cell is missing, a 0 is 0."""

    Settings: ClassVar[type[SourceSettings]] = MeasuresSettings
    max_days: ClassVar[int | None] = None
    delivers_everything: ClassVar[bool] = True
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "Figures that staff keep in CSV or Excel",
        "let kmi read the folder or address of the files",
        "reads the files; no quota",
        {
            "path": "figures.csv",
            "columns": {"date": "Month"},
            "measures": {
                "enquiries": {
                    "column": "Enquiries",
                    "unit": "enquiries",
                    "kind": "flow",
                    "description": "questions answered",
                }
            },
        },
        ("incomplete",),
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        if not isinstance(settings, MeasuresSettings):
            raise TypeError("measures are built from MeasuresSettings")
        self.name, self.settings, self.place = name, settings, place

    def metrics(self) -> tuple[Metric, ...]:
        return declared_metrics(self.settings)

    def fetch(self, window: Window, now: datetime, session: "Session") -> Iterator[RawPage]:
        """One page for each file. Raises ``ConfigError``, ``RefusedError`` or ``RetryableError``."""
        yield from table_pages(self.name, self.settings.path, window, now, session)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Observations of the periods that begin in the pages' window. Raises ``ShapeError`` that names the file."""
        if not pages:
            return ParseResult(*record_frames([], []))
        tables = read_tables(pages, self.settings)
        parsed = parse_sheets(tables.files, self.settings, pages[0].window, self.place.zone)
        return replace(parsed, notes=(*tables.notes, *parsed.notes))


def parse_sheets(
    files: Sequence[Sequence[Sheet]], settings: MeasureTableSettings, window: Window, zone: ZoneInfo
) -> ParseResult:
    """Values of the periods that begin in ``window``, from files in order of their delivery. Raises ``ShapeError``."""
    pull = PullBuilder(window, settings.key_rules(settings.rename))
    tables = [FileRecords(holds_entities=settings.columns.entity is not None) for _ in files]
    for sheets, table in zip(files, tables, strict=True):
        for sheet in sheets:
            MeasureReader(sheet, settings, zone, table).read()
    pull.add_spans(with_mean_and_peak(pull.latest(tables), settings.occupancies))
    means = {name: occupancy_metrics(name)[0] for name in settings.occupancies}
    pull.refused = [(means.get(row[0] or "", row[0]), *row[1:]) for row in pull.refused]
    return pull.parsed()


class MeasureReader:
    """Reads one table."""

    def __init__(self, sheet: Sheet, settings: MeasureTableSettings, zone: ZoneInfo, table: FileRecords) -> None:
        self._sheet, self._settings, self._zone, self._table = sheet, settings, zone, table
        self._dates = settings.dates()
        self._unnamed: Counter[tuple[str, str, Window]] = Counter()
        self._occupancies = settings.occupancies
        self._span_of = lru_cache(None)(
            partial(span_of, period=settings.period, zone=zone, first_month=settings.first_month)
        )

    def read(self) -> None:
        """Add the records of the table. Raises ``ShapeError`` where its columns are not those of the plan."""
        self._table.refuse_long_rows(self._sheet)
        columns, sheet = self._settings.columns, self._sheet
        date_at = sheet.column(columns.date, "columns.date")
        entity_at = sheet.column(columns.entity, "columns.entity") if columns.entity else None
        cells = self._wide() if self._settings.layout == "wide" else self._long()
        first = next(iter(cells))
        for row in refuse_unclear(sheet, cells, self._settings).rows:
            if row.cells[first] is not None or any(row.cells[at] is not None for at in cells):
                self._read_row(row, date_at, entity_at, cells)
        self._dates.require_order(sheet.where)

    def _wide(self) -> dict[int, str]:
        """The measure of each column. A column that is neither declared nor ignored may be a misspelt measure."""
        settings, sheet = self._settings, self._sheet
        places = {
            sheet.column(heading, f"measures.{name}.column"): name
            for name in settings.measures
            for heading in settings.headings(name)
        }
        declared = {
            settings.columns.date,
            settings.columns.time,
            settings.columns.entity,
            settings.columns.note,
            *settings.ignore,
            *(sheet.header[at] for at in places),
        }
        for name in settings.ignore:
            sheet.column(name, "ignore")
        for name, cell in zip(sheet.header, sheet.header_cells, strict=True):
            if cell is not None and name not in declared:
                do = f"declare it under 'measures', or add '{name}' to 'ignore'"
                raise ShapeError(f"the column '{name}' is not a measure of the plan", where=sheet.where, do=do)
        return places

    def _long(self) -> dict[int, str]:
        """The column of the values, whose measure is that of the row."""
        self._sheet.column(self._settings.columns.measure, "columns.measure")
        return {self._sheet.column(self._settings.columns.value, "columns.value"): ""}

    def _read_row(self, row: Row, date_at: int, entity_at: int | None, cells: dict[int, str]) -> None:
        moment = self._dates.read(row.cells[date_at])
        if isinstance(moment, Unreadable):
            self._refuse(row, date_at, moment)
            return
        entity = branch_of(self._sheet.name) if self._settings.files == "branches" else ""
        entity = self._settings.rename.get(entity, entity)
        if entity_at is not None:
            entity = cell_text(row.cells[entity_at])
            entity = self._settings.rename.get(entity, entity)
            if not entity or isinstance(row.cells[entity_at], Unreadable):
                reason = f"the row has no name in '{self._sheet.header[entity_at]}'"
                self._refuse(row, entity_at, Unreadable("", reason, "write the name of the branch or team"))
                return
        span = self._span_of(moment)
        for at, name in cells.items():
            metric = name or self._measure_of(row)
            if metric is not None:
                value, fault = self._value(row, at, metric)
                is_level = self._settings.measures[metric].kind != "flow"  # levels do not add up: copies are copies
                origin = self._sheet.address(row.number, at)
                record = CellRecord(metric, entity, span, value, fault, origin, row=() if is_level else (origin,))
                if metric in self._occupancies:
                    record = self._count(record, row, at, moment)
                self._table.records.append(record)

    def _count(self, record: CellRecord, row: Row, at: int, moment: Moment) -> CellRecord:
        """One of several counts of a day, with its name; where nothing tells them apart, each row is a count."""
        names = list[str]()
        if self._settings.columns.time is not None:
            name = count_name(row.cells[self._sheet.column(self._settings.columns.time, "columns.time")])
            if isinstance(name, Unreadable):
                fault = None if record.is_blank else record.fault or name
                return replace(record, value=None, fault=fault, count=f"row {row.number}")
            names.append(name)
        elif moment.precision == "time":
            names.append(f"{local_time(moment, self._zone):%H:%M}")
        if self._settings.measures[record.metric].columns is not None:
            names.append(self._sheet.header[at])
        if not names and not record.is_blank:
            key = record.metric, record.entity, record.days
            self._unnamed[key] += 1
            names.append(f"row {self._unnamed[key]} of the day")
            self._table.notes[f"counts of '{record.metric}' without a time of day, each row taken as one count"] += 1
        return replace(record, count=", ".join(names))

    def _measure_of(self, row: Row) -> str | None:
        """The measure of a long row; None where the plan has no measure of that name."""
        settings = self._settings
        at = self._sheet.column(settings.columns.measure, "columns.measure")
        text = cell_text(row.cells[at])
        names = {settings.heading(name): name for name in settings.measures}
        names |= {name: name for name in settings.measures}
        if text in names:
            return names[text]
        near = get_close_matches(text, names, n=1)
        action = f"did you mean '{near[0]}'?" if near else "declare it under 'measures', or correct the cell"
        self._refuse(row, at, Unreadable(text, f"'{text}' is not a measure of the plan", action))
        return None

    def _refuse(self, row: Row, at: int, fault: Unreadable) -> None:
        self._table.refuse_row(row.text, fault, self._sheet.address(row.number, at))

    def _value(self, row: Row, at: int, metric: str) -> tuple[float | None, Unreadable | None]:
        spec = self._settings.measures[metric]
        number = read_number(row.cells[at], self._settings)
        if number is None or isinstance(number, Unreadable):
            return None, number
        raw = cell_text(row.cells[at]) if number < (spec.minimum or 0) or spec.maximum is not None else ""
        if spec.minimum is not None and number < spec.minimum:
            reason = f"{raw} is below {spec.minimum:.15g}, the minimum of {metric}"
            return None, Unreadable(raw, reason, "correct the cell, or 'minimum' in the plan")
        if spec.maximum is not None and number > spec.maximum:
            reason = f"{raw} is above {spec.maximum:.15g}, the maximum of {metric}"
            return None, Unreadable(raw, reason, "correct the cell, or 'maximum' in the plan")
        return number, None


def template(settings: MeasuresSettings) -> bytes:
    """An empty XLSX workbook that ``settings`` read, with its columns explained and its cells validated."""
    from sources.measures.template import workbook

    return workbook(settings)


def template_csv(settings: MeasuresSettings) -> bytes:
    """The header line of a CSV file that ``settings`` read."""
    from sources.measures.template import header_line

    return header_line(settings)
