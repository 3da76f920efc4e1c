"""What stands, in three to five sentences: the whole, the gravest, the best, what an activity is associated with, and what is withheld."""

from collections.abc import Iterator, Sequence
from itertools import islice

from reports.brief.citation import Citation, cite_effect, cite_indicator, cite_verdicts, format_value, target_phrase
from reports.brief.evidence import grade_phrase, luck_phrase, probability_phrase, progress_label
from reports.brief.inputs import (
    SENTENCE,
    BriefInputs,
    JudgedIndicator,
    Row,
    count_noun,
    format_day,
    one_line,
    with_full_stop,
)
from transforms.formatting import number

SEVERITY = ("behind", "at_risk", "not_assessable", "on_track", "achieved")
VERDICT_PHRASES = {
    "behind": "behind",
    "at_risk": "at risk",
    "not_assessable": "cannot be judged",
    "on_track": "on track",
    "achieved": "target met",
}
FEWEST, MOST = 3, 5
NO_PACE = 1e9
"""Stands for the pace of what has none."""


def by_severity(indicators: Sequence[JudgedIndicator]) -> list[JudgedIndicator]:
    """Those with a target: by verdict, then those with an alert, those worse than their baseline, and the least progress first."""

    def order(one: JudgedIndicator) -> tuple[int, bool, bool, float]:
        verdict = one.verdict
        pace = NO_PACE if verdict["pace_ratio"] is None else verdict["pace_ratio"]
        return SEVERITY.index(verdict["verdict"]), verdict["alert"] != "firing", not verdict["worsening"], pace

    return sorted((one for one in indicators if one.has_target), key=order)


def summary(known: BriefInputs) -> list[Citation]:
    """Three to five sentences, the most important first."""
    ranked = by_severity(known.indicators)
    grave = [one for one in ranked if one.verdict["verdict"] in {"behind", "at_risk"}]
    good = [one for one in reversed(ranked) if one.verdict["verdict"] in {"achieved", "on_track"}]
    effect = _strongest(known.effects)
    later = [_effect(known, effect)] if effect else []
    chosen = [overview(known, ranked), *map(indicator_sentence, grave[: MOST - 1 - len(good[:1]) - len(later)])]
    chosen += [*map(indicator_sentence, good[: MOST - len(chosen) - len(later)]), *later]
    return [*chosen, *islice(_more(known, ranked), max(FEWEST - len(chosen), 0))]


def overview(known: BriefInputs, ranked: Sequence[JudgedIndicator]) -> Citation:
    if not ranked:
        count = len(known.indicators)
        told = (
            f"None of {count:,} indicators has a target, so none is judged."
            if count > 1
            else "The one indicator has no target, so it is not judged."
        )
        return Citation(told if count else "There is no indicator yet.", (cite_verdicts(known),))
    counts = {verdict: sum(one.verdict["verdict"] == verdict for one in ranked) for verdict in SEVERITY}
    parts = [
        f"{count} {VERDICT_PHRASES[verdict] if verdict != 'achieved' else 'met'}"
        for verdict, count in counts.items()
        if count
    ]
    alerts = sum(one.verdict["alert"] == "firing" for one in ranked)
    raised = f" {count_noun(alerts, 'alert')} {'stands' if alerts == 1 else 'stand'}." if alerts else ""
    return Citation(
        f"Of {count_noun(len(ranked), 'indicator')} with a target: {', '.join(parts)}.{raised}", (cite_verdicts(known),)
    )


def indicator_sentence(one: JudgedIndicator) -> Citation:
    """One indicator: value, grade, what was expected, how sure."""
    verdict = one.verdict
    if verdict["verdict"] == "not_assessable":
        return Citation(f"{one.title}: {VERDICT_PHRASES['not_assessable']}; {_newest(one)}.", (cite_indicator(one),))
    worse = ", and worse than its baseline" if verdict["worsening"] else ""
    value = f"{one.value} {one.period_phrase} ({grade_phrase(one)})"
    parts = [
        f"{value}, {_against(one)}",
        _pace(one),
        luck_phrase(one) if verdict["verdict"] in {"behind", "at_risk"} else "",
        probability_phrase(one),
    ]
    return Citation(
        f"{one.title}: {VERDICT_PHRASES[verdict['verdict']]}{worse}. {'; '.join(part for part in parts if part)}.",
        (cite_indicator(one),),
    )


def _against(one: JudgedIndicator) -> str:
    row, verdict = one.row, one.verdict
    if row["better"] == "band":
        inside = row["target_low"] <= verdict["value"] <= row["target_high"]
        return f"{'inside' if inside else 'outside'} the band {format_value(row['target_low'])} to {format_value(row['target_high'])}"
    if verdict["verdict"] == "achieved" or verdict["expected"] is None:
        return f"target {target_phrase(one)}"
    return f"against {number(verdict['expected'])} expected on the path to {target_phrase(one)}"


def _pace(one: JudgedIndicator) -> str:
    pace = one.verdict["pace_ratio"]
    return (
        ""
        if pace is None or pace < 0 or one.verdict["verdict"] == "achieved"
        else f"{progress_label(pace)} of the progress due"
    )


def _strongest(effects: Sequence[Row]) -> Row | None:
    """The association that is least likely to come by itself."""
    told = [row for row in effects if row["verdict"] in {"associated_rise", "associated_fall"}]
    return min(
        told,
        key=lambda row: (1.0 if row["p_value"] is None else row["p_value"], row["activity_id"], row["indicator_id"]),
        default=None,
    )


def _effect(known: BriefInputs, row: Row) -> Citation:
    activity = known.activities[row["activity_id"]]
    turn = "rise" if row["verdict"] == "associated_rise" else "fall"
    named = f"'{one_line(activity['title'])}' ({one_line(activity['channel'], 30)}, {format_day(activity['date'])})"
    told = f"{named} is associated with a {turn} in {known.title_of(row['indicator_id'])}: {_size(row)}"
    return Citation(
        f"{told} over {count_noun(row['periods_after'], 'period')} since, estimated. An association is no cause.",
        (cite_effect(row),),
    )


def _size(row: Row) -> str:
    relative = row["effect_pct"] is not None and row["low_pct"] is not None and row["high_pct"] is not None
    effect, low, high = (row[f"{name}{'_pct' if relative else ''}"] for name in ("effect", "low", "high"))
    unit = " %" if relative else " a period"
    ends = (
        f"90 % interval {_signed(low)} to {_signed(high)}{unit}"
        if low is not None and high is not None
        else "its interval is not known"
    )
    return f"{_signed(effect)}{unit} ({ends}) against what was expected"


def _signed(value: float) -> str:
    return f"{'+' if value >= 0 else '-'}{number(round(abs(value), 1))}"


def _more(known: BriefInputs, ranked: Sequence[JudgedIndicator]) -> Iterator[Citation]:
    """Where few indicators have a target: what is expected of them, then the newest values and trends of the others."""
    others = [one for one in known.indicators if not one.has_target]
    yield from (indicator_sentence(one) for one in ranked if one.verdict["verdict"] == "not_assessable")
    yield from map(_outlook, ranked)
    for one in others:
        yield Citation(f"{one.title}: {_newest(one)}; it has no target.", (cite_indicator(one),))
    for one in others:
        yield _outlook(one)


def _newest(one: JudgedIndicator) -> str:
    return (
        f"{one.value} {one.period_phrase} ({grade_phrase(one)})"
        if one.value
        else f"no complete {one.row['period']} yet"
    )


def _outlook(one: JudgedIndicator) -> Citation:
    """The trend; the forecast and its probability stand in other sentences."""
    told = one_line((one.verdict["outlook"] or "nothing can be said of its trend").partition(". ")[0], SENTENCE)
    return Citation(f"{one.title}: {told[0].lower()}{with_full_stop(told[1:])}", (cite_indicator(one),))
