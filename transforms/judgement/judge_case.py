"""The finding that gives one indicator its verdict."""

import math

import pandas as pd

from transforms.arrays import SAME
from transforms.findings import Facts, Finding, Findings, found
from transforms.judgement.case import ONE_DAY, Case
from transforms.pacing.pace import AT_RISK, ON_TRACK

NOT_ASSESSABLE = "not_assessable"


def judge_case(case: Case) -> Findings:
    """The finding that gives the verdict, and what is told beside it.

    In the order: no target, no period, a band, no start, no season, then progress.
    """
    main = _judged(case)
    if main.verdict == "not_assessable":
        return (main,)
    beside = []
    if case.now:
        beside.append(found("since_due", None, case.now, was=main.verdict == "achieved", met=case.now_met))
    if main.code == "pace":
        beside.append(found("year_end", projected=case.projected))
    beside.append(found("missing", cell=case.cell, cells=case.missing))
    return (main, *(one for one in beside if {"projected", "cells", "value"} & one.facts.keys()))


def _judged(case: Case) -> Finding:
    if pd.isna(case.due):
        return found("no_target", NOT_ASSESSABLE)
    if pd.notna(case.gap):
        return found("gap_in_year", NOT_ASSESSABLE, period=case.period, gap=case.gap)
    if math.isnan(case.value):
        known = {"newest": case.newest_start, "complete": case.newest_completeness}
        return found("no_period", NOT_ASSESSABLE, period=case.period, **known)
    if case.over_due and not case.yearly and not case.due_known:
        return found("due_unknown", NOT_ASSESSABLE, case.measured, due=case.due)
    if case.better == "band":
        return _in_band(case)
    return (
        _without_start(case)
        or _backwards(case)
        or _without_season(case)
        or (_year(case) if case.yearly else _progress(case))
    )


def _in_band(case: Case) -> Finding:
    low, high = case.target_low * case.scale, case.target_high * case.scale
    least = SAME * abs(case.value)
    inside = low - least <= case.value <= high + least
    verdict = "achieved" if inside and case.over_due else "on_track" if inside else "behind"
    band = {"low": low * case.coverage, "high": high * case.coverage}
    return found("inside_band" if inside else "outside_band", verdict, case.measured, case.setting, band)


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


def _without_season(case: Case) -> Finding | None:
    return found("no_season", NOT_ASSESSABLE) if case.season_unknown else None


def _progress(case: Case) -> Finding:
    """Against the target where it is due, met for a year or over; else against the path."""
    if case.over_due:
        return _met_or_not(case, case.here)
    if case.met and (case.period == "year" or case.held):
        return found("level_held", "achieved", case.measured, case.goal, case.here)
    if not case.met:
        return _paced(case)
    verdict = "on_track" if math.isnan(case.ratio) else _by_ratio(case.ratio)
    return found("level_reached", verdict, case.measured, case.goal, case.here)


def _met_or_not(case: Case, facts: Facts | None = None) -> Finding:
    code, verdict = ("target_met", "achieved") if case.met else ("target_missed", "behind")
    return found(code, verdict, case.measured, case.goal, facts or {}, better=case.better)


def _year(case: Case) -> Finding:
    last = case.steps_left == 0
    certain = case.met if case.better == "up" else not case.met
    if last and (case.over_due or (certain and case.kind == "flow" and case.better == "up")):
        return _met_or_not(case, case.here)
    if last and certain and case.kind == "flow":
        return _met_or_not(case, {**case.here, "exceeded": True})
    return _paced(case)


def _paced(case: Case) -> Finding:
    if math.isnan(case.ratio):
        base = case.baseline_value
        return found("no_path", NOT_ASSESSABLE, case.goal, path=case.path, baseline=base, over=case.over)
    of_year = None if case.kind == "rate" or not case.yearly else case.share
    return found(
        "pace",
        _by_ratio(case.ratio),
        case.measured,
        case.goal,
        case.setting,
        expected=case.expected * case.coverage,
        ratio=case.ratio,
        path=case.path,
        of_year=of_year,
        is_step=case.yearly and case.steps_left > 0,
    )


def _by_ratio(ratio: float) -> str:
    return "on_track" if ratio >= ON_TRACK else "at_risk" if ratio >= AT_RISK else "behind"
