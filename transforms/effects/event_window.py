"""Where an activity stands in the periods of an indicator, and what else stands too near to tell them apart."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transforms.effects.window_lengths import Span
from transforms.reasons import day
from transforms.rules.inputs import FloatArray


@dataclass(frozen=True)
class EventWindow:
    """``values``: those that may be compared; ``first``: the first period after; ``until``: why they end early, or empty;
    ``reason``: why the effect cannot be told, or empty."""

    values: FloatArray
    first: int
    until: str
    reason: str


@dataclass(frozen=True)
class Event:
    """A dated event by its name, in words; ``first``: the first period after it, ``whole``: how many periods lie wholly before it."""

    name: str
    first: int
    whole: int


def locate_event(name: str, date: pd.Timestamp, spans: pd.DataFrame) -> Event:
    """A period counts as after an event when at least half of its days are; one of which less is, belongs to neither side.

    spans: start, end (the day after) of consecutive periods.
    """
    starts, ends = _days(spans["start"]), _days(spans["end"])
    at = np.datetime64(date, "D")
    whole = int(np.searchsorted(ends, at, side="right"))
    split = whole < len(starts) and starts[whole] < at
    late = split and 2 * (ends[whole] - at) < ends[whole] - starts[whole]
    return Event(name, whole + int(late), whole)


def select_window(
    activity: Event, values: FloatArray, others: list[Event], breaks: list[Event], span: Span
) -> EventWindow:
    """Leave out what belongs to neither side, what a break parts from it, and all from the next activity on.

    Without figures on both sides that is why nothing can be told: the estimate says so.
    """
    held = values.copy()
    held[activity.whole : activity.first] = np.nan
    if np.isnan(held[: activity.first]).all() or not _after(held, activity, span):
        return EventWindow(held, activity.first, "", "")
    near = [other for other in others if 0 <= activity.first - other.first < span.horizon]
    if near:
        return EventWindow(held, activity.first, "", f"overlaps with {near[-1].name}")
    enough = _after(held, activity, span) >= span.after
    until, reason = "", ""
    later = [
        *(one for one in others if one.first > activity.first),
        *(one for one in breaks if one.first > activity.first),
    ]
    nearest = min(later, key=lambda one: one.whole, default=None)
    if nearest is not None and not np.isnan(held[nearest.whole : activity.first + span.horizon]).all():
        held[nearest.whole :] = np.nan
        until = f", up to {nearest.name}"
        reason = f"overlaps with {nearest.name}" if enough and _after(held, activity, span) < span.after else ""
    before = [one for one in breaks if one.first <= activity.first]
    if before and not reason:
        newest = max(before, key=lambda one: one.first)
        held[: newest.first] = np.nan
        short = np.count_nonzero(~np.isnan(held[: activity.first]))
        reason = (
            f"{newest.name} is too near: {short} complete {span.period}s between, needs {span.before}"
            if short < span.before
            else ""
        )
    return EventWindow(held, activity.first, until, reason)


def common_control(controls: list[FloatArray]) -> FloatArray:
    """The controls' movement together: each over its mean, averaged; NaN where one of them is not known."""
    together = np.stack(controls)
    known = ~np.isnan(together)
    mean = np.where(known, together, 0.0).sum(axis=1, keepdims=True) / np.maximum(known.sum(axis=1, keepdims=True), 1)
    return np.asarray((together / np.where(mean == 0, 1.0, mean)).mean(axis=0))


def event_label(title: str, date: pd.Timestamp) -> str:
    return f"'{title}' of {day(date)}"


def _after(values: FloatArray, activity: Event, span: Span) -> int:
    return int(np.count_nonzero(~np.isnan(values[activity.first : activity.first + span.horizon])))


def _days(column: pd.Series) -> NDArray[np.datetime64]:
    return column.to_numpy().astype("datetime64[D]")
