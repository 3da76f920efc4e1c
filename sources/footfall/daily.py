"""From counts by the hour, or readings, to observations of whole local days."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sources.contract import ParseResult, Place
from sources.files.cell_records import CellRecord, FileRecords, ObservationRow, PullBuilder, TimeSlot
from sources.footfall.settings import FootfallSettings
from sources.opening_hours import Interval, leaves_gap
from warehouse.schema import DAY, Window


def daily_observations(
    tables: Sequence[FileRecords], settings: FootfallSettings, place: Place, requested: Window
) -> ParseResult:
    """Observations of the days in ``requested`` from tables in the order of their delivery."""
    pulled = PullBuilder(requested)
    days: dict[tuple[str, date], list[CellRecord]] = defaultdict(list)
    for one in pulled.latest(tables):
        if isinstance(one.span, TimeSlot):
            days[one.entity, one.span.day].append(one)
        if one.fault is not None:
            pulled.refused.append(_at_its_hour(one, place.zone).refusal)
        elif one.value is not None and isinstance(one.span, Window):
            pulled.rows.append(_row(settings, one, one.value, one.flags))
    DayAggregator(settings, place, pulled).add(days)
    return pulled.parsed()


def _at_its_hour(one: CellRecord, zone: ZoneInfo) -> CellRecord:
    """The hour tells two faults of one day apart."""
    if one.fault is None or not isinstance(one.span, TimeSlot):
        return one
    return replace(
        one, fault=replace(one.fault, reason=f"{one.fault.reason} (at {one.span.start.astimezone(zone):%H:%M})")
    )


def _row(settings: FootfallSettings, one: CellRecord, value: float, flags: Iterable[str]) -> ObservationRow:
    """Both directions are halved here, once."""
    halved = settings.directions == "both_halved" and not settings.keeps_readings
    told = tuple(sorted({*flags, "halved"} if halved else flags))
    return (one.metric, one.entity, one.days.start, one.days.end, value / 2 if halved else value, told, one.origin)


class DayAggregator:
    """Adds the stretches of a day up, or picks the reading that counts for it."""

    def __init__(self, settings: FootfallSettings, place: Place, pulled: PullBuilder) -> None:
        self._settings, self._hours, self._zone, self._pulled = settings, place.opening_hours, place.zone, pulled

    def add(self, days: dict[tuple[str, date], list[CellRecord]]) -> None:
        if self._settings.keeps_readings:
            for records in days.values():
                self._pick(records)
            return
        cut = self._cut_off(days)
        for (entity, day), records in days.items():
            self._sum(entity, day, records, {"partial"} if day in cut else set())

    def _pick(self, records: list[CellRecord]) -> None:
        """The first reading of the day, or, where labels are ends, the last one before it."""
        held = sorted((one for one in records if one.value is not None), key=_began)
        if held:
            one = held[-1] if self._settings.label == "end" else held[0]
            self._pulled.rows.append(_row(self._settings, one, one.value or 0.0, one.flags))
        if len(held) > 1:
            self._pulled.notes["further readings within a day left out"] += len(held) - 1

    def _cut_off(self, days: dict[tuple[str, date], list[CellRecord]]) -> set[date]:
        """The first day where it begins later, and the last day where it ends earlier, than every other day of the delivery."""
        begins: dict[date, time] = {}
        ends: dict[date, time] = {}
        for (_, day), records in days.items():
            local = [_began(one).astimezone(self._zone).time() for one in records]
            begins[day] = min(begins.get(day, time.max), *local)
            ends[day] = max(ends.get(day, time.min), *local)
        first, last = min(days, default=None, key=lambda key: key[1]), max(days, default=None, key=lambda key: key[1])
        if first is None or last is None or len(begins) < 2:
            return set()
        late = begins[first[1]] > max(at for day, at in begins.items() if day != first[1])
        early = ends[last[1]] < min(at for day, at in ends.items() if day != last[1])
        return ({first[1]} if late else set()) | ({last[1]} if early else set())

    def _sum(self, entity: str, day: date, records: list[CellRecord], flags: set[str]) -> None:
        opening = self._opening(entity, day)
        if self._settings.open_hours_only and opening is not None:
            counted = [one for one in records if _meets(one.span, opening)]
            self._pulled.notes["counts outside the opening hours left out"] += len(records) - len(counted)
            records = counted
        held = [one for one in records if one.value is not None]
        if not held:
            return
        flags |= {flag for one in held for flag in one.flags} | (
            {"incomplete"} if _has_holes(records, opening) else set()
        )
        first = min(held, key=_began)
        origin = first.origin if len(held) == 1 else f"{first.origin} and {len(held) - 1} more"
        total = replace(first, span=Window(day, day + DAY), origin=origin)
        self._pulled.rows.append(_row(self._settings, total, sum(one.value or 0.0 for one in held), flags))

    def _opening(self, entity: str, day: date) -> list[Interval] | None:
        """The opening hours of a day in UTC; None where they are not known."""
        return None if self._hours is None else self._hours.intervals(entity, day, self._zone)


def _began(one: CellRecord) -> datetime:
    return one.span.start if isinstance(one.span, TimeSlot) else datetime.combine(one.span.start, time(), UTC)


def _meets(span: Window | TimeSlot, opening: list[Interval]) -> bool:
    return isinstance(span, TimeSlot) and any(span.start < close and span.end > start for start, close in opening)


def _has_holes(records: list[CellRecord], opening: list[Interval] | None) -> bool:
    """Whether a stretch that belongs to the day has no value: any in the file, or any within the opening hours."""
    if opening is None:
        return any(one.value is None for one in records)
    return leaves_gap(
        opening,
        [(one.span.start, one.span.end) for one in records if one.value is not None and isinstance(one.span, TimeSlot)],
    )
