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
    cite_others,
    cite_verdicts,
)
from reports.brief.evidence import ESTIMATES, UNQUALIFIED, grade_name, value_interval
from reports.brief.inputs import (
    MOST_NAMED,
    SENTENCE,
    BriefInputs,
    JudgedIndicator,
    list_titles,
    one_line,
    subject,
    with_full_stop,
)
from reports.brief.language import one_or_more
from reports.brief.summary import ranked_by_severity
from reports.language import Language
from reports.sentences import effect

ERROR_UNKNOWN = {"estimate_no_error", "sampled"}
ASSOCIATED = {"associated_rise", "associated_fall"}

Ranked = list[JudgedIndicator]


def limits(inputs: BriefInputs) -> list[Citation]:
    """The most important first."""
    ranked, t = ranked_by_severity(inputs.indicators), inputs.t
    by_indicator = (_breaks, _wide_intervals, _luck, _incomplete_values)
    return [
        *_withheld_verdicts(t, ranked),
        *_old_data(inputs, ranked),
        *(one for limits_of in by_indicator for one in limits_of(t, ranked)),
        *_effects(inputs),
        *_missing_probabilities(inputs, ranked),
        *_without_target(inputs),
    ]


def _withheld_verdicts(t: Language, ranked: Ranked) -> Iterator[Citation]:
    """One sentence for all that have the same reason."""
    by_reason: dict[str, Ranked] = {}
    for one in ranked:
        if one.verdict["verdict"] == "not_assessable":
            by_reason.setdefault(one.reason, []).append(one)
    for reason, indicators in by_reason.items():
        named = {"titles": subject(t, indicators), "reason": with_full_stop(reason)}
        number = "one" if len(indicators) == 1 else "more"
        yield Citation(t(f"brief.limit.withheld.{number}", **named), _cite_all(t, indicators))


def _old_data(inputs: BriefInputs, ranked: Ranked) -> Iterator[Citation]:
    """Verdicts on data older than the plan asks for; one sentence for all whose data end on the same day."""
    by_end: dict[date, Ranked] = {}
    t = inputs.t
    for one in ranked:
        ends = [row["data_through"] for row in inputs.sources_of(one) if not row["fresh"] and row["data_through"]]
        if one.value and ends:
            by_end.setdefault(min(ends), []).append(one)
    for end, indicators in by_end.items():
        text = t("brief.limit.old", titles=subject(t, indicators), day=t.day(end))
        yield Citation(text, _cite_all(t, indicators))


def _breaks(t: Language, ranked: Ranked) -> Iterator[Citation]:
    """The newest break of each indicator, unless a withheld verdict names it; one sentence for each day and reason."""
    by_break: dict[tuple[object, ...], Ranked] = {}
    for one in (one for one in ranked if not one.withheld_by_break):
        for row in one.breaks[-1:]:
            by_break.setdefault((row["day"], one_line(row["reason"], SENTENCE), row["spliced"]), []).append(one)
    for (_, reason, spliced), indicators in by_break.items():
        number = "one" if len(indicators) == 1 else "more"
        text = t(
            f"brief.limit.break.{number}",
            titles=subject(t, indicators),
            day=t.day(indicators[0].breaks[-1]["day"]),
            reason=reason,
            effect=t("brief.limit.spliced" if spliced else "brief.limit.not_comparable"),
        )
        yield Citation(text, tuple(cite_break(one, one.breaks[-1]) for one in indicators[:MOST_NAMED]))


def _wide_intervals(t: Language, ranked: Ranked) -> Iterator[Citation]:
    """Estimates that may lie on either side of the path, or whose error is not known."""
    for one in ranked:
        ends, expected, grade = value_interval(one), one.verdict["expected"], one.verdict["grade"]
        if ends and expected is not None and grade in ESTIMATES and ends[0] <= expected <= ends[1]:
            figures = {"low": t.number(ends[0]), "high": t.number(ends[1]), "expected": t.number(expected)}
            yield Citation(t("brief.limit.wide", title=one.title, **figures), (cite_indicator(one),))
        elif grade in ERROR_UNKNOWN:
            text = with_full_stop(t("brief.statement", title=one.title, text=grade_name(one)))
            yield Citation(text, (cite_indicator(one),))


def _luck(t: Language, ranked: Ranked) -> Iterator[Citation]:
    """Shortfalls that luck may explain, by the alert."""
    behind = [one for one in ranked if one.verdict["verdict"] == "behind"]
    unknown = [one for one in behind if one.verdict["luck_p_value"] is None]
    if unknown:
        yield Citation(t("brief.limit.luck_unknown", titles=list_titles(t, unknown)), _cite_all(t, unknown))
    possible = [one for one in behind if one.verdict["luck_p_value"] is not None and one.verdict["alert"] != "firing"]
    if possible:
        yield Citation(t("brief.limit.luck_possible", titles=list_titles(t, possible)), _cite_all(t, possible))


def _incomplete_values(t: Language, ranked: Ranked) -> Iterator[Citation]:
    by_grade: dict[str, Ranked] = {}
    for one in ranked:
        grade = one.verdict["grade"]
        if one.value and grade not in UNQUALIFIED | ERROR_UNKNOWN | ESTIMATES:
            by_grade.setdefault(grade, []).append(one)
    for indicators in by_grade.values():
        named = {"titles": list_titles(t, indicators), "grade": grade_name(indicators[0])}
        yield Citation(t("brief.limit.incomplete", **named), _cite_all(t, indicators))


def _effects(inputs: BriefInputs) -> Iterator[Citation]:
    open_cases, t = [row for row in inputs.effects if row["verdict"] not in ASSOCIATED], inputs.t
    if not open_cases:
        return
    first, total, count = open_cases[0], len(inputs.effects), len(open_cases)
    why = effect(first, t, verdict=first["verdict"] != "cannot_tell")
    values = {
        "activity": one_line(inputs.activities[first["activity_id"]]["title"]),
        "title": inputs.title_of(first["indicator_id"]),
        "why": with_full_stop(one_line(why, SENTENCE)),
    }
    if total == 1:
        text = t("brief.limit.effects.one", **values)
    elif count == 1:
        text = t("brief.limit.effects.first", total=t.whole(total), **values)
    else:
        text = t("brief.limit.effects.more", count=t.whole(count), total=t.whole(total), **values)
    yield Citation(text, (cite_effects(t, inputs.effects), cite_effect(t, first)))


def _missing_probabilities(inputs: BriefInputs, ranked: Ranked) -> Iterator[Citation]:
    decided, t = {"achieved", "not_assessable"}, inputs.t
    open_ = [one for one in ranked if not one.is_over and one.verdict["verdict"] not in decided]
    without = [one for one in open_ if one.verdict["probability"] is None]
    if without:
        yield Citation(t("brief.limit.probability", titles=list_titles(t, without)), (cite_verdicts(inputs),))


def _without_target(inputs: BriefInputs) -> Iterator[Citation]:
    others, t = [one for one in inputs.indicators if not one.has_target], inputs.t
    if not others or len(others) == len(inputs.indicators):
        return
    title, more = others[0].title, len(others) - 1
    text = t("brief.limit.untargeted", title=title)
    if more:
        text = one_or_more(t, "brief.limit.untargeted", more, title=title)
    yield Citation(text, (cite_verdicts(inputs),))


def _cite_all(t: Language, indicators: Ranked) -> tuple[Reference, ...]:
    """A reference for each indicator that is named, and one for all others."""
    named = tuple(map(cite_indicator, indicators[:MOST_NAMED]))
    others = [one.row["indicator_id"] for one in indicators[MOST_NAMED:]]
    return (*named, cite_others(t, "verdicts.parquet", others)) if others else named
