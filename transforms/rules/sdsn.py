"""The trend arrows of the SDG Index (SDSN).

The observed straight-line rate over the required one.

https://dashboards.sdgindex.org/chapters/methodology : at least the required rate, at least half of it, less, or
decreasing. The index works on rescaled values; the ratio of two straight lines is the same on any linear scale.
"""

import numpy as np

from transforms.arrays import without_noise
from transforms.rules.inputs import (
    Outcome,
    RuleInputs,
    decide_outcome,
    less_than_a_year,
    not_assessable,
    unusable_cases,
)

ON_TRACK, HALF = 1.0, 0.5
TRACK, MODERATE, STAGNATING, DECREASING = (
    "On track or maintaining SDG achievement",
    "Score moderately improving, insufficient to attain goal",
    "Score stagnating or increasing at less than 50% of required rate",
    "Decreasing",
)


def sdsn(inputs: RuleInputs) -> Outcome:
    """value: the observed over the required yearly change, both from the baseline."""
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = inputs.gain / inputs.elapsed
        required = inputs.direction * (inputs.target - inputs.base) / (inputs.due_year - inputs.base_year)
        value = without_noise(np.where(required > 0, observed / np.where(required > 0, required, 1.0), np.nan))
    lost = inputs.base_met & ~inputs.met
    cases = [
        *unusable_cases(inputs),
        not_assessable(~inputs.has_target, "the rule needs a target"),
        less_than_a_year(inputs),
        (inputs.met, TRACK, "achieved", "the current value meets the target"),
        (lost, DECREASING, "behind", "the baseline met the target and the current value does not"),
        not_assessable(np.isnan(value), "the due year is not after the base year"),
        (value >= ON_TRACK, TRACK, "on_track", "at least the yearly change that is required"),
        (value >= HALF, MODERATE, "at_risk", "at least half of the yearly change that is required"),
        (value >= 0, STAGNATING, "behind", "less than half of the yearly change that is required"),
        (np.ones_like(lost), DECREASING, "behind", "it moves in the wrong direction"),
    ]
    return decide_outcome(inputs, value, cases)
