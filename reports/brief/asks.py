"""What is asked for: only what the data say is needed."""

import math
from collections.abc import Iterator
from datetime import timedelta

from reports.brief.evidence import chance
from reports.brief.known import SENTENCE, Judged, Known, Row, counted, plain, said
from reports.brief.said import Reference, Said, goal, of_break, of_indicator, of_source
from reports.brief.standing import by_gravity
from transforms.reasons import number

OUT_OF_REACH = 0.05
ENDS_WITHIN = timedelta(days=30)
SHOWN_GAPS = 3


def asks(known: Known) -> list[Said]:
    """The most important first: what keeps verdicts from being given, targets to decide on, then what is missing."""
    ranked = by_gravity(known.indicators)
    return [*_broken(known), *_baselines(ranked), *_targets(known, ranked), *_shortfalls(ranked), *_gaps(known), *_counts(ranked)]


def _broken(known: Known) -> Iterator[Said]:
    for row in known.sources:
        if row["last_error"]:
            yield _source(row, f"repair: its newest pull failed: {plain(row['last_error'], SENTENCE)}")
        elif not row["fresh"]:
            yield _source(row, f"newer figures: its data end on {said(row['data_through'])}" if row["data_through"] else "figures: it has none yet")
    for row in known.sources:
        ends = row["access_expires_at"]
        if ends is not None and known.as_of is not None and ends - known.as_of <= ENDS_WITHIN:
            yield _source(row, f"a new key or token: its access ends on {said(ends.date())}")


def _baselines(ranked: list[Judged]) -> Iterator[Said]:
    for one in ranked:
        row = one.row
        start, end = row["baseline_start"], row["baseline_end"]
        if start is None or row["better"] == "band":
            continue
        span = f"{said(start)} to {said(end - timedelta(days=1))}"
        apart = [at for at in one.breaks if not at["spliced"] and at["day"] > start]
        if apart:
            told = f"{one.title} needs a new baseline: since {said(apart[-1]['day'])} its number means something else, and the baseline is of {span}."
            yield Said(told, (of_break(one, apart[-1]),))
        elif row["baseline_value"] is None:
            yield Said(f"{one.title} needs the missing figures of its baseline, {span}, or a baseline that is whole.", (of_indicator(one),))


def _targets(known: Known, ranked: list[Judged]) -> Iterator[Said]:
    today = known.as_of.date() if known.as_of else None
    for one in ranked:
        probability = one.verdict["probability"]
        if today is not None and one.row["due"] < today:
            state = "was met" if one.verdict["verdict"] == "achieved" else "fell due"
            yield Said(f"{one.title} needs its next target: the one of {goal(one)} {state}.", (of_indicator(one),))
        elif probability is not None and probability < OUT_OF_REACH:
            yield Said(f"{one.title} needs a decision on its target of {goal(one)}: {chance(one)}.", (of_indicator(one),))


def _shortfalls(ranked: list[Judged]) -> Iterator[Said]:
    for one in ranked:
        value, expected, row = one.verdict["value"], one.verdict["expected"], one.row
        if one.verdict["verdict"] != "behind" or one.verdict["alert"] != "firing" or row["better"] == "band" or value is None or expected is None:
            continue
        gap, way = number(_whole(abs(expected - value), value)), "more" if row["better"] == "up" else "less"
        what = f"{gap} {one.unit} {way} than {one.value} {one.when}" if row["kind"] == "flow" else f"a value {gap} {one.unit} {way} than {one.value} {one.when}"
        yield Said(f"{one.title} needs {what} to be on its path.", (of_indicator(one),))


def _whole(gap: float, value: float) -> float:
    """Of what comes in whole numbers no part of one is asked for."""
    return math.ceil(gap) if value == round(value) else gap


def _gaps(known: Known) -> Iterator[Said]:
    for row in known.sources:
        missing = row["missing"] or []
        if missing:
            earlier = f" and {len(missing) - SHOWN_GAPS} earlier" if len(missing) > SHOWN_GAPS else ""
            yield _source(row, f"the figures that are missing: {', '.join(missing[-SHOWN_GAPS:])}{earlier}")
    refused = [row for row in known.sources if row["refused"]]
    if refused:
        rows = counted(sum(row["refused"] for row in refused), "refused row")
        named = ", ".join(f"'{plain(row['source'], 40)}'" for row in refused[:SHOWN_GAPS])
        more = f" and {len(refused) - SHOWN_GAPS} more" if len(refused) > SHOWN_GAPS else ""
        others = [Reference("sources.parquet: the column refused of the other sources")] if more else []
        yield Said(f"Somebody needs to decide on {rows} of {named}{more} (kmi refused).", (*map(of_source, refused[:SHOWN_GAPS]), *others))


def _counts(ranked: list[Judged]) -> Iterator[Said]:
    for one in ranked:
        if one.verdict["grade"] == "estimate_no_error":
            yield Said(f"{one.title} needs a second counted week in each part of the year, for its error to be known.", (of_indicator(one),))


def _source(row: Row, what: str) -> Said:
    return Said(f"Source '{plain(row['source'], 40)}' needs {what}{'' if what.endswith(('.', '…')) else '.'}", (of_source(row),))
