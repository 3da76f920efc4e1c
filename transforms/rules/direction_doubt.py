"""Targets that lie on the wrong side of their baseline: the direction may be mistyped."""

from dataclasses import replace

import numpy as np

from transforms.rules.inputs import Outcome, RuleInputs

DOUBT = "; the baseline already lies beyond the target: is the direction right?"


def question_direction(inputs: RuleInputs, outcome: Outcome) -> Outcome:
    """The outcome whose reasons ask about the direction where the baseline lies beyond the target.

    The published rules call such a target met for as long as it is: the verdict stays, and the reason asks.
    """
    reasons = np.array([f"{reason}{DOUBT}" for reason in outcome.reason], dtype=object)
    return replace(outcome, reason=np.where(inputs.base_beyond, reasons, outcome.reason))
