"""Which periods a chart shows: enough to judge the target by, few enough to read."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

Row = Mapping[str, Any]
NEARLY_COMPLETE = 0.9
YEARS_BACK = {"day": 2, "week": 3, "month": 6, "quarter": 10, "year": 30}
"""Years that a chart shows at least, by the length of a period."""


def periods_to_chart(row: Row, periods: Sequence[Row]) -> Sequence[Row]:
    """The newest ``periods`` (oldest first): ``YEARS_BACK``, and at least the baseline with the year before it.

    All periods where none of the newest has a value. ``row``: the indicator.
    """
    if not periods:
        return periods
    first = _years_before(periods[-1]["end"], YEARS_BACK[row["period"]])
    if row["baseline_start"] is not None:
        first = min(first, _years_before(row["baseline_start"], 1))
    shown = [period for period in periods if period["start"] >= first]
    return shown if any(period["value"] is not None for period in shown) else periods


def as_whole(periods: Sequence[Row]) -> list[Row]:
    """The periods with the estimate of the whole, and its interval, where a part is missing.

    So a chart compares whole periods with the path, as the verdict does.
    """
    return [
        {**period, "value": period["whole"], "value_low": period["whole_low"], "value_high": period["whole_high"]}
        if is_estimated(period)
        else period
        for period in periods
    ]


def is_estimated(period: Row) -> bool:
    """Whether a part of the period is missing and its whole is known as an estimate."""
    return bool(period.get("missing")) and period.get("whole") is not None


def unbroken_slices(days: Sequence[date], cuts: Sequence[date]) -> list[slice]:
    """The stretches of ``days`` between the cuts; no line is drawn across a cut."""
    ends = [0, *(bisect_left(days, cut) for cut in sorted(cuts)), len(days)]
    return [slice(first, end) for first, end in pairwise(ends) if first < end]


def partial_ends(periods: Sequence[Row]) -> set[int]:
    """Positions of the first and last periods that lack more than a tenth or still run; empty where all do.

    A part of a period is neither a fall nor a rise, so no line is drawn to it.
    """
    complete = [at for at, period in enumerate(periods) if period["value"] is not None and _is_nearly_whole(period)]
    return {at for at in range(len(periods)) if at < complete[0] or at > complete[-1]} if complete else set()


def _is_nearly_whole(period: Row) -> bool:
    """A year of which November is over has nine tenths, and is no year yet."""
    still_runs = period.get("provisional") and period["completeness"] < 1
    return bool(period["completeness"] >= NEARLY_COMPLETE and not still_runs)


def middle_day(period: Row) -> date:
    day: date = period["start"] + (period["end"] - period["start"]) / 2
    return day


def _years_before(day: date, years: int) -> date:
    """The first day of the same month, ``years`` earlier."""
    return day.replace(year=max(day.year - years, 1), day=1)
