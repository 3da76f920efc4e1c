"""The days without data between the first and the last day of a source."""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise

import pandas as pd

from flows.steps.context import Context
from flows.steps.sampled_sources import sampled_sources
from plan.calendar_tables import closed_days
from warehouse.pulls import coverage
from warehouse.schema import DAY, Window, merged


def missing_days(context: Context, windows: pd.DataFrame) -> dict[str, list[Window]]:
    """By source, the days that no pull covered, as the fewest windows in order.

    Where an absent row does not mean zero, also the collected days without a value of any metric. Days on which the
    whole library is closed are not missing, and neither are the weeks that a sample leaves out. windows: as
    ``flows.steps.observed_days``.
    """
    closed = closed_days(context.loaded.plan.calendar, context.today)
    closures = _closures(closed, "")
    collected, valued = _collected_windows(context), _valued_windows(windows)
    sampled = sampled_sources(context.loaded.plan)
    found = {}
    for name, source in context.loaded.sources.items():
        gaps = _gaps(collected.get(name, []))
        if all(metric.absent == "missing" for metric in source.metrics()):
            gaps += _gaps(valued.get(name, []))
        missing = _subtract(merged(gaps), closures)
        found[name] = _within_weeks(missing, sampled[name].first_weekday) if name in sampled else missing
    return found


def missing_of_entities(
    context: Context, windows: pd.DataFrame, missing: Mapping[str, list[Window]]
) -> dict[str, list[str]]:
    """By source, the days without any value of single entities, as texts ``first..last entity`` in order of days.

    Between the first and the last value of each entity, where an absent row does not mean zero and entities are not
    items. Days that are missing of the whole source are left out (``missing``, by source), and so are closed ones and
    the weeks that a sample leaves out. windows: as ``flows.steps.observed_days``.
    """
    loaded = context.loaded.sources.items()
    counted = [
        name
        for name, source in loaded
        if not source.keyed_by_entity and all(metric.absent == "missing" for metric in source.metrics())
    ]
    spans = windows[windows["source"].isin(counted)]
    closed = closed_days(context.loaded.plan.calendar, context.today)
    sampled = sampled_sources(context.loaded.plan)
    found: dict[str, list[tuple[Window, str]]] = {name: [] for name, _ in loaded}
    for key, gaps in _gaps_of_entities(spans).groupby(["source", "entity"]):
        source, entity = map(str, key)
        shut = merged([*missing[source], *_closures(closed, entity)])
        between = [Window(start.date(), end.date()) for start, end in zip(gaps["start"], gaps["end"], strict=True)]
        left = _subtract(between, shut)
        of_entity = _within_weeks(left, sampled[source].first_weekday) if source in sampled else left
        found[source] += [(window, entity) for window in of_entity]
    return {
        name: [f"{day_ranges([window])[0]} {entity}".strip() for window, entity in sorted(gaps, key=_by_day)]
        for name, gaps in found.items()
    }


def _within_weeks(gaps: list[Window], first_weekday: int) -> list[Window]:
    """The gaps without their whole weeks, which were not chosen to be counted."""
    left: list[Window] = []
    for gap in gaps:
        start = gap.start + DAY * ((first_weekday - gap.start.weekday()) % 7)
        end = gap.end - DAY * ((gap.end.weekday() - first_weekday) % 7)
        left += gap.without(Window(start, end)) if start < end else [gap]
    return left


def _closures(closed: pd.DataFrame, entity: str) -> list[Window]:
    """The days on which the whole library, or the entity itself, is closed; "" for the whole library alone."""
    days = closed.loc[closed["entity"].isin(["", entity]), "day"]
    return merged([Window(day.date(), day.date() + DAY) for day in days])


def _by_day(gap: tuple[Window, str]) -> tuple[date, str]:
    return gap[0].start, gap[1]


def _gaps_of_entities(spans: pd.DataFrame) -> pd.DataFrame:
    """Columns source, entity, start, end: what lies between the spans of each entity."""
    rows = spans.sort_values(["source", "entity", "start", "end"], ignore_index=True)
    key = [rows["source"], rows["entity"]]
    until = rows["end"].groupby(key).cummax().groupby(key).shift()
    gaps = rows.assign(until=until)[until < rows["start"]]
    found: pd.DataFrame = gaps[["source", "entity", "until", "start"]].set_axis(
        ["source", "entity", "start", "end"], axis=1
    )
    return found


def day_ranges(windows: Iterable[Window]) -> list[str]:
    """Windows as text for people: a day, or the first and the last day."""
    return [str(w.start) if w.days == 1 else f"{w.start}..{w.end - DAY}" for w in windows]


def _collected_windows(context: Context) -> dict[str, list[Window]]:
    found: dict[str, list[Window]] = {}
    for source, start, end in coverage(context.tables).itertuples(index=False):
        found.setdefault(source, []).append(Window(start.date(), end.date()))
    return found


def _valued_windows(windows: pd.DataFrame) -> dict[str, list[Window]]:
    """The windows of all entities, by source."""
    found: dict[str, list[Window]] = {}
    for source, start, end in windows[["source", "start", "end"]].drop_duplicates().itertuples(index=False):
        found.setdefault(source, []).append(Window(start.date(), end.date()))
    return found


def _gaps(windows: list[Window]) -> list[Window]:
    return [Window(one.end, other.start) for one, other in pairwise(merged(windows))]


def _subtract(windows: list[Window], closures: list[Window]) -> list[Window]:
    for closure in closures:
        windows = [left for window in windows for left in window.without(closure)]
    return windows
