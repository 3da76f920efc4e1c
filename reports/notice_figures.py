"""The figure of an indicator in a message, and in at most twelve words how far it is from what was expected."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from reports.language import Language
from reports.sentence_parts import period_phrase
from reports.sentences import published_findings, reason, sentence
from transforms.judgement.hedges import HALF

Row = Mapping[str, Any]


def span(indicator: Row, verdict: Row, t: Language) -> str:
    """``in Oct 2026``; of a target for a year ``up to 31 Oct 2026``; empty where nothing was judged."""
    through: date | None = verdict["through"]
    if through is None:
        return ""
    if indicator.get("over") == "year" or indicator["period"] in {"day", "week"}:
        return t("entry.until", day=t.day(through))
    return period_phrase(indicator["period"], through, t)


def figure(indicator: Row, verdict: Row, t: Language) -> str:
    """The value with what was expected of it, or with its band; empty where no value is known."""
    value, expected = verdict["value"], verdict["expected"]
    if value is None:
        return ""
    shown = {"value": t.number(value), "unit": indicator["unit"], "span": span(indicator, verdict, t)}
    if expected is not None:
        return t("entry.figure", **shown, expected=t.number(expected)).strip()
    facts = _facts(verdict)
    if "high" in facts:
        return t("entry.band", **shown, low=t.number(facts["low"]), high=t.number(facts["high"]))
    return t("entry.figure_alone", **shown).strip()


def subject(indicator: Row, verdict: Row, t: Language, longest: int) -> str:
    """``Visits to Hill behind: 1,900 of 2,400 expected in Oct 2026``; a long title is cut. Empty without a figure."""
    value, expected = verdict["value"], verdict["expected"]
    if value is None or expected is None:
        return ""
    key = "subject.of" if indicator.get("better", "up") == "up" and value < expected else "subject.against"
    parts = {
        "verdict": t(f"verdict.{verdict['verdict']}"),
        "value": t.number(value),
        "expected": t.number(expected),
        "span": span(indicator, verdict, t),
    }
    room = max(longest - len(t(key, name="", **parts)), 20)
    title = " ".join(indicator["title"].split())
    name = title if len(title) <= room else f"{title[: room - 1].rstrip()}…"
    return t(key, name=name, **parts).strip()


def short_reason(verdict: Row, t: Language, *, is_alert: bool) -> str:
    """How far the value is from what was expected, and how often luck does that, in at most twelve words.

    Where nothing was expected, the reason of the verdict without what is told beside it.
    """
    value, expected = verdict["value"], verdict["expected"]
    if value is None or expected is None:
        findings = published_findings(verdict)
        return sentence(findings[:1], t, advice=False) if findings else reason(verdict, t)
    gap = _gap(value, expected, t)
    if not gap:
        return t("gap.none")
    said = t("gap.more" if value > expected else "gap.less", gap=gap)
    p = verdict["luck_p_value"]
    if p is None:
        return t("gap.luck_unknown", gap=said) if is_alert else said
    return said if p > HALF else t("gap.luck", gap=said, often=_often(p, t))


def _gap(value: float, expected: float, t: Language) -> str:
    """The difference, to three digits of the values, with its share; empty where there is none."""
    difference = 0.0 if math.isclose(value, expected, rel_tol=1e-9) else value - expected
    size = abs(difference)
    size = round(size, max(2 - math.floor(math.log10(max(abs(value), abs(expected)))), 0)) if size else 0.0
    if not size:
        return ""
    share = f" ({t('percent', value=f'{abs(difference / expected) * 100:.0f}')})" if expected else ""
    return f"{t.number(size)}{share}"


def _often(p: float, t: Language) -> str:
    if p < 0.001:
        return t("gap.below", share=t("percent", value=t.writing.separated("0.1")))
    digits = 1 if p < 0.1 else 0
    return t("percent", value=t.writing.separated(f"{p * 100:.{digits}f}"))


def _facts(verdict: Row) -> Mapping[str, Any]:
    findings = published_findings(verdict)
    return findings[0].facts if findings else {}
