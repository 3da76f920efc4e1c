"""The case of one indicator: its verdict and the one sentence that says why."""

import math
from dataclasses import dataclass

import pandas as pd

from transforms.formatting import day, number
from transforms.pacing.pace import AT_RISK, ON_TRACK

Day = pd.Timestamp
ONE_DAY = pd.Timedelta(days=1)
Told = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one indicator. Figures are NaN and days NaT where unknown; ``start`` and ``end`` are the period
    judged, or the year so far; the other names are those of ``transforms.pacing.standing``."""

    unit: str
    kind: str
    period: str
    better: str
    over: str
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
    needed: float
    ratio: float
    open_share: float
    scale: float
    seasons: float
    share: float
    gap: Day
    steps_left: float
    projected: float
    newest_start: Day
    newest_completeness: float

    @property
    def yearly(self) -> bool:
        return self.over == "year"

    @property
    def told(self) -> str:
        span = self.span_name if self.yearly else f"in {period_name(self.period, self.start)}"
        return f"{number(self.value)} {self.unit} {span}"

    @property
    def span_name(self) -> str:
        """The part of the year that is counted, by its first and last period."""
        first, last = (period_name(self.period, one) for one in (self.start, self.end - pd.Timedelta(days=1)))
        if self.period in {"month", "quarter"} and first[-5:] == last[-5:]:
            first = first if first == last else first[:-5]
        return f"in {first}" if first == last else f"from {first} to {last}"

    @property
    def goal(self) -> str:
        return f"{number(self.target_value)} {'in the year to' if self.yearly else 'by'} {day(self.due)}"

    @property
    def path_name(self) -> str:
        return "linear" if self.path == "seasonal" and not self.seasons else self.path

    @property
    def over_due(self) -> bool:
        """Whether what is judged ends after the due date."""
        return self.end > self.due

    @property
    def met(self) -> bool:
        return self.value >= self.needed if self.better == "up" else self.value <= self.needed


def explain(case: Case) -> Told:
    """Verdict and reason, in the order: no target, no period, a band, no start, then progress."""
    if pd.isna(case.due):
        return "not_assessable", "the plan gives no target"
    if pd.notna(case.gap):
        gap = period_name(case.period, case.gap)
        return "not_assessable", f"{gap} is not complete, so the year has no total yet: what is missing is not zero"
    if math.isnan(case.value):
        return "not_assessable", _no_period(case)
    if case.better == "band":
        return _in_band(case)
    return _without_start(case) or (_year(case) if case.yearly else _progress(case))


def _no_period(case: Case) -> str:
    if pd.isna(case.newest_start):
        return "no data yet"
    newest = f"the newest, from {day(case.newest_start)}, is {case.newest_completeness:.0%} complete"
    return f"no complete and settled {case.period} yet; {newest}"


def _in_band(case: Case) -> Told:
    low, high = case.target_low * case.scale, case.target_high * case.scale
    inside = low <= case.value <= high
    where = f"{'inside' if inside else 'outside'} the band {number(low)} to {number(high)}{_apart(case)}"
    return ("behind" if not inside else "achieved" if case.over_due else "on_track"), f"{case.told}, {where}"


def _without_start(case: Case) -> Told | None:
    if math.isnan(case.baseline_value):
        span = f"{day(case.baseline_start)} to {day(case.baseline_end - pd.Timedelta(days=1))}"
        known = f"{case.baseline_known} of its {case.baseline_of} {case.period}s are complete"
        return "not_assessable", f"the baseline {span} is not whole: {known}"
    if not case.start < case.baseline_end:  # NaT, without a baseline, is not before anything
        return None
    last = f"the last one is {period_name(case.period, case.end - ONE_DAY if case.yearly else case.start)}"
    if case.yearly:
        return "not_assessable", f"no complete {case.period} yet of a year after the baseline; {last}"
    return "not_assessable", f"no complete {case.period} after the baseline yet; {last}"


def _progress(case: Case) -> Told:
    here = "" if case.scale == 1 else f", {number(case.needed)} in this {case.period}{_apart(case)},"
    if case.met:
        return "achieved", f"{case.told}: the target of {case.goal}{here} is met"
    if case.over_due:
        return "behind", f"{case.told}: the target of {case.goal}{here} was not met"
    return _paced(case, f"expected on the {case.path_name} path to {case.goal}{_apart(case)}")


def _year(case: Case) -> Told:
    last = case.steps_left == 0
    if last and case.met and (case.over_due or (case.better == "up" and case.kind == "flow")):
        return "achieved", f"{case.told}: the target of {case.goal} is met"
    if last and case.over_due:
        return "behind", f"{case.told}: the target of {case.goal} was not met"
    if last and not case.met and case.better == "down" and case.kind == "flow":
        return "behind", f"{case.told}: more already than the target of {case.goal} allows"
    behind = "" if case.kind == "rate" else f" ({case.share:.0%} of the year)"
    on_the_way = "" if last else ", for which this year is a step on the way"
    verdict, reason = _paced(
        case, f"expected by then{behind} on the {case.path_name} path to {case.goal}{on_the_way}{_apart(case)}"
    )
    return verdict, reason if math.isnan(
        case.projected
    ) else f"{reason}; at this pace the year ends at about {number(case.projected)}"


def _paced(case: Case, way: str) -> Told:
    if math.isnan(case.ratio):
        return "not_assessable", f"no {case.path_name} path leads from {number(case.baseline_value)} to {case.goal}"
    verdict = "on_track" if case.ratio >= ON_TRACK else "at_risk" if case.ratio >= AT_RISK else "behind"
    progress = (
        f"{case.ratio:.2f} of the progress due"
        if case.ratio >= 0
        else "it has moved away from the target since the baseline"
    )
    return verdict, f"{case.told} against {number(case.expected)} {way}: {progress}"


def _apart(case: Case) -> str:
    """What sets this period, or the way through this year, apart from the plain path."""
    if case.path == "seasonal" and not case.seasons:
        return " (linear, for no complete year before shows the season)"
    if case.seasons:
        years = f"by the season of {case.seasons:.0f} complete year{'s' if case.seasons > 1 else ''}"
        return f" ({years})" if case.yearly else f" ({case.scale:.2f} of an average {case.period} {years})"
    unusual = not case.yearly and not math.isclose(case.open_share, 1, abs_tol=0.005)
    return f" (with {case.open_share:.0%} of its usual open days)" if unusual else ""


def period_name(period: str, start: Day) -> str:
    if period == "quarter":
        return f"Q{start.quarter} {start.year}"
    return {"day": day(start), "week": f"the week of {day(start)}", "month": f"{start:%b %Y}", "year": f"{start.year}"}[
        period
    ]
