"""The reason of a verdict in a dozen words, for who reads one line; ``reports.sentences`` says all of it."""

from collections.abc import Mapping
from typing import Any

from reports.language import Language
from reports.sentence_parts import Facts, figure
from reports.sentences import SAID, published_findings
from transforms.findings import Finding


def short_reason(row: Mapping[str, Any], t: Language) -> str:
    """Of a published verdict. Rows of an older version have the whole English sentence only."""
    findings = published_findings(row)
    return _short(findings[0], t) if findings else str(row["reason"])


def _short(finding: Finding, t: Language) -> str:
    facts: Facts = finding.facts
    variant, values = SAID.get(finding.code, _plain)(facts, t)
    more = {name: t.number(facts[name]) for name in ("target", "baseline") if name in facts}
    if "start" in facts and "value" in facts:
        more["figure"] = figure(facts, t)
    if "target" in facts:
        more["mark"] = t.number(facts.get("needed", facts["target"]))
    keys = (f"short.{finding.code}.{variant}", f"short.{finding.code}")
    return t(next(key for key in keys if key in t.texts), **{**values, **more})


def _plain(_facts: Facts, _t: Language) -> tuple[str, Mapping[str, object]]:
    return "", {}
