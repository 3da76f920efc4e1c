"""The effect of one activity on one series: an interrupted time series with placebo dates.

The mean change per period since the activity is compared with the prediction from the series' own past
(``transforms.effects.counterfactual``), by ratios (logarithms) where all values are above 0. The same is done at every
earlier date with as many periods before the activity: placebo dates, at which nothing is known to have happened. Their
errors calibrate the interval; the fewer there are, the more the model's own error counts. Student's t covers what
remains unknown.

Interrupted time series: Bernal and others 2017, https://doi.org/10.1093/ije/dyw098; placebo dates: Abadie and others
2015, https://doi.org/10.1111/ajps.12116; a prediction as the comparison: Brodersen and others 2015,
https://doi.org/10.1214/14-AOAS788.
"""

import numpy as np

from transforms.arrays import BoolArray, FloatArray, IntArray
from transforms.effects.aligned_series import AlignedSeries, align_series
from transforms.effects.counterfactual import StandardisedSeries, counterfactual_gap, line_weights
from transforms.effects.outcome import SIGNIFICANCE, Effect, EffectEstimate, effect_from_estimate, p_value
from transforms.effects.window_lengths import in_usual_steps

TRUSTED = 4.0
"""The model's own error weighs as much as this many independent placebo dates."""
FURTHEST = 1e4
"""A control counts as at most this many of its usual steps from its median: a larger one would hide all else."""
LARGEST = 9.0
"""A placebo error counts as at most this many standard errors."""


def estimate_effect(
    values: FloatArray,
    start: IntArray,
    season: int,
    controls: FloatArray | None = None,
    level: float = 0.90,
    errors: FloatArray | None = None,
) -> Effect:
    """The effect on each series.

    values, controls, errors: (series, periods), oldest first. start: (series,), the first period after the activity. A
    control is a series that the activity could not have moved: as far as the series followed it before, it is expected
    to follow it after. A period without a value of the control is left out. errors: standard errors of the values.

    Raises ``ValueError`` for an unknown season, for shapes that differ and for a level outside 0 to 1.
    """
    values, start = np.asarray(values, dtype=np.float64), np.asarray(start, dtype=np.int64)
    fits = all(other is None or other.shape == values.shape for other in (controls, errors))
    if values.ndim != 2 or start.shape != values.shape[:1] or not fits:
        raise ValueError(
            "values are (series, periods), start has one entry a series; controls and errors have the shape of values"
        )
    if not 0 < level < 1:
        raise ValueError(f"the level {level} is not between 0 and 1")
    aligned = align_series(values, start, season, controls, errors)
    return effect_from_estimate(aligned, _found(aligned), level)


def _found(aligned: AlignedSeries) -> EffectEstimate:
    span, length = aligned.span, aligned.length
    values, unit = in_usual_steps(aligned.compared, aligned.known)
    followed = aligned.compared_controls
    controls = None if followed is None else np.clip(in_usual_steps(followed, aligned.known)[0], -FURTHEST, FURTHEST)
    dates = (*range(span.first_placebo, span.window - int(length.min(initial=span.horizon)) + 1), span.window)
    gap = counterfactual_gap(
        StandardisedSeries(values, aligned.known, controls), aligned.season, dates, np.maximum(length, 1)
    )
    tried = _tried(aligned, dates[:-1])
    error = np.where(gap.error > 0, gap.error, 1.0)
    size = np.where(tried, np.minimum(np.abs(gap.gap / error)[:, :-1], LARGEST), 0.0)
    degrees = TRUSTED + tried.sum(axis=1) / np.maximum(length, 1)
    wider = np.sqrt((TRUSTED + (size**2).sum(axis=1) / np.maximum(length, 1)) / degrees)
    passed = tried & (p_value(size / wider[:, None], degrees[:, None]) > SIGNIFICANCE)
    sampled = _sampling_error(aligned)
    return EffectEstimate(
        change=gap.gap[:, -1] * unit[:, 0],
        error=np.hypot(error[:, -1] * wider * unit[:, 0], sampled[:, 0]),
        degrees=degrees,
        line=gap.line * unit,
        line_error=np.hypot(gap.line_error * wider[:, None] * unit, sampled[:, 1:]),
        tried=tried.sum(axis=1),
        passed=passed.sum(axis=1),
    )


def _tried(aligned: AlignedSeries, dates: tuple[int, ...]) -> BoolArray:
    """Which dates can be placebo dates, (series, dates).

    Enough periods are known before the date, and as many periods lie between it and the activity as after the activity,
    half of them known.
    """
    total = np.pad(np.cumsum(aligned.known, axis=1), ((0, 0), (1, 0)))
    at, length = np.array(dates), aligned.length[:, None]
    ends = np.minimum(at[None, :] + length, aligned.span.window)
    after: IntArray = np.take_along_axis(total, ends, axis=1) - total[:, at]
    enough = (total[:, at] >= aligned.span.first_placebo) & (after * 2 >= length) & (after > 0)
    return np.asarray(enough & (at[None, :] + length <= aligned.span.window))


def _sampling_error(aligned: AlignedSeries) -> FloatArray:
    """The sampling errors of mean, level and slope, (series, 3).

    The errors of the values after the activity are taken as independent.
    """
    held = np.where(aligned.log[:, None] & aligned.known, aligned.values, 1.0)[:, aligned.span.window :]
    errors = aligned.errors[:, aligned.span.window :] / held
    return np.asarray(np.sqrt((line_weights(aligned.after) ** 2 * errors[:, None, :] ** 2).sum(axis=2)))
