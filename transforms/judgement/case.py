"""The case of one indicator: the finding that gives its verdict."""

import math
from dataclasses import dataclass

import pandas as pd

from transforms.coverage import missing_cell_length
from transforms.judgement.findings import Fact, Facts, Finding, Findings, found
from transforms.pacing.pace import AT_RISK, ON_TRACK
from transforms.pacing.reached import SAME

Day = pd.Timestamp
ONE_DAY = pd.Timedelta(days=1)
NOT_ASSESSABLE = "not_assessable"


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one indicator. Figures are NaN and days NaT where unknown; ``start`` and ``end`` are the period
    judged, or the year so far; the other names are those of ``transforms.pacing.judged_span``."""

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
    def measured(self) -> dict[str, Fact]:
        """What is judged: the part of it that is known."""
        return {
            "value": self.value * self.coverage,
            "unit": self.unit,
            "period": self.period,
            "over": self.over,
            "start": self.start,
            "through": self.end - ONE_DAY,
            "partial": bool(self.coverage < 1),
        }

    @property
    def cell(self) -> str:
        return missing_cell_length(self.period, self.kind)

    @property
    def goal(self) -> dict[str, Fact]:
        return {"target": self.target_value, "due": self.due}

    @property
    def here(self) -> dict[str, Fact]:
        """What the target makes of this period, where that is not the target itself."""
        if self.scale == self.coverage == 1:
            return {}
        return {"needed": self.needed * self.coverage, **self.setting}

    @property
    def setting(self) -> dict[str, Fact]:
        """What sets this period, or the way through this year, apart from the plain path."""
        if self.path == "seasonal" and not self.seasons:
            return {"without_season": True}
        if self.seasons:
            share = None if self.yearly else self.scale
            return {"season_years": int(self.seasons), "season_share": share}
        unusual = not self.yearly and not math.isclose(self.open_share, 1, abs_tol=0.005)
        return {"open_share": self.open_share} if unusual else {}

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


def judge_case(case: Case) -> Findings:
    """The finding that gives the verdict, and what is told beside it.

    In the order: no target, no period, a band, no start, then progress.
    """
    main = _judged(case)
    if main.verdict == "not_assessable":
        return (main,)
    beside = []
    if main.code == "pace":
        beside.append(found("year_end", projected=case.projected))
    beside.append(found("missing", cell=case.cell, cells=case.missing))
    return (main, *(one for one in beside if "projected" in one.facts or "cells" in one.facts))


def _judged(case: Case) -> Finding:
    if pd.isna(case.due):
        return found("no_target", NOT_ASSESSABLE)
    if pd.notna(case.gap):
        return found("gap_in_year", NOT_ASSESSABLE, period=case.period, gap=case.gap)
    if math.isnan(case.value):
        known = {"newest": case.newest_start, "complete": case.newest_completeness}
        return found("no_period", NOT_ASSESSABLE, period=case.period, **known)
    if case.better == "band":
        return _in_band(case)
    return _without_start(case) or _backwards(case) or (_year(case) if case.yearly else _progress(case))


def _in_band(case: Case) -> Finding:
    low, high = case.target_low * case.scale, case.target_high * case.scale
    least = SAME * abs(case.value)
    inside = low - least <= case.value <= high + least
    met = case.due_met if case.due_is_past else inside
    verdict = "achieved" if met and case.over_due else "on_track" if met else "behind"
    return found(
        "inside_band" if met else "outside_band",
        verdict,
        case.measured,
        case.setting,
        low=low * case.coverage,
        high=high * case.coverage,
        now=inside,
        due=case.due if case.due_is_past else None,
    )


def _without_start(case: Case) -> Finding | None:
    if math.isnan(case.baseline_value):
        return found(
            "baseline_incomplete",
            NOT_ASSESSABLE,
            first=case.baseline_start,
            last=case.baseline_end - ONE_DAY,
            known=int(case.baseline_known),
            of=int(case.baseline_of),
            period=case.period,
        )
    if not case.start < case.baseline_end:  # NaT, without a baseline, is not before anything
        return None
    last = case.end - ONE_DAY if case.yearly else case.start
    return found("before_baseline_end", NOT_ASSESSABLE, period=case.period, over=case.over, last=last)


def _backwards(case: Case) -> Finding | None:
    if not case.backwards:
        return None
    return found(
        "target_met_by_baseline",
        NOT_ASSESSABLE,
        target=case.target_value,
        baseline=case.baseline_value,
        better=case.better,
    )


def _progress(case: Case) -> Finding:
    """Against the target where it is due, met for a year or over; else against the path."""
    if case.due_is_past:
        return _met_or_not(case, {"due_period": case.due_start}, met=case.due_met)
    if case.over_due:
        return _met_or_not(case, case.here)
    if case.met and (case.period == "year" or case.held):
        return found("level_held", "achieved", case.measured, case.goal, case.here)
    if not case.met:
        return _paced(case)
    verdict = "on_track" if math.isnan(case.ratio) else _by_ratio(case.ratio)
    return found("level_reached", verdict, case.measured, case.goal, case.here)


def _met_or_not(case: Case, facts: Facts | None = None, *, met: bool | None = None) -> Finding:
    """What counts is the period that held the due day; whether the target is met now is told beside it."""
    reached = case.met if met is None else met
    code, verdict = ("target_met", "achieved") if reached else ("target_missed", "behind")
    return found(code, verdict, case.measured, case.goal, facts or {}, better=case.better, now=case.met)


def _year(case: Case) -> Finding:
    last = case.steps_left == 0
    certain = case.met if case.better == "up" else not case.met
    if last and (case.over_due or (certain and case.kind == "flow" and case.better == "up")):
        return _met_or_not(case)
    if last and certain and case.kind == "flow":
        return _met_or_not(case, {"exceeded": True})
    return _paced(case)


def _paced(case: Case) -> Finding:
    if math.isnan(case.ratio):
        base = case.baseline_value
        return found("no_path", NOT_ASSESSABLE, case.goal, path=case.path_name, baseline=base, over=case.over)
    of_year = None if case.kind == "rate" or not case.yearly else case.share
    return found(
        "pace",
        _by_ratio(case.ratio),
        case.measured,
        case.goal,
        case.setting,
        expected=case.expected * case.coverage,
        ratio=case.ratio,
        path=case.path_name,
        of_year=of_year,
        is_step=case.yearly and case.steps_left > 0,
    )


def _by_ratio(ratio: float) -> str:
    return "on_track" if ratio >= ON_TRACK else "at_risk" if ratio >= AT_RISK else "behind"
