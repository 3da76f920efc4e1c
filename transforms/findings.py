"""What is found of an indicator or an effect: codes and figures. ``reports.sentences`` makes the words of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from warehouse.schema.effect_codes import EFFECT_REASONS
from warehouse.schema.outlook_codes import OUTLOOK
from warehouse.schema.reason_codes import REASONS

Fact = float | str | bool | date | tuple[str, ...] | None
Facts = Mapping[str, Fact]
"""The parameters of a code by name."""
CODES = REASONS | OUTLOOK | EFFECT_REASONS
"""Every code with its parameters."""
WORST_FIRST = ("behind", "at_risk", "on_track", "achieved")
"""The verdicts that say how it stands."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found about an indicator.

    code: one of ``CODES``, with its parameters as ``facts``. verdict: what it makes of the
    indicator; None where it is told beside the verdict.
    """

    code: str
    facts: Facts = field(default_factory=dict)
    verdict: str | None = None


Findings = tuple[Finding, ...]
"""Of one indicator: the finding that gives the verdict, and what is told beside it."""


def found(code: str, verdict: str | None = None, *given: Facts, **facts: Fact) -> Finding:
    """A finding of the facts in ``given`` and in ``facts``.

    Those that are unknown or do not apply (None, NaN, NaT, False, no text) are left out. Raises ``ValueError`` for a
    fact that ``CODES`` does not name.
    """
    every = {name: value for some in (*given, facts) for name, value in some.items()}
    if unknown := every.keys() - CODES[code].parameters.keys():
        raise ValueError(f"'{code}' has no parameter {', '.join(sorted(unknown))}")
    return Finding(code, {name: value for name, value in every.items() if _applies(value)}, verdict)


def _applies(value: Fact) -> bool:
    if value is None or isinstance(value, str | tuple | bool):
        return bool(value)
    return not pd.isna(value)


def to_json(findings: Sequence[Finding]) -> str:
    """The facts of the first finding, and those of the others under ``beside``; nothing of no finding."""
    if not findings:
        return "{}"
    first, *beside = findings
    others = [{"code": one.code, **_plain(one.facts)} for one in beside]
    return json.dumps(_plain(first.facts) | ({"beside": others} if others else {}), ensure_ascii=False)


def _plain(facts: Facts) -> dict[str, object]:
    return {name: _plain_fact(value) for name, value in facts.items()}


def _plain_fact(value: Fact) -> object:
    """A day as text; of a figure the digits that are the same in whatever order its parts were added up."""
    if isinstance(value, float):
        return float(f"{value:.12g}")
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else value


def from_json(code: str, parameters: str) -> list[Finding]:
    """The findings that ``to_json`` wrote, of a reason with this code; days are texts."""
    facts = json.loads(parameters)
    beside = [Finding(one.pop("code"), one) for one in facts.pop("beside", ())]
    return [Finding(code, facts), *beside]
