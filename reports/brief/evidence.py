"""How far a figure may be trusted, in words that claim no more."""

from reports.brief.inputs import JudgedIndicator
from transforms.formatting import number, rounded_probability

GRADES = {
    "counted": "counted",
    "estimate_no_error": "estimated; how far it may be off is not known",
    "halved": "counted in both directions and halved",
    "hour_slice": "sessions, one per visitor and hour",
    "idle_30min": "visits that end after 30 minutes of silence",
    "implausible": "incomplete: steps that are not believed are left out",
    "incomplete": "incomplete: some days or hours are missing",
    "partial": "incomplete: one delivery held a part of a day",
    "prorated": "shared out by days",
    "provisional": "provisional: it may still change",
    "released": "let through by a person after a check refused it",
    "reset": "incomplete: a counter started again",
    "rollover": "counted",
    "sampled": "estimated from the provider's sample; how far it may be off is not known",
    "thresholded": "incomplete: the provider withheld small numbers",
    "withdrawn": "of items of which some were taken back",
}
ESTIMATES = {"estimated": "estimated", "spliced": "estimated: brought to what the number means since a break"}
"""Grades that carry an interval."""
MAY_BE_CHANCE = 0.1
"""From so often on a shortfall is said to be what chance may bring."""


def progress_label(ratio: float | None) -> str:
    """Progress made over progress due, in per cent; less than none is the wrong way."""
    return "-" if ratio is None else "wrong way" if ratio < 0 else f"{ratio * 100:,.0f} %"


def grade_phrase(one: JudgedIndicator) -> str:
    """The grade of the judged value in words; an estimate carries its 90 % interval."""
    grade = one.verdict["grade"]
    if grade not in ESTIMATES:
        return GRADES.get(str(grade), str(grade))
    ends = value_interval(one)
    return f"{ESTIMATES[grade]}, {'its interval is not known' if ends is None else f'90 % interval {number(ends[0])} to {number(ends[1])}'}"


def value_interval(one: JudgedIndicator) -> tuple[float, float] | None:
    """The 90 % interval of the value judged; none where it is not known, as of a part of a year."""
    judged = one.judged_period
    if judged is None or one.row["over"] == "year" or judged["value_low"] is None or judged["value_high"] is None:
        return None
    return judged["value_low"], judged["value_high"]


def luck_phrase(one: JudgedIndicator) -> str:
    """How often luck brings as large a shortfall, and what that means; empty where that cannot be told."""
    p = one.verdict["luck_p_value"]
    if p is None:
        return ""
    often = "fewer than 1 in 100 cases" if p < 0.01 else f"about {round(p * 100)} in 100 cases"
    meaning = ": this may well be chance" if p >= MAY_BE_CHANCE else ""
    return f"on its path it would fall as far short in {often}{meaning}"


def probability_phrase(one: JudgedIndicator) -> str:
    """The probability of meeting the target with its record; empty where none is given."""
    verdict = one.verdict
    if verdict["probability"] is None:
        return ""
    cases, covered = verdict["probability_cases"] or 0, verdict["probability_covered"]
    record = "no past forecast of this length can be checked yet"
    if cases and covered is not None:
        record = f"of {cases} past forecasts of this length {round(covered * cases)} held within their 80 % interval"
    return f"the probability of meeting the target is {rounded_probability(verdict['probability'])} ({record})"
