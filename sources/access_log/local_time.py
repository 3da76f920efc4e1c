"""The local day and hour of requests, on whole columns."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

QUARTER_S = 15 * 60
"""The offset of every zone, at the time of any log, is a whole number of quarters of an hour."""


def local_days_and_hours(at: IntArray, zone: ZoneInfo) -> tuple[IntArray, IntArray]:
    """The local day (``date.toordinal``) and hour (0 to 23) of each instant in seconds since 1970 UTC.

    An hour that the clocks repeat is one hour.
    """
    quarters, place = np.unique(at // QUARTER_S, return_inverse=True)
    moments = [datetime.fromtimestamp(int(quarter) * QUARTER_S, zone) for quarter in quarters]
    days = np.array([moment.toordinal() for moment in moments], dtype=np.int64)
    hours = np.array([moment.hour for moment in moments], dtype=np.int64)
    return days[place], hours[place]
