"""The Progress Chart of the United Nations Statistics Division, edition of 2023.

https://unstats.un.org/sdgs/files/report/2023/Progress_Chart_Technical_Note_2023.pdf , as EUSTAT's method page gives it:
the growth rate since the baseline extends the value to the due year; q is the distance covered by then over the whole
distance. Bands 0.95 and 0.10; without a target the growth rate, 2 % and 0.5 % a year. A figure in per cent that lies
within a point of its target of 0 % or 100 % counts as met. The edition of 2022 had other bands.
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

ON_TRACK, FAIR = 0.95, 0.10
FAST, SLOW = 0.02, 0.005
MET, FORWARD, BACK = "Target met or on track", "Fair progress, but acceleration needed", "Stagnation or regression"
WITHIN = 1.0
"""Points from a target of 0 % or 100 % that count as met; a count of 99 is not 100."""


def unsd(inputs: RuleInputs) -> Outcome:
    """value: q, or without a target the growth rate in the wanted direction.

    score: 3, 2 or 1, the chart's own levels.
    """
    base, current, target = inputs.base, inputs.current, inputs.target
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = (current / base) ** (1 / inputs.elapsed) - 1
        projected = current * (1 + growth) ** (inputs.due_year - inputs.year)
        share = (projected - base) / (target - base)
    value = without_noise(np.where(inputs.has_target, share, inputs.direction * growth))
    near_end = inputs.is_percent & (np.abs(current - target) <= WITHIN) & ((target == 0) | (target == 100))
    met = inputs.met | near_end
    aimed, free = inputs.has_target, ~inputs.has_target
    no_rate = (base == 0) | (current / np.where(base == 0, np.nan, base) < 0)
    beyond = aimed & inputs.base_met
    no_rate_reason = "a zero baseline or a change of sign has no growth rate; use a rule of straight lines"
    covered = "of the distance is covered by the due year"
    cases = [
        *unusable_cases(inputs),
        less_than_a_year(inputs),
        (inputs.met, MET, "achieved", "the current value meets the target"),
        (near_end, MET, "achieved", "the current value is within 1 point of the target of 0 or 100 per cent"),
        not_assessable(no_rate, no_rate_reason),
        (beyond, BACK, "behind", "the baseline met the target and the current value does not"),
        not_assessable(aimed & np.isnan(value), "the due year is missing"),
        (aimed & (value >= ON_TRACK), MET, "on_track", f"at this rate at least {ON_TRACK:.2f} {covered}"),
        (aimed & (value >= FAIR), FORWARD, "at_risk", f"at this rate at least {FAIR:.2f} {covered}"),
        (aimed, BACK, "behind", f"at this rate less than {FAIR:.2f} {covered}"),
        (free & (value >= FAST), MET, "on_track", "no target: it moves by at least 2 % a year"),
        (free & (value >= SLOW), FORWARD, "at_risk", "no target: it moves by at least 0.5 % a year"),
        (
            np.ones_like(aimed),
            BACK,
            "behind",
            "no target: it moves by less than 0.5 % a year, or in the wrong direction",
        ),
    ]
    levels = {MET: 3.0, FORWARD: 2.0, BACK: 1.0}
    level = np.select([case[0] for case in cases], [levels.get(case[1], np.nan) for case in cases], np.nan)
    return decide_outcome(inputs, np.where(beyond & ~met, np.nan, value), cases, level)
