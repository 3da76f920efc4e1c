"""``pace``, our own rule: actual progress over expected progress on a straight line.

See ``transforms.pacing.pace``.
"""

import numpy as np

from transforms.pacing import paths
from transforms.pacing.pace import AT_RISK, ON_TRACK, pace_ratio
from transforms.rules.inputs import MISSING, Outcome, RuleInputs, decide_outcome, not_assessable, unusable_cases


def pace(inputs: RuleInputs) -> Outcome:
    """value: the pace ratio on the linear path from the base year to the due year."""
    share = paths.elapsed_share(inputs.year, inputs.base_year, inputs.due_year)
    ratio = pace_ratio(inputs.base, inputs.current, paths.linear(inputs.base, inputs.target, share))
    met = inputs.met
    no_goal = np.isnan(inputs.due_year) | np.isnan(inputs.target)
    cases = [
        *unusable_cases(inputs),
        not_assessable(no_goal, MISSING),
        not_assessable(inputs.due_year <= inputs.base_year, "the target is not due after the base year"),
        not_assessable(met & inputs.base_beyond, "no progress is expected"),
        (met, "achieved", "achieved", "the current value meets the target"),
        not_assessable(inputs.elapsed <= 0, "there is no value after the base year"),
        (inputs.year >= inputs.due_year, "behind", "behind", "the target year is reached and the target was not met"),
        not_assessable(inputs.base_beyond, "no progress is expected"),
        not_assessable(np.isnan(ratio), "the baseline already meets the target, so no progress is expected"),
        (ratio >= ON_TRACK, "on_track", "on_track", f"at least {ON_TRACK:.2f} of the progress due"),
        (ratio >= AT_RISK, "at_risk", "at_risk", f"at least {AT_RISK:.2f} of the progress due"),
        (np.ones_like(met), "behind", "behind", f"less than {AT_RISK:.2f} of the progress due"),
    ]
    return decide_outcome(inputs, ratio, cases)
