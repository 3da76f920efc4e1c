"""What a judgement yields: a verdict with its reason, for programs and for people."""

from typing import NamedTuple

WORST_FIRST = ("behind", "at_risk", "on_track", "achieved")
"""The verdicts that say how it stands."""


class Finding(NamedTuple):
    """A verdict, the code of its reason (``warehouse.schema.reason_codes``), and the reason as a sentence."""

    verdict: str
    code: str
    reason: str
