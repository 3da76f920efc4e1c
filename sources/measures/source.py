"""In-house measures that staff type into a table: training, enquiries, satisfaction."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from sources.contract import Metric, Parsed, Place, RawPage, SourceSettings, observation_frame, refused_frame
from sources.files.dates import TELLS, DateFormat, DateReader, Period, has_year, precision_of, span_of
from sources.files.figures import read_number
from sources.files.location import Location, read_files
from sources.files.said import Pulled, Said, Table
from sources.files.tabular import PATTERNS, Row, Sheet, TableFormat, Unreadable, label, read_sheet
from warehouse.errors import ShapeError
from warehouse.schema import Window

if TYPE_CHECKING:
    from sources.web.session import Session

MeasureName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class MeasureSpec(BaseModel):
    """What one measure counts and within which bounds it is believed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: str = Field(min_length=1)
    kind: Literal["flow", "reading"] = Field("flow", description="flow adds up over days; reading is a level or a score")
    description: str = ""
    column: str | None = Field(None, min_length=1, description="its name in the table; the measure's own name by default")
    minimum: float | None = 0
    maximum: float | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"the minimum {self.minimum:.15g} is above the maximum {self.maximum:.15g}")
        return self


class MeasureColumns(BaseModel):
    """Names of the columns, as the header row has them. ``measure`` and ``value`` belong to the long layout."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date: str = Field("Period", description="the period")
    entity: str | None = Field(None, description="branch or team")
    measure: str = Field("Measure", description="name of the measure, in the long layout")
    value: str = Field("Value", description="its figure, in the long layout")
    note: str | None = Field(None, description="a column of remarks, which is not read")


class MeasuresSettings(TableFormat, SourceSettings):
    """Figures typed into CSV, TSV or XLSX files."""

    type: Literal["measures"]
    path: Location = Field(description="a file, a folder, a pattern or an address")
    layout: Literal["wide", "long"] = Field("wide", description="wide: a row per period and a column per measure; long: a row per period and measure")
    columns: MeasureColumns = MeasureColumns()
    measures: dict[MeasureName, MeasureSpec] = Field(min_length=1, description="what is measured, by name")
    period: Period = Field("month", description="length of the period that one figure covers")
    date_formats: tuple[DateFormat, ...] = Field((), description="how periods are written (strptime; %q is the quarter); needed unless they are real dates")
    year: int | None = Field(None, ge=1900, le=2199, description="the year of periods that have none")
    ignore: tuple[str, ...] = Field((), description="columns that are no measures")

    def heading(self, name: str) -> str:
        """The measure's name in the table."""
        return self.measures[name].column or name

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        headings = [self.heading(name) for name in self.measures]
        twice = next((heading for heading in headings if headings.count(heading) > 1), None)
        if twice is not None:
            raise ValueError(f"two measures have the column '{twice}'")
        for pattern in self.date_formats:
            if precision_of(pattern) not in TELLS[self.period]:
                raise ValueError(f"a date written {pattern} does not tell the {self.period}")
            if self.year is None and not has_year(pattern):
                raise ValueError(f"a date written {pattern} needs the 'year' that it means")
        return self


class Measures:
    """Figures by entity and period, in the local days of ``place.zone``; a blank cell is missing, a 0 is 0."""

    Settings: ClassVar[type[SourceSettings]] = MeasuresSettings
    max_days: ClassVar[int | None] = None
    delivers_everything: ClassVar[bool] = True
    keyed_by_entity: ClassVar[bool] = False

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        if not isinstance(settings, MeasuresSettings):
            raise TypeError("measures are built from MeasuresSettings")
        self.name, self.settings, self.place = name, settings, place

    def metrics(self) -> tuple[Metric, ...]:
        specs = self.settings.measures.items()
        return tuple(Metric(name, spec.unit, spec.kind, spec.description or name, minimum=spec.minimum) for name, spec in specs)

    def fetch(self, window: Window, now: datetime, session: "Session") -> Iterator[RawPage]:
        """One page a file. Raises ``ConfigError``, ``RefusedError``, ``RetryableError`` or, for an empty file, ``ShapeError``."""
        for sequence, (name, body, etag, modified) in enumerate(read_files(self.settings.path, PATTERNS, session)):
            yield RawPage(self.name, window, sequence, name, 200, now, body, etag, modified)

    def parse(self, pages: Sequence[RawPage]) -> Parsed:
        """Observations of the periods that begin in the pages' window. Raises ``ShapeError`` that names the file."""
        if not pages:
            return Parsed(observation_frame([]), refused_frame([]))
        ordered = sorted(pages, key=lambda page: page.sequence)
        tables = [MeasureReader(read_sheet(p.url, p.body, self.settings), self.settings, self.place.zone).read() for p in ordered]
        pulled = Pulled(ordered[0].window)
        for one in pulled.latest(tables):
            if one.fault is not None:
                pulled.refused.append(one.refusal)
            elif one.value is not None:
                pulled.rows.append((one.metric, one.entity, one.days.start, one.days.end, one.value, (), one.origin))
        return pulled.parsed()


class MeasureReader:
    """Reads one table."""

    def __init__(self, sheet: Sheet, settings: MeasuresSettings, zone: ZoneInfo) -> None:
        self._sheet, self._settings, self._zone = sheet, settings, zone
        self._dates = DateReader(settings.date_formats, settings.year)
        self._table = Table()

    def read(self) -> Table:
        """Raises ``ShapeError`` where the columns are not those that the plan declares."""
        self._table.refuse_long_rows(self._sheet)
        columns, sheet = self._settings.columns, self._sheet
        date_at = sheet.column(columns.date, "columns.date")
        entity_at = sheet.column(columns.entity, "columns.entity") if columns.entity else None
        cells = self._wide() if self._settings.layout == "wide" else self._long()
        for row in sheet.rows:
            if any(row.cells[at] is not None for at in cells.values()):
                self._read_row(row, date_at, entity_at, cells)
        return self._table

    def _wide(self) -> dict[str, int]:
        """Place of each measure. A column that is neither declared nor ignored may be a measure misspelt."""
        settings, sheet = self._settings, self._sheet
        places = {name: sheet.column(settings.heading(name), f"measures.{name}.column") for name in settings.measures}
        known = {settings.columns.date, settings.columns.entity, settings.columns.note, *settings.ignore, *(sheet.header[at] for at in places.values())}
        for name in settings.ignore:
            sheet.column(name, "ignore")
        unknown = next((name for at, name in enumerate(sheet.header) if name not in known and sheet.header_cells[at] is not None), None)
        if unknown is not None:
            do = f"declare it under 'measures', or add '{unknown}' to 'ignore'"
            raise ShapeError(f"the column '{unknown}' is no measure of the plan", where=sheet.where, do=do)
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
            entity = label(row.cells[entity_at])
            entity = self._settings.rename.get(entity, entity)
            if not entity or isinstance(row.cells[entity_at], Unreadable):
                self._refuse(row, entity_at, Unreadable("", f"the row has no name in '{self._sheet.header[entity_at]}'", "write whose figures they are"))
                return
        span = span_of(moment, self._settings.period, self._zone)
        for name, at in cells.items():
            metric = name or self._measure_of(row)
            if metric is not None:
                value, fault = self._figure(row, at, metric)
                self._table.said.append(Said(metric, entity, span, value, fault, self._sheet.address(row.number, at)))

    def _measure_of(self, row: Row) -> str | None:
        """The measure that a long row is about; None where the plan knows none of that name."""
        settings = self._settings
        at = self._sheet.column(settings.columns.measure, "columns.measure")
        told = label(row.cells[at])
        names = {settings.heading(name): name for name in settings.measures} | {name: name for name in settings.measures}
        if told in names:
            return names[told]
        near = get_close_matches(told, names, n=1)
        action = f"did you mean '{near[0]}'?" if near else "declare it under 'measures', or correct the cell"
        self._refuse(row, at, Unreadable(told, f"'{told}' is no measure of the plan", action))
        return None

    def _refuse(self, row: Row, at: int, fault: Unreadable) -> None:
        self._table.refused.append((None, None, None, None, row.text, fault.reason, self._sheet.address(row.number, at), fault.action))

    def _figure(self, row: Row, at: int, metric: str) -> tuple[float | None, Unreadable | None]:
        spec, raw = self._settings.measures[metric], label(row.cells[at])
        number = read_number(row.cells[at], self._settings)
        if number is None or isinstance(number, Unreadable):
            return None, number
        if spec.minimum is not None and number < spec.minimum:
            return None, Unreadable(raw, f"{raw} is below {spec.minimum:.15g}, the least that {metric} can be", "correct the cell, or 'minimum' in the plan")
        if spec.maximum is not None and number > spec.maximum:
            return None, Unreadable(raw, f"{raw} is above {spec.maximum:.15g}, the most that {metric} can be", "correct the cell, or 'maximum' in the plan")
        return number, None


def template(settings: MeasuresSettings) -> bytes:
    """An XLSX workbook that ``settings`` read, empty, with its columns explained and its cells guarded."""
    from sources.measures.template import workbook

    return workbook(settings)


def template_csv(settings: MeasuresSettings) -> bytes:
    """The header line of a CSV file that ``settings`` read."""
    from sources.measures.template import header_line

    return header_line(settings)
