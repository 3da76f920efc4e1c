"""What the brief asks for: decisions of management, then tasks of owners; only what the data show to be needed."""

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from reports.brief.citation import Citation, Reference, cite_break, cite_indicator, cite_source, target_phrase
from reports.brief.evidence import may_be_chance, probability_phrase
from reports.brief.inputs import (
    BriefInputs,
    JudgedIndicator,
    count_noun,
    format_day,
    join_names,
    list_titles,
    one_line,
)
from reports.brief.summary import by_severity
from reports.language import english
from reports.sentence_parts import missing_cells
from transforms.formatting import number
from warehouse.published_tables import Row

OUT_OF_REACH = 0.05
ENDS_WITHIN = timedelta(days=30)
SHOWN_GAPS, CITED = 3, 3
NOBODY = "An owner to be named"


def requests(inputs: BriefInputs) -> list[Citation]:
    """Decisions first: targets, then shortfalls. Then tasks: what holds verdicts back before what is missing."""
    ranked = by_severity(inputs.indicators)
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
    today = inputs.as_of.date() if inputs.as_of else None
    for one in ranked:
        if today is not None and one.row["due"] < today:
            state = "was met" if one.verdict["verdict"] == "achieved" else "fell due"
            yield _decision(one, f"the next target of {one.title}: the one of {target_phrase(one)} {state}")
        elif _is_out_of_reach(one):
            target, chance = target_phrase(one), probability_phrase(one)
            yield _decision(one, f"whether {one.title} keeps its target of {target}: {chance}")


def _is_out_of_reach(one: JudgedIndicator) -> bool:
    probability = one.verdict["probability"]
    return probability is not None and probability < OUT_OF_REACH


def _shortfall_decisions(ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    """What fell short is past, so the request is for the way back to the path, unless the target itself is in doubt."""
    for one in ranked:
        value, expected, row = one.verdict["value"], one.verdict["expected"], one.row
        alerted = one.verdict["verdict"] == "behind" and one.verdict["alert"] == "firing"
        if (
            not alerted
            or one.is_over
            or _is_out_of_reach(one)
            or may_be_chance(one)
            or row["better"] == "band"
            or value is None
            or expected is None
        ):
            continue
        flow = row["kind"] == "flow"
        gap = number(_rounded_gap(abs(expected - value), value))
        side, verb = "below" if row["better"] == "up" else "above", "were" if flow else "was"
        without = ", without the missing data" if one.verdict["grade"] == "incomplete" and flow else ""
        shortfall = f"{one.value} {one.period_phrase} {verb} {gap} {side} its path{without}"
        back = f"how {one.title} returns to its path to {target_phrase(one)}, or another target"
        yield _decision(one, f"{back}: {shortfall}")


def _decision(indicator: JudgedIndicator, what: str) -> Citation:
    owner = f"Owner: {_owner([indicator])}" if indicator.row["owner"] else "It has no owner yet"
    return Citation(f"To decide: {what}. {owner}.", (cite_indicator(indicator),))


def _rounded_gap(gap: float, value: float) -> float:
    """Rounded up to a whole number where the value is one."""
    return math.ceil(gap) if value == round(value) else gap


def _source_repairs(inputs: BriefInputs) -> Iterator[Citation]:
    yield from _tasks(inputs, lambda row: "repair what could not be read last time" if row["last_error"] else "")
    yield from _tasks(inputs, lambda row: "" if row["last_error"] or row["fresh"] else _newer_data(row))
    yield from _tasks(inputs, lambda row: _access_renewal(inputs, row))


def _newer_data(row: Row) -> str:
    if not row["data_through"]:
        return "supply the first data"
    return f"supply newer data: they end on {format_day(row['data_through'])}"


def _access_renewal(inputs: BriefInputs, row: Row) -> str:
    ends = row["access_expires_at"]
    soon = ends is not None and inputs.as_of is not None and ends - inputs.as_of <= ENDS_WITHIN
    return f"renew the key or token whose access ends on {format_day(ends.date())}" if soon else ""


def _baseline_tasks(ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    for one in ranked:
        row = one.row
        start, end = row["baseline_start"], row["baseline_end"]
        if start is None or row["better"] == "band":
            continue
        span = f"{format_day(start)} to {format_day(end - timedelta(days=1))}"
        unspliced = [cut for cut in one.breaks if not cut["spliced"] and cut["day"] > start]
        if unspliced:
            since = f"since {format_day(unspliced[-1]['day'])} its number means something else"
            task = f"set a new baseline for {one.title}: {since}, and the baseline covers {span}"
            yield Citation(f"{_owner([one])}: {task}.", (cite_break(one, unspliced[-1]),))
        elif row["baseline_value"] is None:
            task = f"complete the baseline of {one.title}, {span}, or set a complete one"
            yield Citation(f"{_owner([one])}: {task}.", (cite_indicator(one),))


def _missing_data(inputs: BriefInputs) -> Iterator[Citation]:
    """What a verdict or the running year lacks; gaps of a past year that no verdict needs are left out."""
    yield from _tasks(inputs, lambda row: _missing_days(inputs, row))
    for one in by_severity(inputs.indicators):
        judged = one.judged_period
        if judged is None or one.row["over"] == "year":
            continue
        requested_already = any(_missing_days(inputs, row) for row in inputs.sources_of(one))
        if one.verdict["grade"] == "incomplete" and judged["completeness"] < 1 and not requested_already:
            task = f"supply what {one.title} lacks {_lacks(one, judged)}, or say that it is lost"
            yield Citation(f"{_owner([one])}: {task}.", (cite_indicator(one),))


def _lacks(indicator: JudgedIndicator, judged: Row) -> str:
    """The cells that are missing, by name; without names the period and their share."""
    cells = [one.facts for one in indicator.findings if "cells" in one.facts]
    if cells:
        return f"({missing_cells(cells[0], english())})"
    return f"{indicator.period_phrase}, {max((1 - judged['completeness']) * 100, 1):.0f} % of the days"


def _missing_days(inputs: BriefInputs, row: Row) -> str:
    spans = [span for span in map(_span, row["missing"] or ()) if _is_needed(inputs, row, span)]
    if not spans:
        return ""
    newest = [
        format_day(first) if first == last else f"{format_day(first)} to {format_day(last)}"
        for first, last in spans[-SHOWN_GAPS:]
    ]
    earlier = len(spans) - SHOWN_GAPS
    if earlier <= 0:
        return f"supply the missing data, {join_names(newest)}"
    others = "an earlier span" if earlier == 1 else f"{earlier} earlier spans"
    return f"supply the missing data, {', '.join(newest)} and {others}"


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
    refused = [row for row in inputs.sources if row["refused"]]
    if refused:
        indicators = _indicators_using(inputs, refused)
        count = sum(row["refused"] for row in refused)
        them = "it" if count == 1 else "them"
        task = f"correct {count_noun(count, 'refused value')} or release {them}{_for_indicators(indicators)}"
        yield Citation(f"{_owner(indicators)}: {task}.", _cite_sources(refused))


def _second_counts(ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    for one in ranked:
        if one.verdict["grade"] == "estimate_no_error":
            task = f"count {one.title} in a second week in each part of the year, so that its error can be estimated"
            yield Citation(f"{_owner([one])}: {task}.", (cite_indicator(one),))


def _tasks(inputs: BriefInputs, task_for: Callable[[Row], str]) -> Iterator[Citation]:
    """One sentence for all sources with the same task and the same owners; ``task_for``: empty where there is none."""
    by_task: dict[tuple[str, str], list[Row]] = {}
    for row in inputs.sources:
        if task := task_for(row):
            by_task.setdefault((_owner(inputs.indicators_using(row)), task), []).append(row)
    for (owner, task), rows in by_task.items():
        indicators = _for_indicators(_indicators_using(inputs, rows))
        yield Citation(f"{owner}: {task}{indicators}.", _cite_sources(rows))


def _indicators_using(inputs: BriefInputs, sources: Sequence[Row]) -> list[JudgedIndicator]:
    """The indicators made from these sources, each once."""
    by_id = {one.row["indicator_id"]: one for row in sources for one in inputs.indicators_using(row)}
    return list(by_id.values())


def _for_indicators(indicators: Sequence[JudgedIndicator]) -> str:
    return f" (for {list_titles(indicators)})" if indicators else ""


def _cite_sources(rows: Sequence[Row]) -> tuple[Reference, ...]:
    named = tuple(map(cite_source, rows[:CITED]))
    others = ", ".join(row["source"] for row in rows[CITED:])
    return (*named, Reference(one_line(f"sources.parquet: also {others}", 120))) if others else named


def _owner(indicators: Sequence[JudgedIndicator]) -> str:
    """The owners in the plan, joined by semicolons, since the name of a post may hold a comma."""
    names = list(dict.fromkeys(one_line(one.row["owner"]) for one in indicators if one.row["owner"]))
    return "; ".join(names[:CITED]) + ("; others" if len(names) > CITED else "") if names else NOBODY
