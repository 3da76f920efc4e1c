"""From counts by the hour, or readings, to observations of whole local days."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sources.contract import Parsed, Place
from sources.files.said import ObservedRow, Pulled, Said, Slot, Table
from sources.footfall.settings import FootfallSettings
from sources.hours import Stretch, leaves_gap
from warehouse.schema import DAY, Window


def observed(tables: Sequence[Table], settings: FootfallSettings, place: Place, asked: Window) -> Parsed:
    """Observations of the days in ``asked`` from tables in the order of their delivery."""
    pulled = Pulled(asked)
    days: dict[tuple[str, date], list[Said]] = defaultdict(list)
    for one in pulled.latest(tables):
        if isinstance(one.span, Slot):
            days[one.entity, one.span.day].append(one)
        if one.fault is not None:
            pulled.refused.append(_at_its_hour(one, place.zone).refusal)
        elif one.value is not None and isinstance(one.span, Window):
            pulled.rows.append(_row(settings, one, one.value, one.flags))
    DayMaker(settings, place, pulled).add(days)
    return pulled.parsed()


def _at_its_hour(one: Said, zone: ZoneInfo) -> Said:
    """The hour tells two faults of one day apart."""
    if one.fault is None or not isinstance(one.span, Slot):
        return one
    return replace(
        one, fault=replace(one.fault, reason=f"{one.fault.reason} (at {one.span.start.astimezone(zone):%H:%M})")
    )


def _row(settings: FootfallSettings, one: Said, value: float, flags: Iterable[str]) -> ObservedRow:
    """Both directions are halved here, once."""
    halved = settings.directions == "both_halved" and not settings.keeps_readings
    told = tuple(sorted({*flags, "halved"} if halved else flags))
    return (one.metric, one.entity, one.days.start, one.days.end, value / 2 if halved else value, told, one.origin)


class DayMaker:
    """Adds the stretches of a day up, or picks the reading that counts for it."""

    def __init__(self, settings: FootfallSettings, place: Place, pulled: Pulled) -> None:
        self._settings, self._hours, self._zone, self._pulled = settings, place.opening_hours, place.zone, pulled

    def add(self, days: dict[tuple[str, date], list[Said]]) -> None:
        if self._settings.keeps_readings:
            for said in days.values():
                self._pick(said)
            return
        cut = self._cut_off(days)
        for (entity, day), said in days.items():
            self._sum(entity, day, said, {"partial"} if day in cut else set())

    def _pick(self, said: list[Said]) -> None:
        """The first reading of the day, or, where labels are ends, the last one before it."""
        held = sorted((one for one in said if one.value is not None), key=_began)
        if held:
            one = held[-1] if self._settings.label == "end" else held[0]
            self._pulled.rows.append(_row(self._settings, one, one.value or 0.0, one.flags))
        if len(held) > 1:
            self._pulled.notes["further readings within a day left out"] += len(held) - 1

    def _cut_off(self, days: dict[tuple[str, date], list[Said]]) -> set[date]:
        """The first day where it begins later, and the last day where it ends earlier, than every other day of the delivery."""
        begins: dict[date, time] = {}
        ends: dict[date, time] = {}
        for (_, day), said in days.items():
            local = [_began(one).astimezone(self._zone).time() for one in said]
            begins[day] = min(begins.get(day, time.max), *local)
            ends[day] = max(ends.get(day, time.min), *local)
        first, last = min(days, default=None, key=lambda key: key[1]), max(days, default=None, key=lambda key: key[1])
        if first is None or last is None or len(begins) < 2:
            return set()
        late = begins[first[1]] > max(at for day, at in begins.items() if day != first[1])
        early = ends[last[1]] < min(at for day, at in ends.items() if day != last[1])
        return ({first[1]} if late else set()) | ({last[1]} if early else set())

    def _sum(self, entity: str, day: date, said: list[Said], flags: set[str]) -> None:
        opening = self._opening(entity, day)
        if self._settings.open_hours_only and opening is not None:
            counted = [one for one in said if _meets(one.span, opening)]
            self._pulled.notes["counts outside the opening hours left out"] += len(said) - len(counted)
            said = counted
        held = [one for one in said if one.value is not None]
        if not held:
            return
        flags |= {flag for one in held for flag in one.flags} | ({"incomplete"} if _has_holes(said, opening) else set())
        first = min(held, key=_began)
        origin = first.origin if len(held) == 1 else f"{first.origin} and {len(held) - 1} more"
        total = replace(first, span=Window(day, day + DAY), origin=origin)
        self._pulled.rows.append(_row(self._settings, total, sum(one.value or 0.0 for one in held), flags))

    def _opening(self, entity: str, day: date) -> list[Stretch] | None:
        """The opening hours of a day in UTC; None where they are not known."""
        return None if self._hours is None else self._hours.stretches(entity, day, self._zone)


def _began(one: Said) -> datetime:
    return one.span.start if isinstance(one.span, Slot) else datetime.combine(one.span.start, time(), UTC)


def _meets(span: Window | Slot, opening: list[Stretch]) -> bool:
    return isinstance(span, Slot) and any(span.start < close and span.end > start for start, close in opening)


def _has_holes(said: list[Said], opening: list[Stretch] | None) -> bool:
    """Whether a stretch that belongs to the day has no value: any in the file, or any within the opening hours."""
    if opening is None:
        return any(one.value is None for one in said)
    return leaves_gap(
        opening,
        [(one.span.start, one.span.end) for one in said if one.value is not None and isinstance(one.span, Slot)],
    )
