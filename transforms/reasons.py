"""The case of one indicator: its verdict and the one sentence that says why."""

import math
from dataclasses import dataclass

import pandas as pd

from transforms.findings import Finding
from transforms.formatting import day, number, progress_made
from transforms.pacing.pace import AT_RISK, ON_TRACK
from transforms.pacing.reached import SAME
from transforms.period_names import missing_names, period_name

Day = pd.Timestamp
ONE_DAY = pd.Timedelta(days=1)


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
    coverage: float
    missing: tuple[str, ...]
    expected: float
    needed: float
    ratio: float
    open_share: float
    scale: float
    seasons: float
    share: float
    gap: Day
    steps_left: float
    held: bool
    due_start: Day
    due_met: bool
    projected: float
    newest_start: Day
    newest_completeness: float

    @property
    def yearly(self) -> bool:
        return self.over == "year"

    @property
    def told(self) -> str:
        span = self.span_name if self.yearly else f"in {period_name(self.period, self.start)}"
        span = f"in the known part of {span.removeprefix('in ').removeprefix('from ')}" if self.coverage < 1 else span
        return f"{self.shown(self.value)} {self.unit} {span}"

    def shown(self, figure: float) -> str:
        """A figure of the whole span as it is shown: of the part that is known."""
        return number(figure * self.coverage)

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
        least = SAME * abs(self.value)
        return self.value >= self.needed - least if self.better == "up" else self.value <= self.needed + least

    @property
    def due_is_past(self) -> bool:
        """Whether the period that holds the due day is known and lies before the one judged."""
        return pd.notna(self.due_start) and self.due_start < self.start

    @property
    def backwards(self) -> bool:
        """Whether the target is worse than the baseline."""
        way = self.target_value - self.baseline_value
        return way < 0 if self.better == "up" else way > 0


def explain(case: Case) -> Finding:
    """In the order: no target, no period, a band, no start, then progress."""
    found = _judged(case)
    if not case.missing or found.verdict == "not_assessable":
        return found
    return found._replace(reason=f"{found.reason}; missing: {missing_names(case.period, case.missing)}")


def _judged(case: Case) -> Finding:
    if pd.isna(case.due):
        return Finding("not_assessable", "no_target", "the plan gives no target")
    if pd.notna(case.gap):
        gap = period_name(case.period, case.gap)
        why = f"{gap} is not complete, so the year has no total yet: what is missing is not zero"
        return Finding("not_assessable", "gap_in_year", why)
    if math.isnan(case.value):
        return Finding("not_assessable", "no_period", _no_period(case))
    if case.better == "band":
        return _in_band(case)
    return _without_start(case) or _backwards(case) or (_year(case) if case.yearly else _progress(case))


def _no_period(case: Case) -> str:
    if pd.isna(case.newest_start):
        return "no data yet"
    newest = f"the newest, from {day(case.newest_start)}, is {case.newest_completeness:.0%} complete"
    return f"no complete and settled {case.period} yet; {newest}"


def _in_band(case: Case) -> Finding:
    low, high = case.target_low * case.scale, case.target_high * case.scale
    least = SAME * abs(case.value)
    inside = low - least <= case.value <= high + least
    where = f"{'inside' if inside else 'outside'} the band {case.shown(low)} to {case.shown(high)}{_apart(case)}"
    met = case.due_met if case.due_is_past else inside
    since = f"; it was {'inside' if met else 'outside'} on {day(case.due)}, when it was due" if case.due_is_past else ""
    verdict = "achieved" if met and case.over_due else "on_track" if met else "behind"
    return Finding(verdict, "inside_band" if met else "outside_band", f"{case.told}, {where}{since}")


def _without_start(case: Case) -> Finding | None:
    if math.isnan(case.baseline_value):
        span = f"{day(case.baseline_start)} to {day(case.baseline_end - pd.Timedelta(days=1))}"
        known = f"{case.baseline_known} of its {case.baseline_of} {case.period}s are complete"
        return Finding("not_assessable", "baseline_incomplete", f"the baseline {span} is not whole: {known}")
    if not case.start < case.baseline_end:  # NaT, without a baseline, is not before anything
        return None
    last = f"the last one is {period_name(case.period, case.end - ONE_DAY if case.yearly else case.start)}"
    if case.yearly:
        why = f"no complete {case.period} yet of a year after the baseline; {last}"
    else:
        why = f"no complete {case.period} after the baseline yet; {last}"
    return Finding("not_assessable", "before_baseline_end", why)


def _backwards(case: Case) -> Finding | None:
    if not case.backwards:
        return None
    wanted, side = ("more", "below") if case.better == "up" else ("less", "above")
    why = (
        f"the target of {number(case.target_value)} lies {side} the baseline of {number(case.baseline_value)}, "
        f"although {wanted} is better: the baseline already meets it; correct 'better' or the target"
    )
    return Finding("not_assessable", "target_met_by_baseline", why)


def _progress(case: Case) -> Finding:
    """Against the target where it is due, met for a year or over; else against the path."""
    part = "" if case.coverage == 1 else "the known part of "
    plain = case.scale == case.coverage == 1
    here = "" if plain else f", {case.shown(case.needed)} in {part}this {case.period}{_apart(case)},"
    target = f"the target of {case.goal}{here}"
    if case.due_is_past:
        return _after_the_due_day(case, f"the target of {case.goal}")
    if case.over_due:
        return _met_or_not(case, target)
    if case.met and (case.period == "year" or case.held):
        held = "" if case.period == "year" else ", and has been for a year"
        return Finding("achieved", "level_held", f"{case.told}: {target} is met{held}")
    if not case.met:
        return _paced(case, f"expected on the {case.path_name} path to {case.goal}{_apart(case)}")
    verdict = "on_track" if math.isnan(case.ratio) else _by_ratio(case.ratio)
    level = f"the level of {case.goal}{here} is reached"
    return Finding(verdict, "level_reached", f"{case.told}: {level}; to be met, it must hold")


def _met_or_not(case: Case, target: str) -> Finding:
    if case.met:
        return Finding("achieved", "target_met", f"{case.told}: {target} is met")
    return Finding("behind", "target_missed", f"{case.told}: {target} was not met")


def _after_the_due_day(case: Case, target: str) -> Finding:
    """What counts is the period that held the due day; what came later is told beside it."""
    due = period_name(case.period, case.due_start)
    if case.due_met:
        since = "and still is" if case.met else "it is lower since" if case.better == "up" else "it is higher since"
        return Finding("achieved", "target_met", f"{target} was met in {due}; {since}: {case.told}")
    since = "it has been reached since" if case.met else "it is not reached yet"
    return Finding("behind", "target_missed", f"{target} was not met in {due}; {since}: {case.told}")


def _year(case: Case) -> Finding:
    last = case.steps_left == 0
    certain = case.met if case.better == "up" else not case.met
    if last and (case.over_due or (certain and case.kind == "flow" and case.better == "up")):
        return _met_or_not(case, f"the target of {case.goal}")
    if last and certain and case.kind == "flow":
        return Finding("behind", "target_missed", f"{case.told}: more already than the target of {case.goal} allows")
    behind = "" if case.kind == "rate" else f" ({case.share:.0%} of the year)"
    on_the_way = "" if last else ", for which this year is a step on the way"
    way = f"expected by then{behind} on the {case.path_name} path to {case.goal}{on_the_way}{_apart(case)}"
    found = _paced(case, way)
    if math.isnan(case.projected):
        return found
    return found._replace(reason=f"{found.reason}; at this pace the year ends at about {number(case.projected)}")


def _paced(case: Case, way: str) -> Finding:
    if math.isnan(case.ratio):
        why = f"no {case.path_name} path leads from {number(case.baseline_value)} to {case.goal}"
        return Finding("not_assessable", "no_path", why)
    progress = f"{case.told} against {case.shown(case.expected)} {way}: {progress_made(case.ratio)}"
    return Finding(_by_ratio(case.ratio), "pace", progress)


def _by_ratio(ratio: float) -> str:
    return "on_track" if ratio >= ON_TRACK else "at_risk" if ratio >= AT_RISK else "behind"


def _apart(case: Case) -> str:
    """What sets this period, or the way through this year, apart from the plain path."""
    if case.path == "seasonal" and not case.seasons:
        return " (linear, for no complete year before shows the season)"
    if case.seasons:
        years = f"by the season of {case.seasons:.0f} complete year{'s' if case.seasons > 1 else ''}"
        return f" ({years})" if case.yearly else f" ({case.scale:.2f} of an average {case.period} {years})"
    unusual = not case.yearly and not math.isclose(case.open_share, 1, abs_tol=0.005)
    return f" (with {case.open_share:.0%} of its usual open days)" if unusual else ""
