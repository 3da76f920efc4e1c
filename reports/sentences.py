"""The findings of a verdict, of its outlook and of effects as sentences, in the reader's language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from reports.effect_phrases import EFFECT_SAID
from reports.language import Language
from reports.outlook_phrases import OUTLOOK_SAID
from reports.sample_phrases import SAMPLE_SAID
from reports.sentence_parts import Facts, Text, closure, figure, goal, here, missing_cells, progress, setting, to_date
from transforms.findings import Finding, from_json


def sentence(findings: Sequence[Finding], t: Language, *, advice: bool = True) -> str:
    """Why the verdict, then what is told beside it; with what to do about it, unless ``advice`` is off."""
    return t("between_clauses").join(_clause(one, t, advice=advice) for one in findings)


def in_readers_language(row: Mapping[str, Any], parameters: str = "reason_parameters") -> bool:
    """Whether a sentence of a published row is made anew; rows of an older version have the English one only."""
    return row.get(parameters) is not None


def published_findings(row: Mapping[str, Any], what: str = "reason") -> list[Finding]:
    """The findings in a published row, the deciding one first; ``what``: reason or outlook. None in rows of an older
    version, which have the English sentence only.
    """
    code, parameters = row.get(f"{what}_code"), row.get(f"{what}_parameters")
    return [] if code is None or parameters is None else from_json(code, parameters)


def reason(row: Mapping[str, Any], t: Language, *, advice: bool = True) -> str:
    """The reason of a published verdict. Rows of an older version have the English sentence only."""
    findings = published_findings(row)
    return sentence(findings, t, advice=advice) if findings else str(row["reason"])


def outlook_sentences(findings: Sequence[Finding], t: Language) -> str:
    """The trend, then what lies ahead, each as a sentence of its own."""
    clauses = (_clause(one, t, advice=True) for one in findings)
    return " ".join(f"{clause[0].upper()}{clause[1:]}." for clause in clauses)


def outlook(row: Mapping[str, Any], t: Language) -> str:
    """The outlook of a published verdict. Rows of an older version have the English sentences only."""
    findings = published_findings(row, "outlook")
    return outlook_sentences(findings, t) if findings else str(row["outlook"] or "")


def trend(row: Mapping[str, Any], t: Language) -> str:
    """The trend of a published verdict, without what lies ahead, to go on a sentence."""
    findings = published_findings(row, "outlook")
    return _clause(findings[0], t, advice=True) if findings else str(row["outlook"] or "")


def effect_sentence(finding: Finding, t: Language) -> str:
    """What followed an activity, begun with the verdict."""
    return t(f"effect_verdict.{finding.verdict}", text=effect_clause(finding, t))


def effect_clause(finding: Finding, t: Language) -> str:
    """The same without the verdict."""
    return _clause(finding, t, advice=True)


def effect(row: Mapping[str, Any], t: Language, *, verdict: bool = False) -> str:
    """A published effect, begun with its verdict if so wished. Rows of an older version have the English sentence."""
    findings = published_findings(row)
    if not findings:
        return str(row["sentence"])
    (finding,) = findings
    return effect_sentence(replace(finding, verdict=row["verdict"]), t) if verdict else effect_clause(finding, t)


def _clause(finding: Finding, t: Language, *, advice: bool) -> str:
    facts: Facts = finding.facts
    variant, values = SAID.get(finding.code, _plain)(facts, t)
    text = t(".".join(part for part in ("reason", finding.code, variant) if part), **values)
    told = f"advice.{finding.code}"
    text += t(told) if advice and told in t.texts else ""
    return t("since_break", day=_day(facts["comparable_since"], t), text=text) if "comparable_since" in facts else text


def _plain(_facts: Facts, _t: Language) -> Text:
    return "", {}


def _measured(facts: Facts, t: Language) -> dict[str, object]:
    return {"figure": figure(facts, t), "goal": goal(facts, t), "here": here(facts, t), "setting": setting(facts, t)}


def _closed(facts: Facts, t: Language) -> Text:
    return "", {"closure": closure(facts, t), "length": t(f"length.{facts['period']}") if "period" in facts else ""}


def _break(facts: Facts, t: Language) -> Text:
    return "", {"day": _day(facts["day"], t), "why": facts["why"]}


def _gap(facts: Facts, t: Language) -> Text:
    return "", {"gap": t.period(facts["period"], to_date(facts["gap"]))}


def _no_period(facts: Facts, t: Language) -> Text:
    if "newest" not in facts:
        return "none", {}
    known, share = {"length": t(f"length.{facts['period']}"), "newest": _day(facts["newest"], t)}, facts["complete"]
    if share == 1:
        return "unsettled", known
    return "", {**known, "complete": t.percent(share)}


def _baseline_incomplete(facts: Facts, t: Language) -> Text:
    span = {name: _day(facts[name], t) for name in ("first", "last")}
    counts = {name: t.whole(facts.get(name, 0)) for name in ("known", "of")}
    return "", {**span, **counts, "lengths": t(f"lengths.{facts['period']}")}


def _before_baseline_end(facts: Facts, t: Language) -> Text:
    last = t.period(facts["period"], to_date(facts["last"]))
    return "year" if facts["over"] == "year" else "", {"length": t(f"length.{facts['period']}"), "last": last}


def _met_by_baseline(facts: Facts, t: Language) -> Text:
    return facts["better"], {name: t.number(facts[name]) for name in ("target", "baseline")}


def _no_path(facts: Facts, t: Language) -> Text:
    path = t(f"path_word.{facts['path']}")
    return "", {"path": path, "baseline": t.number(facts["baseline"]), "goal": goal(facts, t)}


def _rule(facts: Facts, t: Language) -> Text:
    return "", {
        **{name: facts[name] for name in ("unit", "rule", "label", "because")},
        "value": t.number(facts["value"]),
    }


def _since_due(facts: Facts, t: Language) -> Text:
    variant = {(True, True): "still", (True, False): "lost", (False, True): "reached", (False, False): "not_yet"}
    return variant[facts.get("was", False), facts.get("met", False)], {"figure": figure(facts, t)}


def _band(facts: Facts, t: Language) -> Text:
    band = {"low": t.number(facts["low"]), "high": t.number(facts["high"])}
    return "", {"figure": figure(facts, t), "setting": setting(facts, t), **band}


def _level_held(facts: Facts, t: Language) -> Text:
    return "year" if facts["period"] == "year" else "", _measured(facts, t)


def _pace(facts: Facts, t: Language) -> Text:
    way = {
        "expected": t.number(facts["expected"]),
        "path": t(f"path_word.{facts['path']}"),
        "progress": progress(facts["ratio"], t),
        "of_year": t("of_year", share=t.percent(facts["of_year"])) if "of_year" in facts else "",
        "step": t("step") if facts.get("is_step") else "",
    }
    return "year" if facts["over"] == "year" else "", {**_measured(facts, t), **way}


def _range(facts: Facts, t: Language) -> Text:
    return "", {name: t(f"verdict.{facts[name]}") for name in ("worst", "best")}


def _depends_on_missing(facts: Facts, t: Language) -> Text:
    return "", {**_range(facts, t)[1], "cells": missing_cells(facts, t)}


def _interval(facts: Facts, t: Language) -> Text:
    return "target" if "target" in facts else "", {name: t.number(facts[name]) for name in ("low", "high")}


def _method_change(facts: Facts, t: Language) -> Text:
    return "", {"month": t.period("month", to_date(facts["day"])), "why": facts["why"]}


def _day(day: date | str, t: Language) -> str:
    return t.day(to_date(day))


SAID: dict[str, Callable[[Facts, Language], Text]] = {
    "closed": _closed,
    "closed_since": lambda facts, t: ("", {"closure": closure(facts, t)}),
    "break": _break,
    "gap_in_year": _gap,
    "no_period": _no_period,
    "baseline_incomplete": _baseline_incomplete,
    "before_baseline_end": _before_baseline_end,
    "target_met_by_baseline": _met_by_baseline,
    "no_path": _no_path,
    "depends_on_missing": _depends_on_missing,
    "rule": _rule,
    "due_unknown": lambda facts, t: ("", {"figure": figure(facts, t), "due": _day(facts["due"], t)}),
    "depends_on_sample": lambda facts, t: ("", {"figure": figure(facts, t), "goal": goal(facts, t)}),
    "target_met": lambda facts, t: ("", _measured(facts, t)),
    "target_missed": lambda facts, t: ("exceeded" if facts.get("exceeded") else "", _measured(facts, t)),
    "since_due": _since_due,
    "inside_band": _band,
    "outside_band": _band,
    "level_held": _level_held,
    "level_reached": lambda facts, t: ("", _measured(facts, t)),
    "pace": _pace,
    "year_end": lambda facts, t: ("", {"projected": t.number(facts["projected"])}),
    "missing": lambda facts, t: ("", {"cells": missing_cells(facts, t)}),
    "estimated": lambda facts, t: ("", {"cells": missing_cells(facts, t)}),
    "sample_interval": _interval,
    "sample_range": _range,
    **SAMPLE_SAID,
    "method_change": _method_change,
    "old": lambda facts, t: ("newer" if facts.get("newer_known") else "", {"months": t.whole(facts["months"])}),
    "luck": lambda facts, t: ("", {"share": t.percent(facts["probability"])}),
    **OUTLOOK_SAID,
    **EFFECT_SAID,
}
"""How the facts of each code are said; the others say the same whatever the figures are."""
