"""A log of publications, in a table or as references: one row per item, counted once however often it is listed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import chain
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sources.contract import (
    About,
    Metric,
    ParseResult,
    Place,
    RawPage,
    SourceSettings,
)
from sources.files.cells import Unreadable, cell_text
from sources.files.date_formats import DateFormat, Period, has_year
from sources.files.dates import DateReader, Moment, period_of
from sources.files.location import Location
from sources.files.references import (
    REFERENCE_PATTERNS,
    DateRole,
    Reference,
    References,
    is_reference_page,
    read_references,
)
from sources.files.sheets import Row, Sheet
from sources.files.table_format import TableFormat
from sources.files.tables import TABLE_PATTERNS, read_tables, table_pages
from sources.frames import record_frames
from sources.items import Item, Items, KindName, Refusal, item_metrics
from sources.written_dates import WrittenDateReader
from warehouse.errors import ShapeError
from warehouse.schema import Window

if TYPE_CHECKING:
    from sources.web.session import Session


NO_NAME = frozenset(("", "n/a", "n.a.", "na", "-", "--", "–", "—", "?", "0", "none", "null", "nil", "tba", "tbd"))
"""What people write where an item has no identifier, in small letters: such a text names nothing."""


class PublicationColumns(BaseModel):
    """Names of the columns, as in the header row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date: str = Field("Date", description="day, month or year of publication")
    title: str | None = Field(None, description="title")
    kind: str | None = Field(None, description="the kind of item; see 'kinds'")
    id: str | None = Field(None, description="a permanent name of the item, such as a DOI")
    url: str | None = Field(None, description="its address")


class PublicationsSettings(TableFormat, SourceSettings):
    """A publication log in CSV, TSV or XLSX files, or as RIS, BibTeX or CSL-JSON."""

    type: Literal["publications"]
    path: Location = Field(description="a file, a folder, a pattern or an address")
    columns: PublicationColumns | None = Field(
        None, description="of a table: names of the columns, as its header has them"
    )
    counted_date: DateRole = Field(
        "issued",
        description="of references: the date on which an item counts; online and added where the file has them",
    )
    date_formats: tuple[DateFormat, ...] = Field(
        (), description="how dates are written (strptime); %m/%Y counts for the month and %Y for the year"
    )
    kind: KindName | None = Field(
        None, description="what an item counts as where its kind is not among 'kinds', or where no kind is given"
    )
    kinds: dict[str, KindName] = Field(
        default_factory=dict,
        description="what the item counts as, by the text in the kind column or the type of the reference",
    )

    @model_validator(mode="after")
    def _check_names_and_dates(self) -> Self:
        named = self.columns is None or self.columns.title or self.columns.id or self.columns.url
        if not named:
            raise ValueError("an item needs a name to be counted once: give columns an 'id', a 'url' or a 'title'")
        if self.columns is not None and bool(self.kinds) != (self.columns.kind is not None):
            raise ValueError("'columns: {kind: …}' and 'kinds' need each other: 'kinds' says what each text counts as")
        bare = next((pattern for pattern in self.date_formats if not has_year(pattern)), None)
        if bare is not None:
            raise ValueError(f"a date written {bare} does not have the year")
        return self

    @property
    def all_kinds(self) -> tuple[str, ...]:
        """Everything that an item may count as."""
        named = tuple(dict.fromkeys(self.kinds.values()))
        return (*named, self.kind) if self.kind and self.kind not in named else named or ("publications",)


class Publications:
    """One observation per item, on the day, month or year of publication that the log gives."""

    Settings: ClassVar[type[SourceSettings]] = PublicationsSettings
    max_days: ClassVar[int | None] = None
    delivers_everything: ClassVar[bool] = True
    keyed_by_entity: ClassVar[bool] = True
    about: ClassVar[About] = About(
        "The log of publications that staff keep in CSV or Excel, or export as RIS, BibTeX or CSL-JSON",
        "let kmi read the folder or address of the files",
        "reads the files; no quota",
        {
            "path": "publications.csv",
            "columns": {"date": "Date", "kind": "Kind", "id": "ID"},
            "kinds": {"guide": "guides"},
        },
        ("withdrawn", "partial"),
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        if not isinstance(settings, PublicationsSettings):
            raise TypeError("publications are built from PublicationsSettings")
        self.name, self.settings, self.place = name, settings, place

    def metrics(self) -> tuple[Metric, ...]:
        return item_metrics(self.settings.all_kinds)

    def fetch(self, window: Window, now: datetime, session: "Session") -> Iterator[RawPage]:
        """One page for each file. Raises ``ConfigError``, ``RefusedError`` or ``RetryableError``."""
        patterns = (*TABLE_PATTERNS, *REFERENCE_PATTERNS)
        yield from table_pages(self.name, self.settings.path, window, now, session, patterns)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """The items whose span begins in the pages' window. Raises ``ShapeError`` that names the file.

        The log is complete for the days from its oldest date to the end of the window.
        """
        if not pages:
            return ParseResult(*record_frames([], []))
        references = [page for page in pages if is_reference_page(page)]
        tables = read_tables([page for page in pages if page not in references], self.settings)
        log = PublicationReader(self.settings, self.place, pages[0].window)
        for sheet in chain.from_iterable(tables.files):
            log.read(sheet)
        for page in sorted(references, key=lambda page: page.sequence):
            log.read_references(page.url, read_references(page.url, page.body))
        parsed = log.parsed()
        return replace(parsed, notes=(*tables.notes, *parsed.notes))


class PublicationReader:
    """Reads the tables of one pull into items."""

    def __init__(self, settings: PublicationsSettings, place: Place, requested: Window) -> None:
        self._settings, self._place, self._requested = settings, place, requested
        self._dates = DateReader(settings.date_formats)
        self._written = WrittenDateReader(place.zone, settings.date_formats, place.zone)
        self._items, self._outside = Items(), 0
        self._oldest: date | None = None

    def read(self, sheet: Sheet) -> None:
        """Add the items of a table. Raises ``ShapeError`` where a declared column is missing."""
        for number, raw in sheet.too_long:
            reason = "the row has more cells than the header has names"
            action = "put values that contain the delimiter in quotation marks, or correct the row"
            self._items.refuse(Refusal(raw, reason, sheet.address(number), action))
        columns = self._settings.columns
        if columns is None:
            do = "say under 'columns' which column holds the date and which the title, id or address"
            raise ShapeError("this is a table, and the plan does not name its columns", where=sheet.where, do=do)
        places = {role: sheet.column(name, f"columns.{role}") for role, name in columns if name is not None}
        for row in sheet.rows:
            self._read_row(row, sheet, places)

    def read_references(self, name: str, references: References) -> None:
        """Add the entries of a reference file."""
        for number, raw, reason in references.broken:
            self._items.refuse(Refusal(raw, reason, f"{name}, line {number}", "correct the entry, or export it again"))
        for entry in references.entries:
            self._read_reference(entry, f"{name}, entry {entry.number}")

    def _read_reference(self, entry: Reference, origin: str) -> None:
        identity, role = entry.doi or entry.url, self._settings.counted_date
        kind = self._settings.kinds.get(entry.kind, self._settings.kind)
        if kind is None and not self._settings.kinds:
            kind = "publications"
        text = entry.dates.get(role, "")
        written = self._written.read(text) if text else None
        if written is None or isinstance(written, Unreadable):
            reason = written.reason if written else f"the reference has no date of the kind '{role}'"
            do = "give it a date, or set 'counted_date' to one that it has"
            self._items.refuse(Refusal(entry.text, reason, origin, do, kind, identity or None))
            return
        self._oldest = min(self._oldest or written.span.start, written.span.start)
        if written.span.start not in self._requested:
            self._outside += 1
        elif kind is None:
            reason, do = (
                f"'{entry.kind}' is not among the kinds of the plan",
                "add it to 'kinds', or set 'kind' for others",
            )
            self._items.refuse(Refusal(entry.text, reason, origin, do, None, identity or None, written.span))
        else:
            flags = ("partial",) if written.span.end > self._requested.end else ()
            self._items.add(Item(kind, identity, written.span, origin, entry.title, flags=flags))

    def _read_row(self, row: Row, sheet: Sheet, places: dict[str, int]) -> None:
        texts = {role: cell_text(row.cells[at]) for role, at in places.items()}
        identity = next(
            (given for role in ("id", "url") if (given := texts.get(role, "")).casefold() not in NO_NAME), ""
        )
        kind = self._kind(texts)
        moment = self._dates.read(row.cells[places["date"]])
        if isinstance(moment, Unreadable):
            origin = sheet.address(row.number, places["date"])
            self._items.refuse(Refusal(row.text, moment.reason, origin, moment.action, kind, identity or None))
            return
        span = self._span(moment)
        self._oldest = min(self._oldest or span.start, span.start)
        if span.start not in self._requested:
            self._outside += 1
        elif kind is None:
            text = texts.get("kind", "")
            reason = f"'{text}' is not among the kinds of the plan" if text else "the kind is blank"
            action = "correct it, add it to 'kinds', or set 'kind' for all others"
            origin = sheet.address(row.number, places["kind"])
            self._items.refuse(Refusal(row.text, reason, origin, action, None, identity or None, span))
        else:
            flags = ("partial",) if span.end > self._requested.end else ()
            title, origin = texts.get("title", ""), sheet.address(row.number)
            self._items.add(Item(kind, identity, span, origin, title, flags=flags))

    def _kind(self, texts: dict[str, str]) -> str | None:
        if "kind" not in texts:
            return self._settings.kind or "publications"
        return self._settings.kinds.get(texts["kind"], self._settings.kind)

    def _span(self, moment: Moment) -> Window:
        period: Period = "day" if moment.precision == "time" else moment.precision
        return period_of(moment.day(self._place.zone), period)

    def parsed(self) -> ParseResult:
        if self._outside:
            self._items.note(f"rows outside {self._requested} left out: {self._outside}")
        if self._oldest is None or self._oldest >= self._requested.end:
            return self._items.parsed()
        span = Window(self._oldest, self._requested.end).overlap(self._requested)
        return self._items.parsed(covered=(span,) if span else (), replaces=span)
