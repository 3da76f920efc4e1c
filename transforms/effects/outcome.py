"""What is said of the effects found: figures in the unit and in per cent, a verdict, or why nothing can be said."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from transforms.effects.aligned_series import AlignedSeries
from transforms.effects.window_lengths import IntArray
from transforms.rules.inputs import BoolArray, FloatArray, TextArray

SIGNIFICANCE = 0.02
"""An association is named where a change as far from 0 would come by itself in fewer cases than this."""
LEAST_PLACEBO_SHARE = 0.9
"""Least share of the placebo dates at which no effect is found."""
WIDEST_LOG_INTERVAL = float(np.log(4.0))
"""Nothing is said where the interval reaches further than four times or a quarter of what is found, as a logarithm."""


@dataclass(frozen=True)
class Effect:
    """One entry a series; figures in its unit and per period, NaN where nothing can be said.

    effect, low, high: mean change over the periods after; ``*_pct``: in per cent of what was expected without it.
    level_change: at the first period after, slope_change: from period to period, each with its interval. p_value: how often a
    change as far from 0 comes by itself. placebo_tried: dates before, placebo_passed: the ones of these at which no effect is
    found. verdict: associated_rise, associated_fall, no_clear_change or cannot_tell; reason: why it cannot be told.
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
    """In the figures that are compared, (series,): mean change, its error, degrees of freedom of its t, placebo dates; (series, 2): level
    and slope with their errors."""

    change: FloatArray
    error: FloatArray
    degrees: FloatArray
    line: FloatArray
    line_error: FloatArray
    tried: IntArray
    passed: IntArray


def p_value(size: FloatArray, degrees: FloatArray) -> FloatArray:
    """Of a change of ``size`` standard errors, either way."""
    return np.asarray(2 * stdtr(degrees, -np.abs(size)))


def effect_from_estimate(cut: AlignedSeries, found: EffectEstimate, level: float) -> Effect:
    """With intervals that hold the change in ``level`` of the cases."""
    wide: FloatArray = np.asarray(stdtrit(found.degrees, (1 + level) / 2), dtype=np.float64)
    mean = np.where(cut.after, cut.values[:, cut.span.window :], 0.0).sum(axis=1) / np.maximum(cut.after.sum(axis=1), 1)
    expected = np.where(cut.log, mean * (1 + _growth(cut.log, -found.change)), mean - found.change)
    chance = p_value(found.change / found.error, found.degrees)
    cases = [*_unknowable(cut), *_untrusted(cut, found, wide)]
    silent = np.any([condition for condition, _ in cases], axis=0)
    verdict = np.where(
        chance > SIGNIFICANCE, "no_clear_change", np.where(found.change > 0, "associated_rise", "associated_fall")
    )
    figures = _figures(cut.log, expected, [found.change + side * wide * found.error for side in (0, -1, 1)])
    figures |= _line(cut.log, expected, [found.line + side * wide[:, None] * found.line_error for side in (0, -1, 1)])
    return Effect(
        **{name: np.where(silent, np.nan, figure) for name, figure in (figures | {"p_value": chance}).items()},
        periods_before=cut.before,
        periods_after=cut.after.sum(axis=1),
        placebo_tried=found.tried,
        placebo_passed=found.passed,
        verdict=np.where(silent, "cannot_tell", verdict).astype(object),
        reason=np.select([condition for condition, _ in cases], [texts for _, texts in cases], "").astype(object),
    )


Case = tuple[BoolArray, TextArray]


def _unknowable(cut: AlignedSeries) -> list[Case]:
    """Where nothing can be said and why; of several the first."""
    before, after, span = cut.before, cut.after.sum(axis=1), cut.span
    held = np.where(cut.known, cut.values, np.nan)[:, : span.window]
    low, high = np.where(np.isnan(held), np.inf, held).min(axis=1), np.where(np.isnan(held), -np.inf, held).max(axis=1)
    return [
        (after < span.after, _texts([f"{_counted(n, span.period)} after it, needs {span.after}" for n in after])),
        (before < span.before, _texts([f"{_counted(n, span.period)} before it, needs {span.before}" for n in before])),
        (
            ~(high > low),
            _texts(["it never changed before, so nothing is known of how it strays by itself"] * len(before)),
        ),
    ]


def _untrusted(cut: AlignedSeries, found: EffectEstimate, wide: FloatArray) -> list[Case]:
    """Where the estimate finds effects at dates without any, or says next to nothing."""
    failed = [
        f"failed its placebo: an effect shows at {tried - passed} of {tried} dates before it, when nothing was done"
        for tried, passed in zip(found.tried, found.passed, strict=True)
    ]
    blind = cut.log & (wide * found.error > WIDEST_LOG_INTERVAL)
    strays = "it strays so far by itself that four times or a quarter as much could be chance"
    return [(found.passed < LEAST_PLACEBO_SHARE * found.tried, _texts(failed)), (blind, _texts([strays] * len(blind)))]


def _texts(texts: list[str]) -> TextArray:
    return np.array(texts, dtype=object)


def _counted(count: int, period: str) -> str:
    return f"{count} complete {period}{'' if count == 1 else 's'}"


def _figures(log: BoolArray, expected: FloatArray, sides: list[FloatArray]) -> dict[str, FloatArray]:
    """The change and the ends of its interval in the unit, and in per cent of what was expected where that is above 0."""
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
    """A change of logarithms as a share, within what a number can hold."""
    return np.asarray(np.expm1(np.clip(np.where(log, change, 0.0), -100.0, 100.0)))
