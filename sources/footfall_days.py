"""From what the cells of all files say to observations of whole local days: later files win, hours are added up."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sources.contract import Parsed, Place, observation_frame, refused_frame
from sources.footfall_said import RefusedRow, Said, Slot, Table
from sources.footfall_settings import FootfallSettings
from sources.tabular import Unreadable
from warehouse.schema import DAY, Window, merged

Key = tuple[str, Window | Slot]
Observation = tuple[str, str, date, date, float | None, tuple[str, ...], str]


@dataclass
class Pulled:
    """What is being made of one pull."""

    rows: list[Observation] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)


def observed(tables: Sequence[Table], settings: FootfallSettings, place: Place, asked: Window) -> Parsed:
    """Observations of the days in ``asked`` from tables in the order of their delivery."""
    pulled = Pulled()
    said = _latest(tables, pulled, settings.metric_name)
    inside = [one for one in said if _days(one.span).start in asked]
    if len(said) > len(inside):
        pulled.notes[f"{{}} counts outside {asked} left out"] += len(said) - len(inside)
    slots: dict[tuple[str, date], list[Said]] = {}
    for one in inside:
        if isinstance(one.span, Slot):
            slots.setdefault((one.entity, one.span.day), []).append(one)
        _keep(one, settings, pulled)
    DayMaker(settings, place, pulled).add(slots)
    rows = sorted((_with_partial(row, asked) for row in pulled.rows), key=lambda row: (row[2], row[3], row[1]))
    covered = tuple(merged([Window(start, end) for start, end in {(row[2], row[3]) for row in rows}]))
    return Parsed(observation_frame(rows), refused_frame(pulled.refused), covered, _replaced(inside, asked), _sentences(pulled.notes))


def _days(span: Window | Slot) -> Window:
    return span if isinstance(span, Window) else Window(span.day, span.day + DAY)


def _replaced(said: list[Said], asked: Window) -> Window | None:
    """From the first label to the last one, blank or not, within what was asked."""
    spans = {_days(one.span) for one in said}
    return Window(min(s.start for s in spans), max(s.end for s in spans)).overlap(asked) if spans else None


def _sentences(notes: Counter[str]) -> tuple[str, ...]:
    return tuple(text.format(number) for text, number in notes.items())


def _latest(tables: Sequence[Table], pulled: Pulled, metric: str) -> list[Said]:
    """What holds of each entity and span: the last file that speaks of it, whatever it says."""
    latest: dict[Key, Said] = {}
    for table in tables:
        pulled.refused += table.refused
        pulled.notes += table.notes
        own = _once(table.said, pulled, metric)
        again = len(own.keys() & latest.keys())
        if again:
            pulled.notes["{} counts stand in an earlier file too; the later one counts"] += again
        latest.update(own)
    return list(latest.values())


def _once(said: Iterable[Said], pulled: Pulled, metric: str) -> dict[Key, Said]:
    """One file: what it says twice alike counts once; what it says twice differently is refused, both."""
    own: dict[Key, Said] = {}
    for one in said:
        key = (one.entity, one.span)
        known = own.get(key)
        if known is None or _is_blank(known):
            own[key] = one
        elif not _is_blank(one) and one.value is not None and known.value is not None and one.value == known.value:
            pulled.notes["{} counts given twice alike; each counts once"] += 1
        elif not _is_blank(one):
            own[key] = _contradicting(known, one, pulled, metric)
    return own


def _is_blank(one: Said) -> bool:
    return one.value is None and one.fault is None


def _contradicting(known: Said, one: Said, pulled: Pulled, metric: str) -> Said:
    """Refuse both; the first keeps the place."""
    reason = f"given twice: {_text(known)} in {known.origin}, {_text(one)} in {one.origin}"
    action = "leave one of the two"
    days = _days(one.span)
    pulled.refused.append((metric, one.entity, days.start, days.end, _text(one), reason, one.origin, action))
    return Said(known.entity, known.span, None, known.fault or Unreadable(_text(known), reason, action), known.origin)


def _text(one: Said) -> str:
    return one.fault.raw if one.fault is not None else f"{one.value:.15g}"


def _keep(one: Said, settings: FootfallSettings, pulled: Pulled) -> None:
    """A fault goes to the refused; a count of whole days becomes an observation."""
    days = _days(one.span)
    if one.fault is not None:
        fault = one.fault
        pulled.refused.append((settings.metric_name, one.entity, days.start, days.end, fault.raw, fault.reason, one.origin, fault.action))
    elif one.value is not None and isinstance(one.span, Window):
        pulled.rows.append(_row(settings, one, days, one.value, one.flags))


def _row(settings: FootfallSettings, one: Said, days: Window, value: float, flags: Iterable[str]) -> Observation:
    """Both directions are halved here, once."""
    halved = settings.directions == "both_halved" and not settings.keeps_readings
    told = tuple(sorted({*flags, "halved"} if halved else flags))
    return (settings.metric_name, one.entity, days.start, days.end, value / 2 if halved else value, told, one.origin)


def _with_partial(row: Observation, asked: Window) -> Observation:
    metric, entity, start, end, value, flags, origin = row
    return row if end <= asked.end else (metric, entity, start, end, value, tuple(sorted({*flags, "partial"})), origin)


class DayMaker:
    """Adds the stretches of a day up, or picks the reading that counts for it."""

    def __init__(self, settings: FootfallSettings, place: Place, pulled: Pulled) -> None:
        self._settings, self._hours, self._zone, self._pulled = settings, place.opening_hours, place.zone, pulled

    def add(self, slots: dict[tuple[str, date], list[Said]]) -> None:
        for (entity, day), said in slots.items():
            if self._settings.keeps_readings:
                self._pick(day, said)
            else:
                self._sum(entity, day, said)

    def _pick(self, day: date, said: list[Said]) -> None:
        """The first reading of the day, or, where labels are ends, the last one before it."""
        held = sorted((one for one in said if one.value is not None), key=lambda one: one.span.start)
        if held:
            one = held[-1] if self._settings.label == "end" else held[0]
            self._pulled.rows.append(_row(self._settings, one, Window(day, day + DAY), one.value or 0.0, one.flags))
        if len(held) > 1:
            self._pulled.notes["{} further readings within a day left out"] += len(held) - 1

    def _sum(self, entity: str, day: date, said: list[Said]) -> None:
        opening = self._opening(entity, day)
        if self._settings.open_hours_only and opening is not None:
            counted = [one for one in said if _meets(one.span, opening)]
            self._pulled.notes["{} counts outside the opening hours left out"] += len(said) - len(counted)
            said = counted
        held = [one for one in said if one.value is not None]
        if not held:
            return
        flags = {flag for one in held for flag in one.flags}
        if _has_holes(said, opening):
            flags.add("incomplete")
        first = min(held, key=lambda one: one.span.start)
        origin = first.origin if len(held) == 1 else f"{first.origin} and {len(held) - 1} more"
        total = Said(entity, first.span, None, None, origin)
        self._pulled.rows.append(_row(self._settings, total, Window(day, day + DAY), sum(one.value or 0.0 for one in held), flags))

    def _opening(self, entity: str, day: date) -> list[tuple[datetime, datetime]] | None:
        """The opening hours of a day in UTC; None where they are not known."""
        week = self._hours.week(entity) if self._hours is not None else None
        if week is None:
            return None
        return [(_utc(day, h.open, self._zone), _utc(day, h.close, self._zone)) for h in week.on(day.weekday())]


def _utc(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


def _meets(span: Window | Slot, opening: list[tuple[datetime, datetime]]) -> bool:
    return isinstance(span, Slot) and any(span.start < close and span.end > start for start, close in opening)


def _has_holes(said: list[Said], opening: list[tuple[datetime, datetime]] | None) -> bool:
    """Whether a stretch that belongs to the day has no value: any in the file, or any within the opening hours."""
    if opening is None:
        return any(one.value is None for one in said)
    held = sorted((one.span.start, one.span.end) for one in said if one.value is not None and isinstance(one.span, Slot))
    for start, close in opening:
        reached = start
        for begins, ends in held:
            reached = max(reached, ends) if begins <= reached else reached
        if reached < close:
            return True
    return False
