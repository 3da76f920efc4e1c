"""The case of one indicator: its verdict and the one sentence that says why."""

import math
from dataclasses import dataclass

import pandas as pd

from transforms.pace import AT_RISK, ON_TRACK

Day = pd.Timestamp
Told = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one indicator. Figures are NaN and days NaT where unknown; ``start`` and ``end`` are the period judged."""

    unit: str
    period: str
    better: str
    path: str
    due: Day
    target_value: float
    target_low: float
    target_high: float
    baseline_value: float
    baseline_start: Day
    baseline_end: Day
    baseline_known: int
    baseline_of: int
    start: Day
    end: Day
    value: float
    expected: float
    ratio: float
    newest_start: Day
    newest_completeness: float

    @property
    def told(self) -> str:
        return f"{number(self.value)} {self.unit} in {self.period_name}"

    @property
    def goal(self) -> str:
        return f"{number(self.target_value)} by {day(self.due)}"

    @property
    def period_name(self) -> str:
        if self.period == "quarter":
            return f"Q{self.start.quarter} {self.start.year}"
        return {"day": day(self.start), "week": f"the week of {day(self.start)}", "month": f"{self.start:%b %Y}", "year": f"{self.start.year}"}[self.period]

    @property
    def over(self) -> bool:
        """Whether the period judged ends after the due date."""
        return self.end > self.due


def explain(case: Case) -> Told:
    """Verdict and reason, in the order: no target, no period, a band, no start, then progress."""
    if pd.isna(case.due):
        return "not_assessable", "the plan gives no target"
    if math.isnan(case.value):
        return "not_assessable", _no_period(case)
    return _in_band(case) if case.better == "band" else _without_start(case) or _progress(case)


def _no_period(case: Case) -> str:
    if pd.isna(case.newest_start):
        return "no data yet"
    return f"no complete and settled {case.period} yet; the newest, from {day(case.newest_start)}, is {case.newest_completeness:.0%} complete"


def _in_band(case: Case) -> Told:
    inside = case.target_low <= case.value <= case.target_high
    where = f"{'inside' if inside else 'outside'} the band {number(case.target_low)} to {number(case.target_high)}"
    return ("behind" if not inside else "achieved" if case.over else "on_track"), f"{case.told}, {where}"


def _without_start(case: Case) -> Told | None:
    if math.isnan(case.baseline_value):
        span = f"{day(case.baseline_start)} to {day(case.baseline_end - pd.Timedelta(days=1))}"
        return "not_assessable", f"the baseline {span} is not whole: {case.baseline_known} of its {case.baseline_of} {case.period}s are complete"
    if case.start < case.baseline_end:
        return "not_assessable", f"no complete {case.period} after the baseline yet; the last one is {case.period_name}"
    return None


def _progress(case: Case) -> Told:
    met = case.value >= case.target_value if case.better == "up" else case.value <= case.target_value
    if met:
        return "achieved", f"{case.told}: the target of {case.goal} is met"
    if case.over:
        return "behind", f"{case.told}: the target of {case.goal} was not met"
    if math.isnan(case.ratio):
        return "not_assessable", f"no {case.path} path leads from {number(case.baseline_value)} to {case.goal}"
    verdict = "on_track" if case.ratio >= ON_TRACK else "at_risk" if case.ratio >= AT_RISK else "behind"
    return verdict, f"{case.told} against {number(case.expected)} expected on the {case.path} path to {case.goal}: {case.ratio:.2f} of the progress due"


def number(value: float) -> str:
    """A figure for people: whole from 100 on, four significant digits below."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else f"{value:,.4g}"


def day(moment: Day) -> str:
    return f"{moment.day} {moment:%b %Y}"
