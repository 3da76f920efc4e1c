"""The progress measure of Statistics Canada and Open SDG, version 2.4.

https://open-sdg.readthedocs.io/en/latest/progress-methodology/ : the observed compound annual growth rate over the rate
required from the base year. Bands 0.95, 0.60 and 0. Without a target the growth rate itself is judged, against 1.5 %,
0.5 % and 0, scaled where the series has a natural limit.
"""

import numpy as np

from transforms.arrays import BoolArray, FloatArray, without_noise
from transforms.rules.inputs import (
    LEAST_YEAR,
    Outcome,
    RuleCase,
    RuleInputs,
    decide_outcome,
    less_than_a_year,
    not_assessable,
    unusable_cases,
)

ON_TRACK, MODERATE = 0.95, 0.60
FAST, SLOW = 0.015, 0.005
STEEPNESS = 4.44
STAND_IN = 0.001
"""What the rule puts in place of a base or a target of 0. It is arbitrary, and the reason says so."""
STAND_IN_NOTE = "; a base or target of 0 counts as 0.001, which is arbitrary"
SUBSTANTIAL, SOME, LIMITED = "substantial_progress", "moderate_progress", "limited_progress"


def statcan(inputs: RuleInputs) -> Outcome:
    """value: R, or the growth rate where there is no target.

    score: -5 to 5; labels as published.
    """
    base, target = _no_zero(inputs.base), _no_zero(inputs.target)
    sign = np.where(base < 0, -1.0, 1.0)
    opposite = base * inputs.current < 0
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = (inputs.current / base) ** (1 / inputs.elapsed) - 1
        required = (target / base) ** (1 / (inputs.due_year - inputs.base_year)) - 1
        ratio = sign * inputs.direction * observed / np.abs(required)
    value = np.where(inputs.has_target, np.where(required == 0, np.nan, ratio), sign * inputs.direction * observed)
    value = without_noise(np.where(opposite | (inputs.elapsed < LEAST_YEAR), np.nan, value))
    factor = _limit_factor(base, inputs.limit)
    score = np.where(inputs.has_target, _score(value), _score_without_target(value, factor))
    cases = [*unusable_cases(inputs), *_cases(inputs, opposite), *_bands(inputs, value, factor)]
    return decide_outcome(inputs, value, cases, np.where(inputs.met, 5.0, score))


def _cases(inputs: RuleInputs, opposite: BoolArray) -> list[RuleCase]:
    """What comes before the bands. The published code tests the target before it asks for any growth rate."""
    no_due_year = inputs.has_target & np.isnan(inputs.due_year)
    across = inputs.has_target & (_no_zero(inputs.base) * _no_zero(inputs.target) < 0)
    return [
        *_with_note(inputs, [(inputs.met, "target_achieved", "achieved", "the current value meets the target")]),
        less_than_a_year(inputs),
        not_assessable(opposite, "the value changed its sign, so it has no growth rate"),
        not_assessable(no_due_year, "the due year is missing"),
        not_assessable(across, "the target has another sign than the baseline, so no growth rate leads there"),
    ]


def _bands(inputs: RuleInputs, value: FloatArray, factor: FloatArray) -> list[RuleCase]:
    aimed, free = inputs.has_target, ~inputs.has_target
    required, scaled = "of the growth required", "a year, scaled to its limit"
    cases: list[RuleCase] = [
        not_assessable(aimed & np.isnan(value), "the baseline is the target, so no growth is required"),
        (aimed & (value >= ON_TRACK), SUBSTANTIAL, "on_track", f"at least {ON_TRACK:.2f} {required}"),
        (aimed & (value >= MODERATE), SOME, "at_risk", f"at least {MODERATE:.2f} {required}"),
        (aimed & (value >= 0), LIMITED, "behind", f"less than {MODERATE:.2f} {required}"),
        (free & (value >= FAST * factor), SUBSTANTIAL, "on_track", f"no target: it grows by at least 1.5 % {scaled}"),
        (free & (value >= SLOW * factor), SOME, "at_risk", f"no target: it grows by at least 0.5 % {scaled}"),
        (free & (value >= 0), LIMITED, "behind", f"no target: it grows by less than 0.5 % {scaled}"),
        (np.ones_like(aimed), "deterioration", "behind", "it moves in the wrong direction"),
    ]
    return _with_note(inputs, cases)


def _with_note(inputs: RuleInputs, cases: list[RuleCase]) -> list[RuleCase]:
    """Each case, preceded by the same case with the note where a zero was replaced."""
    zero = (inputs.base == 0) | (inputs.target == 0)
    noted = [(condition & zero, label, verdict, reason + STAND_IN_NOTE) for condition, label, verdict, reason in cases]
    return [case for pair in zip(noted, cases, strict=True) for case in pair]


def _no_zero(values: FloatArray) -> FloatArray:
    return np.where(values == 0, STAND_IN, values)


def _limit_factor(base: FloatArray, limit: FloatArray) -> FloatArray:
    """C: near a natural limit less growth is required. 1 where there is no limit."""
    b, lim = np.abs(base), np.abs(limit)
    with np.errstate(divide="ignore", invalid="ignore"):
        near = np.where(b <= lim, b / lim, (2 * lim - b) / lim)
        factor = 1 - near**STEEPNESS
    return np.where(np.isnan(limit) | (b >= 2 * lim), 1.0, factor)


def _score(ratio: FloatArray) -> FloatArray:
    return np.where(ratio > MODERATE, np.minimum(7.1429 * ratio - 4.2857, 5), np.maximum(4.1667 * ratio - 2.5, -5))


def _score_without_target(rate: FloatArray, factor: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        slow, middle = 500 * rate / factor - 2.5, 250 * rate / factor - 1.25
        fast = np.minimum(500 * rate / factor - 5, 5)
    scaled = np.select([rate < SLOW * factor, rate < FAST * factor], [slow, middle], fast)
    return np.where(rate < 0, np.maximum(125 * rate - 2.5, -5), np.where(factor == 0, 5.0, scaled))
