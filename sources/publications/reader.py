"""Reads the tables and references of one pull into items, and says how far the list goes."""

from datetime import date

from sources.contract import ParseResult, Place
from sources.files.cells import Unreadable, cell_text
from sources.files.date_formats import Period
from sources.files.dates import DateReader, Moment, period_of
from sources.files.references import Reference, References
from sources.files.sheets import Row, Sheet
from sources.items import Item, Items, Refusal
from sources.publications.list_end import long_silence
from sources.publications.settings import NO_NAME, PublicationsSettings
from sources.written_dates import WrittenDateReader
from warehouse.errors import ShapeError
from warehouse.schema import DAY, Window


class PublicationReader:
    """Reads the tables of one pull into items."""

    def __init__(self, settings: PublicationsSettings, place: Place, requested: Window, today: date) -> None:
        self._settings, self._place, self._requested, self._today = settings, place, requested, today
        self._dates = DateReader(settings.date_formats)
        self._written = WrittenDateReader(place.zone, settings.date_formats, place.zone)
        self._items, self._outside = Items(), 0
        self._spans = list[Window]()

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
        self._spans.append(written.span)
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
        self._spans.append(span)
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
        oldest, until = min((span.start for span in self._spans), default=None), self._settings.until
        self._note_how_far_it_goes(until)
        end = self._requested.end if until is None else min(until + DAY, self._requested.end)
        if oldest is None or oldest >= end:
            return self._items.parsed()
        covered = Window(oldest, end).overlap(self._requested)
        return self._items.parsed(covered=(covered,) if covered else (), replaces=covered)

    def _note_how_far_it_goes(self, until: date | None) -> None:
        """Say where days would count as 0 of which the list may know nothing, and where it goes on beyond its end."""
        if until is not None:
            later = sum(span.end - DAY > until for span in self._spans)
            if later:
                self._items.note(f"items dated after 'until' ({until}): {later}; set a later day if the list goes on")
        elif self._today <= self._requested.end and (newest := long_silence(self._spans, self._today)) is not None:
            self._items.note(
                f"the newest item is of {newest}, and the days since count as 0: where the list ends there, "
                f"set 'until: {newest}'"
            )
