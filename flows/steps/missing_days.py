"""The days without data between the first and the last day of a source."""

from collections.abc import Iterable
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

from flows.steps.context import Context
from plan.calendar_tables import closed_days
from warehouse.pulls import coverage
from warehouse.schema import DAY, Window, merged


def missing_days(context: Context, observations: pa.Table) -> dict[str, list[Window]]:
    """By source, the days that no pull covered, as the fewest windows in order.

    Where an absent row does not mean zero, also the collected days without a value of any metric. Days on which the
    whole library is closed are not missing.
    """
    closed = closed_days(context.loaded.plan.calendar, context.today)
    closures = merged([Window(day.date(), day.date() + DAY) for day in closed.loc[closed["entity"] == "", "day"]])
    collected, valued = _collected_windows(context), _valued_windows(observations)
    found = {}
    for name, source in context.loaded.sources.items():
        gaps = _gaps(collected.get(name, []))
        if all(metric.absent == "missing" for metric in source.metrics()):
            gaps += _gaps(valued.get(name, []))
        found[name] = _subtract(merged(gaps), closures)
    return found


def day_ranges(windows: Iterable[Window]) -> list[str]:
    """Windows as text for people: a day, or the first and the last day."""
    return [str(w.start) if w.days == 1 else f"{w.start}..{w.end - DAY}" for w in windows]


def _collected_windows(context: Context) -> dict[str, list[Window]]:
    found: dict[str, list[Window]] = {}
    for source, start, end in coverage(context.tables).itertuples(index=False):
        found.setdefault(source, []).append(Window(start.date(), end.date()))
    return found


def _valued_windows(observations: pa.Table) -> dict[str, list[Window]]:
    """The spans of all known values, by source."""
    spans = observations.filter(pc.is_valid(observations["value"])).group_by(["source", "start", "end"]).aggregate([])
    found: dict[str, list[Window]] = {}
    for row in spans.to_pylist():
        found.setdefault(row["source"], []).append(Window(row["start"], row["end"]))
    return found


def _gaps(windows: list[Window]) -> list[Window]:
    return [Window(one.end, other.start) for one, other in pairwise(merged(windows))]


def _subtract(windows: list[Window], closures: list[Window]) -> list[Window]:
    for closure in closures:
        windows = [left for window in windows for left in window.without(closure)]
    return windows
