"""Verdicts, probabilities and alerts as people read them."""

from collections.abc import Mapping
from typing import Any

from transforms.formatting import rounded_probability

LANGUAGES = ("en", "de", "fr")
"""The languages of the report; each has a catalogue."""
VERDICT_LABELS = {
    "achieved": "achieved",
    "on_track": "on track",
    "at_risk": "at risk",
    "behind": "BEHIND",
    "not_assessable": "not assessable",
}
VERDICT_ORDER = ("behind", "at_risk", "not_assessable", "on_track", "achieved")
"""The order in which people look at verdicts, the worst first."""


def verdict_label(row: Mapping[str, Any]) -> str:
    """The verdict, marked as worsening where the value is on the wrong side of its baseline."""
    return VERDICT_LABELS[row["verdict"]] + (" (worsening)" if row["worsening"] else "")


def probability_label(row: Mapping[str, Any]) -> str:
    """The probability of meeting the target, rounded to what is known; a dash where none is given."""
    probability = row.get("probability")  # files of an older version lack what was added since
    return "-" if probability is None else rounded_probability(probability)


def missing_days(source: Mapping[str, Any]) -> list[str]:
    """The days that are missing of a source, then those of its single entities; files of an older version lack both."""
    return [*(source.get("missing") or ()), *(source.get("missing_of_entities") or ())]


def alert_label(row: Mapping[str, Any]) -> str:
    """The state of the alert; a dash where it is inactive or there is none."""
    state = row.get("alert")
    return "-" if state in (None, "inactive") else str(state).replace("_", " ")
