"""Sums counts by the hour to whole local days; shared by the footfall services."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from sources.contract import Place
from sources.observations import ReportedValue
from sources.opening_hours import leaves_gap
from warehouse.schema import Window

PLAUSIBLE_YEARS = range(1970, 2200)
"""Times outside these years are refused: programs write the first day of year 1 for an unknown time."""


@dataclass(frozen=True, slots=True)
class IntervalCount:
    """How many people passed between two instants (aware), and where the count was found."""

    start: datetime
    end: datetime
    value: float
    origin: str


@dataclass
class HourlyCounts:
    """Counts by entity. Of two counts of the same hour the later delivery is kept."""

    place: Place
    halved: bool = False
    _counts: dict[str, dict[datetime, IntervalCount]] = field(default_factory=lambda: defaultdict(dict))
    _unreadable: set[tuple[str, date]] = field(default_factory=set)
    _owners: dict[str, object] = field(default_factory=dict)

    def other(self, entity: str, owner: object) -> object | None:
        """The other owner of the name ``entity``, or None where ``owner`` is the first: two would be added together."""
        first = self._owners.setdefault(entity, owner)
        return None if first == owner else first

    def add(self, entity: str, count: IntervalCount) -> None:
        self._counts[entity][count.start] = count

    def holds(self, entity: str, start: datetime) -> bool:
        """Whether the hour has a count already."""
        return start in self._counts.get(entity, {})

    def mark_unreadable(self, entity: str, start: datetime) -> None:
        """Note an hour whose count could not be read: its day is incomplete."""
        self._unreadable.add((entity, start.astimezone(self.place.zone).date()))

    def days(self, metric: str, window: Window) -> Iterator[ReportedValue]:
        """One value for each entity and local day in ``window`` with at least one count.

        It is flagged ``incomplete`` where an open hour has no count.
        """
        for entity, counts in self._counts.items():
            by_day: dict[date, list[IntervalCount]] = defaultdict(list)
            for count in counts.values():
                by_day[count.start.astimezone(self.place.zone).date()].append(count)
            for day, of_day in sorted(by_day.items()):
                if day in window:
                    yield self._total(metric, entity, day, sorted(of_day, key=lambda count: count.start))

    def _total(self, metric: str, entity: str, day: date, counts: list[IntervalCount]) -> ReportedValue:
        total = sum(count.value for count in counts)
        flags = (("halved",) if self.halved else ()) + (("incomplete",) if self._has_gap(entity, day, counts) else ())
        first = counts[0].origin
        origin = first if len(counts) == 1 else f"{first} and {len(counts) - 1} more"
        return ReportedValue(metric, day, total / 2 if self.halved else total, origin, entity, tuple(sorted(flags)))

    def _has_gap(self, entity: str, day: date, counts: list[IntervalCount]) -> bool:
        """Whether a part of the opening hours has no count, or an hour could not be read."""
        if (entity, day) in self._unreadable:
            return True
        hours = self.place.opening_hours
        opening = hours.intervals(entity, day, self.place.zone) if hours else None
        return leaves_gap(opening or (), [(count.start, count.end) for count in counts])
