"""Makes observations of whole local days from counts by the hour or from readings."""

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sources.contract import ObservationRow, ParseResult, Place
from sources.files.cell_records import CellRecord, FileRecords, PullBuilder, TimeSlot
from sources.files.cells import Unreadable
from sources.footfall.day_sums import DaySums, SlotCount
from sources.footfall.settings import FootfallSettings
from sources.opening_hours import Interval, leaves_gap
from sources.usual_hours import UsualHours
from warehouse.schema import DAY, Window

RecordsByDay = dict[tuple[str, date], list[CellRecord]]
"""The records within a day, by entity and local day."""


def daily_observations(
    files: Sequence[FileRecords], settings: FootfallSettings, place: Place, requested: Window
) -> ParseResult:
    """Observations of the requested days from files in the order of their delivery."""
    pull = PullBuilder(requested, settings.key_rules(settings.rename))
    days: RecordsByDay = defaultdict(list)
    for record in pull.latest(files):
        if isinstance(record.span, TimeSlot):
            days[record.entity, record.span.day].append(record)
        if record.fault is not None:
            pull.refused.append(_with_time(record, place.zone).refusal)
        elif record.value is not None and isinstance(record.span, Window):
            pull.rows.append(_row(settings, record, record.value, record.flags))
    gaps = {gap for file in files for gap in file.gaps}
    DayAggregator(settings, place, pull, gaps).add(days)
    return pull.parsed()


def _with_time(record: CellRecord, zone: ZoneInfo) -> CellRecord:
    """The record with its time in the reason, which distinguishes two faults of one day."""
    if record.fault is None or not isinstance(record.span, TimeSlot):
        return record
    reason = f"{record.fault.reason} (at {record.span.start.astimezone(zone):%H:%M})"
    return replace(record, fault=replace(record.fault, reason=reason))


def _row(settings: FootfallSettings, record: CellRecord, value: float, flags: Iterable[str]) -> ObservationRow:
    """The observation; counts of both directions are halved here and nowhere else."""
    halved = settings.directions == "both_halved" and not settings.keeps_readings
    number, all_flags = (value / 2, {*flags, "halved"}) if halved else (value, set(flags))
    days = record.days
    return record.metric, record.entity, days.start, days.end, number, tuple(sorted(all_flags)), record.origin


class DayAggregator:
    """Sums the intervals of a day, or picks the reading that counts for it."""

    def __init__(
        self, settings: FootfallSettings, place: Place, pull: PullBuilder, gaps: Set[tuple[str, date]] = frozenset()
    ) -> None:
        self._settings, self._hours, self._zone, self._pull = settings, place.opening_hours, place.zone, pull
        self._gaps, self._usual, self._local = gaps, dict[str, UsualHours](), dict[datetime, time]()
        self._sums = DaySums()

    def add(self, days: RecordsByDay) -> None:
        if self._settings.keeps_readings:
            for records in days.values():
                self._pick(records)
            return
        cut_off = self._cut_off(days)
        for (entity, day), records in days.items():
            if day not in cut_off:
                usual = self._usual.setdefault(entity, UsualHours(self._zone))
                usual.learn(day, {self._time(record): record.value or 0.0 for record in records if _is_known(record)})
        for (entity, day), records in days.items():
            self._sum(entity, day, records, {"partial"} if day in cut_off else set())
        self._sums.require_none()

    def _pick(self, records: list[CellRecord]) -> None:
        """The first reading of the day, or, where labels are ends, the last one before it."""
        readings = sorted((record for record in records if record.value is not None), key=_start)
        if readings:
            chosen = readings[-1] if self._settings.label == "end" else readings[0]
            self._pull.rows.append(_row(self._settings, chosen, chosen.value or 0.0, chosen.flags))
        if len(readings) > 1:
            self._pull.notes["further readings within a day left out"] += len(readings) - 1

    def _cut_off(self, days: RecordsByDay) -> set[date]:
        """The days at the edges of the delivery that are not whole.

        The first day where it begins later than every other day, and the last day where it ends earlier.
        """
        begins: dict[date, time] = {}
        ends: dict[date, time] = {}
        for (_, day), records in days.items():
            local = [self._time(record) for record in records]
            begins[day] = min(begins.get(day, time.max), *local)
            ends[day] = max(ends.get(day, time.min), *local)
        if len(begins) < 2:
            return set()
        first, last = min(begins), max(begins)
        starts_late = begins[first] > max(at for day, at in begins.items() if day != first)
        ends_early = ends[last] < min(at for day, at in ends.items() if day != last)
        return ({first} if starts_late else set()) | ({last} if ends_early else set())

    def _sum(self, entity: str, day: date, records: list[CellRecord], flags: set[str]) -> None:
        opening = self._opening(entity, day)
        if self._settings.columns.start is not None and self._settings.rows != "add":
            records = self._without_overlaps(records)
        if self._settings.open_hours_only and opening is not None:
            counted = [record for record in records if _overlaps(record.span, opening)]
            self._pull.notes["counts outside the opening hours left out"] += len(records) - len(counted)
            records = counted
        with_value = [record for record in records if record.value is not None]
        if not with_value:
            return
        values = [record.value or 0.0 for record in with_value]
        largest = with_value[values.index(max(values))]
        self._sums.add(entity, day, SlotCount(self._time(largest), max(values), largest.origin), values)
        flags |= {flag for record in with_value for flag in record.flags}
        if (entity, day) in self._gaps or self._has_gap(entity, day, records, opening, flags):
            flags |= {"incomplete"}
        first = min(with_value, key=_start)
        origin = first.origin if len(with_value) == 1 else f"{first.origin} and {len(with_value) - 1} more"
        total = replace(first, span=Window(day, day + DAY), origin=origin)
        self._pull.rows.append(_row(self._settings, total, sum(values), flags))

    def _without_overlaps(self, records: list[CellRecord]) -> list[CellRecord]:
        """The records in order; one that begins before an earlier one ends is refused: its people may count twice."""
        found = list[CellRecord]()
        latest: CellRecord | None = None
        for record in sorted(records, key=_start):
            if record.value is None:
                found.append(record)
                continue
            if latest is not None and _start(record) < _end(latest):
                reason = f"the interval overlaps that of {latest.origin}: its people may be counted twice"
                action = "correct the times, or declare 'rows: add' where each row is an event of its own"
                refused = replace(record, value=None, fault=Unreadable(record.text, reason, action))
                self._pull.refused.append(_with_time(refused, self._zone).refusal)
                found.append(refused)
                continue
            latest = record
            found.append(record)
        return found

    def _time(self, record: CellRecord) -> time:
        """The local time at which an interval begins."""
        start = _start(record)
        if start not in self._local:
            self._local[start] = start.astimezone(self._zone).time()
        return self._local[start]

    def _has_gap(
        self, entity: str, day: date, records: list[CellRecord], opening: list[Interval] | None, flags: set[str]
    ) -> bool:
        """Whether a part of the day has no value.

        A part of the opening hours or, where not known, any record, or an interval that such days usually have.
        """
        counted = [record for record in records if _is_known(record)]
        if opening is not None:
            slots = [record.span for record in counted if isinstance(record.span, TimeSlot)]
            return leaves_gap(opening, [(slot.start, slot.end) for slot in slots])
        if len(counted) < len(records):
            return True
        usual = self._usual.get(entity)
        return usual is not None and "partial" not in flags and usual.lacks(day, [self._time(r) for r in counted])

    def _opening(self, entity: str, day: date) -> list[Interval] | None:
        """The opening hours of a day in UTC; None where they are not known."""
        return None if self._hours is None else self._hours.intervals(entity, day, self._zone)


def _start(record: CellRecord) -> datetime:
    span = record.span
    return span.start if isinstance(span, TimeSlot) else datetime.combine(span.start, time(), UTC)


def _end(record: CellRecord) -> datetime:
    span = record.span
    return span.end if isinstance(span, TimeSlot) else datetime.combine(span.end, time(), UTC)


def _is_known(record: CellRecord) -> bool:
    return record.value is not None


def _overlaps(span: Window | TimeSlot, opening: list[Interval]) -> bool:
    return isinstance(span, TimeSlot) and any(span.start < close and span.end > start for start, close in opening)
