"""What a judgement yields: a verdict with its reason, for programs and for people."""

from typing import NamedTuple


class Finding(NamedTuple):
    """A verdict, the code of its reason (``warehouse.schema.reason_codes``), and the reason as a sentence."""

    verdict: str
    code: str
    reason: str
