"""What cannot be claimed, and why: withheld verdicts, breaks, wide intervals, luck, incomplete values, open effects."""

from collections.abc import Iterator
from datetime import date

from reports.brief.citation import (
    Citation,
    Reference,
    cite_break,
    cite_effect,
    cite_effects,
    cite_indicator,
    cite_verdicts,
)
from reports.brief.evidence import ESTIMATES, GRADES, value_interval
from reports.brief.inputs import (
    MOST_NAMED,
    SENTENCE,
    BriefInputs,
    JudgedIndicator,
    count_noun,
    format_day,
    list_titles,
    one_line,
    with_full_stop,
)
from reports.brief.summary import by_severity
from reports.language import english
from reports.sentences import effect
from transforms.formatting import number

LONGEST_LIST = 120
UNQUALIFIED = {"counted", "halved", "hour_slice", "idle_30min", "prorated", "released", "rollover"}
"""Grades that say how a value was counted and take nothing from it."""
ERROR_UNKNOWN = {"estimate_no_error", "sampled"}
ASSOCIATED = {"associated_rise", "associated_fall"}


def limits(inputs: BriefInputs) -> list[Citation]:
    """The most important first."""
    ranked = by_severity(inputs.indicators)
    by_indicator = (_breaks, _wide_intervals, _luck, _incomplete_values)
    return [
        *_withheld_verdicts(ranked),
        *_old_data(inputs, ranked),
        *(one for limits_of in by_indicator for one in limits_of(ranked)),
        *_effects(inputs),
        *_missing_probabilities(inputs, ranked),
        *_without_target(inputs),
    ]


def _withheld_verdicts(ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    """One sentence for all that have the same reason."""
    by_reason: dict[str, list[JudgedIndicator]] = {}
    for one in ranked:
        if one.verdict["verdict"] == "not_assessable":
            by_reason.setdefault(one.reason, []).append(one)
    for reason, indicators in by_reason.items():
        subject = f"{indicators[0].title} is" if len(indicators) == 1 else f"{list_titles(indicators)} are"
        yield Citation(f"Whether {subject} on track: {with_full_stop(reason)}", _cite_all(indicators))


def _old_data(inputs: BriefInputs, ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    """Verdicts on data older than the plan asks for; one sentence for all whose data end on the same day."""
    by_end: dict[date, list[JudgedIndicator]] = {}
    for one in ranked:
        ends = [row["data_through"] for row in inputs.sources_of(one) if not row["fresh"] and row["data_through"]]
        if one.value and ends:
            by_end.setdefault(min(ends), []).append(one)
    for end, indicators in by_end.items():
        title = indicators[0].title if len(indicators) == 1 else list_titles(indicators)
        text = f"The current state of {title}: the data end on {format_day(end)}, and the verdict is as of that day."
        yield Citation(text, _cite_all(indicators))


def _breaks(ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    """The newest break of each indicator, unless a withheld verdict names it; one sentence for each day and reason."""
    by_break: dict[tuple[object, ...], list[JudgedIndicator]] = {}
    for one in (one for one in ranked if not one.withheld_by_break):
        for row in one.breaks[-1:]:
            by_break.setdefault((row["day"], one_line(row["reason"], SENTENCE), row["spliced"]), []).append(one)
    for (_, reason, spliced), indicators in by_break.items():
        effect = "values before and after cannot be compared"
        if spliced:
            effect = "values before it are made comparable by a factor, which is estimated"
        single = len(indicators) == 1
        subject, verb = (indicators[0].title, "it means") if single else (list_titles(indicators), "they mean")
        day = format_day(indicators[0].breaks[-1]["day"])
        text = f"{subject}: since {day} {verb} something else ({reason}); {effect}."
        yield Citation(text, tuple(cite_break(one, one.breaks[-1]) for one in indicators[:MOST_NAMED]))


def _wide_intervals(ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    """Estimates that may lie on either side of the path, or whose error is not known."""
    for one in ranked:
        ends, expected, grade = value_interval(one), one.verdict["expected"], one.verdict["grade"]
        if ends and expected is not None and grade in ESTIMATES and ends[0] <= expected <= ends[1]:
            interval = (
                f"its 90 % interval, {number(ends[0])} to {number(ends[1])}, includes the {number(expected)} expected"
            )
            text = f"{one.title}: {interval}, so it may lie on either side of its path."
            yield Citation(text, (cite_indicator(one),))
        elif grade in ERROR_UNKNOWN:
            yield Citation(f"{one.title}: {GRADES[grade]}.", (cite_indicator(one),))


def _luck(ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    """Shortfalls that luck may explain, by the alert."""
    behind = [one for one in ranked if one.verdict["verdict"] == "behind"]
    unknown = [one for one in behind if one.verdict["luck_p_value"] is None]
    if unknown:
        text = f"Whether more than luck explains the shortfall of {list_titles(unknown)}: too little history is known."
        yield Citation(text, _cite_all(unknown))
    possible = [one for one in behind if one.verdict["luck_p_value"] is not None and one.verdict["alert"] != "firing"]
    if possible:
        text = f"That more than luck explains the shortfall of {list_titles(possible)}: no alert is active."
        yield Citation(text, _cite_all(possible))


def _incomplete_values(ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    by_grade: dict[str, list[JudgedIndicator]] = {}
    for one in ranked:
        grade = one.verdict["grade"]
        if one.value and grade not in UNQUALIFIED | ERROR_UNKNOWN | set(ESTIMATES):
            by_grade.setdefault(grade, []).append(one)
    for grade, indicators in by_grade.items():
        text = f"The exact value of {list_titles(indicators)}: {GRADES.get(grade, grade)}."
        yield Citation(text, _cite_all(indicators))


def _effects(inputs: BriefInputs) -> Iterator[Citation]:
    open_cases = [row for row in inputs.effects if row["verdict"] not in ASSOCIATED]
    if not open_cases:
        return
    first, total = open_cases[0], len(inputs.effects)
    activity = one_line(inputs.activities[first["activity_id"]]["title"])
    why = one_line(effect(first, english(), verdict=first["verdict"] != "cannot_tell"), SENTENCE)
    example = f"'{activity}' on {inputs.title_of(first['indicator_id'])}: {why}"
    cases = f"in {len(open_cases)} of {total} cases" if total > 1 else "in the one case"
    such_as = "such as " if len(open_cases) > 1 else ""
    text = f"That an activity moved a number: {cases} no effect can be shown, {such_as}{example}."
    yield Citation(text, (cite_effects(inputs.effects), cite_effect(first)))


def _missing_probabilities(inputs: BriefInputs, ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    decided = {"achieved", "not_assessable"}
    open_ = [one for one in ranked if not one.is_over and one.verdict["verdict"] not in decided]
    without = [one for one in open_ if one.verdict["probability"] is None]
    if without:
        text = f"How likely it is that {list_titles(without)} will meet the target: no probability is given."
        yield Citation(text, (cite_verdicts(inputs),))


def _without_target(inputs: BriefInputs) -> Iterator[Citation]:
    others = [one for one in inputs.indicators if not one.has_target]
    if not others or len(others) == len(inputs.indicators):
        return
    title, more = others[0].title, len(others) - 1
    text = f"Whether {title} is doing well: it has no target."
    if more:
        text = f"Whether {title} and {count_noun(more, 'other')} are doing well: they have no target."
    yield Citation(text, (cite_verdicts(inputs),))


def _cite_all(indicators: list[JudgedIndicator]) -> tuple[Reference, ...]:
    """A reference for each indicator that is named, and one for all others."""
    named = tuple(map(cite_indicator, indicators[:MOST_NAMED]))
    others = ", ".join(one.row["indicator_id"] for one in indicators[MOST_NAMED:])
    return (*named, Reference(one_line(f"verdicts.parquet: also {others}", LONGEST_LIST))) if others else named
