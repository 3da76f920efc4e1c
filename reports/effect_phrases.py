"""How the figures of an effect, or of what it lacks, are said."""

from collections.abc import Callable

from reports.language import Language
from reports.sentence_parts import Facts, Text, to_date


def _change(facts: Facts, t: Language) -> Text:
    parts = {"amount": _amount(facts, t), "interval": _interval(facts, t)}
    since = {"after": t.whole(facts["after"]), "lengths": t(f"lengths.{facts['period']}"), "until": _until(facts, t)}
    return "", {**parts, **since, "compared": _compared(facts, t)}


def _amount(facts: Facts, t: Language) -> str:
    """``+12 %, +1,200 visits a month against what was expected``; without the share where it is not known."""
    each = {"effect": _signed(facts["effect"], t), "unit": facts["unit"], "each": t(f"each.{facts['period']}")}
    if "effect_pct" not in facts:
        return t("effect_amount", **each)
    return t("effect_amount.share", share=_per_cent(facts["effect_pct"], t), **each)


def _interval(facts: Facts, t: Language) -> str:
    """In per cent where that is known, else in the unit."""
    if "low_pct" not in facts:
        return t("effect_interval", **{name: _signed(facts[name], t) for name in ("low", "high")})
    ends = {name: _per_cent(facts[f"{name}_pct"], t) for name in ("low", "high")}
    return t("effect_interval.share", **ends)


def _until(facts: Facts, t: Language) -> str:
    if "until" not in facts:
        return ""
    activity, day = facts.get("until_activity"), t.day(to_date(facts["until"]))
    return t("until.break", day=day) if activity is None else t("until.activity", activity=activity, day=day)


def _compared(facts: Facts, t: Language) -> str:
    return t("compared_with", controls=t("between_controls").join(facts["controls"])) if "controls" in facts else ""


def _signed(value: float, t: Language) -> str:
    return f"{'+' if value >= 0 else '-'}{t.number(abs(value))}"


def _per_cent(value: float, t: Language) -> str:
    """With a sign; whole from 10 on, one decimal below."""
    return t.writing.separated(f"{value:+.0f}" if abs(value) >= 10 else f"{value:+.1f}")


def _too_few(facts: Facts, t: Language) -> Text:
    counts = {name: t.whole(facts[name]) for name in ("known", "needs")}
    if facts["known"] == 1:
        return "one", {"length": t(f"length.{facts['period']}"), "needs": counts["needs"]}
    return "", {**counts, "plural": t(f"plural.{facts['period']}")}


def _break_too_near(facts: Facts, t: Language) -> Text:
    counts = {name: t.whole(facts[name]) for name in ("known", "needs")}
    return "", {**counts, "day": t.day(to_date(facts["day"])), "plural": t(f"plural.{facts['period']}")}


def _overlaps(facts: Facts, t: Language) -> Text:
    day = t.day(to_date(facts["day"]))
    return ("", {"activity": facts["activity"], "day": day}) if "activity" in facts else ("break", {"day": day})


EFFECT_SAID: dict[str, Callable[[Facts, Language], Text]] = {
    "associated_rise": _change,
    "associated_fall": _change,
    "no_clear_change": _change,
    "overlaps": _overlaps,
    "break_too_near": _break_too_near,
    "few_after": _too_few,
    "few_before": _too_few,
    "failed_placebo": lambda facts, t: ("", {name: t.whole(facts[name]) for name in ("shown", "of")}),
}
