"""The trend arrows of the SDG Index (SDSN): the straight-line rate that was observed over the one that is required.

https://dashboards.sdgindex.org/chapters/methodology : at least the required rate, at least half of it, less, or decreasing. The
index measures on rescaled values; the ratio of two straight lines is the same on any linear scale.
"""

import numpy as np

from transforms.rules.inputs import LEAST_YEAR, Outcome, RuleInputs, decide_outcome, unusable_cases

ON_TRACK, HALF = 1.0, 0.5
TRACK, MODERATE, STAGNATING, DECREASING = (
    "On track or maintaining SDG achievement",
    "Score moderately improving, insufficient to attain goal",
    "Score stagnating or increasing at less than 50% of required rate",
    "Decreasing",
)


def sdsn(inputs: RuleInputs) -> Outcome:
    """value: observed over required yearly change, both from the baseline."""
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = inputs.gain / inputs.elapsed
        required = inputs.direction * (inputs.target - inputs.base) / (inputs.due_year - inputs.base_year)
        value = np.where(required > 0, observed / np.where(required > 0, required, 1.0), np.nan)
    lost = inputs.base_met & ~inputs.met
    cases = [
        *unusable_cases(inputs),
        (~inputs.has_target, "not_available", "not_assessable", "the rule needs a target"),
        (
            inputs.elapsed < LEAST_YEAR,
            "not_available",
            "not_assessable",
            "less than a year lies between the baseline and the current value",
        ),
        (inputs.met, TRACK, "achieved", "the current value meets the target"),
        (lost, DECREASING, "behind", "the baseline met the target and the current value does not"),
        (np.isnan(value), "not_available", "not_assessable", "the due year is not after the base year"),
        (value >= ON_TRACK, TRACK, "on_track", "at least the yearly change that is required"),
        (value >= HALF, MODERATE, "at_risk", "at least half of the yearly change that is required"),
        (value >= 0, STAGNATING, "behind", "less than half of the yearly change that is required"),
        (np.ones_like(lost), DECREASING, "behind", "it moves the wrong way"),
    ]
    return decide_outcome(inputs, value, cases)
