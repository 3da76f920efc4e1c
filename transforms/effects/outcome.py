"""The published effect: values in the unit and in per cent, a verdict, or why there is none."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from transforms.arrays import BoolArray, FloatArray, IntArray, TextArray
from transforms.effects.aligned_series import AlignedSeries

SIGNIFICANCE = 0.02
"""An association is named where a change as far from 0 would occur by itself in fewer cases than this."""
LEAST_PLACEBO_SHARE = 0.9
"""The least share of the placebo dates at which no effect may be found."""
WIDEST_LOG_INTERVAL = float(np.log(4.0))
"""The widest half-interval for a statement: four times or a quarter of the effect, as a logarithm."""


@dataclass(frozen=True)
class Effect:
    """One entry for each series.

    Values in its unit and per period, NaN where there is no result.

    effect, low, high: the mean change over the periods after, with its interval; ``*_pct``: in per cent of the expected
    value. level_change: at the first period after; slope_change: from period to period; each with its interval.
    p_value: how often a change as far from 0 occurs by itself. placebo_tried: the dates before; placebo_passed: those
    at which no effect is found. verdict: associated_rise, associated_fall, no_clear_change or cannot_tell; reason: why
    it cannot be told, a code of ``warehouse.schema.effect_codes``, or "".
    """

    effect: FloatArray
    low: FloatArray
    high: FloatArray
    effect_pct: FloatArray
    low_pct: FloatArray
    high_pct: FloatArray
    level_change: FloatArray
    level_low: FloatArray
    level_high: FloatArray
    slope_change: FloatArray
    slope_low: FloatArray
    slope_high: FloatArray
    p_value: FloatArray
    periods_before: IntArray
    periods_after: IntArray
    placebo_tried: IntArray
    placebo_passed: IntArray
    verdict: TextArray
    reason: TextArray


@dataclass(frozen=True)
class EffectEstimate:
    """The estimate on the scale of the comparison, (series,) or (series, 2).

    change, error and degrees of freedom of its t; tried and passed placebo dates: (series,). line and line_error: level
    and slope with their errors, (series, 2).
    """

    change: FloatArray
    error: FloatArray
    degrees: FloatArray
    line: FloatArray
    line_error: FloatArray
    tried: IntArray
    passed: IntArray


def p_value(size: FloatArray, degrees: FloatArray) -> FloatArray:
    """The two-sided p-value of a change of ``size`` standard errors."""
    return np.asarray(2 * stdtr(degrees, -np.abs(size)))


def effect_from_estimate(aligned: AlignedSeries, found: EffectEstimate, level: float) -> Effect:
    """The effect with intervals that contain the change in ``level`` of the cases."""
    wide: FloatArray = np.asarray(stdtrit(found.degrees, (1 + level) / 2), dtype=np.float64)
    mean = np.where(aligned.after, aligned.values[:, aligned.span.window :], 0.0).sum(axis=1) / np.maximum(
        aligned.after.sum(axis=1), 1
    )
    expected = np.where(aligned.log, mean * (1 + _growth(aligned.log, -found.change)), mean - found.change)
    chance = p_value(found.change / found.error, found.degrees)
    cases = [*_unknowable(aligned), *_untrusted(aligned, found, wide)]
    silent = np.any([condition for condition, _ in cases], axis=0)
    verdict = np.where(
        chance > SIGNIFICANCE, "no_clear_change", np.where(found.change > 0, "associated_rise", "associated_fall")
    )
    numbers = _changes(aligned.log, expected, [found.change + side * wide * found.error for side in (0, -1, 1)])
    numbers |= _line(
        aligned.log, expected, [found.line + side * wide[:, None] * found.line_error for side in (0, -1, 1)]
    )
    return Effect(
        **{name: np.where(silent, np.nan, number) for name, number in (numbers | {"p_value": chance}).items()},
        periods_before=aligned.before,
        periods_after=aligned.after.sum(axis=1),
        placebo_tried=found.tried,
        placebo_passed=found.passed,
        verdict=np.where(silent, "cannot_tell", verdict).astype(object),
        reason=np.select([condition for condition, _ in cases], [code for _, code in cases], "").astype(object),
    )


Case = tuple[BoolArray, str]


def _unknowable(aligned: AlignedSeries) -> list[Case]:
    """Where no effect can be estimated, and why; the first reason counts."""
    before, after, span = aligned.before, aligned.after.sum(axis=1), aligned.span
    held = np.where(aligned.known, aligned.values, np.nan)[:, : span.window]
    low, high = np.where(np.isnan(held), np.inf, held).min(axis=1), np.where(np.isnan(held), -np.inf, held).max(axis=1)
    return [
        (after < span.after, "few_after"),
        (before < span.before, "few_before"),
        (~(high > low), "never_changed"),
    ]


def _untrusted(aligned: AlignedSeries, found: EffectEstimate, wide: FloatArray) -> list[Case]:
    """Where the estimate finds effects at dates without any, or its interval is too wide."""
    blind = aligned.log & (wide * found.error > WIDEST_LOG_INTERVAL)
    return [(found.passed < LEAST_PLACEBO_SHARE * found.tried, "failed_placebo"), (blind, "varies_by_itself")]


def _changes(log: BoolArray, expected: FloatArray, sides: list[FloatArray]) -> dict[str, FloatArray]:
    """The change and its interval, in the unit and in per cent of the expected value.

    The percentage is NaN unless the expected value is above 0.
    """
    above = log | (expected > 0)
    names = ("effect", "low", "high")
    units = [_grown(log, expected, side) for side in sides]
    # The expected value is itself uncertain: the mean is known, and a change of c was expected to end at mean / exp(c).
    after = expected * (1 + _growth(log, sides[0]))
    units[1:] = [np.where(log, after * -_growth(log, -side), side) for side in sides[1:]]
    shares = [np.where(log, _growth(log, side), side / np.where(expected > 0, expected, 1.0)) for side in sides]
    return dict(zip(names, units, strict=True)) | {
        f"{name}_pct": np.where(above, 100 * share, np.nan) for name, share in zip(names, shares, strict=True)
    }


def _line(log: BoolArray, expected: FloatArray, sides: list[FloatArray]) -> dict[str, FloatArray]:
    names = (("level_change", "level_low", "level_high"), ("slope_change", "slope_low", "slope_high"))
    return {
        name: _grown(log, expected, side[:, part])
        for part in (0, 1)
        for name, side in zip(names[part], sides, strict=True)
    }


def _grown(log: BoolArray, expected: FloatArray, change: FloatArray) -> FloatArray:
    return np.where(log, expected * _growth(log, change), change)


def _growth(log: BoolArray, change: FloatArray) -> FloatArray:
    """A change of logarithms as a share, limited to what a number can hold."""
    return np.asarray(np.expm1(np.clip(np.where(log, change, 0.0), -100.0, 100.0)))
