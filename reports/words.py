"""The verdicts as people read them."""

from collections.abc import Mapping
from typing import Any

WORDS = {"achieved": "achieved", "on_track": "on track", "at_risk": "at risk", "behind": "BEHIND", "not_assessable": "not assessable"}


def verdict_words(row: Mapping[str, Any]) -> str:
    """The verdict for people, with its mark where the value is on the wrong side of its baseline."""
    return WORDS[row["verdict"]] + (" (worsening)" if row["worsening"] else "")
