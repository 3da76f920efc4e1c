"""Eurostat's rule for indicators with a quantified target, as far as it is public.

The ratio of growth rates and its bands 0.95, 0.60 and 0 are those that Statistics Canada says it took from Eurostat
(https://open-sdg.readthedocs.io/en/latest/progress-methodology/). Eurostat's threshold for indicators without a target was not
to be read in public; they get no verdict here. There is no score, and no stand-in for a zero.
"""

import numpy as np

from transforms.rules.inputs import LEAST_YEAR, Outcome, RuleInputs, decide_outcome, unusable_cases

ON_TRACK, MODERATE = 0.95, 0.60
SIGNIFICANT, TOWARDS, SLOW, AWAY = (
    "Significant progress towards the target",
    "Moderate progress towards the target",
    "Insufficient progress towards the target",
    "Movement away from the target",
)


def eurostat(inputs: RuleInputs) -> Outcome:
    """value: observed over required growth rate, from the base year."""
    base = inputs.base
    lawful = (base * inputs.current > 0) & (base * inputs.target > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = (inputs.current / base) ** (1 / inputs.elapsed) - 1
        required = (inputs.target / base) ** (1 / (inputs.due_year - inputs.base_year)) - 1
        value = np.where(
            lawful & (required != 0), np.sign(base) * inputs.direction * observed / np.abs(required), np.nan
        )
    cases = [
        *unusable_cases(inputs),
        (
            ~inputs.has_target,
            "not_available",
            "not_assessable",
            "no target, and Eurostat's threshold without one is not public",
        ),
        (
            inputs.elapsed < LEAST_YEAR,
            "not_available",
            "not_assessable",
            "less than a year lies between the baseline and the current value",
        ),
        (inputs.met, SIGNIFICANT, "achieved", "the current value meets the target"),
        (
            ~lawful,
            "not_available",
            "not_assessable",
            "a zero or a change of sign has no growth rate; use a rule of straight lines",
        ),
        (
            np.isnan(value),
            "not_available",
            "not_assessable",
            "no growth is required between the baseline and the target, or no due year is given",
        ),
        (value >= ON_TRACK, SIGNIFICANT, "on_track", f"at least {ON_TRACK:.2f} of the growth required"),
        (value >= MODERATE, TOWARDS, "at_risk", f"at least {MODERATE:.2f} of the growth required"),
        (value >= 0, SLOW, "behind", f"less than {MODERATE:.2f} of the growth required"),
        (np.ones_like(lawful), AWAY, "behind", "it moves the wrong way"),
    ]
    return decide_outcome(inputs, value, cases)
