"""Page views, double clicks and visits, on whole columns. The order of rows does not matter: every rule sorts.

The rules and their terms: https://cop5.projectcounter.org/en/5.0.2/07-processing/
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

VisitRule = Literal["hour_slice", "idle_30min"]
IntArray = NDArray[np.int64]

IDLE_S = 30 * 60
QUARTER_S = 15 * 60
"""The offset of every zone, at the time of any log, is a whole number of quarters of an hour."""


@dataclass(frozen=True)
class Views:
    """One row per page view.

    at: seconds since 1970 UTC. visitor, address: numbers given by ``LogViews``. day: ``date.toordinal`` of the local
    day. hour: hour of that day, 0 to 23; an hour that the clocks repeat is one hour.
    """

    at: IntArray
    visitor: IntArray
    address: IntArray
    day: IntArray
    hour: IntArray

    def where(self, chosen: NDArray[np.bool_] | IntArray) -> "Views":
        return Views(self.at[chosen], self.visitor[chosen], self.address[chosen], self.day[chosen], self.hour[chosen])


def local_days_and_hours(at: IntArray, zone: ZoneInfo) -> tuple[IntArray, IntArray]:
    """The local day (``date.toordinal``) and hour of each instant in seconds since 1970 UTC."""
    quarters, place = np.unique(at // QUARTER_S, return_inverse=True)
    moments = [datetime.fromtimestamp(int(quarter) * QUARTER_S, zone) for quarter in quarters]
    days = np.array([moment.toordinal() for moment in moments], dtype=np.int64)
    hours = np.array([moment.hour for moment in moments], dtype=np.int64)
    return days[place], hours[place]


def without_double_clicks(views: Views, seconds: int) -> Views:
    """The views without those that the same visitor repeats on the same address within ``seconds``; 0: all count.

    Of a chain of clicks the last one counts.
    """
    if not seconds or not views.at.size:
        return views
    order = np.lexsort((views.at, views.address, views.visitor))
    at, visitor, address = views.at[order], views.visitor[order], views.address[order]
    repeated = (visitor[1:] == visitor[:-1]) & (address[1:] == address[:-1]) & (at[1:] - at[:-1] <= seconds)
    return views.where(order[np.append(~repeated, True)])


def visit_days(views: Views, rule: VisitRule) -> IntArray:
    """The local day of each visit, one element per visit.

    ``hour_slice``: one visit per visitor, day and hour. ``idle_30min``: a visit ends when more than 30 minutes pass
    without a view, and at midnight.
    """
    if not views.at.size:
        return views.day
    if rule == "hour_slice":
        order = np.lexsort((views.hour, views.day, views.visitor))
        begins = _changes(views.visitor[order]) | _changes(views.day[order]) | _changes(views.hour[order])
    else:
        order = np.lexsort((views.at, views.visitor))
        silence = np.diff(views.at[order]) > IDLE_S
        begins = _changes(views.visitor[order]) | _changes(views.day[order]) | np.concatenate(([True], silence))
    days: IntArray = views.day[order][begins]
    return days


def counts_by_day(days: IntArray) -> Counter[int]:
    """How often each day occurs; 0 for every other day."""
    found, counts = np.unique(days, return_counts=True)
    return Counter(dict(zip(found.tolist(), counts.tolist(), strict=True)))


def _changes(values: IntArray) -> NDArray[np.bool_]:
    """True where a value differs from the one before it, and for the first."""
    return np.concatenate(([True], values[1:] != values[:-1]))
