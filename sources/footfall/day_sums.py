"""The sum of a day among its hours: a row at 00:00, or at another time, that would be counted besides its parts."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import NamedTuple

from sources.files.record_checks import LEAST_DIGITS, LEAST_PARTS, MOST_SPANS, SAME
from warehouse.errors import ShapeError

SHIFTS = (0, 1, -1)
"""A sum may be written at the beginning or the end of its day, and so fall on the day before or after it."""


class SlotCount(NamedTuple):
    """The count of one interval of a day, by the local time at which it begins."""

    at: time
    value: float
    origin: str


class _Day(NamedTuple):
    largest: SlotCount
    others: float
    parts: int


@dataclass
class DaySums:
    """The largest count of each day and the sum of the others, by entity."""

    _days: dict[str, dict[date, _Day]] = field(default_factory=lambda: defaultdict(dict))
    _slots: int = 1

    def add(self, entity: str, day: date, largest: SlotCount, values: Sequence[float]) -> None:
        """Add a day by its largest count and the values of all."""
        parts = len(values) - values.count(0.0) - 1
        self._days[entity][day] = _Day(largest, sum(values) - largest.value, parts)
        self._slots = max(self._slots, len(values))

    def require_none(self) -> None:
        """Raise ``ShapeError`` where the largest count of most days is the sum of the others, at one time of day.

        As many digits must agree as in ``require_no_totals``, over all days.
        """
        needed = LEAST_DIGITS + math.log10(self._slots * len(SHIFTS) * max(len(self._days), 1))
        for entity, days in self._days.items():
            for shift in SHIFTS:
                found = _sum_of_others(days, timedelta(days=shift), needed)
                if found is not None:
                    raise _error(entity, found)


def _sum_of_others(days: Mapping[date, _Day], shift: timedelta, needed: float) -> SlotCount | None:
    """The first count that is the sum of a day, if most days have one at that time."""
    pairs = [(one.largest, days[day + shift]) for day, one in days.items() if day + shift in days]
    telling = {
        (largest.at, largest.value, other.others): largest
        for largest, other in pairs
        if other.parts >= LEAST_PARTS and largest.value > 0
    }  # days that are alike tell once
    agreeing = [slot for (_, value, others), slot in telling.items() if abs(value - others) <= SAME * value]
    at, number = next(iter(Counter(slot.at for slot in agreeing).most_common(1)), (time(), 0))
    mine = [slot for slot in agreeing if slot.at == at]
    digits = sum(math.log10(max(slot.value, 1.0)) for slot in mine)
    return mine[0] if mine and number >= MOST_SPANS * len(telling) and digits >= needed else None


def _error(entity: str, found: SlotCount) -> ShapeError:
    whose = f" of '{entity}'" if entity else ""
    what = (
        f"the count{whose} at {found.at:%H:%M} is on most days the sum of the other times, and would be counted twice"
    )
    do = (
        f"leave it out: 'skip: {{COLUMN: [\"{found.at:%H:%M}\"]}}' by the column of the time, or the opening hours and "
        "'open_hours_only: true'"
    )
    return ShapeError(what, where=found.origin, do=do)
