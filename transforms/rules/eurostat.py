"""Eurostat's rule for indicators with a quantified target, as far as it is public.

The ratio of growth rates and its bands 0.95, 0.60 and 0 are those that Statistics Canada says it took from Eurostat
(https://open-sdg.readthedocs.io/en/latest/progress-methodology/). Eurostat's threshold for indicators without a target was not
to be read in public; they get no verdict here. There is no score, and no stand-in for a zero.
"""

import numpy as np

from transforms.rules.given import A_YEAR, Given, Outcome, outcome, unusable

ON_TRACK, MODERATE = 0.95, 0.60
SIGNIFICANT, TOWARDS, SLOW, AWAY = (
    "Significant progress towards the target",
    "Moderate progress towards the target",
    "Insufficient progress towards the target",
    "Movement away from the target",
)


def eurostat(given: Given) -> Outcome:
    """value: observed over required growth rate, from the base year."""
    base = given.base
    lawful = (base * given.current > 0) & (base * given.target > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = (given.current / base) ** (1 / given.elapsed) - 1
        required = (given.target / base) ** (1 / (given.due_year - given.base_year)) - 1
        value = np.where(
            lawful & (required != 0), np.sign(base) * given.direction * observed / np.abs(required), np.nan
        )
    cases = [
        *unusable(given),
        (
            ~given.has_target,
            "not_available",
            "not_assessable",
            "no target, and Eurostat's threshold without one is not public",
        ),
        (
            given.elapsed < A_YEAR,
            "not_available",
            "not_assessable",
            "less than a year lies between the baseline and the current value",
        ),
        (given.met, SIGNIFICANT, "achieved", "the current value meets the target"),
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
    return outcome(given, value, cases)
