"""How far a value may be trusted, in words that claim no more than the evidence."""

from reports.brief.inputs import JudgedIndicator
from reports.outlook_phrases import chance
from transforms.formatting import MOST_PACE, pace_per_cent
from transforms.judgement.hedges import HALF

GRADES = frozenset(
    {
        *("corrected", "counted", "estimate_no_error", "halved", "hour_slice", "idle_30min", "implausible"),
        *("incomplete", "partial", "prorated", "provisional", "released", "reset", "rollover", "sampled"),
        *("thresholded", "withdrawn"),
    }
)
"""Grades whose words are a text of their own."""
ESTIMATES = frozenset({"estimated", "spliced"})
"""Grades whose values carry an interval."""
UNQUALIFIED = frozenset({"counted", "halved", "hour_slice", "idle_30min", "prorated", "released", "rollover"})
"""Grades that say how a value was counted and take nothing from it."""
MAY_BE_CHANCE = 0.1
"""From this p value on, a shortfall is said to be possibly chance."""


def progress_phrase(indicator: JudgedIndicator) -> str:
    """Progress made as a share of the progress due, in per cent; empty where it is unknown or no longer matters."""
    ratio, t = indicator.verdict["pace_ratio"], indicator.t
    if ratio is None or ratio < 0 or indicator.verdict["verdict"] == "achieved":
        return ""
    share = t("percent", value=pace_per_cent(ratio))
    if ratio > MOST_PACE:
        share = t("pace.beyond", value=round(MOST_PACE * 100))
    return t("brief.progress", progress=share)


def grade_name(indicator: JudgedIndicator) -> str:
    """The grade of the judged value in words, without an interval."""
    grade = str(indicator.verdict["grade"])
    return indicator.t(f"brief.grade.{grade}") if grade in GRADES | ESTIMATES else grade


def grade_phrase(indicator: JudgedIndicator) -> str:
    """The grade of the judged value in words; an estimate carries its 90 % interval."""
    name, t = grade_name(indicator), indicator.t
    if indicator.verdict["grade"] not in ESTIMATES:
        return name
    ends = value_interval(indicator)
    if ends is None:
        return t("brief.grade.no_interval", grade=name)
    return t("brief.grade.interval", grade=name, low=t.number(ends[0]), high=t.number(ends[1]))


def value_interval(indicator: JudgedIndicator) -> tuple[float, float] | None:
    """The 90 % interval of the judged value; None where it is not known, as for a part of a year."""
    judged = indicator.judged_period
    if judged is None or indicator.row["over"] == "year":
        return None
    low, high = judged["value_low"], judged["value_high"]
    return None if low is None or high is None else (low, high)


def may_be_chance(indicator: JudgedIndicator) -> bool:
    """Whether luck alone brings as large a shortfall so often that it may well be chance."""
    return not indicator.is_over and (indicator.verdict["luck_p_value"] or 0.0) >= MAY_BE_CHANCE


def luck_phrase(indicator: JudgedIndicator) -> str:
    """How often luck brings as large a shortfall, and what that means; empty where it is not known."""
    p, t = indicator.verdict["luck_p_value"], indicator.t
    if p is None or p > HALF or indicator.is_over:
        return ""
    often = t("brief.luck.seldom") if p < 0.01 else t("brief.luck", count=round(p * 100))
    return t("brief.luck.chance", luck=often) if may_be_chance(indicator) else often


def probability_phrase(indicator: JudgedIndicator) -> str:
    """The probability of meeting the target, with its record; empty where none is given."""
    verdict, t = indicator.verdict, indicator.t
    if verdict["probability"] is None:
        return ""
    cases, covered = verdict["probability_cases"] or 0, verdict["probability_covered"]
    record = t("record.none")
    if cases and covered is not None:
        record = t("record.some", held=t.whole(round(covered * cases)), cases=t.whole(cases))
    return t("brief.probability", probability=chance(verdict["probability"], t), record=record)
