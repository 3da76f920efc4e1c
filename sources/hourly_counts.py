"""Counts by the hour to counts of whole local days: what the footfall services share."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from sources.contract import Place
from sources.observations import ReportedValue
from sources.opening_hours import leaves_gap
from warehouse.schema import Window

PLAUSIBLE_YEARS = range(1970, 2200)
"""What lies outside is no time: programs write the first day of year 1 where they know none."""


@dataclass(frozen=True, slots=True)
class IntervalCount:
    """What went through between two instants (aware), and where that stands."""

    start: datetime
    end: datetime
    value: float
    origin: str


@dataclass
class HourlyCounts:
    """Counts by entity; of two for the same hour the later delivery holds."""

    place: Place
    halved: bool = False
    _counts: dict[str, dict[datetime, IntervalCount]] = field(default_factory=lambda: defaultdict(dict))
    _lacking: set[tuple[str, date]] = field(default_factory=set)
    _owners: dict[str, object] = field(default_factory=dict)

    def other(self, entity: str, owner: object) -> object | None:
        """Whose name ``entity`` is already, where that is another: two of one name would be thrown together."""
        first = self._owners.setdefault(entity, owner)
        return None if first == owner else first

    def add(self, entity: str, count: IntervalCount) -> None:
        self._counts[entity][count.start] = count

    def holds(self, entity: str, start: datetime) -> bool:
        """Whether the hour has a count already."""
        return start in self._counts.get(entity, {})

    def mark_unreadable(self, entity: str, start: datetime) -> None:
        """An hour of which it is known that its count could not be read: its day is incomplete."""
        self._lacking.add((entity, start.astimezone(self.place.zone).date()))

    def days(self, metric: str, window: Window) -> Iterator[ReportedValue]:
        """A figure for each entity and local day in ``window`` with at least one count; ``incomplete`` where an open hour has none."""
        for entity, counts in self._counts.items():
            by_day: dict[date, list[IntervalCount]] = defaultdict(list)
            for count in counts.values():
                by_day[count.start.astimezone(self.place.zone).date()].append(count)
            for day, held in sorted(by_day.items()):
                if day in window:
                    yield self._figure(metric, entity, day, sorted(held, key=lambda count: count.start))

    def _figure(self, metric: str, entity: str, day: date, held: list[IntervalCount]) -> ReportedValue:
        total = sum(count.value for count in held)
        flags = (("halved",) if self.halved else ()) + (("incomplete",) if self._has_holes(entity, day, held) else ())
        origin = held[0].origin if len(held) == 1 else f"{held[0].origin} and {len(held) - 1} more"
        return ReportedValue(metric, day, total / 2 if self.halved else total, origin, entity, tuple(sorted(flags)))

    def _has_holes(self, entity: str, day: date, held: list[IntervalCount]) -> bool:
        """Whether a stretch of the opening hours has no count, or an hour could not be read."""
        if (entity, day) in self._lacking:
            return True
        opening = self.place.opening_hours.intervals(entity, day, self.place.zone) if self.place.opening_hours else None
        return leaves_gap(opening or (), [(count.start, count.end) for count in held])
