"""People counted in a room several times a day: the mean and the peak of each day, which never add up."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace

from sources.contract import Metric
from sources.files.cell_records import CellRecord
from sources.files.cells import Cell, Unreadable, cell_text
from sources.files.day_times import read_time
from sources.files.entity_names import is_total
from sources.measures.settings import MeasureSpec, occupancy_metrics

USUAL_SHARE = 0.5
"""A count that half of the same weekdays have is expected of each of them."""


def occupancy_of(name: str, spec: MeasureSpec) -> tuple[Metric, Metric]:
    """The two metrics of an occupancy. Peaks of two rooms may be at two times, so they do not add up over rooms."""
    mean, peak = occupancy_metrics(name)
    meaning = spec.description or name
    return (
        Metric(
            mean,
            spec.unit,
            "reading",
            f"{meaning}; mean of the counts of a day",
            minimum=spec.minimum,
            over_days=("mean",),
        ),
        Metric(
            peak,
            spec.unit,
            "reading",
            f"{meaning}; largest count of a day",
            additive_over_entities=False,
            minimum=spec.minimum,
            over_days=("max", "mean"),
        ),
    )


def count_name(cell: Cell) -> str | Unreadable:
    """What a count is called: its time of day as 09:00, or the text of the cell."""
    text = cell_text(cell)
    if not text:
        return Unreadable("", "the count has no time", "write the time of day, or what the count is called")
    if is_total(text):
        return Unreadable(text, f"'{text}' is made of other counts", "leave the row out with 'skip'")
    since_midnight = read_time(cell, is_end=False, length=None)
    if isinstance(since_midnight, Unreadable):
        return text.casefold()
    return f"{since_midnight.seconds // 3600:02}:{since_midnight.seconds // 60 % 60:02}"


def with_mean_and_peak(records: Iterable[CellRecord], occupancies: Set[str]) -> list[CellRecord]:
    """The records, with the counts of each occupancy, entity and day as two: their mean and their peak.

    Counts that cannot be read stay as they are. A day that lacks one of its counts is ``incomplete``.
    """
    others, groups = list[CellRecord](), defaultdict[tuple[object, ...], list[CellRecord]](list)
    for record in records:
        if record.metric not in occupancies:
            others.append(record)
        elif not record.is_blank:
            groups[record.metric, record.entity, record.span].append(record)
    usual = _usual_counts(groups.values())
    for counts in groups.values():
        others += _of_one_day(counts, usual[_weekday(counts[0])])
    return others


def _of_one_day(counts: Sequence[CellRecord], usual: Set[str]) -> Iterator[CellRecord]:
    first = counts[0]
    mean, peak = occupancy_metrics(first.metric)
    yield from (replace(record, metric=mean) for record in counts if record.fault is not None)
    values = [record.value for record in counts if record.value is not None]
    if not values:
        return
    there = {record.count for record in counts if record.value is not None}
    flags = () if usual <= there and len(values) == len(counts) else ("incomplete",)
    origin = first.origin if len(counts) == 1 else f"{first.origin} and {len(counts) - 1} more"
    whole = replace(first, fault=None, flags=flags, origin=origin, count="")
    yield replace(whole, metric=mean, value=sum(values) / len(values))
    yield replace(whole, metric=peak, value=max(values))


def _usual_counts(days: Iterable[Sequence[CellRecord]]) -> dict[tuple[str, str, int], Set[str]]:
    """The counts that most days of one weekday have, for each occupancy and entity."""
    seen, number = defaultdict[tuple[str, str, int], Counter[str]](Counter), Counter[tuple[str, str, int]]()
    for counts in days:
        key = _weekday(counts[0])
        number[key] += 1
        seen[key].update({record.count for record in counts})
    return {
        key: {name for name, days_with in names.items() if days_with >= USUAL_SHARE * number[key]}
        for key, names in seen.items()
    }


def _weekday(record: CellRecord) -> tuple[str, str, int]:
    return record.metric, record.entity, record.days.start.weekday()
