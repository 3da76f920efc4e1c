"""In-house measures that staff type into a table: training, enquiries, satisfaction."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

from sources.contract import (
    About,
    Metric,
    ParseResult,
    Place,
    RawPage,
    SourceSettings,
    observation_frame,
    refused_frame,
)
from sources.files.cell_records import CellRecord, FileRecords, PullBuilder
from sources.files.cells import Unreadable, cell_text
from sources.files.dates import span_of
from sources.files.location import file_pages, read_files
from sources.files.number_cells import read_number
from sources.files.tabular import TABLE_PATTERNS, Row, Sheet, read_sheet
from sources.measures.settings import MeasuresSettings, MeasureTableSettings
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
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        if not isinstance(settings, MeasuresSettings):
            raise TypeError("measures are built from MeasuresSettings")
        self.name, self.settings, self.place = name, settings, place

    def metrics(self) -> tuple[Metric, ...]:
        return declared_metrics(self.settings)

    def fetch(self, window: Window, now: datetime, session: "Session") -> Iterator[RawPage]:
        """One page for each file. Raises ``ConfigError``, ``RefusedError`` or ``RetryableError``."""
        yield from file_pages(self.name, read_files(self.settings.path, TABLE_PATTERNS, session), window, now)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Observations of the periods that begin in the pages' window. Raises ``ShapeError`` that names the file."""
        if not pages:
            return ParseResult(observation_frame([]), refused_frame([]))
        ordered = sorted(pages, key=lambda page: page.sequence)
        sheets = [read_sheet(page.url, page.body, self.settings) for page in ordered]
        return parse_sheets(sheets, self.settings, ordered[0].window, self.place.zone)


def declared_metrics(settings: MeasureTableSettings) -> tuple[Metric, ...]:
    """The metrics that the plan describes."""
    return tuple(
        Metric(name, spec.unit, spec.kind, spec.description or name, minimum=spec.minimum)
        for name, spec in settings.measures.items()
    )


def parse_sheets(
    sheets: Sequence[Sheet], settings: MeasureTableSettings, window: Window, zone: ZoneInfo
) -> ParseResult:
    """Values of the periods that begin in ``window``, from tables in order of their delivery. Raises ``ShapeError``."""
    pull = PullBuilder(window)
    pull.add_spans(pull.latest([MeasureReader(sheet, settings, zone).read() for sheet in sheets]))
    return pull.parsed()


class MeasureReader:
    """Reads one table."""

    def __init__(self, sheet: Sheet, settings: MeasureTableSettings, zone: ZoneInfo) -> None:
        self._sheet, self._settings, self._zone = sheet, settings, zone
        self._dates = settings.dates()
        self._table = FileRecords()

    def read(self) -> FileRecords:
        """The records of the table. Raises ``ShapeError`` where its columns are not those of the plan."""
        self._table.refuse_long_rows(self._sheet)
        columns, sheet = self._settings.columns, self._sheet
        date_at = sheet.column(columns.date, "columns.date")
        entity_at = sheet.column(columns.entity, "columns.entity") if columns.entity else None
        cells = self._wide() if self._settings.layout == "wide" else self._long()
        for row in sheet.rows:
            if any(row.cells[at] is not None for at in cells.values()):
                self._read_row(row, date_at, entity_at, cells)
        self._dates.require_order(sheet.where)
        return self._table

    def _wide(self) -> dict[str, int]:
        """The column of each measure. A column that is neither declared nor ignored may be a misspelt measure."""
        settings, sheet = self._settings, self._sheet
        places = {name: sheet.column(settings.heading(name), f"measures.{name}.column") for name in settings.measures}
        declared = {
            settings.columns.date,
            settings.columns.entity,
            settings.columns.note,
            *settings.ignore,
            *(sheet.header[at] for at in places.values()),
        }
        for name in settings.ignore:
            sheet.column(name, "ignore")
        for name, cell in zip(sheet.header, sheet.header_cells, strict=True):
            if cell is not None and name not in declared:
                do = f"declare it under 'measures', or add '{name}' to 'ignore'"
                raise ShapeError(f"the column '{name}' is not a measure of the plan", where=sheet.where, do=do)
        return places

    def _long(self) -> dict[str, int]:
        self._sheet.column(self._settings.columns.measure, "columns.measure")
        return {"": self._sheet.column(self._settings.columns.value, "columns.value")}

    def _read_row(self, row: Row, date_at: int, entity_at: int | None, cells: dict[str, int]) -> None:
        moment = self._dates.read(row.cells[date_at])
        if isinstance(moment, Unreadable):
            self._refuse(row, date_at, moment)
            return
        entity = ""
        if entity_at is not None:
            entity = cell_text(row.cells[entity_at])
            entity = self._settings.rename.get(entity, entity)
            if not entity or isinstance(row.cells[entity_at], Unreadable):
                reason = f"the row has no name in '{self._sheet.header[entity_at]}'"
                self._refuse(row, entity_at, Unreadable("", reason, "write the name of the branch or team"))
                return
        span = span_of(moment, self._settings.period, self._zone, first_month=self._settings.first_month)
        for name, at in cells.items():
            metric = name or self._measure_of(row)
            if metric is not None:
                value, fault = self._value(row, at, metric)
                self._table.records.append(
                    CellRecord(metric, entity, span, value, fault, self._sheet.address(row.number, at))
                )

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
        spec, raw = self._settings.measures[metric], cell_text(row.cells[at])
        number = read_number(row.cells[at], self._settings)
        if number is None or isinstance(number, Unreadable):
            return None, number
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
