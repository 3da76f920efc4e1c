"""The days that are missing: between the first and the last one that a source knows, those that it knows nothing of."""

from collections.abc import Iterable
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

from flows.steps.context import Context
from plan.calendar_tables import closed_days
from warehouse.pulls import coverage
from warehouse.schema import DAY, Window, merged


def missing_days(context: Context, observations: pa.Table) -> dict[str, list[Window]]:
    """By source the days that no pull brought, in order, as the fewest windows; and, where absence does not mean none, those
    that were collected and have no figure of any metric. Days on which the calendar says that all is closed are not missing.
    """
    closed = closed_days(context.loaded.plan.calendar, context.today)
    shut = merged([Window(day.date(), day.date() + DAY) for day in closed.loc[closed["entity"] == "", "day"]])
    collected, figures = _collected(context), _figures(observations)
    found = {}
    for name, source in context.loaded.sources.items():
        gaps = _between(collected.get(name, []))
        if all(metric.absent == "missing" for metric in source.metrics()):
            gaps += _between(figures.get(name, []))
        found[name] = _without(merged(gaps), shut)
    return found


def day_ranges(windows: Iterable[Window]) -> list[str]:
    """Windows as people name days: the first and the last one."""
    return [str(w.start) if w.days == 1 else f"{w.start}..{w.end - DAY}" for w in windows]


def _collected(context: Context) -> dict[str, list[Window]]:
    found: dict[str, list[Window]] = {}
    for source, start, end in coverage(context.tables).itertuples(index=False):
        found.setdefault(source, []).append(Window(start.date(), end.date()))
    return found


def _figures(observations: pa.Table) -> dict[str, list[Window]]:
    """The spans of all known values by source."""
    spans = observations.filter(pc.is_valid(observations["value"])).group_by(["source", "start", "end"]).aggregate([])
    found: dict[str, list[Window]] = {}
    for row in spans.to_pylist():
        found.setdefault(row["source"], []).append(Window(row["start"], row["end"]))
    return found


def _between(windows: list[Window]) -> list[Window]:
    return [Window(one.end, other.start) for one, other in pairwise(merged(windows))]


def _without(windows: list[Window], shut: list[Window]) -> list[Window]:
    for closure in shut:
        windows = [left for window in windows for left in window.without(closure)]
    return windows
