"""What cannot be claimed: verdicts withheld, breaks, wide intervals, luck, numbers that are not whole, effects that cannot be told."""

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
from transforms.formatting import number

LONGEST_LIST = 120
WHOLE = {"counted", "halved", "hour_slice", "idle_30min", "prorated", "released", "rollover"}
"""Grades that take nothing from a claim but how it was counted."""
ASSOCIATED = {"associated_rise", "associated_fall"}


def limits(known: BriefInputs) -> list[Citation]:
    """The most important first."""
    ranked = by_severity(known.indicators)
    of_indicators = (_breaks, _wide, _luck, _not_whole)
    told = (one for kind in of_indicators for one in kind(ranked))
    return [
        *_withheld(ranked),
        *_old(known, ranked),
        *told,
        *_effects(known),
        *_no_chance(known, ranked),
        *_untold(known),
    ]


def _withheld(ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    """Those of one reason together."""
    by_reason: dict[str, list[JudgedIndicator]] = {}
    for one in ranked:
        if one.verdict["verdict"] == "not_assessable":
            by_reason.setdefault(one.reason, []).append(one)
    for reason, those in by_reason.items():
        named = f"{those[0].title} is on its way" if len(those) == 1 else f"{list_titles(those)} are on their way"
        yield Citation(f"Whether {named}: {with_full_stop(reason)}", _cited(those))


def _old(known: BriefInputs, ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    """What is judged of figures older than the plan asks for; those of one end together."""
    by_end: dict[date, list[JudgedIndicator]] = {}
    for one in ranked:
        ends = [row["data_through"] for row in known.sources_of(one) if not row["fresh"] and row["data_through"]]
        if one.value and ends:
            by_end.setdefault(min(ends), []).append(one)
    for end, those in by_end.items():
        named, verb = (those[0].title, "stands") if len(those) == 1 else (list_titles(those), "stand")
        yield Citation(
            f"How {named} {verb} now: figures end on {format_day(end)}, and the verdict is of then.", _cited(those)
        )


def _breaks(ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    """The newest break of each; those of one day and reason together. What a withheld verdict told of its break is not told again."""
    met: dict[tuple[object, ...], list[JudgedIndicator]] = {}
    for one in (one for one in ranked if not one.withheld_by_break):
        for row in one.breaks[-1:]:
            met.setdefault((row["day"], one_line(row["reason"], SENTENCE), row["spliced"]), []).append(one)
    for (_, reason, spliced), those in met.items():
        row = those[0].breaks[-1]
        told = (
            "figures before are brought to it by a factor, which is estimated"
            if spliced
            else "figures before and after cannot be compared"
        )
        verb = "it means" if len(those) == 1 else "they mean"
        named = those[0].title if len(those) == 1 else list_titles(those)
        told = f"{named}: since {format_day(row['day'])} {verb} something else ({reason}); {told}."
        yield Citation(told, tuple(cite_break(one, one.breaks[-1]) for one in those[:MOST_NAMED]))


def _wide(ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    """Estimates that leave open on which side of the path they lie, or whose error is not known."""
    for one in ranked:
        ends, expected = value_interval(one), one.verdict["expected"]
        if ends and expected is not None and one.verdict["grade"] in ESTIMATES and ends[0] <= expected <= ends[1]:
            told = f"its 90 % interval {number(ends[0])} to {number(ends[1])} holds the {number(expected)} expected: which side it is on cannot be told"
            yield Citation(f"{one.title}: {told}.", (cite_indicator(one),))
        elif one.verdict["grade"] in {"estimate_no_error", "sampled"}:
            yield Citation(f"{one.title}: {GRADES[one.verdict['grade']]}.", (cite_indicator(one),))


def _luck(ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    """Shortfalls of which luck is not ruled out, by the alert."""
    short = [one for one in ranked if one.verdict["verdict"] == "behind" and one.verdict["luck_p_value"] is None]
    if short:
        named = (
            f"Whether more than luck explains the shortfall of {list_titles(short)}: too little of their past is known"
        )
        yield Citation(f"{named}.", _cited(short))
    lucky = [
        one
        for one in ranked
        if one.verdict["verdict"] == "behind"
        and one.verdict["luck_p_value"] is not None
        and one.verdict["alert"] != "firing"
    ]
    if lucky:
        yield Citation(f"That {list_titles(lucky)} fell short by more than luck: no alert stands.", _cited(lucky))


def _not_whole(ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    by_grade: dict[str, list[JudgedIndicator]] = {}
    for one in ranked:
        grade = one.verdict["grade"]
        if one.value and grade not in WHOLE | set(ESTIMATES) | {"estimate_no_error", "sampled"}:
            by_grade.setdefault(grade, []).append(one)
    for grade, those in by_grade.items():
        yield Citation(f"The exact value of {list_titles(those)}: {GRADES.get(grade, grade)}.", _cited(those))


def _effects(known: BriefInputs) -> Iterator[Citation]:
    untold = [row for row in known.effects if row["verdict"] not in ASSOCIATED]
    if untold:
        first = untold[0]
        activity = one_line(known.activities[first["activity_id"]]["title"])
        example = f"'{activity}' on {known.title_of(first['indicator_id'])}: {one_line(first['sentence'].removeprefix('cannot tell: '), SENTENCE)}"
        cases = f"in {len(untold)} of {len(known.effects)} cases" if len(known.effects) > 1 else "in the one case"
        told = f"That an activity moved a number: {cases} no effect can be told, {'such as ' if len(untold) > 1 else ''}{example}."
        yield Citation(told, (cite_effects(known.effects), cite_effect(first)))


def _no_chance(known: BriefInputs, ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    without = [
        one
        for one in ranked
        if one.verdict["probability"] is None and one.verdict["verdict"] not in {"achieved", "not_assessable"}
    ]
    if without:
        yield Citation(
            f"How likely {list_titles(without)} will meet the target: no probability is given.", (cite_verdicts(known),)
        )


def _untold(known: BriefInputs) -> Iterator[Citation]:
    others = [one for one in known.indicators if not one.has_target]
    if others and len(others) < len(known.indicators):
        more = (
            f"{others[0].title} and {count_noun(len(others) - 1, 'other')} do well: they have"
            if len(others) > 1
            else f"{others[0].title} does well: it has"
        )
        yield Citation(f"Whether {more} no target.", (cite_verdicts(known),))


def _cited(those: list[JudgedIndicator]) -> tuple[Reference, ...]:
    """The named ones, and the others together."""
    others = ", ".join(one.row["indicator_id"] for one in those[MOST_NAMED:])
    return (
        *map(cite_indicator, those[:MOST_NAMED]),
        *([Reference(one_line(f"verdicts.parquet: also {others}", LONGEST_LIST))] if others else []),
    )
