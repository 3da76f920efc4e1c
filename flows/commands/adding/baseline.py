"""From which days on progress is measured: the last year of which the file holds every figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from flows.commands.adding.prompts import Prompts
from sources.inspection.reconcile import MetricTotals

if TYPE_CHECKING:
    import pandas as pd

RECENT = 3
WHOLE = 0.9
"""A place has a year as a whole where its figures cover so large a share of its days; closed days have none."""


@dataclass(frozen=True)
class SeenFigures:
    """The figures of one metric that the inspection read, of the chosen places (all, if none is chosen)."""

    observations: "pd.DataFrame | None"
    metric: str
    chosen: tuple[str, ...]
    totals: MetricTotals | None

    def lacking(self, start: date, end: date) -> list[str]:
        """The places that have no figures for a part of the days from ``start`` to ``end``."""
        if self.observations is None or self.totals is None or self.totals.unit == "items":
            return []
        own = self.observations[self.observations["metric"] == self.metric]
        inside = own[(own["start"].dt.date >= start) & (own["start"].dt.date <= end)]
        days = (inside["end"] - inside["start"]).dt.days.groupby(inside["entity"]).sum()
        needed = WHOLE * ((end - start).days + 1)
        return [name for name in self.chosen or self.totals.places or ("",) if days.get(name, 0) < needed]

    def years(self, before: date) -> list[int]:
        """The calendar years before a day that lie within the figures, the last one first."""
        if self.totals is None or not self.totals.first or not self.totals.last:
            return []
        first, last = self.totals.first, min(self.totals.last, before)
        return [year for year in range(last.year, first.year - 1, -1) if _within(year, first, last)]


def _within(year: int, first: date, last: date) -> bool:
    return first <= date(year, 1, 1) and date(year + 1, 1, 1) <= last


def choose_baseline(seen: SeenFigures, earlier: Mapping[str, Any], prompts: Prompts, before: date) -> tuple[date, date]:
    """The first and the last day of the baseline: as before, or the usual one, or the year that a person names."""
    known = earlier.get("baseline") or {}
    if known.get("from") and known.get("to") and not seen.lacking(known["from"], known["to"]):
        return known["from"], known["to"]
    first, last = usual_baseline(seen, before)
    text = f"From which year on is progress measured? The mean of {first} to {last} is the start."
    answer = prompts.optional(f"{text} Write another year, such as 2024.")
    if answer.isdecimal() and len(answer) == 4:
        return date(int(answer), 1, 1), date(int(answer), 12, 31)
    return first, last


def usual_baseline(seen: SeenFigures, before: date) -> tuple[date, date]:
    """Of the last years that which every place has as a whole; else the last year of the file; else all its days."""
    years = seen.years(before)[:RECENT]
    whole = [year for year in years if not seen.lacking(date(year, 1, 1), date(year, 12, 31))]
    if years:
        year = (whole or years)[0]
        return date(year, 1, 1), date(year, 12, 31)
    totals = seen.totals
    if totals is None or not totals.first or not totals.last:
        return date(before.year - 1, 1, 1), date(before.year - 1, 12, 31)
    return totals.first, max(totals.first, min(totals.last, before) - timedelta(days=1))
