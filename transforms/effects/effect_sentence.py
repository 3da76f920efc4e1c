"""The sentence of one effect. Words are limited by the evidence: an association with a date, never a cause."""

import math
from dataclasses import dataclass

from transforms.reasons import number


@dataclass(frozen=True, slots=True)
class EffectFacts:
    """What is known of one activity and indicator; ``until``: why the periods after end early, or empty; ``controls``: titles."""

    verdict: str
    reason: str
    unit: str
    period: str
    level: float
    effect: float
    effect_pct: float
    low: float
    high: float
    low_pct: float
    high_pct: float
    after: int
    until: str
    controls: tuple[str, ...]


def effect_sentence(told: EffectFacts) -> str:
    if told.verdict == "cannot_tell":
        return f"cannot tell: {told.reason}"
    span = f"over the {told.after} complete {told.period}s after it{told.until}"
    beside = f", beside {' and '.join(told.controls)}" if told.controls else ""
    amount, interval = _amount(told), _interval(told)
    if told.verdict == "no_clear_change":
        return f"no clear change: {amount} ({interval}) {span}{beside}; estimated"
    turn = "rise" if told.verdict == "associated_rise" else "fall"
    return f"associated with a {turn}: {amount} ({interval}) {span}{beside}; estimated"


def _amount(told: EffectFacts) -> str:
    """``+12 %, 1,200 visits a month``: against what was expected without it."""
    each = f"{_signed(told.effect)} {told.unit} a {told.period}"
    share = "" if math.isnan(told.effect_pct) else f"{_percent(told.effect_pct)} %, "
    return f"{share}{each} against what was expected"


def _interval(told: EffectFacts) -> str:
    share = not math.isnan(told.low_pct)
    ends = (
        (_percent(told.low_pct), f"{_percent(told.high_pct)} %") if share else (_signed(told.low), _signed(told.high))
    )
    return f"{told.level:.0%} interval {ends[0]} to {ends[1]}".replace("% i", " % i", 1)


def _percent(value: float) -> str:
    return f"{value:+.0f}" if abs(value) >= 10 else f"{value:+.1f}"


def _signed(value: float) -> str:
    return f"{'+' if value >= 0 else '-'}{number(abs(value))}"
