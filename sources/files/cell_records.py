"""The cells of tables as records of metric, entity and span, and how the files of one pull make observations."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache

from sources.contract import ObservationRow, ParseResult, RefusedRow
from sources.files.cells import Unreadable
from sources.files.key_rules import TWICE, KeyRules
from sources.files.record_checks import is_another_thing, require_no_copies, require_no_totals, with_one_spelling
from sources.files.sheets import Sheet
from sources.frames import record_frames
from warehouse.schema import DAY, Window, merged


@dataclass(frozen=True, slots=True)
class TimeSlot:
    """An interval within a local day; ``start`` and ``end`` are aware UTC."""

    start: datetime
    end: datetime
    day: date


@dataclass(frozen=True, slots=True)
class CellRecord:
    """One cell: a value, a blank (no value, no fault) or a fault."""

    metric: str
    entity: str
    span: Window | TimeSlot
    value: float | None
    fault: Unreadable | None
    origin: str
    flags: tuple[str, ...] = ()
    row: tuple[object, ...] = ()
    """All cells of its row: two rows of one key that differ anywhere may be two events."""
    count: str = ""
    """Which of several counts of one span it is: a time of day, or what else the table calls it."""

    @property
    def key(self) -> tuple[object, ...]:
        return (
            (self.metric, self.entity, self.span, self.count) if self.count else (self.metric, self.entity, self.span)
        )

    @property
    def is_blank(self) -> bool:
        return self.value is None and self.fault is None

    @property
    def text(self) -> str:
        """The value as text, or the text that could not be read."""
        return self.fault.raw if self.fault is not None else "" if self.value is None else f"{self.value:.15g}"

    @property
    def days(self) -> Window:
        return self.span if isinstance(self.span, Window) else Window(self.span.day, self.span.day + DAY)

    @property
    def refusal(self) -> RefusedRow:
        """The fault as a refused row. Raises ``ValueError`` where there is none."""
        if self.fault is None:
            raise ValueError("there is no fault in this cell")
        days, fault = self.days, self.fault
        return (self.metric, self.entity, days.start, days.end, fault.raw, fault.reason, self.origin, fault.action)


def _sum_of(first: CellRecord, second: CellRecord) -> CellRecord:
    """Two records of one key as one; a fault of either is that of both, and a blank adds nothing."""
    if second.value is None or first.value is None:
        return replace(second if first.is_blank or second.fault else first)
    origin = first.origin if first.origin.endswith(" and more") else f"{first.origin} and more"
    flags = tuple(sorted({*first.flags, *second.flags}))
    return replace(first, value=first.value + second.value, origin=origin, flags=flags)


@dataclass
class FileRecords:
    """The records of one file, in the order of its cells; ``notes`` counts what was left out on purpose."""

    records: list[CellRecord] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    gaps: set[tuple[str, date]] = field(default_factory=set)
    """The entities and local days of which a part could not be read."""
    holds_entities: bool = False
    """Whether the file itself names the entities, so that one of them may be their total."""

    def refuse_row(self, raw: str, fault: Unreadable, origin: str, metric: str | None = None) -> None:
        """Refuse a row whose entity or span is not known."""
        self.refused.append((metric, None, None, None, raw, fault.reason, origin, fault.action))

    def refuse_long_rows(self, sheet: Sheet) -> None:
        """Refuse the rows with more cells than the header."""
        reason = "the row has more cells than the header has names"
        action = "put values that contain the delimiter in quotation marks, or correct the row"
        for number, raw in sheet.too_long:
            self.refuse_row(raw, Unreadable(raw, reason, action), sheet.address(number))


@dataclass
class PullBuilder:
    """Builds the result of one pull of the days in ``requested``."""

    requested: Window
    rules: KeyRules = field(default_factory=KeyRules)
    rows: list[ObservationRow] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    spans: list[Window] = field(default_factory=list)
    """The spans, within the requested days, for which the files have a cell."""
    rows_read: int = 0

    def _leave_out(self, files: Sequence[FileRecords]) -> None:
        if not self.rules.left_out:
            return
        has = lru_cache(None)(self.rules.left_out.has)
        for file in files:
            kept = [record for record in file.records if not has(record.metric, record.entity)]
            if left := len(file.records) - len(kept):
                self.notes["values that 'left_out' names"] += left
            file.records = kept

    def latest(self, files: Sequence[FileRecords]) -> list[CellRecord]:
        """The records of the requested days: of each metric, entity and span that of the last file, even a blank.

        Spellings of an entity are folded first. Raises ``ShapeError`` for totals among their parts and for the copy of
        a branch's file.
        """
        self._leave_out(files)
        self.notes.update(with_one_spelling(files, self.rules.unfolded))
        if self.rules.files == "branches":
            require_no_totals([record for file in files for record in file.records], self.rules.unfolded)
            require_no_copies(files, self.rules.unfolded)
        latest: dict[object, CellRecord] = {}
        for file in files:
            if file.holds_entities:
                require_no_totals(file.records, self.rules.unfolded)
            self.refused += file.refused
            self.notes += file.notes
            own = self._by_key(file.records)
            if self.rules.files == "add":
                own = {key: _sum_of(latest[key], record) if key in latest else record for key, record in own.items()}
            elif self.rules.files is None and is_another_thing(own, latest):
                own = {key: self._refuse_files(latest.get(key), record) for key, record in own.items()}
            elif replaced := len(own.keys() & latest.keys()):
                self.notes["values that are in an earlier file too, where the later one counts"] += replaced
            latest.update(own)
        inside = [record for record in latest.values() if record.days.start in self.requested]
        outside = [one for one in latest.values() if not one.is_blank and one.days.start not in self.requested]
        if outside:
            self.notes[f"values outside {self.requested} left out"] += len(outside)
        self.spans += {record.days for record in inside}
        self.rows_read += sum(record.value is not None for record in inside)
        return inside

    def add_spans(self, records: Iterable[CellRecord]) -> None:
        """Add each record of a span of days as it is: a value as an observation, a fault as a refusal."""
        for record in records:
            if record.fault is not None:
                self.refused.append(record.refusal)
            elif record.value is not None:
                days = record.days
                row = (record.metric, record.entity, days.start, days.end, record.value, record.flags, record.origin)
                self.rows.append(row)

    def _by_key(self, records: Iterable[CellRecord]) -> dict[object, CellRecord]:
        """The records of one file by key.

        Rows of one key are added where the plan says so. Otherwise copies count once, and all others are refused.
        """
        own: dict[object, CellRecord] = {}
        for record in records:
            key = record.key
            first = own.get(key)
            if first is None or first.is_blank:
                own[key] = record
            elif self.rules.rows == "add":
                own[key] = record if first.is_blank else _sum_of(first, record)
            elif record.row == first.row and record.value is not None and record.value == first.value:
                self.notes["values given twice alike, counted once"] += 1
            elif not record.is_blank:
                own[key] = self._refuse_both(first, record)
        return own

    def _refuse_both(self, first: CellRecord, second: CellRecord) -> CellRecord:
        """Refuse the second record; returns the first with the contradiction as its fault."""
        reason = f"given twice: {first.text} in {first.origin}, {second.text} in {second.origin}"
        action = self.rules.twice.get(first.metric, TWICE)
        if second.days.start in self.requested:
            fault = Unreadable(second.text, reason, action)
            self.refused.append(replace(second, value=None, fault=fault, flags=()).refusal)
        return replace(first, value=None, fault=first.fault or Unreadable(first.text, reason, action), flags=())

    def _refuse_files(self, earlier: CellRecord | None, record: CellRecord) -> CellRecord:
        """The record with a fault where an earlier file has another value of the same key."""
        if earlier is None or earlier.is_blank or record.is_blank:
            return record
        reason = f"two files have it: {earlier.text} in {earlier.origin}, {record.text} in {record.origin}"
        action = (
            "declare 'files: branches' where each file is a branch, 'files: add' where their values add up, or "
            "'files: latest' where a later file replaces an earlier one"
        )
        return replace(record, value=None, fault=record.fault or Unreadable(record.text, reason, action), flags=())

    def parsed(self) -> ParseResult:
        """The rows in order of their days.

        Covered are the days that have a value; replaced are the days from the first span to the last.
        """
        rows = sorted((self._with_partial(row) for row in self.rows), key=lambda row: (row[2], row[3], row[0], row[1]))
        covered = tuple(merged([Window(start, end) for start, end in {(row[2], row[3]) for row in rows}]))
        replaces = None
        if self.spans:
            outer = Window(min(span.start for span in self.spans), max(span.end for span in self.spans))
            replaces = outer.overlap(self.requested)
        notes = tuple(f"{text}: {number}" for text, number in self.notes.items())
        observations, refused = record_frames(rows, self.refused)
        return ParseResult(observations, refused, covered, replaces, notes, rows_read=self.rows_read)

    def _with_partial(self, row: ObservationRow) -> ObservationRow:
        """A row whose span ends after the requested days is flagged ``partial``."""
        metric, entity, start, end, value, flags, origin = row
        if end <= self.requested.end:
            return row
        return metric, entity, start, end, value, tuple(sorted({*flags, "partial"})), origin
