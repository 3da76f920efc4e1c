"""The weather symbols of Germany's sustainability indicators (Destatis): a straight line on from the last five yearly changes.

https://dns-indikatoren.de/en/status : the mean of the last five yearly changes (exceptionally three or four) carries the current
value to the due year. The mean of yearly changes is the change over the span divided by its years, so the baseline is the value
five years before the current one. The shortfall is measured against the way that is left.
"""

import numpy as np

from transforms.rules.inputs import Outcome, RuleInputs, decide_outcome, unusable_cases

YEARS, LEAST_YEARS = 5, 3
NEAR, FAR = 0.05, 0.20
SUN, SUN_CLOUD, CLOUD, STORM = "sun", "sun and cloud", "cloud", "thunderstorm"


def destatis(inputs: RuleInputs) -> Outcome:
    """value: the shortfall at the due year over the way left; 0 where the target is reached; NaN for the wrong direction."""
    with np.errstate(divide="ignore", invalid="ignore"):
        yearly = (inputs.current - inputs.base) / inputs.elapsed
        projected = inputs.current + yearly * (inputs.due_year - inputs.year)
        shortfall = inputs.direction * (inputs.target - projected)
        gap = np.where(
            inputs.target == inputs.current, 0.0, np.maximum(shortfall, 0) / np.abs(inputs.target - inputs.current)
        )
    moves = inputs.gain > 0
    cases = [
        *unusable_cases(inputs),
        (~inputs.has_target, "no symbol", "not_assessable", "the rule needs a target"),
        (inputs.met, SUN, "achieved", "the current value meets the target"),
        (
            inputs.elapsed < LEAST_YEARS,
            "no symbol",
            "not_assessable",
            "fewer than four yearly values: the rule gives no symbol",
        ),
        (
            inputs.elapsed > YEARS,
            "no symbol",
            "not_assessable",
            "the rule looks at the last five yearly changes: give the value of five years ago as the base",
        ),
        (np.isnan(gap), "no symbol", "not_assessable", "no due year is given"),
        (inputs.due_year <= inputs.year, STORM, "behind", "the due year is reached and the target was not met"),
        (inputs.gain < 0, STORM, "behind", "it moves the wrong way"),
        (
            moves & (gap < NEAR),
            SUN,
            "on_track",
            "on this line the target is reached, or missed by less than 5 % of the way left",
        ),
        (moves & (gap <= FAR), SUN_CLOUD, "at_risk", "on this line the target is missed by 5 to 20 % of the way left"),
        (np.ones_like(moves), CLOUD, "behind", "on this line the target is missed by more than 20 % of the way left"),
    ]
    return decide_outcome(inputs, np.where(inputs.gain < 0, np.nan, gap), cases)
