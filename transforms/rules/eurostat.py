"""Eurostat's rule for indicators with a quantified target, as far as it is public.

The ratio of growth rates and its bands 0.95, 0.60 and 0 are those that Statistics Canada says it took from Eurostat
(https://open-sdg.readthedocs.io/en/latest/progress-methodology/). Eurostat's threshold for indicators without a target
could not be found in public; they get no verdict here. There is no score, and nothing stands in for a zero.
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

ON_TRACK, MODERATE = 0.95, 0.60
SIGNIFICANT, TOWARDS, SLOW, AWAY = (
    "Significant progress towards the target",
    "Moderate progress towards the target",
    "Insufficient progress towards the target",
    "Movement away from the target",
)


def eurostat(inputs: RuleInputs) -> Outcome:
    """value: the observed growth rate over the required one, both from the base year."""
    base = inputs.base
    lawful = (base * inputs.current > 0) & (base * inputs.target > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = (inputs.current / base) ** (1 / inputs.elapsed) - 1
        required = (inputs.target / base) ** (1 / (inputs.due_year - inputs.base_year)) - 1
        ratio = np.sign(base) * inputs.direction * observed / np.abs(required)
        value = without_noise(np.where(lawful & (required != 0), ratio, np.nan))
    no_rate = "a zero or a change of sign has no growth rate; use a rule of straight lines"
    no_growth = "no growth is required between the baseline and the target, or the due year is missing"
    cases = [
        *unusable_cases(inputs),
        not_assessable(~inputs.has_target, "no target, and Eurostat's threshold without one is not public"),
        less_than_a_year(inputs),
        (inputs.met, SIGNIFICANT, "achieved", "the current value meets the target"),
        not_assessable(~lawful, no_rate),
        not_assessable(np.isnan(value), no_growth),
        (value >= ON_TRACK, SIGNIFICANT, "on_track", f"at least {ON_TRACK:.2f} of the growth required"),
        (value >= MODERATE, TOWARDS, "at_risk", f"at least {MODERATE:.2f} of the growth required"),
        (value >= 0, SLOW, "behind", f"less than {MODERATE:.2f} of the growth required"),
        (np.ones_like(lawful), AWAY, "behind", "it moves in the wrong direction"),
    ]
    return decide_outcome(inputs, value, cases)
