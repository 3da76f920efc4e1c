"""What is found of one activity and one indicator: an association with a date, never a cause, or why there is none."""

from dataclasses import dataclass

from transforms.effects.event_window import Event
from transforms.effects.window_lengths import WindowLengths
from transforms.findings import Facts, Finding, found

CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class EffectFacts:
    """The result for one activity and indicator; NaN where there is none.

    reason: why it cannot be told, a code of ``warehouse.schema.effect_codes``, or "". until: the event at which the
    periods after end early. controls: titles.
    """

    verdict: str
    reason: str
    unit: str
    effect: float
    effect_pct: float
    low: float
    high: float
    low_pct: float
    high_pct: float
    periods_before: int
    periods_after: int
    placebo_tried: int
    placebo_passed: int
    until: Event | None
    controls: tuple[str, ...]


def effect_finding(facts: EffectFacts, span: WindowLengths) -> Finding:
    if facts.reason:
        return found(facts.reason, CANNOT_TELL, _lacking(facts, span))
    change = {name: getattr(facts, name) for name in ("effect", "low", "high", "effect_pct", "low_pct", "high_pct")}
    end: Facts = {} if facts.until is None else {"until": facts.until.day, "until_activity": facts.until.title}
    known: Facts = {"unit": facts.unit, "period": span.period, "after": facts.periods_after, "controls": facts.controls}
    return found(facts.verdict, facts.verdict, change, known, end)


def _lacking(facts: EffectFacts, span: WindowLengths) -> Facts:
    match facts.reason:
        case "few_after":
            return {"known": facts.periods_after, "needs": span.after, "period": span.period}
        case "few_before":
            return {"known": facts.periods_before, "needs": span.before, "period": span.period}
        case "failed_placebo":
            return {"shown": facts.placebo_tried - facts.placebo_passed, "of": facts.placebo_tried}
    return {}
