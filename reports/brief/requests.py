"""What the brief asks for: decisions of management, then tasks of owners; only what the data show to be needed."""

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from reports.brief.citation import (
    Citation,
    Reference,
    cite_break,
    cite_indicator,
    cite_others,
    cite_source,
    target_phrase,
)
from reports.brief.evidence import may_be_chance, probability_phrase
from reports.brief.inputs import BriefInputs, JudgedIndicator, list_titles, one_line
from reports.brief.language import joined, one_or_more
from reports.brief.summary import ranked_by_severity
from reports.language import Language
from reports.sentence_parts import missing_cells
from warehouse.published_tables import Row

OUT_OF_REACH = 0.05
ENDS_WITHIN = timedelta(days=30)
SHOWN_GAPS, CITED = 3, 3


def requests(inputs: BriefInputs) -> list[Citation]:
    """Decisions first: targets, then shortfalls. Then tasks: what holds verdicts back before what is missing."""
    ranked = ranked_by_severity(inputs.indicators)
    return [
        *_target_decisions(inputs, ranked),
        *_shortfall_decisions(ranked),
        *_source_repairs(inputs),
        *_baseline_tasks(ranked),
        *_missing_data(inputs),
        *_refused_values(inputs),
        *_second_counts(ranked),
    ]


def _target_decisions(inputs: BriefInputs, ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    today, t = inputs.as_of.date() if inputs.as_of else None, inputs.t
    for one in ranked:
        target = {"title": one.title, "target": target_phrase(one)}
        if today is not None and one.row["due"] < today:
            state = "met" if one.verdict["verdict"] == "achieved" else "due"
            yield _decision(one, t(f"brief.ask.next_target.{state}", **target))
        elif _is_out_of_reach(one):
            yield _decision(one, t("brief.ask.keep_target", **target, probability=probability_phrase(one)))


def _is_out_of_reach(one: JudgedIndicator) -> bool:
    probability = one.verdict["probability"]
    return probability is not None and probability < OUT_OF_REACH


def _shortfall_decisions(ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    """What fell short is past, so the request is for the way back to the path, unless the target itself is in doubt."""
    for one in ranked:
        alerted = one.verdict["verdict"] == "behind" and one.verdict["alert"] == "firing"
        if alerted and not _is_out_of_reach(one) and not may_be_chance(one) and (short := shortfall(one)):
            side, gap = short
            way = f"{side}_flow" if one.row["kind"] == "flow" else side
            text = one.t(f"brief.ask.{way}", value=one.value, when=one.period_phrase, gap=gap)
            if one.verdict["grade"] == "incomplete" and one.row["kind"] == "flow":
                text = one.t("brief.ask.without_missing", shortfall=text)
            target = target_phrase(one)
            yield _decision(one, one.t("brief.ask.way_back", title=one.title, target=target, shortfall=text))


def shortfall(one: JudgedIndicator) -> tuple[str, str] | None:
    """On which side of its path the value lies, ``below`` or ``above``, and how far; None where no path applies."""
    value, expected = one.verdict["value"], one.verdict["expected"]
    if one.is_over or one.row["better"] == "band" or value is None or expected is None:
        return None
    side = "below" if one.row["better"] == "up" else "above"
    return side, one.t.number(_rounded_gap(abs(expected - value), value))


def _decision(indicator: JudgedIndicator, what: str) -> Citation:
    t, owner = indicator.t, one_line(indicator.row["owner"] or "")
    text = t("brief.ask.decide", what=what, owner=owner) if owner else t("brief.ask.decide_nobody", what=what)
    return Citation(text, (cite_indicator(indicator),))


def _rounded_gap(gap: float, value: float) -> float:
    """Rounded up to a whole number where the value is one."""
    return math.ceil(gap) if value == round(value) else gap


def _source_repairs(inputs: BriefInputs) -> Iterator[Citation]:
    t = inputs.t
    yield from _tasks(inputs, lambda row: t("brief.ask.repair") if row["last_error"] else "")
    yield from _tasks(inputs, lambda row: "" if row["last_error"] or row["fresh"] else _newer_data(t, row))
    yield from _tasks(inputs, lambda row: _access_renewal(inputs, row))


def _newer_data(t: Language, row: Row) -> str:
    if not row["data_through"]:
        return t("brief.ask.first_data")
    return t("brief.ask.newer_data", day=t.day(row["data_through"]))


def _access_renewal(inputs: BriefInputs, row: Row) -> str:
    ends = row["access_expires_at"]
    soon = ends is not None and inputs.as_of is not None and ends - inputs.as_of <= ENDS_WITHIN
    return inputs.t("brief.ask.renew", day=inputs.t.day(ends.date())) if soon else ""


def _baseline_tasks(ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    for one in ranked:
        row, t = one.row, one.t
        start, end = row["baseline_start"], row["baseline_end"]
        if start is None or row["better"] == "band":
            continue
        span = t("brief.cite.span", first=t.day(start), last=t.day(end - timedelta(days=1)))
        unspliced = [cut for cut in one.breaks if not cut["spliced"] and cut["day"] > start]
        if unspliced:
            day = t.day(unspliced[-1]["day"])
            task = t("brief.ask.new_baseline", title=one.title, day=day, span=span)
            yield _task(one, task, cite_break(one, unspliced[-1]))
        elif row["baseline_value"] is None:
            yield _task(one, t("brief.ask.complete_baseline", title=one.title, span=span), cite_indicator(one))


def _task(one: JudgedIndicator, task: str, reference: Reference) -> Citation:
    return Citation(one.t("brief.ask.task", owner=_owner(one.t, [one]), task=task), (reference,))


def _missing_data(inputs: BriefInputs) -> Iterator[Citation]:
    """What a verdict or the running year lacks; gaps of a past year that no verdict needs are left out."""
    yield from _tasks(inputs, lambda row: _missing_days(inputs, row))
    for one in ranked_by_severity(inputs.indicators):
        judged = one.judged_period
        if judged is None or one.row["over"] == "year":
            continue
        requested_already = any(_missing_days(inputs, row) for row in inputs.sources_of(one))
        if one.verdict["grade"] == "incomplete" and judged["completeness"] < 1 and not requested_already:
            yield _task(one, _lacks(one, judged), cite_indicator(one))


def _lacks(indicator: JudgedIndicator, judged: Row) -> str:
    """The cells that are missing, by name; without names the period and their share."""
    t, cells = indicator.t, [one.facts for one in indicator.findings if "cells" in one.facts]
    if cells:
        return t("brief.ask.lacks", title=indicator.title, cells=one_line(missing_cells(cells[0], t)))
    share = f"{max((1 - judged['completeness']) * 100, 1):.0f}"
    return t("brief.ask.lacks_share", title=indicator.title, when=indicator.period_phrase, share=share)


def _missing_days(inputs: BriefInputs, row: Row) -> str:
    t, spans = inputs.t, [span for span in map(_span, row["missing"] or ()) if _is_needed(inputs, row, span)]
    if not spans:
        return ""
    newest = [t.span(first, last + timedelta(days=1)) for first, last in spans[-SHOWN_GAPS:]]
    earlier = len(spans) - SHOWN_GAPS
    if earlier <= 0:
        return t("brief.ask.missing", spans=joined(t, newest))
    return t("brief.ask.missing", spans=one_or_more(t, "brief.ask.earlier", earlier, spans=", ".join(newest)))


def _span(text: str) -> tuple[date, date]:
    """First and last day of ``first..last``, or of a single day."""
    first, _, last = text.partition("..")
    return date.fromisoformat(first), date.fromisoformat(last or first)


def _is_needed(inputs: BriefInputs, row: Row, span: tuple[date, date]) -> bool:
    if inputs.as_of is None or span[1].year >= inputs.as_of.year:
        return True
    judged = [one.judged_period for one in inputs.indicators_using(row)]
    return any(period["start"] <= span[1] and span[0] < period["end"] for period in judged if period)


def _refused_values(inputs: BriefInputs) -> Iterator[Citation]:
    refused, t = [row for row in inputs.sources if row["refused"]], inputs.t
    if refused:
        indicators = _indicators_using(inputs, refused)
        task = one_or_more(t, "brief.ask.refused", sum(row["refused"] for row in refused))
        text = t("brief.ask.task", owner=_owner(t, indicators), task=_for_indicators(t, task, indicators))
        yield Citation(text, _cite_sources(t, refused))


def _second_counts(ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    for one in ranked:
        if one.verdict["grade"] == "estimate_no_error":
            yield _task(one, one.t("brief.ask.second_week", title=one.title), cite_indicator(one))


def _tasks(inputs: BriefInputs, task_for: Callable[[Row], str]) -> Iterator[Citation]:
    """One sentence for all sources with the same task and the same owners; ``task_for``: empty where there is none."""
    by_task: dict[tuple[str, str], list[Row]] = {}
    t = inputs.t
    for row in inputs.sources:
        if task := task_for(row):
            by_task.setdefault((_owner(t, inputs.indicators_using(row)), task), []).append(row)
    for (owner, task), rows in by_task.items():
        whole = _for_indicators(t, task, _indicators_using(inputs, rows))
        yield Citation(t("brief.ask.task", owner=owner, task=whole), _cite_sources(t, rows))


def _indicators_using(inputs: BriefInputs, sources: Sequence[Row]) -> list[JudgedIndicator]:
    """The indicators made from these sources, each once."""
    by_id = {one.row["indicator_id"]: one for row in sources for one in inputs.indicators_using(row)}
    return list(by_id.values())


def _for_indicators(t: Language, task: str, indicators: Sequence[JudgedIndicator]) -> str:
    return t("brief.ask.for", task=task, titles=list_titles(t, indicators)) if indicators else task


def _cite_sources(t: Language, rows: Sequence[Row]) -> tuple[Reference, ...]:
    named = tuple(cite_source(t, row) for row in rows[:CITED])
    others = [row["source"] for row in rows[CITED:]]
    return (*named, cite_others(t, "sources.parquet", others)) if others else named


def _owner(t: Language, indicators: Sequence[JudgedIndicator]) -> str:
    """The owners in the plan, joined by semicolons, since the name of a post may hold a comma."""
    names = list(dict.fromkeys(one_line(one.row["owner"]) for one in indicators if one.row["owner"]))
    if not names:
        return t("brief.ask.nobody")
    owners = "; ".join(names[:CITED])
    return t("brief.ask.others", owners=owners) if len(names) > CITED else owners
