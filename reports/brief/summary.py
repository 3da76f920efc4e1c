"""Where the plan stands: the headline, the counts, what matters most, and what is known besides."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.brief.citation import Citation, cite_effect, cite_indicator, cite_verdicts, format_value, target_phrase
from reports.brief.evidence import grade_phrase, luck_phrase, may_be_chance, probability_phrase, progress_phrase
from reports.brief.inputs import SENTENCE, BriefInputs, JudgedIndicator, one_line, with_full_stop
from reports.brief.language import one_or_more
from reports.language import Language
from reports.note_lines import note_lines
from reports.ranking import GOOD, SHORT, needs_someone, severity
from reports.sentences import trend
from reports.words import VERDICT_ORDER
from transforms.findings import Fact
from transforms.formatting import number
from warehouse.published_tables import Row

MOST = 3
"""Messages on the first page."""
LONGEST_NOTE = 160


@dataclass(frozen=True)
class Summary:
    """``headline``: one sentence; ``counts``: how many have which verdict; ``messages``: at most ``MOST``, the most
    important first; ``also``: further sentences that are worth a manager's time.
    """

    headline: Citation
    counts: Citation
    messages: tuple[Citation, ...]
    also: tuple[Citation, ...]


def ranked_by_severity(indicators: Sequence[JudgedIndicator]) -> list[JudgedIndicator]:
    """Indicators with a target, the gravest first, as on the overview of the scorecard."""
    return sorted((one for one in indicators if one.has_target), key=lambda one: severity(judged_now(one)))


def judged_now(indicator: JudgedIndicator) -> Row:
    """The verdict as ``reports.ranking`` reads it."""
    return {**indicator.verdict, "may_be_luck": may_be_chance(indicator)}


def summary(inputs: BriefInputs) -> Summary:
    """What needs someone leads; then the best, then an effect, then what may well be chance, then trends."""
    ranked = ranked_by_severity(inputs.indicators)
    first = [one for one in ranked if needs_someone(judged_now(one))]
    good = [one for one in reversed(ranked) if one.verdict["verdict"] in GOOD and one not in first]
    lucky = [one for one in ranked if one.verdict["verdict"] in SHORT and one not in first]
    effect = _strongest(inputs.effects)
    lead = [indicator_sentence(one) for one in (*first[:MOST], *good[:1])]
    after = [_effect_sentence(inputs, effect)] if effect else []
    chosen = [*lead, *after, *(indicator_sentence(one) for one in lucky[:MOST])]
    if len(chosen) < MOST:
        chosen += [*_further_sentences(inputs, ranked)][: MOST - len(chosen)]
    return Summary(
        _headline(inputs, ranked, first), _counts(inputs, ranked), tuple(chosen[:MOST]), tuple(chosen[MOST:])
    )


def _headline(inputs: BriefInputs, ranked: Sequence[JudgedIndicator], first: Sequence[JudgedIndicator]) -> Citation:
    """One sentence: how many are on course, and what needs a decision first."""
    t, verdicts = inputs.t, [one.verdict["verdict"] for one in ranked]
    if not ranked:
        return Citation(_without_targets(inputs), (cite_verdicts(inputs),))
    judged, good = len(verdicts) - verdicts.count("not_assessable"), sum(name in GOOD for name in verdicts)
    state = t(f"brief.headline.{_course(good, judged)}", good=t.whole(good), judged=t.whole(judged))
    worst = next((one for one in first if one.verdict["verdict"] in SHORT), None)
    if worst is None:
        return Citation(t("brief.headline.alone", state=state), (cite_verdicts(inputs),))
    key = "decide" if worst.verdict["verdict"] == "behind" else "watch"
    text = t(f"brief.headline.{key}", state=state, title=worst.title)
    return Citation(text, (cite_verdicts(inputs), cite_indicator(worst)))


def _course(good: int, judged: int) -> str:
    """Which of the headlines says that ``good`` of ``judged`` are on course."""
    if judged < 2:
        return ("none" if judged == 0 else "only") if good == judged else "only_not"
    if good == judged:
        return "all"
    return {0: "nothing", 1: "one"}.get(good, "some")


def _counts(inputs: BriefInputs, ranked: Sequence[JudgedIndicator]) -> Citation:
    """How many indicators have each verdict, and how many alerts are active; empty where none has a target."""
    t = inputs.t
    if not ranked:
        return Citation("", ())
    counts = {name: sum(one.verdict["verdict"] == name for one in ranked) for name in VERDICT_ORDER}
    parts = ", ".join(t(f"brief.counted.{name}", count=t.whole(count)) for name, count in counts.items() if count)
    alerts = sum(one.verdict["alert"] == "firing" for one in ranked)
    text = one_or_more(t, "brief.overview", len(ranked), parts=parts)
    active = one_or_more(t, "brief.active", alerts) if alerts else ""
    return Citation(" ".join(part for part in (text, active) if part), (cite_verdicts(inputs),))


def _without_targets(inputs: BriefInputs) -> str:
    count = len(inputs.indicators)
    return one_or_more(inputs.t, "brief.untargeted", count) if count else inputs.t("brief.untargeted.none")


def indicator_sentence(indicator: JudgedIndicator) -> Citation:
    """One indicator: value, grade, what was expected, and how sure that is."""
    verdict, t = indicator.verdict, indicator.t
    state = t(f"brief.state.{verdict['verdict']}")
    if verdict["verdict"] == "not_assessable":
        lead = t("brief.lead.withheld", title=indicator.title, state=state)
        return Citation(f"{lead} {_newest(indicator)}.{_note(indicator)}", (cite_indicator(indicator),), lead)
    state = t("brief.worse", state=state) if verdict["worsening"] else state
    lead = t("brief.lead", title=indicator.title, state=state)
    return Citation(f"{lead} {evidence(indicator)}.{_note(indicator)}", (cite_indicator(indicator),), lead)


def _note(indicator: JudgedIndicator) -> str:
    """The newest note of the people responsible, to go after a sentence; empty without one."""
    if not indicator.notes:
        return ""
    (line,) = note_lines(indicator.notes[:1], indicator.t)
    text = with_full_stop(one_line(line.note, LONGEST_NOTE))
    return f" {indicator.t('brief.statement', title=line.heading, text=text)}"


def evidence(indicator: JudgedIndicator) -> str:
    """What a judged verdict rests on, without a full stop."""
    t = indicator.t
    parts = [
        t("brief.compared", value=_graded_value(indicator), comparison=_comparison(indicator)),
        progress_phrase(indicator),
        luck_phrase(indicator) if indicator.verdict["verdict"] in SHORT else "",
        probability_phrase(indicator),
    ]
    return t("between_clauses").join(part for part in parts if part)


def _graded_value(indicator: JudgedIndicator) -> str:
    when, grade = indicator.period_phrase, grade_phrase(indicator)
    return indicator.t("brief.value", value=indicator.value, when=when, grade=grade)


def _comparison(indicator: JudgedIndicator) -> str:
    verdict, t = indicator.verdict, indicator.t
    facts = indicator.findings[0].facts if indicator.findings else {}
    if indicator.row["better"] == "band":
        ends = {end: _figure(t, facts.get(end, indicator.row[f"target_{end}"])) for end in ("low", "high")}
        return t("brief.outside" if verdict["verdict"] == "behind" else "brief.inside", **ends)  # on what is judged
    target = target_phrase(indicator)
    if verdict["verdict"] == "achieved" or indicator.is_over or verdict["expected"] is None:
        needed = facts.get("needed")
        if needed is None:
            return t("brief.target", target=target)
        return t("brief.target_here", needed=_figure(t, needed), target=target)
    return t("brief.expected", expected=t.number(verdict["expected"]), target=target)


def _figure(t: Language, fact: Fact) -> str:
    return format_value(t, fact if isinstance(fact, float | int) else None)


def _strongest(effects: Sequence[Row]) -> Row | None:
    """The association that is least likely to come by chance."""
    associated = [row for row in effects if row["verdict"] in {"associated_rise", "associated_fall"}]
    return min(
        associated,
        key=lambda row: (1.0 if row["p_value"] is None else row["p_value"], row["activity_id"], row["indicator_id"]),
        default=None,
    )


def _effect_sentence(inputs: BriefInputs, row: Row) -> Citation:
    activity, t = inputs.activities[row["activity_id"]], inputs.t
    direction = "rise" if row["verdict"] == "associated_rise" else "fall"
    named = {"activity": one_line(activity["title"]), "title": inputs.title_of(row["indicator_id"])}
    when = {"channel": one_line(activity["channel"], 30), "day": t.day(activity["date"])}
    lead = t(f"brief.effect.{direction}", **named, **when)
    size = one_or_more(t, "brief.effect", row["periods_after"], size=_effect_size(t, row))
    return Citation(f"{lead} {size}", (cite_effect(t, row),), lead)


def _effect_size(t: Language, row: Row) -> str:
    """The change in per cent where that is known, else per period, with its 90 % interval."""
    relative = row["effect_pct"] is not None and row["low_pct"] is not None and row["high_pct"] is not None
    effect, low, high = (row[f"{name}{'_pct' if relative else ''}"] for name in ("effect", "low", "high"))
    if low is None or high is None:
        return t("brief.size.unknown", effect=_signed(t, effect))
    ends = {"effect": _signed(t, effect), "low": _signed(t, low), "high": _signed(t, high)}
    return t("brief.size.pct" if relative else "brief.size", **ends)


def _signed(t: Language, value: float) -> str:
    return f"{'+' if value >= 0 else '-'}{t.writing.separated(number(round(abs(value), 1)))}"


def _further_sentences(inputs: BriefInputs, ranked: Sequence[JudgedIndicator]) -> Iterator[Citation]:
    """For few indicators with a target: their outlook, then the newest values and trends of the others."""
    others, t = [one for one in inputs.indicators if not one.has_target], inputs.t
    yield from (indicator_sentence(one) for one in ranked if one.verdict["verdict"] == "not_assessable")
    yield from map(_trend_sentence, ranked)
    for one in others:
        said = t("brief.untargeted", newest=_newest(one))
        yield Citation(t("brief.statement", title=one.title, text=said), (cite_indicator(one),))
    yield from map(_trend_sentence, others)


def _newest(indicator: JudgedIndicator) -> str:
    t = indicator.t
    return _graded_value(indicator) if indicator.value else t("brief.no_period", length=_length(indicator))


def _length(indicator: JudgedIndicator) -> str:
    return indicator.t(f"length.{indicator.row['period']}")


def _trend_sentence(indicator: JudgedIndicator) -> Citation:
    """The trend only; the forecast and its probability are in other sentences."""
    t = indicator.t
    said = one_line(trend(indicator.verdict, t) or t("brief.no_trend"), SENTENCE)
    text = t("brief.statement", title=indicator.title, text=f"{said[0].lower()}{with_full_stop(said[1:])}")
    return Citation(text, (cite_indicator(indicator),))
