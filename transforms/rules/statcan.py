"""The progress measure of Statistics Canada and Open SDG, version 2.4.

https://open-sdg.readthedocs.io/en/latest/progress-methodology/ : the compound annual growth rate that was observed over the one
required from the base year. Bands 0.95, 0.60 and 0. Without a target the growth rate itself, against 1.5 %, 0.5 % and 0, scaled
where the series has a natural limit.
"""

import numpy as np

from transforms.rules.inputs import (
    LEAST_YEAR,
    BoolArray,
    FloatArray,
    Outcome,
    RuleInputs,
    decide_outcome,
    unusable_cases,
)

ON_TRACK, MODERATE = 0.95, 0.60
FAST, SLOW = 0.015, 0.005
STEEPNESS = 4.44
STAND_IN = 0.001
"""What the rule puts for a base or a target of 0. It is arbitrary, and the reason says so."""
_STAND_IN_NOTE = "; a base or target of 0 counts as 0.001, which is arbitrary"


def statcan(inputs: RuleInputs) -> Outcome:
    """value: R, or the growth rate without a target; score: -5 to 5; labels as published."""
    base, target = _no_zero(inputs.base), _no_zero(inputs.target)
    sign = np.where(base < 0, -1.0, 1.0)
    opposite = base * inputs.current < 0
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = (inputs.current / base) ** (1 / inputs.elapsed) - 1
        required = (target / base) ** (1 / (inputs.due_year - inputs.base_year)) - 1
        ratio = sign * inputs.direction * observed / np.abs(required)
    value = np.where(inputs.has_target, np.where(required == 0, np.nan, ratio), sign * inputs.direction * observed)
    factor = _limit_factor(base, inputs.limit)
    score = np.where(inputs.has_target, _score(value), _score_without_target(value, factor))
    met = inputs.met
    return decide_outcome(
        inputs, value, [*_silent(inputs, opposite), *_cases(inputs, value, factor, met)], np.where(met, 5.0, score)
    )


def _silent(inputs: RuleInputs, opposite: BoolArray) -> list[tuple[BoolArray, str, str, str]]:
    return [
        *unusable_cases(inputs),
        (
            inputs.elapsed < LEAST_YEAR,
            "not_available",
            "not_assessable",
            "less than a year lies between the baseline and the current value",
        ),
        (opposite, "not_available", "not_assessable", "the value changed its sign, so it has no growth rate"),
    ]


def _cases(
    inputs: RuleInputs, value: FloatArray, factor: FloatArray, met: BoolArray
) -> list[tuple[BoolArray, str, str, str]]:
    zero = (inputs.base == 0) | (inputs.target == 0)
    aimed, free = inputs.has_target, ~inputs.has_target
    lost = aimed & np.isnan(value)
    cases = [
        (met, "target_achieved", "achieved", "the current value meets the target"),
        (lost, "not_available", "not_assessable", "the baseline is the target, so no growth is required"),
        (
            aimed & (value >= ON_TRACK),
            "substantial_progress",
            "on_track",
            f"at least {ON_TRACK:.2f} of the growth required",
        ),
        (
            aimed & (value >= MODERATE),
            "moderate_progress",
            "at_risk",
            f"at least {MODERATE:.2f} of the growth required",
        ),
        (aimed & (value >= 0), "limited_progress", "behind", f"less than {MODERATE:.2f} of the growth required"),
        (
            free & (value >= FAST * factor),
            "substantial_progress",
            "on_track",
            "no target: it grows by at least 1.5 % a year, scaled to its limit",
        ),
        (
            free & (value >= SLOW * factor),
            "moderate_progress",
            "at_risk",
            "no target: it grows by at least 0.5 % a year, scaled to its limit",
        ),
        (
            free & (value >= 0),
            "limited_progress",
            "behind",
            "no target: it grows by less than 0.5 % a year, scaled to its limit",
        ),
        (np.ones_like(aimed), "deterioration", "behind", "it moves the wrong way"),
    ]
    noted = [(condition & zero, label, verdict, reason + _STAND_IN_NOTE) for condition, label, verdict, reason in cases]
    return [one for pair in zip(noted, cases, strict=True) for one in pair]


def _no_zero(figures: FloatArray) -> FloatArray:
    return np.where(figures == 0, STAND_IN, figures)


def _limit_factor(base: FloatArray, limit: FloatArray) -> FloatArray:
    """C: less growth is asked for near a natural limit. 1 where there is none."""
    b, lim = np.abs(base), np.abs(limit)
    with np.errstate(divide="ignore", invalid="ignore"):
        near = np.where(b <= lim, b / lim, (2 * lim - b) / lim)
        factor = 1 - near**STEEPNESS
    return np.where(np.isnan(limit) | (b >= 2 * lim), 1.0, factor)


def _score(ratio: FloatArray) -> FloatArray:
    return np.where(ratio > MODERATE, np.minimum(7.1429 * ratio - 4.2857, 5), np.maximum(4.1667 * ratio - 2.5, -5))


def _score_without_target(rate: FloatArray, factor: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        slow, middle, fast = (
            500 * rate / factor - 2.5,
            250 * rate / factor - 1.25,
            np.minimum(500 * rate / factor - 5, 5),
        )
    scaled = np.select([rate < SLOW * factor, rate < FAST * factor], [slow, middle], fast)
    return np.where(rate < 0, np.maximum(125 * rate - 2.5, -5), np.where(factor == 0, 5.0, scaled))


def indicator_score(scores: FloatArray, achieved: BoolArray) -> tuple[float, str]:
    """Mean score and label of an indicator from its series; NaN scores are left out. (nan, "") where none is left."""
    known = scores[~np.isnan(scores)]
    if not known.size:
        return float("nan"), ""
    mean = float(known.mean())
    if bool(np.all(achieved[~np.isnan(scores)])):
        return mean, "target_achieved"
    bands = ((2.5, "substantial_progress"), (0.0, "moderate_progress"), (-2.5, "limited_progress"))
    return mean, next((label for least, label in bands if mean >= least), "deterioration")
