"""``pace``, ours: progress made over progress expected by now on a straight line. See ``transforms.pacing.pace``."""

import numpy as np

from transforms.pacing import paths
from transforms.pacing.pace import AT_RISK, ON_TRACK, pace_ratio
from transforms.rules.given import Given, Outcome, outcome, unusable


def pace(given: Given) -> Outcome:
    """value: the pace ratio on the linear path from the base year to the due year."""
    expected = paths.linear(given.base, given.target, paths.elapsed_share(given.year, given.base_year, given.due_year))
    ratio = pace_ratio(given.base, given.current, expected)
    met = given.met
    cases = [
        *unusable(given),
        (
            np.isnan(given.due_year) | np.isnan(given.target),
            "not_available",
            "not_assessable",
            "a figure or a year is blank",
        ),
        (
            given.due_year <= given.base_year,
            "not_available",
            "not_assessable",
            "the target is not due after the base year",
        ),
        (met, "achieved", "achieved", "the current value meets the target"),
        (given.elapsed <= 0, "not_available", "not_assessable", "there is no value after the base year"),
        (given.year >= given.due_year, "behind", "behind", "the target year is reached and the target was not met"),
        (
            np.isnan(ratio) | given.base_met,
            "not_available",
            "not_assessable",
            "the baseline already meets the target, so no progress is expected",
        ),
        (ratio >= ON_TRACK, "on_track", "on_track", f"at least {ON_TRACK:.2f} of the progress due"),
        (ratio >= AT_RISK, "at_risk", "at_risk", f"at least {AT_RISK:.2f} of the progress due"),
        (np.ones_like(met), "behind", "behind", f"less than {AT_RISK:.2f} of the progress due"),
    ]
    return outcome(given, ratio, cases)
