"""What the cells of tables say, each of a metric, an entity and a span: what holds of it, and the observations it makes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sources.contract import ParseResult, observation_frame, refused_frame
from sources.files.cells import Unreadable
from sources.files.tabular import Sheet
from warehouse.schema import DAY, Window, merged

RefusedRow = tuple[str | None, str | None, date | None, date | None, str, str, str, str]
ObservationRow = tuple[str, str, date, date, float | None, tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class TimeSlot:
    """A stretch of time within a local day; ``start`` and ``end`` are aware UTC."""

    start: datetime
    end: datetime
    day: date


@dataclass(frozen=True, slots=True)
class CellRecord:
    """One cell: a value, a blank (None) or a fault."""

    metric: str
    entity: str
    span: Window | TimeSlot
    value: float | None
    fault: Unreadable | None
    origin: str
    flags: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, Window | TimeSlot]:
        return self.metric, self.entity, self.span

    @property
    def is_blank(self) -> bool:
        return self.value is None and self.fault is None

    @property
    def text(self) -> str:
        """The value, or what stands in its place."""
        return self.fault.raw if self.fault is not None else "" if self.value is None else f"{self.value:.15g}"

    @property
    def days(self) -> Window:
        return self.span if isinstance(self.span, Window) else Window(self.span.day, self.span.day + DAY)

    @property
    def refusal(self) -> RefusedRow:
        """Raises ``ValueError`` where nothing is at fault."""
        if self.fault is None:
            raise ValueError("there is no fault in this cell")
        days, fault = self.days, self.fault
        return (self.metric, self.entity, days.start, days.end, fault.raw, fault.reason, self.origin, fault.action)


@dataclass
class FileRecords:
    """All that one file says, in the order of its cells; ``notes`` counts what was left out on purpose."""

    records: list[CellRecord] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)

    def refuse_long_rows(self, sheet: Sheet) -> None:
        """Rows that could not be laid under the header."""
        for number, raw in sheet.too_long:
            reason, action = (
                "the row has more cells than the header has names",
                "put values that hold the delimiter in quotation marks, or mend the row",
            )
            self.refused.append((None, None, None, None, raw, reason, sheet.address(number), action))


@dataclass
class PullBuilder:
    """What is being made of one pull of the days in ``requested``."""

    requested: Window
    rows: list[ObservationRow] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    mentioned_spans: list[Window] = field(default_factory=list)

    def latest(self, tables: Sequence[FileRecords]) -> list[CellRecord]:
        """What holds in the days asked for: of each metric, entity and span the last file that speaks of it, whatever it says."""
        latest: dict[object, CellRecord] = {}
        for table in tables:
            self.refused += table.refused
            self.notes += table.notes
            own = self._once(table.records)
            again = len(own.keys() & latest.keys())
            if again:
                self.notes["values that stand in an earlier file too, where the later one counts"] += again
            latest.update(own)
        inside = [one for one in latest.values() if one.days.start in self.requested]
        if len(inside) < len(latest):
            self.notes[f"values outside {self.requested} left out"] += len(latest) - len(inside)
        self.mentioned_spans += {one.days for one in inside}
        return inside

    def _once(self, records: Iterable[CellRecord]) -> dict[object, CellRecord]:
        """One file: what it says twice alike counts once; what it says twice differently is refused, both."""
        own: dict[object, CellRecord] = {}
        for one in records:
            key = one.key
            known = own.get(key)
            if known is None or known.is_blank:
                own[key] = one
            elif one.value is not None and one.value == known.value:
                self.notes["values given twice alike, counted once"] += 1
            elif not one.is_blank:
                own[key] = self._contradicting(known, one)
        return own

    def _contradicting(self, known: CellRecord, one: CellRecord) -> CellRecord:
        """Both are refused; the first keeps the place."""
        reason = f"given twice: {known.text} in {known.origin}, {one.text} in {one.origin}"
        action = "leave one of the two"
        if one.days.start in self.requested:
            self.refused.append(
                CellRecord(
                    one.metric, one.entity, one.span, None, Unreadable(one.text, reason, action), one.origin
                ).refusal
            )
        return CellRecord(
            known.metric,
            known.entity,
            known.span,
            None,
            known.fault or Unreadable(known.text, reason, action),
            known.origin,
        )

    def parsed(self) -> ParseResult:
        """The rows in order of their days; covered are the days that hold a value, replaced those from the first label to the last."""
        rows = sorted((self._with_partial(row) for row in self.rows), key=lambda row: (row[2], row[3], row[0], row[1]))
        covered = tuple(merged([Window(start, end) for start, end in {(row[2], row[3]) for row in rows}]))
        spans = self.mentioned_spans
        replaces = (
            Window(min(s.start for s in spans), max(s.end for s in spans)).overlap(self.requested) if spans else None
        )
        notes = tuple(f"{text}: {number}" for text, number in self.notes.items())
        return ParseResult(observation_frame(rows), refused_frame(self.refused), covered, replaces, notes)

    def _with_partial(self, row: ObservationRow) -> ObservationRow:
        """A span that still runs is partial."""
        metric, entity, start, end, value, flags, origin = row
        return (
            row
            if end <= self.requested.end
            else (metric, entity, start, end, value, tuple(sorted({*flags, "partial"})), origin)
        )
