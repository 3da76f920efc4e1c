"""Verdicts with their reasons as English sentences."""

import pandas as pd

from reports.language import english
from reports.sentences import sentence
from transforms.findings import Finding, found

PACE = {
    "value": 108.0,
    "unit": "visits",
    "period": "month",
    "over": "period",
    "start": pd.Timestamp("2026-02-01"),
    "through": pd.Timestamp("2026-02-28"),
    "target": 200.0,
    "due": pd.Timestamp("2026-12-31"),
    "expected": 116.0,
    "ratio": 0.5,
    "path": "linear",
}


def by_pace(verdict: str) -> tuple[Finding, ...]:
    """The findings of a verdict by the pace."""
    return (found("pace", verdict, PACE),)


SAID = sentence(by_pace("behind"), english())
"""What ``by_pace`` says."""


def told(verdicts: pd.DataFrame) -> pd.DataFrame:
    """``verdicts`` with reason and reason_code of their findings."""
    reasons = [sentence(some, english()) for some in verdicts["findings"]]
    return verdicts.assign(reason=reasons, reason_code=[some[0].code for some in verdicts["findings"]])
