"""What is known of an indicator in pairs: its figures, how it was judged, its goal, what is counted."""

from collections.abc import Sequence
from typing import Any

from reports.language import Language
from reports.site.published_rows import Published
from warehouse.published_tables import Row

Facts = list[tuple[str, str]]
"""Pairs of catalogue key and text, without those whose text is empty."""


def filled(facts: Sequence[tuple[str, str]]) -> Facts:
    return [(key, text) for key, text in facts if text]


def figures(t: Language, row: Row, verdict: Row, head: dict[str, Any], goal: Facts) -> Facts:
    """The figures that lead the page: where it is, where the path wants it, the target, how likely it is, who."""
    through = t("picture.through", day=t.day(verdict["through"])) if verdict["through"] else ""
    return filled(
        [
            ("label.value", _joined(head["value"] and f"{head['value']} {row['unit']}", head["value"] and through)),
            ("label.expected", f"{head['expected']} {row['unit']}" if head["expected"] else ""),
            *(pair for pair in goal if pair[0] == "label.target"),
            ("label.probability", head["probability"]),
            ("label.owner", row["owner"] or ""),
        ]
    )


def judged_facts(t: Language, row: Row, verdict: Row, head: dict[str, Any]) -> Facts:
    return [
        ("label.pace", head["pace"]),
        ("label.through", head["through"]),
        ("label.grade", head["grade"]),
        ("label.probability", _joined(head["probability"], head["record"] and f"({head['record']})")),
        ("label.luck", _luck(t, verdict)),
        ("label.alert", _alert(t, verdict, head["alert_raised"])),
        ("label.objective", row["objective"] or ""),
    ]


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _luck(t: Language, verdict: Row) -> str:
    """How often luck alone brings as large a shortfall; empty where there is none, or where it is not known."""
    p = verdict["luck_p_value"]
    if p is None or verdict["verdict"] not in {"behind", "at_risk"}:
        return ""
    return t("luck.below") if p < 0.01 else t.percent(p)


def _alert(t: Language, verdict: Row, raised: str) -> str:
    """The state, since when, and the period for which it was first found."""
    if not verdict["alert"]:
        return ""
    period = t("alert.for_period", day=t.day(verdict["alert_since"])) if raised and verdict["alert_since"] else ""
    return _joined(t(f"alert.{verdict['alert']}"), _joined(raised, period))


def goal_facts(t: Language, row: Row, *, yearly: bool) -> Facts:
    start, end = row["baseline_start"], row["baseline_end"]
    band = row["target_low"] is not None
    value = t.number(row["target_value"])
    if band:
        value = t("band", low=t.number(row["target_low"]), high=t.number(row["target_high"]))
    target = baseline = ""
    if value:
        target = t("target.year" if yearly else "target.period", value=value, unit=row["unit"], due=t.day(row["due"]))
    if start:
        key = "baseline" if row["baseline_value"] is not None else "baseline.unknown"
        baseline = t(key, value=t.number(row["baseline_value"]), unit=row["unit"], span=t.span(start, end))
    return [
        ("label.target", target),
        ("label.baseline", baseline),
        ("label.path", t(f"path.{row['path']}") if row["path"] and not band else ""),
        ("label.rule", _rule(t, row["rule"]) if value and row["rule"] and not band else ""),
    ]


def _rule(t: Language, rule: str) -> str:
    return t("rule.pace") if rule.startswith("pace") else t("rule.other", name=rule)


def definition_facts(published: Published, t: Language, row: Row) -> Facts:
    return [
        ("label.unit", row["unit"]),
        ("label.kind", t(f"kind.{row['kind']}")),
        ("label.period", t(f"length.{row['period']}")),
        ("label.better", t(f"better.{row['better']}")),
        ("label.measures", "; ".join(published.plan.measures.get(row["indicator_id"], ()))),
        ("label.sources", ", ".join(row["sources"] or ())),
    ]
