"""Where the plan stands, in three to five sentences.

The overview, the gravest indicators, the best one, one associated activity, and what is withheld.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from reports.brief.citation import Citation, cite_effect, cite_indicator, cite_verdicts, format_value, target_phrase
from reports.brief.evidence import grade_phrase, luck_phrase, may_be_chance, probability_phrase, progress_label
from reports.brief.inputs import (
    SENTENCE,
    BriefInputs,
    JudgedIndicator,
    count_noun,
    format_day,
    one_line,
    with_full_stop,
)
from reports.language import english
from reports.sentences import trend
from reports.words import VERDICT_ORDER
from transforms.findings import Fact
from transforms.formatting import number
from warehouse.published_tables import Row

VERDICT_PHRASES = {
    "behind": "behind",
    "at_risk": "at risk",
    "not_assessable": "cannot be judged",
    "on_track": "on track",
    "achieved": "target met",
}
FEWEST, MOST = 3, 5
NO_PACE = 1e9
"""Sorts an indicator without a pace behind all that have one."""


def by_severity(indicators: Sequence[JudgedIndicator]) -> list[JudgedIndicator]:
    """Indicators with a target, the gravest first.

    Ordered by verdict; then what may well be chance last; then those with an active alert; then those worse than their
    baseline; then the least progress.
    """

    def order(indicator: JudgedIndicator) -> tuple[int, bool, bool, bool, float]:
        verdict = indicator.verdict
        pace = NO_PACE if verdict["pace_ratio"] is None else verdict["pace_ratio"]
        severity, chance = VERDICT_ORDER.index(verdict["verdict"]), may_be_chance(indicator)
        return severity, chance, verdict["alert"] != "firing", not verdict["worsening"], pace

    return sorted((indicator for indicator in indicators if indicator.has_target), key=order)


def summary(inputs: BriefInputs) -> list[Citation]:
    """Three to five sentences, the most important first; a shortfall that may well be chance comes last."""
    ranked = by_severity(inputs.indicators)
    short = [one for one in ranked if one.verdict["verdict"] in {"behind", "at_risk"}]
    grave = [one for one in short if not may_be_chance(one)]
    good = [one for one in reversed(ranked) if one.verdict["verdict"] in {"achieved", "on_track"}]
    effect = _strongest(inputs.effects)
    last = [_effect_sentence(inputs, effect)] if effect else []
    chosen = [overview(inputs, ranked), *map(indicator_sentence, grave[: MOST - 1 - len(good[:1]) - len(last)])]
    others = [*good, *(one for one in short if may_be_chance(one))]
    chosen += [*map(indicator_sentence, others[: MOST - len(chosen) - len(last)]), *last]
    return [*chosen, *islice(_further_sentences(inputs, ranked), max(FEWEST - len(chosen), 0))]


def overview(inputs: BriefInputs, ranked: Sequence[JudgedIndicator]) -> Citation:
    if not ranked:
        return Citation(_without_targets(len(inputs.indicators)), (cite_verdicts(inputs),))
    counts = {name: sum(one.verdict["verdict"] == name for one in ranked) for name in VERDICT_ORDER}
    phrases = VERDICT_PHRASES | {"achieved": "met"}
    parts = ", ".join(f"{count} {phrases[name]}" for name, count in counts.items() if count)
    alerts = sum(one.verdict["alert"] == "firing" for one in ranked)
    active = f" {count_noun(alerts, 'alert')} {'is' if alerts == 1 else 'are'} active." if alerts else ""
    text = f"Of {count_noun(len(ranked), 'indicator')} with a target: {parts}.{active}"
    return Citation(text, (cite_verdicts(inputs),))


def _without_targets(indicators: int) -> str:
    if not indicators:
        return "There is no indicator yet."
    if indicators == 1:
        return "The one indicator has no target, so it is not judged."
    return f"None of {indicators:,} indicators has a target, so none is judged."


def indicator_sentence(indicator: JudgedIndicator) -> Citation:
    """One indicator: value, grade, what was expected, and how sure that is."""
    verdict = indicator.verdict
    phrase = VERDICT_PHRASES[verdict["verdict"]]
    if verdict["verdict"] == "not_assessable":
        return Citation(f"{indicator.title}: {phrase}; {_newest(indicator)}.", (cite_indicator(indicator),))
    worse = ", and worse than its baseline" if verdict["worsening"] else ""
    value = f"{indicator.value} {indicator.period_phrase} ({grade_phrase(indicator)})"
    parts = [
        f"{value}, {_comparison(indicator)}",
        _progress(indicator),
        luck_phrase(indicator) if verdict["verdict"] in {"behind", "at_risk"} else "",
        probability_phrase(indicator),
    ]
    evidence = "; ".join(part for part in parts if part)
    return Citation(f"{indicator.title}: {phrase}{worse}. {evidence}.", (cite_indicator(indicator),))


def _comparison(indicator: JudgedIndicator) -> str:
    verdict, findings = indicator.verdict, indicator.findings
    facts = findings[0].facts if findings else {}
    if indicator.row["better"] == "band":
        low, high = (facts.get(end, indicator.row[f"target_{end}"]) for end in ("low", "high"))  # on what is judged
        where = "outside" if verdict["verdict"] == "behind" else "inside"
        return f"{where} the band {_figure(low)} to {_figure(high)}"
    if verdict["verdict"] == "achieved" or indicator.is_over or verdict["expected"] is None:
        needed = facts.get("needed")
        target = target_phrase(indicator)
        return f"target {target}" if needed is None else f"here {_figure(needed)} meet the target of {target}"
    return f"against {number(verdict['expected'])} expected on the path to {target_phrase(indicator)}"


def _figure(fact: Fact) -> str:
    return format_value(fact if isinstance(fact, float | int) else None)


def _progress(indicator: JudgedIndicator) -> str:
    pace = indicator.verdict["pace_ratio"]
    if pace is None or pace < 0 or indicator.verdict["verdict"] == "achieved":
        return ""
    return f"{progress_label(pace)} of the progress due by then"


def _strongest(effects: Sequence[Row]) -> Row | None:
    """The association that is least likely to come by chance."""
    associated = [row for row in effects if row["verdict"] in {"associated_rise", "associated_fall"}]
    return min(
        associated,
        key=lambda row: (1.0 if row["p_value"] is None else row["p_value"], row["activity_id"], row["indicator_id"]),
        default=None,
    )


def _effect_sentence(inputs: BriefInputs, row: Row) -> Citation:
    activity = inputs.activities[row["activity_id"]]
    direction = "rise" if row["verdict"] == "associated_rise" else "fall"
    channel, day = one_line(activity["channel"], 30), format_day(activity["date"])
    title, periods = inputs.title_of(row["indicator_id"]), count_noun(row["periods_after"], "period")
    return Citation(
        f"'{one_line(activity['title'])}' ({channel}, {day}) is associated with a {direction} in {title}: "
        f"{_effect_size(row)} over {periods} since, estimated. An association is not a cause.",
        (cite_effect(row),),
    )


def _effect_size(row: Row) -> str:
    """The change in per cent where that is known, else per period, with its 90 % interval."""
    relative = row["effect_pct"] is not None and row["low_pct"] is not None and row["high_pct"] is not None
    effect, low, high = (row[f"{name}{'_pct' if relative else ''}"] for name in ("effect", "low", "high"))
    unit = " %" if relative else " a period"
    interval = "its interval is not known"
    if low is not None and high is not None:
        interval = f"90 % interval {_signed(low)} to {_signed(high)}{unit}"
    return f"{_signed(effect)}{unit} ({interval}) against what was expected"


def _signed(value: float) -> str:
    return f"{'+' if value >= 0 else '-'}{number(round(abs(value), 1))}"


def _further_sentences(inputs: BriefInputs, ranked: Sequence[JudgedIndicator]) -> Iterator[Citation]:
    """For few indicators with a target: their outlook, then the newest values and trends of the others."""
    others = [one for one in inputs.indicators if not one.has_target]
    yield from (indicator_sentence(one) for one in ranked if one.verdict["verdict"] == "not_assessable")
    yield from map(_trend_sentence, ranked)
    for one in others:
        yield Citation(f"{one.title}: {_newest(one)}; it has no target.", (cite_indicator(one),))
    yield from map(_trend_sentence, others)


def _newest(indicator: JudgedIndicator) -> str:
    if not indicator.value:
        return f"no complete {indicator.row['period']} yet"
    return f"{indicator.value} {indicator.period_phrase} ({grade_phrase(indicator)})"


def _trend_sentence(indicator: JudgedIndicator) -> Citation:
    """The trend only; the forecast and its probability are in other sentences."""
    said = one_line(trend(indicator.verdict, english()) or "too little is known to give a trend", SENTENCE)
    text = f"{indicator.title}: {said[0].lower()}{with_full_stop(said[1:])}"
    return Citation(text, (cite_indicator(indicator),))
