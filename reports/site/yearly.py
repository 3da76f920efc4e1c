"""The year that a verdict is on: its running total against the years before, the path, the target and the forecast."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import isnan

import pandas as pd

from reports.chart_periods import as_whole, is_estimated
from reports.site.chart_data import band_of, forecast_of
from reports.site.published_rows import Published
from reports.site.years_before import Totals, years_before, years_earlier
from transforms.pacing.target_years import anniversary, years_left
from warehouse.published_tables import Row

ONE_DAY = timedelta(days=1)
OF_A_YEAR = ("day", "month", "quarter")
"""The lengths of periods that a calendar year is made of."""


@dataclass(frozen=True)
class Step:
    """The totals at the end of one period of the year; None where unknown.

    ``total``: counted since the year began; ``expected``: by the path; ``provisional``: may still change;
    ``estimated``: a part of the period is missing, and the total has an estimate of its whole;
    ``ahead``: the period is still to come.
    """

    start: date
    end: date
    total: float | None
    expected: float | None
    provisional: bool
    estimated: bool
    ahead: bool


@dataclass(frozen=True)
class Year:
    """The year ``[begins, ends)`` in steps.

    Target, band and forecast (low, middle, high) belong to the year that ends on the due day; None for earlier years.
    ``earlier``: first day, and the end and running total of each period, of the years before, the newest first.
    ``is_whole``: nothing of what was added up is incomplete, so that it may be compared with them.
    ``has_target``: the target is for a year.
    """

    begins: date
    ends: date
    steps: Sequence[Step]
    target: float | None
    band: tuple[float, float] | None
    forecast: tuple[float, float, float] | None
    earlier: Sequence[tuple[date, Totals]] = ()
    is_whole: bool = True
    has_target: bool = True

    @property
    def newest(self) -> Step:
        """The newest settled step with a total, or the newest provisional one where none is settled."""
        known = [step for step in self.steps if step.total is not None]
        return next((step for step in reversed(known) if not step.provisional), known[-1])

    @property
    def before(self) -> float | None:
        """The total of the year before up to the same day; None where it is not known or cannot be compared."""
        if not self.earlier or not self.is_whole:
            return None
        begins, totals = self.earlier[0]
        same_day = years_earlier(self.newest.end, self.begins.year - begins.year)
        return next((total for end, total in totals if end == same_day), None)


def year_of(published: Published, row: Row) -> Year | None:
    """The year of the last judged period; None where there is none, or where a break in it keeps its values apart."""
    name = row["indicator_id"]
    verdict = published.verdicts[name]
    yearly = name in published.plan.yearly
    if row["kind"] != "flow" or verdict["through"] is None or (yearly and row["due"] is None):
        return None
    if not yearly and row["period"] not in OF_A_YEAR:
        return None
    until = row["due"] + ONE_DAY if yearly else date(verdict["through"].year + 1, 1, 1)
    begins, ends = _span(until, verdict["through"])
    cuts = [one["day"] for one in published.breaks.get(name, ()) if not one["spliced"]]
    if any(begins < day < ends for day in cuts):
        return None
    periods = published.periods.get(name, ())
    mine = [period for period in periods if begins <= period["start"] < ends]
    known = mine[-1]["end"] if mine else begins
    ahead = [one for one in published.paths.get(name, ()) if known <= one["start"] < ends]
    through = verdict["through"] if yearly and verdict["value"] is not None else date.min
    steps = list(_steps(mine, ahead, through))
    if not any(step.total is not None for step in steps):
        return None
    earlier = list(years_before(periods, begins, max((day for day in cuts if day <= begins), default=date.min)))
    whole = all(
        period["completeness"] >= 1 or is_estimated(period) for period in mine if period["end"] - ONE_DAY <= through
    )
    if not yearly:
        return Year(begins, ends, steps, None, None, None, earlier, has_target=False) if earlier else None
    if ends <= row["due"]:
        return Year(begins, ends, steps, None, None, None, earlier, whole)
    return Year(begins, ends, steps, row["target_value"], band_of(row), forecast_of(verdict), earlier, whole)


def _span(until: date, day: date) -> tuple[date, date]:
    """First day and end of the year that holds ``day``; years end before ``until`` and its anniversaries."""
    due, within = (pd.Series([pd.Timestamp(one)]) for one in (until, day))
    begins, ends = (anniversary(due, years_left(within, due) + back).iloc[0].date() for back in (1, 0))
    return begins, ends


def _steps(periods: Sequence[Row], ahead: Sequence[Row], through: date) -> Iterator[Step]:
    """Running totals, each up to the first unknown value. After ``through`` only complete periods are added."""
    total, expected = 0.0, 0.0
    for period in as_whole(periods):
        closed = "closed" in (period["flags"] or ())
        counted = period["end"] - ONE_DAY <= through or period["completeness"] >= 1
        value = 0.0 if closed and period["value"] is None else period["value"]
        total = _sum(total, value if counted else None)
        expected = _sum(expected, period["expected"])
        provisional, estimated = bool(period["provisional"]), is_estimated(period)
        yield Step(
            period["start"], period["end"], _or_none(total), _or_none(expected), provisional, estimated, ahead=False
        )
    for one in ahead:
        expected = _sum(expected, one["expected"])
        yield Step(one["start"], one["end"], None, _or_none(expected), provisional=False, estimated=False, ahead=True)


def _sum(total: float, more: float | None) -> float:
    return total + (float("nan") if more is None else more)


def _or_none(total: float) -> float | None:
    return None if isnan(total) else total
