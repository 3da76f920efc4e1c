"""What is asked for: what management decides, then what an owner does; only what the data say is needed."""

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from reports.brief.citation import Citation, Reference, cite_break, cite_indicator, cite_source, target_phrase
from reports.brief.evidence import probability_phrase
from reports.brief.inputs import (
    BriefInputs,
    JudgedIndicator,
    Row,
    count_noun,
    format_day,
    join_names,
    list_titles,
    one_line,
)
from reports.brief.summary import by_severity
from transforms.formatting import number

OUT_OF_REACH = 0.05
ENDS_WITHIN = timedelta(days=30)
SHOWN_GAPS, CITED = 3, 3
NOBODY = "An owner to be named"


def asks(known: BriefInputs) -> list[Citation]:
    """Decisions first: targets, then shortfalls. Then tasks of owners: what keeps verdicts from being given before what is missing."""
    ranked = by_severity(known.indicators)
    return [
        *_targets(known, ranked),
        *_shortfalls(ranked),
        *_broken(known),
        *_baselines(ranked),
        *_gaps(known),
        *_refused(known),
        *_counts(ranked),
    ]


def _targets(known: BriefInputs, ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    today = known.as_of.date() if known.as_of else None
    for one in ranked:
        probability = one.verdict["probability"]
        if today is not None and one.row["due"] < today:
            state = "was met" if one.verdict["verdict"] == "achieved" else "fell due"
            yield _decision(one, f"the next target of {one.title}: the one of {target_phrase(one)} {state}")
        elif probability is not None and probability < OUT_OF_REACH:
            yield _decision(
                one, f"whether {one.title} keeps its target of {target_phrase(one)}: {probability_phrase(one)}"
            )


def _shortfalls(ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    """What was short is past: what is asked for is the way back."""
    for one in ranked:
        value, expected, row = one.verdict["value"], one.verdict["expected"], one.row
        if (
            one.verdict["verdict"] != "behind"
            or one.verdict["alert"] != "firing"
            or row["better"] == "band"
            or value is None
            or expected is None
        ):
            continue
        gap, way = number(_whole(abs(expected - value), value)), "below" if row["better"] == "up" else "above"
        short = (
            ", without the figures that are missing"
            if one.verdict["grade"] == "incomplete" and row["kind"] == "flow"
            else ""
        )
        far = (
            f"{one.value} {one.period_phrase} {'were' if row['kind'] == 'flow' else 'was'} {gap} {way} its path{short}"
        )
        yield _decision(
            one, f"how {one.title} comes back to its path to {target_phrase(one)}, or another target: {far}"
        )


def _decision(one: JudgedIndicator, what: str) -> Citation:
    return Citation(f"To decide: {what}. {_owned([one])}.", (cite_indicator(one),))


def _whole(gap: float, value: float) -> float:
    """Of what comes in whole numbers no part of one is told."""
    return math.ceil(gap) if value == round(value) else gap


def _broken(known: BriefInputs) -> Iterator[Citation]:
    """The sources in one trouble and of the same owners together."""
    yield from _tasks(known, lambda row: "have repaired what could not be read last time" if row["last_error"] else "")
    yield from _tasks(known, lambda row: "" if row["last_error"] or row["fresh"] else _stale(row))
    yield from _tasks(known, lambda row: _ending(known, row))


def _stale(row: Row) -> str:
    return (
        f"hand in newer figures, for they end on {format_day(row['data_through'])}"
        if row["data_through"]
        else "hand in the first figures"
    )


def _ending(known: BriefInputs, row: Row) -> str:
    ends = row["access_expires_at"]
    soon = ends is not None and known.as_of is not None and ends - known.as_of <= ENDS_WITHIN
    return f"renew the key or token whose access ends on {format_day(ends.date())}" if soon else ""


def _baselines(ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    for one in ranked:
        row = one.row
        start, end = row["baseline_start"], row["baseline_end"]
        if start is None or row["better"] == "band":
            continue
        span = f"{format_day(start)} to {format_day(end - timedelta(days=1))}"
        apart = [at for at in one.breaks if not at["spliced"] and at["day"] > start]
        if apart:
            told = f"set a new baseline for {one.title}, for its number means something else since {format_day(apart[-1]['day'])} and the baseline is of {span}"
            yield Citation(f"{_owner([one])}: {told}.", (cite_break(one, apart[-1]),))
        elif row["baseline_value"] is None:
            told = f"complete the baseline of {one.title}, {span}, or set one that is whole"
            yield Citation(f"{_owner([one])}: {told}.", (cite_indicator(one),))


def _gaps(known: BriefInputs) -> Iterator[Citation]:
    """Figures that a verdict or the running year lacks; those of a year that is over and that no verdict needs are left."""
    yield from _tasks(known, lambda row: _missing(known, row))
    for one in by_severity(known.indicators):
        judged = one.judged_period
        told_already = any(_missing(known, row) for row in known.sources_of(one))
        if (
            judged
            and one.row["over"] != "year"
            and one.verdict["grade"] == "incomplete"
            and judged["completeness"] < 1
            and not told_already
        ):
            lacking = f"{max((1 - judged['completeness']) * 100, 1):.0f} % of the days"
            told = f"hand in what {one.title} lacks {one.period_phrase}, {lacking}, or say that it is lost"
            yield Citation(f"{_owner([one])}: {told}.", (cite_indicator(one),))


def _missing(known: BriefInputs, row: Row) -> str:
    spans = [span for span in map(_span, row["missing"] or ()) if _needed(known, row, span)]
    earlier = (
        f" and {len(spans) - SHOWN_GAPS} earlier spans"
        if len(spans) > SHOWN_GAPS + 1
        else " and an earlier span"
        if len(spans) > SHOWN_GAPS
        else ""
    )
    shown = [
        format_day(first) if first == last else f"{format_day(first)} to {format_day(last)}"
        for first, last in spans[-SHOWN_GAPS:]
    ]
    return (
        f"hand in the figures that are missing, {join_names(shown) if not earlier else ', '.join(shown) + earlier}"
        if spans
        else ""
    )


def _span(written: str) -> tuple[date, date]:
    first, _, last = written.partition("..")
    return date.fromisoformat(first), date.fromisoformat(last or first)


def _needed(known: BriefInputs, row: Row, span: tuple[date, date]) -> bool:
    if known.as_of is None or span[1].year >= known.as_of.year:
        return True
    judged = [one.judged_period for one in known.indicators_using(row)]
    return any(one["start"] <= span[1] and span[0] < one["end"] for one in judged if one)


def _refused(known: BriefInputs) -> Iterator[Citation]:
    refused = [row for row in known.sources if row["refused"]]
    if refused:
        those = _used(known, refused)
        count = sum(row["refused"] for row in refused)
        told = (
            f"correct {count_noun(count, 'refused figure')} or let {'it' if count == 1 else 'them'} through{_of(those)}"
        )
        yield Citation(f"{_owner(those)}: {told}.", _cited(refused))


def _counts(ranked: list[JudgedIndicator]) -> Iterator[Citation]:
    for one in ranked:
        if one.verdict["grade"] == "estimate_no_error":
            yield Citation(
                f"{_owner([one])}: count {one.title} in a second week in each part of the year, for its error to be known.",
                (cite_indicator(one),),
            )


def _tasks(known: BriefInputs, told: Callable[[Row], str]) -> Iterator[Citation]:
    """One task for all sources of which the same is told to the same owners."""
    met: dict[tuple[str, str], list[Row]] = {}
    for row in known.sources:
        if what := told(row):
            met.setdefault((_owner(known.indicators_using(row)), what), []).append(row)
    for (owner, what), rows in met.items():
        yield Citation(f"{owner}: {what}{_of(_used(known, rows))}.", _cited(rows))


def _used(known: BriefInputs, rows: Sequence[Row]) -> list[JudgedIndicator]:
    """The indicators made from these sources, each once."""
    return list({one.row["indicator_id"]: one for row in rows for one in known.indicators_using(row)}.values())


def _of(those: Sequence[JudgedIndicator]) -> str:
    return f" (for {list_titles(those)})" if those else ""


def _cited(rows: Sequence[Row]) -> tuple[Reference, ...]:
    others = ", ".join(row["source"] for row in rows[CITED:])
    return (
        *map(cite_source, rows[:CITED]),
        *([Reference(one_line(f"sources.parquet: also {others}", 120))] if others else []),
    )


def _owner(those: Sequence[JudgedIndicator]) -> str:
    """Who does it: the owners of the indicators, as the plan has them; a post may hold a comma."""
    names = list(dict.fromkeys(one_line(one.row["owner"]) for one in those if one.row["owner"]))
    return "; ".join(names[:CITED]) + ("; others" if len(names) > CITED else "") if names else NOBODY


def _owned(those: Sequence[JudgedIndicator]) -> str:
    return f"Owner: {_owner(those)}" if any(one.row["owner"] for one in those) else "It has no owner yet"
