"""The periods around an activity, and what is too near to it to separate the two."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transforms.arrays import DayArray, FloatArray
from transforms.effects.window_lengths import WindowLengths
from transforms.findings import Facts, Finding, found


@dataclass(frozen=True)
class EventWindow:
    """The values that may be compared, and why fewer than possible.

    first: the first period after the activity. until: the event at which the values end early. reason: why the effect
    cannot be told.
    """

    values: FloatArray
    first: int
    until: "Event | None" = None
    reason: Finding | None = None


@dataclass(frozen=True)
class Event:
    """A dated event.

    title: of an activity; empty for a break. first: the first period after it. whole: the number of periods entirely
    before it.
    """

    title: str
    day: pd.Timestamp
    first: int
    whole: int


def locate_event(title: str, date: pd.Timestamp, spans: pd.DataFrame) -> Event:
    """The event's place among consecutive periods.

    A period counts as after an event if at least half of its days are; with fewer days after it, it belongs to neither
    side. spans: start, end (the day after).
    """
    starts, ends = _days(spans["start"]), _days(spans["end"])
    at = np.datetime64(date, "D")
    whole = int(np.searchsorted(ends, at, side="right"))
    split = whole < len(starts) and starts[whole] < at
    late = split and 2 * (ends[whole] - at) < ends[whole] - starts[whole]
    return Event(title, date, whole + int(late), whole)


def select_window(
    activity: Event, values: FloatArray, others: list[Event], breaks: list[Event], span: WindowLengths
) -> EventWindow:
    """The values without periods on neither side, beyond a break, and from the next activity on.

    Without values on both sides nothing can be told; the estimate gives that reason.
    """
    held = values.copy()
    held[activity.whole : activity.first] = np.nan
    if np.isnan(held[: activity.first]).all() or not _after(held, activity, span):
        return EventWindow(held, activity.first)
    near = [other for other in others if 0 <= activity.first - other.first < span.horizon]
    if near:
        return EventWindow(held, activity.first, reason=_overlap(near[-1]))
    enough = _after(held, activity, span) >= span.after
    until, reason = None, None
    later = [one for one in (*others, *breaks) if one.first > activity.first]
    nearest = min(later, key=lambda one: one.whole, default=None)
    if nearest is not None and not np.isnan(held[nearest.whole : activity.first + span.horizon]).all():
        held[nearest.whole :] = np.nan
        until = nearest
        reason = _overlap(nearest) if enough and _after(held, activity, span) < span.after else None
    before = [one for one in breaks if one.first <= activity.first]
    if before and not reason:
        newest = max(before, key=lambda one: one.first)
        held[: newest.first] = np.nan
        between = int(np.count_nonzero(~np.isnan(held[: activity.first])))
        if between < span.before:
            reason = _too_near(newest, between, span)
    return EventWindow(held, activity.first, until, reason)


def common_control(controls: list[FloatArray]) -> FloatArray:
    """The common movement of the controls: each over its mean, averaged.

    NaN where one is unknown.
    """
    stacked = np.stack(controls)
    known = ~np.isnan(stacked)
    mean = np.where(known, stacked, 0.0).sum(axis=1, keepdims=True) / np.maximum(known.sum(axis=1, keepdims=True), 1)
    return np.asarray((stacked / np.where(mean == 0, 1.0, mean)).mean(axis=0))


def _overlap(event: Event) -> Finding:
    return found("overlaps", "cannot_tell", activity=event.title, day=event.day)


def _too_near(event: Event, between: int, span: WindowLengths) -> Finding:
    """The finding of a break with too few periods between it and the activity."""
    few: Facts = {"known": between, "needs": span.before, "period": span.period}
    return found("break_too_near", "cannot_tell", few, day=event.day)


def _after(values: FloatArray, activity: Event, span: WindowLengths) -> int:
    return int(np.count_nonzero(~np.isnan(values[activity.first : activity.first + span.horizon])))


def _days(column: pd.Series) -> DayArray:
    return column.to_numpy().astype("datetime64[D]")
