"""The weather symbols of Germany's sustainability indicators (Destatis).

https://dns-indikatoren.de/en/status : a straight line with the mean of the last five yearly changes (exceptionally
three or four) extends the current value to the due year. The mean of yearly changes is the change over the span divided
by its years, so the baseline is the value five years before the current one. The shortfall is measured against the
remaining distance to the target.
"""

import numpy as np

from transforms.arrays import without_noise
from transforms.rules.inputs import Outcome, RuleInputs, decide_outcome, not_assessable, unusable_cases

YEARS, LEAST_YEARS = 5, 3
NEAR, FAR = 0.05, 0.20
SUN, SUN_CLOUD, CLOUD, STORM = "sun", "sun and cloud", "cloud", "thunderstorm"
NO_SYMBOL = "no symbol"


def destatis(inputs: RuleInputs) -> Outcome:
    """value: the shortfall in the due year over the remaining distance.

    It is 0 where the target is reached and NaN where the value moves in the wrong direction.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        yearly = (inputs.current - inputs.base) / inputs.elapsed
        projected = inputs.current + yearly * (inputs.due_year - inputs.year)
        shortfall = inputs.direction * (inputs.target - projected)
        distance = np.abs(inputs.target - inputs.current)
        gap = without_noise(np.where(inputs.target == inputs.current, 0.0, np.maximum(shortfall, 0) / distance))
    moves = inputs.gain > 0
    too_short = "fewer than four yearly values: the rule gives no symbol"
    too_long = "the rule looks at the last five yearly changes: give the value of five years ago as the baseline"
    near = "on this line the target is reached, or missed by less than 5 % of the remaining distance"
    fair = "on this line the target is missed by 5 to 20 % of the remaining distance"
    far = "on this line the target is missed by more than 20 % of the remaining distance"
    cases = [
        *unusable_cases(inputs),
        not_assessable(~inputs.has_target, "the rule needs a target", NO_SYMBOL),
        (inputs.met, SUN, "achieved", "the current value meets the target"),
        not_assessable(inputs.elapsed < LEAST_YEARS, too_short, NO_SYMBOL),
        not_assessable(inputs.elapsed > YEARS, too_long, NO_SYMBOL),
        not_assessable(np.isnan(gap), "the due year is missing", NO_SYMBOL),
        (inputs.due_year <= inputs.year, STORM, "behind", "the due year is reached and the target was not met"),
        (inputs.gain < 0, STORM, "behind", "it moves in the wrong direction"),
        (moves & (gap < NEAR), SUN, "on_track", near),
        (moves & (gap <= FAR), SUN_CLOUD, "at_risk", fair),
        (np.ones_like(moves), CLOUD, "behind", far),
    ]
    return decide_outcome(inputs, np.where(inputs.gain < 0, np.nan, gap), cases)
