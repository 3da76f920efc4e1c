"""The control chart of an indicator in words: its newest signal, why there is none, and what it says of the target."""

from collections.abc import Sequence

from reports.chart_periods import as_whole
from reports.language import Language
from warehouse.published_tables import Row

SIGNS = {"improvement": "+", "concern": "×", "higher": "□", "lower": "□", "none": "±"}
"""The sign of what a signal means, as it is drawn; for "only luck" too, which is not drawn."""
EXPLAINED = ("year_total", "seasonal_path", "left_limits")
"""Why there is no assurance, where the page does not say so anyway."""
STRENGTHENED = {("consistently_met", "improvement"), ("consistently_missed", "concern")}
"""Assurances that a signal of this meaning makes surer still."""


def control_facts(t: Language, row: Row, verdict: Row, periods: Sequence[Row]) -> list[tuple[str, str]]:
    """Pairs of catalogue key and sentence, empty where nothing is known; ``periods``: all of the indicator."""
    return [
        ("label.control", _newest_signal(t, row, verdict, periods)),
        ("label.assurance", _assurance(t, verdict)),
    ]


def control_sign(t: Language, verdict: Row) -> str:
    """The sign of the newest signal with its word, for the overview; empty where there is no chart."""
    change = verdict["chart_change"]
    return f"{SIGNS[change]} {t(f'sign.{change}')}" if change else ""


def limits_note(t: Language, row: Row) -> str:
    """How the season is in the limits; empty where there is none."""
    return {"day": t("chart.limits_week"), "year": ""}.get(row["period"], t("chart.limits_season"))


def _newest_signal(t: Language, row: Row, verdict: Row, periods: Sequence[Row]) -> str:
    if verdict["chart_reason"]:
        return t(f"no_control.{verdict['chart_reason']}")
    charted = [period for period in as_whole(periods) if period["chart_signal"] is not None]
    if not verdict["chart_change"] or not charted:
        return ""
    newest, change = charted[-1], verdict["chart_change"]
    through = t.period(row["period"], newest["start"])
    if change == "none":
        return t("control.none", newest=through)
    count = _in_a_row(charted)
    side = "above" if _is_above(newest) else "below"
    rule = t(f"signal.{newest['chart_signal']}_{side}", count=t.whole(count), periods=t(f"plural.{row['period']}"))
    return t(f"control.{change}", newest=through, since=t.period(row["period"], verdict["chart_since"]), rule=rule)


def _is_above(period: Row) -> bool:
    """Whether a charted period lies above the mean, or a run rises to it."""
    runs = {"run_of_7_rising": True, "run_of_7_falling": False}
    return runs.get(period["chart_signal"], bool(period["value"] > period["chart_mean"]))


def _in_a_row(charted: Sequence[Row]) -> int:
    """The newest periods without a gap on the same side of the mean as the newest one."""
    above, count, next_start = charted[-1]["value"] > charted[-1]["chart_mean"], 0, charted[-1]["end"]
    for period in reversed(charted):
        same = (period["value"] > period["chart_mean"]) is above and period["value"] != period["chart_mean"]
        if not same or period["end"] != next_start:
            break
        count, next_start = count + 1, period["start"]
    return count


def _assurance(t: Language, verdict: Row) -> str:
    if verdict["assurance_reason"] in EXPLAINED:
        return t(f"no_assurance.{verdict['assurance_reason']}")
    if not verdict["assurance"]:
        return ""
    sentence, found = t(f"assurance.{verdict['assurance']}"), (verdict["assurance"], verdict["chart_change"])
    holds = found[1] == "none" or found in STRENGTHENED
    return sentence if holds else f"{sentence} {t('assurance.moved')}"
