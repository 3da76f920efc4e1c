"""The sentence of one effect.

Its words are limited by the evidence: an association with a date, never a cause.
"""

import math
from dataclasses import dataclass

from transforms.formatting import number


@dataclass(frozen=True, slots=True)
class EffectFacts:
    """The result for one activity and indicator.

    until: why the periods after end early, or empty. controls: titles.
    """

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


def effect_sentence(facts: EffectFacts) -> str:
    if facts.verdict == "cannot_tell":
        return f"cannot tell: {facts.reason}"
    span = f"over the {facts.after} complete {facts.period}s after it{facts.until}"
    compared = f", compared with {' and '.join(facts.controls)}" if facts.controls else ""
    amount, interval = _amount(facts), _interval(facts)
    if facts.verdict == "no_clear_change":
        return f"no clear change: {amount} ({interval}) {span}{compared}; estimated"
    turn = "rise" if facts.verdict == "associated_rise" else "fall"
    return f"associated with a {turn}: {amount} ({interval}) {span}{compared}; estimated"


def _amount(facts: EffectFacts) -> str:
    """``+12 %, 1,200 visits a month against what was expected``."""
    each = f"{_signed(facts.effect)} {facts.unit} a {facts.period}"
    share = "" if math.isnan(facts.effect_pct) else f"{_percent(facts.effect_pct)} %, "
    return f"{share}{each} against what was expected"


def _interval(facts: EffectFacts) -> str:
    low, high = _signed(facts.low), _signed(facts.high)
    if not math.isnan(facts.low_pct):
        low, high = _percent(facts.low_pct), f"{_percent(facts.high_pct)} %"
    return f"{facts.level:.0%} interval {low} to {high}".replace("% i", " % i", 1)


def _percent(value: float) -> str:
    return f"{value:+.0f}" if abs(value) >= 10 else f"{value:+.1f}"


def _signed(value: float) -> str:
    return f"{'+' if value >= 0 else '-'}{number(abs(value))}"
