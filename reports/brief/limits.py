"""What cannot be claimed: verdicts withheld, breaks, wide intervals, luck, numbers that are not whole, effects that cannot be told."""

from collections.abc import Iterator
from datetime import date

from reports.brief.evidence import ESTIMATES, GRADES, interval
from reports.brief.known import NAMED, SENTENCE, Judged, Known, counted, ended, plain, said, titles
from reports.brief.said import Reference, Said, of_break, of_effect, of_effects, of_indicator, of_verdicts
from reports.brief.standing import by_gravity
from transforms.reasons import number

LONGEST_LIST = 120
WHOLE = {"counted", "halved", "hour_slice", "idle_30min", "prorated", "released", "rollover"}
"""Grades that take nothing from a claim but how it was counted."""
ASSOCIATED = {"associated_rise", "associated_fall"}


def limits(known: Known) -> list[Said]:
    """The most important first."""
    ranked = by_gravity(known.indicators)
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


def _withheld(ranked: list[Judged]) -> Iterator[Said]:
    """Those of one reason together."""
    by_reason: dict[str, list[Judged]] = {}
    for one in ranked:
        if one.verdict["verdict"] == "not_assessable":
            by_reason.setdefault(one.reason, []).append(one)
    for reason, those in by_reason.items():
        named = f"{those[0].title} is on its way" if len(those) == 1 else f"{titles(those)} are on their way"
        yield Said(f"Whether {named}: {ended(reason)}", _cited(those))


def _old(known: Known, ranked: list[Judged]) -> Iterator[Said]:
    """What is judged of figures older than the plan asks for; those of one end together."""
    by_end: dict[date, list[Judged]] = {}
    for one in ranked:
        ends = [row["data_through"] for row in known.of(one) if not row["fresh"] and row["data_through"]]
        if one.value and ends:
            by_end.setdefault(min(ends), []).append(one)
    for end, those in by_end.items():
        named, verb = (those[0].title, "stands") if len(those) == 1 else (titles(those), "stand")
        yield Said(f"How {named} {verb} now: figures end on {said(end)}, and the verdict is of then.", _cited(those))


def _breaks(ranked: list[Judged]) -> Iterator[Said]:
    """The newest break of each; those of one day and reason together. What a withheld verdict told of its break is not told again."""
    met: dict[tuple[object, ...], list[Judged]] = {}
    for one in (one for one in ranked if not one.barred):
        for row in one.breaks[-1:]:
            met.setdefault((row["day"], plain(row["reason"], SENTENCE), row["spliced"]), []).append(one)
    for (_, reason, spliced), those in met.items():
        row = those[0].breaks[-1]
        told = (
            "figures before are brought to it by a factor, which is estimated"
            if spliced
            else "figures before and after cannot be compared"
        )
        verb = "it means" if len(those) == 1 else "they mean"
        named = those[0].title if len(those) == 1 else titles(those)
        told = f"{named}: since {said(row['day'])} {verb} something else ({reason}); {told}."
        yield Said(told, tuple(of_break(one, one.breaks[-1]) for one in those[:NAMED]))


def _wide(ranked: list[Judged]) -> Iterator[Said]:
    """Estimates that leave open on which side of the path they lie, or whose error is not known."""
    for one in ranked:
        ends, expected = interval(one), one.verdict["expected"]
        if ends and expected is not None and one.verdict["grade"] in ESTIMATES and ends[0] <= expected <= ends[1]:
            told = f"its 90 % interval {number(ends[0])} to {number(ends[1])} holds the {number(expected)} expected: which side it is on cannot be told"
            yield Said(f"{one.title}: {told}.", (of_indicator(one),))
        elif one.verdict["grade"] in {"estimate_no_error", "sampled"}:
            yield Said(f"{one.title}: {GRADES[one.verdict['grade']]}.", (of_indicator(one),))


def _luck(ranked: list[Judged]) -> Iterator[Said]:
    """Shortfalls of which luck is not ruled out, by the alert."""
    short = [one for one in ranked if one.verdict["verdict"] == "behind" and one.verdict["luck_p_value"] is None]
    if short:
        named = f"Whether more than luck explains the shortfall of {titles(short)}: too little of their past is known"
        yield Said(f"{named}.", _cited(short))
    lucky = [
        one
        for one in ranked
        if one.verdict["verdict"] == "behind"
        and one.verdict["luck_p_value"] is not None
        and one.verdict["alert"] != "firing"
    ]
    if lucky:
        yield Said(f"That {titles(lucky)} fell short by more than luck: no alert stands.", _cited(lucky))


def _not_whole(ranked: list[Judged]) -> Iterator[Said]:
    by_grade: dict[str, list[Judged]] = {}
    for one in ranked:
        grade = one.verdict["grade"]
        if one.value and grade not in WHOLE | set(ESTIMATES) | {"estimate_no_error", "sampled"}:
            by_grade.setdefault(grade, []).append(one)
    for grade, those in by_grade.items():
        yield Said(f"The exact value of {titles(those)}: {GRADES.get(grade, grade)}.", _cited(those))


def _effects(known: Known) -> Iterator[Said]:
    untold = [row for row in known.effects if row["verdict"] not in ASSOCIATED]
    if untold:
        first = untold[0]
        activity = plain(known.activities[first["activity_id"]]["title"])
        example = f"'{activity}' on {known.titled(first['indicator_id'])}: {plain(first['sentence'].removeprefix('cannot tell: '), SENTENCE)}"
        cases = f"in {len(untold)} of {len(known.effects)} cases" if len(known.effects) > 1 else "in the one case"
        told = f"That an activity moved a number: {cases} no effect can be told, {'such as ' if len(untold) > 1 else ''}{example}."
        yield Said(told, (of_effects(known.effects), of_effect(first)))


def _no_chance(known: Known, ranked: list[Judged]) -> Iterator[Said]:
    without = [
        one
        for one in ranked
        if one.verdict["probability"] is None and one.verdict["verdict"] not in {"achieved", "not_assessable"}
    ]
    if without:
        yield Said(
            f"How likely {titles(without)} will meet the target: no probability is given.", (of_verdicts(known),)
        )


def _untold(known: Known) -> Iterator[Said]:
    others = [one for one in known.indicators if not one.has_target]
    if others and len(others) < len(known.indicators):
        more = (
            f"{others[0].title} and {counted(len(others) - 1, 'other')} do well: they have"
            if len(others) > 1
            else f"{others[0].title} does well: it has"
        )
        yield Said(f"Whether {more} no target.", (of_verdicts(known),))


def _cited(those: list[Judged]) -> tuple[Reference, ...]:
    """The named ones, and the others together."""
    others = ", ".join(one.row["indicator_id"] for one in those[NAMED:])
    return (
        *map(of_indicator, those[:NAMED]),
        *([Reference(plain(f"verdicts.parquet: also {others}", LONGEST_LIST))] if others else []),
    )
