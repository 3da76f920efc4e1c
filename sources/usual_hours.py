"""Which intervals of a day a counter usually delivers, to notice those that are absent from a day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

LEAST_SHARE = 0.1
"""An interval that a tenth of the same weekdays have is expected of all of them,"""
LEAST_MEAN = 5.0
"""unless the counter writes no zeros and has fewer people on average: nobody comes with the chance exp(-5), 0.7 %."""

Slots = Mapping[time, float]
"""The count of each interval of a day, by the local time at which it begins."""


@dataclass
class UsualHours:
    """The intervals of one counter by weekday, learned from all of its days."""

    zone: ZoneInfo
    _days: list[int] = field(default_factory=lambda: [0] * 7)
    _seen: list[dict[time, list[float]]] = field(default_factory=lambda: [defaultdict(list) for _ in range(7)])
    _writes_zero: bool = False
    _usual: list[frozenset[time]] | None = None

    def learn(self, day: date, slots: Slots) -> None:
        """Add the intervals of one day."""
        self._days[day.weekday()] += 1
        seen = self._seen[day.weekday()]
        for at, value in slots.items():
            seen[at].append(value)
            self._writes_zero = self._writes_zero or value == 0

    def lacks(self, day: date, slots: Iterable[time]) -> bool:
        """Whether an interval is absent that this weekday usually has, or any day between its first and last one."""
        there = set(slots)
        if not there:
            return False
        first, last = min(there), max(there)
        usual = self._expected()
        absent = {at for at in frozenset().union(*usual) if first < at < last} | usual[day.weekday()]
        return any(self._exists(day, at) for at in absent - there)

    def _expected(self) -> list[frozenset[time]]:
        if self._usual is None:
            self._usual = [
                frozenset(at for at, values in seen.items() if self._is_usual(values, days))
                for days, seen in zip(self._days, self._seen, strict=True)
            ]
        return self._usual

    def _is_usual(self, values: list[float], days: int) -> bool:
        often = len(values) >= LEAST_SHARE * days
        return often and (self._writes_zero or sum(values) >= LEAST_MEAN * len(values))

    def _exists(self, day: date, at: time) -> bool:
        """Whether the clocks of that day show the time."""
        instant = datetime.combine(day, at, self.zone).timestamp()
        return datetime.fromtimestamp(instant, self.zone).time() == at
