"""Healthy People 2030 (US): the rule that tests whether a change is more than chance.

https://www.cdc.gov/nchs/healthy-people/hp2030/methods.html : the per cent of the targeted change achieved (PTCA) where
the value moves towards the target, the per cent change from the baseline (PCB) otherwise. With a standard error the
change is tested at 0.05, one-sided; without one a change of 10 % counts. The rule ignores the due date.
"""

import numpy as np

from transforms.arrays import without_noise
from transforms.rules.inputs import Outcome, RuleInputs, decide_outcome, not_assessable, unusable_cases

CRITICAL = 1.6448536269514722
"""95 % quantile of the standard normal distribution."""
LEAST_PCT = 10.0
MET, IMPROVED, SAME, WORSE = "Target met or exceeded", "Improved", "Little or no detectable change", "Getting worse"


def hp2030(inputs: RuleInputs) -> Outcome:
    """value: PTCA in per cent where it moves towards a target not met before, otherwise NaN."""
    gain, known = inputs.gain, ~np.isnan(inputs.standard_error)
    way = inputs.direction * (inputs.target - inputs.base)
    with np.errstate(divide="ignore", invalid="ignore"):
        achieved_pct = without_noise(np.where((gain > 0) & (way > 0), 100 * gain / way, np.nan))
        changed_pct = without_noise(100 * np.abs(gain / inputs.base))  # from a base of 0 any change is infinite
        sure = known & (np.abs(gain) >= CRITICAL * inputs.standard_error)
    better = (gain > 0) & np.where(known, sure, achieved_pct >= LEAST_PCT)
    worse = (gain < 0) & np.where(known, sure, changed_pct >= LEAST_PCT)
    cases = [
        *unusable_cases(inputs),
        not_assessable(~inputs.has_target, "the rule needs a target", "Informational"),
        not_assessable(inputs.elapsed <= 0, "there is no value after the baseline", "Baseline only"),
        (inputs.met, MET, "achieved", "the current value meets the target"),
        (better & known, IMPROVED, "on_track", "the change towards the target is more than chance (one-sided, 0.05)"),
        (better, IMPROVED, "on_track", "at least 10 % of the targeted change; no standard error is known"),
        (worse & known, WORSE, "behind", "the change away from the target is more than chance (one-sided, 0.05)"),
        (worse, WORSE, "behind", "at least 10 % of the baseline in the wrong direction; no standard error is known"),
        (known, SAME, "at_risk", "the change is not more than chance (one-sided, 0.05)"),
        (np.ones_like(known), SAME, "at_risk", "less than a 10 % change; no standard error is known"),
    ]
    return decide_outcome(inputs, achieved_pct, cases)
