"""How far a value may be trusted, in words that claim no more than the evidence."""

from reports.brief.inputs import JudgedIndicator
from transforms.formatting import MOST_PACE, number, pace_per_cent, rounded_probability
from transforms.judgement.hedges import HALF

GRADES = {
    "corrected": "counted; a reading that its neighbours contradict is passed over",
    "counted": "counted",
    "estimate_no_error": "estimated; how far it may be off is not known",
    "halved": "counted in both directions and halved",
    "hour_slice": "sessions, one per visitor and hour",
    "idle_30min": "visits that end after 30 minutes without activity",
    "implausible": "incomplete: implausible steps are left out",
    "incomplete": "incomplete: a part is missing",
    "partial": "incomplete: one delivery covered only part of a day",
    "prorated": "shared out over days",
    "provisional": "provisional: it may still change",
    "released": "released by a person after a check refused it",
    "reset": "incomplete: a counter started again",
    "rollover": "counted",
    "sampled": "estimated from the provider's sample; how far it may be off is not known",
    "thresholded": "incomplete: the provider withheld small numbers",
    "withdrawn": "of items of which some were withdrawn",
}
ESTIMATES = {"estimated": "estimated", "spliced": "estimated: made comparable across a break"}
"""Grades whose values carry an interval."""
MAY_BE_CHANCE = 0.1
"""From this p value on, a shortfall is said to be possibly chance."""


def progress_label(ratio: float | None) -> str:
    """Progress made over progress due, in per cent; in words where it is negative or beyond any comparison."""
    if ratio is None:
        return "-"
    if ratio > MOST_PACE:
        return f"over {MOST_PACE * 100:.0f} %"
    shown = pace_per_cent(ratio)
    return "wrong way" if shown < 0 else f"{shown} %"


def grade_phrase(indicator: JudgedIndicator) -> str:
    """The grade of the judged value in words; an estimate carries its 90 % interval."""
    grade = indicator.verdict["grade"]
    if grade not in ESTIMATES:
        return GRADES.get(str(grade), str(grade))
    ends = value_interval(indicator)
    if ends is None:
        return f"{ESTIMATES[grade]}, its interval is not known"
    return f"{ESTIMATES[grade]}, 90 % interval {number(ends[0])} to {number(ends[1])}"


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
    p = indicator.verdict["luck_p_value"]
    if p is None or p > HALF or indicator.is_over:
        return ""
    often = "fewer than 1 of 100 cases" if p < 0.01 else f"about {round(p * 100)} of 100 cases"
    meaning = ": this may well be chance" if may_be_chance(indicator) else ""
    return f"on its path it would fall this far short in {often}{meaning}"


def probability_phrase(indicator: JudgedIndicator) -> str:
    """The probability of meeting the target, with its record; empty where none is given."""
    verdict = indicator.verdict
    if verdict["probability"] is None:
        return ""
    cases, covered = verdict["probability_cases"] or 0, verdict["probability_covered"]
    record = "no past forecast of this length can be checked yet"
    if cases and covered is not None:
        held = round(covered * cases)
        record = f"{held} of {cases} past forecasts of this length held within their 80 % interval"
    return f"the probability of meeting the target is {rounded_probability(verdict['probability'])} ({record})"
