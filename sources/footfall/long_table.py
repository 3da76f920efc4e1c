"""Long tables of counts: a row per entity and label, or per entity, start and end. Spans are hours, days or longer."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from sources.files.cell_records import CellRecord, FileRecords, TimeSlot
from sources.files.cells import Cell, Unreadable, cell_text
from sources.files.date_formats import Period
from sources.files.dates import Moment, ends_a_day, is_repeated, is_skipped, local_time, span_of
from sources.files.day_times import read_time
from sources.files.number_cells import refuse_unclear
from sources.files.sheets import Row, Sheet
from sources.footfall.rows import entity_rows, read_count, reading_span
from sources.footfall.settings import FootfallSettings
from warehouse.schema import DAY, Window

LONGEST_ACROSS_MIDNIGHT = timedelta(hours=1)
_SKIPPED = "the clocks skip this time"


class LongReader:
    """Reads the rows of one table. Naive times are local times of ``zone``."""

    def __init__(self, sheet: Sheet, settings: FootfallSettings, zone: ZoneInfo, table: FileRecords) -> None:
        self._sheet, self._settings, self._zone, self._table = sheet, settings, zone, table
        self._dates = settings.dates()
        self._at = {
            role: sheet.column(name, f"columns.{role.rstrip('_')}")
            for role, name in settings.columns
            if name is not None
        }
        self._value_at = [self._at[role] for role in self._roles()]
        self._hour_at = self._at.get("hour")
        self._sheet = refuse_unclear(sheet, self._value_at, settings)
        self._seen: Counter[tuple[str, datetime]] = Counter()
        self._instants: dict[datetime, datetime | Unreadable | None] = {}
        self._slots: dict[tuple[datetime, datetime], TimeSlot] = {}
        self._times: dict[Cell, timedelta | Unreadable] = {}
        self._spans: dict[tuple[Cell, Cell], Window | TimeSlot | Unreadable] = {}

    def read(self) -> None:
        """Add a record for each row to the table."""
        metric = self._settings.metric_name
        column = self._value_at[0] if len(self._value_at) == 1 else None
        for row, entity in entity_rows(self._sheet, self._settings, self._table):
            value, fault, flags = self._value(row)
            span = self._span(row, entity)
            origin = self._sheet.address(row.number, column)
            if not isinstance(span, Unreadable):
                self._table.records.append(CellRecord(metric, entity, span, value, fault, origin, flags, row.cells))
            elif span.reason == _SKIPPED and not value and fault is None:
                self._table.notes["labels without a count, of an hour that the clocks skip, left out"] += 1
            elif span.raw or value is not None or fault is not None:
                where = self._sheet.address(row.number, self._at.get("date", self._at.get("start")))
                self._table.refused.append((metric, entity, None, None, row.text, span.reason, where, span.action))
                self._mark_gap(row, entity)
            else:
                self._table.notes["rows with neither a date nor a count left out"] += 1
        self._dates.require_order(self._sheet.where)

    def _mark_gap(self, row: Row, entity: str) -> None:
        """Remember the day of a row whose interval cannot be read, where at least its date can."""
        cell = row.cells[self._at.get("date", self._at.get("start", 0))]
        moment = self._dates.read(cell)
        if isinstance(moment, Moment):
            self._table.gaps.add((entity, moment.day(self._zone) - DAY * ends_a_day(cell_text(cell))))

    def _roles(self) -> tuple[str, ...]:
        """The columns of the number."""
        if self._settings.columns.reading_start:
            return ("reading_start", "reading_end")
        if "value" in self._at:
            return ("value",)
        return {"in": ("in_",), "out": ("out",), "both_halved": ("in_", "out")}[self._settings.directions]

    def _value(self, row: Row) -> tuple[float | None, Unreadable | None, tuple[str, ...]]:
        if len(self._value_at) == 1:
            return *read_count(row, self._value_at[0], self._settings), ()
        counts = [read_count(row, at, self._settings) for at in self._value_at]
        fault = next((fault for _, fault in counts if fault is not None), None)
        numbers = [number for number, _ in counts if number is not None]
        if fault is None and 0 < len(numbers) < len(counts):
            raw = "; ".join(cell_text(row.cells[at]) for at in self._value_at)
            fault = Unreadable(raw, "one of the two numbers is blank", "write both, or neither")
        if fault is not None or not numbers:
            return None, fault, ()
        if self._settings.columns.reading_start:
            return self._step(*numbers)
        return sum(numbers), None, ()

    def _step(self, before: float, after: float) -> tuple[float | None, Unreadable | None, tuple[str, ...]]:
        """The count between two readings of a counter."""
        step, raw = after - before, f"{before:.15g} to {after:.15g}"
        rollover, largest = self._settings.rollover, self._settings.largest_step
        flags: tuple[str, ...] = ()
        if step < 0 and rollover is None:
            action = "correct it, or declare the number at which the counter starts again in 'rollover'"
            return None, Unreadable(raw, f"the reading falls from {raw}", action), ()
        if step < 0:
            step, flags = step + (rollover or 0), ("rollover",)
        if largest is not None and step > largest:
            reason = f"a step of {step:.15g}, from {raw}, is more than largest_step {largest:.15g}"
            return None, Unreadable(raw, reason, "correct the readings"), ()
        return step, None, flags

    def _span(self, row: Row, entity: str) -> Window | TimeSlot | Unreadable:
        if "start" in self._at:
            return self._between(row, entity)
        label = row.cells[self._at["date"]], None if self._hour_at is None else row.cells[self._hour_at]
        if label not in self._spans:
            moment = self._moment(*label)
            span = self._span_of(moment, entity)
            if isinstance(moment, Moment) and moment.at.tzinfo is None and is_repeated(moment.at, self._zone):
                return span  # the clocks show it twice, so it depends on the labels before
            self._spans[label] = span
        return self._spans[label]

    def _span_of(self, moment: Moment | Unreadable, entity: str) -> Window | TimeSlot | Unreadable:
        settings = self._settings
        if isinstance(moment, Unreadable):
            return moment
        if settings.keeps_readings:
            return self._reading_span(moment, entity)
        is_end = settings.label == "end"
        if not settings.minutes:
            period = cast("Period", settings.period or "day")
            return span_of(moment, period, self._zone, is_end=is_end, first_month=settings.first_month)
        instant, length = self._instant(moment.at, entity), timedelta(minutes=settings.minutes)
        if isinstance(instant, Unreadable):
            return instant
        return self._slot(instant - length, instant) if is_end else self._slot(instant, instant + length)

    def _reading_span(self, moment: Moment, entity: str) -> Window | TimeSlot | Unreadable:
        day = reading_span(moment, self._settings, self._zone)
        if moment.precision != "time" and not self._settings.minutes:
            return day
        instant = self._instant(moment.at, entity)
        return instant if isinstance(instant, Unreadable) else TimeSlot(instant, instant, day.start)

    def _slot(self, start: datetime, end: datetime) -> TimeSlot:
        if (start, end) not in self._slots:
            self._slots[start, end] = TimeSlot(start, end, start.astimezone(self._zone).date())
        return self._slots[start, end]

    def _moment(self, label: Cell, hour: Cell) -> Moment | Unreadable:
        moment = self._dates.read(label)
        if isinstance(moment, Unreadable):
            return moment
        at_midnight = self._settings.label == "start" and self._settings.minutes and moment.at.time() == time()
        if at_midnight and ends_a_day(text := cell_text(label)):
            what, do = "24:00 is the end of an hour, and labels are starts", "write 'label: end' in the plan"
            return Unreadable(text, what, do)
        if self._hour_at is None:
            return moment
        minutes = self._settings.minutes
        if hour not in self._times:
            length = timedelta(minutes=minutes) if minutes else None
            self._times[hour] = read_time(hour, is_end=self._settings.label == "end", length=length)
        since_midnight = self._times[hour]
        if isinstance(since_midnight, Unreadable):
            return since_midnight
        return Moment(datetime.combine(moment.day(self._zone), time()) + since_midnight, "time")

    def _instant(self, at: datetime, entity: str) -> datetime | Unreadable:
        """The instant of a label, UTC. Of two equal labels in an hour that clocks repeat, the second is the later."""
        if at not in self._instants:
            self._instants[at] = self._fixed_instant(at)
        instant = self._instants[at]
        if instant is not None:
            return instant
        self._seen[entity, at] += 1
        return at.replace(tzinfo=self._zone, fold=(self._seen[entity, at] + 1) % 2).astimezone(UTC)

    def _fixed_instant(self, at: datetime) -> datetime | Unreadable | None:
        """The instant of a label, whatever labels came before; None where the clocks show it twice."""
        if at.tzinfo is not None:
            return at.astimezone(UTC)
        if is_repeated(at, self._zone):
            return None
        begins_the_gap = self._settings.label == "end" and not is_skipped(at - timedelta(microseconds=1), self._zone)
        if is_skipped(at, self._zone) and not begins_the_gap:
            action = f"correct the label, or 'label' or 'time_zone' ({self._zone.key}) in the plan"
            return Unreadable(f"{at:%Y-%m-%d %H:%M}", _SKIPPED, action)
        return at.replace(tzinfo=self._zone).astimezone(UTC)

    def _between(self, row: Row, entity: str) -> Window | TimeSlot | Unreadable:
        """The days from the first to the last one, or the interval between two times."""
        first, last = (self._dates.read(row.cells[self._at[role]]) for role in ("start", "end"))
        for moment in (first, last):
            if isinstance(moment, Unreadable):
                return moment
        first, last = cast("Moment", first), cast("Moment", last)
        if "time" not in (first.precision, last.precision):
            return _days(first.day(self._zone), last.day(self._zone) + DAY)
        if local_time(first, self._zone) == local_time(last, self._zone) == time():
            return _days(first.day(self._zone), last.day(self._zone))
        start = self._instant(first.at, entity)
        if isinstance(start, Unreadable):
            return start
        end = last.at.replace(tzinfo=last.at.tzinfo or self._zone).astimezone(UTC)
        if end <= start and last.at.tzinfo is None:
            end = last.at.replace(tzinfo=self._zone, fold=1).astimezone(UTC)
        slot = self._slot(start, end)
        return slot if start < end and self._within_a_day(slot) else _no_span(f"{first.at} to {last.at}")

    def _within_a_day(self, slot: TimeSlot) -> bool:
        midnight = datetime.combine(slot.day + DAY, time(), self._zone).astimezone(UTC)
        return slot.end <= midnight or slot.end - slot.start <= LONGEST_ACROSS_MIDNIGHT


def _days(start: date, end: date) -> Window | Unreadable:
    return Window(start, end) if start < end else _no_span(f"{start} to {end}")


def _no_span(raw: str) -> Unreadable:
    reason = f"{raw} is neither an interval within a day nor a run of whole days"
    return Unreadable(raw, reason, "correct the start or the end")
