"""Footfall: people counted at the doors, as files of counters, returns of branches or readings of gates."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from sources.contract import (
    About,
    Metric,
    ParseResult,
    Place,
    RawPage,
    SourceSettings,
)
from sources.files.cell_records import FileRecords
from sources.files.sheets import Sheet
from sources.files.tables import read_tables, table_pages
from sources.footfall.daily import daily_observations
from sources.footfall.long_table import LongReader
from sources.footfall.settings import FootfallSettings
from sources.footfall.wide_table import read_wide
from sources.frames import record_frames
from warehouse.errors import ConfigError
from warehouse.schema import Window

if TYPE_CHECKING:
    from sources.web.session import Session


class Footfall:
    """Counts by entity and day or longer span, in local days of ``place.zone``. A blank cell is missing, a 0 is 0."""

    Settings: ClassVar[type[SourceSettings]] = FootfallSettings
    max_days: ClassVar[int | None] = None
    delivers_everything: ClassVar[bool] = True
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "Gate counters and branch returns in CSV or Excel",
        "let kmi read the folder or address of the files",
        "reads the files; no quota",
        {
            "path": "counts.csv",
            "layout": "wide",
            "columns": {"entity": "Library"},
            "date_formats": ["%Y-%m"],
            "period": "month",
        },
        ("closed", "corrected", "halved", "incomplete", "implausible", "reset", "rollover"),
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        """Raises ``ConfigError`` where ``open_hours_only`` is set and the plan has no opening hours."""
        if not isinstance(settings, FootfallSettings):
            raise TypeError("footfall is built from FootfallSettings")
        self.name, self.settings, self.place = name, settings, place
        if settings.open_hours_only and place.opening_hours is None:
            what = "'open_hours_only' is set and the plan has no opening hours"
            raise ConfigError(what, where=name, do="write them in calendar: opening_hours")

    def metrics(self) -> tuple[Metric, ...]:
        settings = self.settings
        if not settings.keeps_readings:
            return (Metric(settings.metric_name, settings.unit or "visits", "flow", "people who entered"),)
        halves = 2 if settings.directions == "both_halved" else 1
        unit = settings.unit or "passages"
        counter = Metric(
            settings.metric_name, unit, "reading", "the gate's counter as read", divide_by=halves, falls="reset"
        )
        return (replace(counter, rollover=settings.rollover, largest_step=settings.largest_step),)

    def fetch(self, window: Window, now: datetime, session: "Session") -> Iterator[RawPage]:
        """One page for each file. Raises ``ConfigError``, ``RefusedError`` or ``RetryableError``."""
        yield from table_pages(self.name, self.settings.path, window, now, session)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Observations of the days in the pages' window. Raises ``ShapeError`` that names the file."""
        if not pages:
            return ParseResult(*record_frames([], []))
        tables = read_tables(pages, self.settings)
        files = [self._read(sheets) for sheets in tables.files]
        parsed = daily_observations(files, self.settings, self.place, pages[0].window)
        return replace(parsed, notes=(*tables.notes, *parsed.notes))

    def _read(self, sheets: Sequence[Sheet]) -> FileRecords:
        columns = self.settings.columns
        table = FileRecords(holds_entities=columns.entity is not None or self.settings.layout == "wide")
        for sheet in sheets:
            self._read_sheet(sheet, table)
        return table

    def _read_sheet(self, sheet: Sheet, table: FileRecords) -> None:
        table.refuse_long_rows(sheet)
        if self.settings.layout == "wide":
            read_wide(sheet, self.settings, self.place.zone, table)
        else:
            LongReader(sheet, self.settings, self.place.zone, table).read()
