"""The effect of one activity on one series: an interrupted time series whose interval is held against dates before it.

For each series the mean change per period since the activity is measured against what the series' own past foretold
(``transforms.effects.counterfactual``), by ratios (logarithms) where all its figures are above 0. The same is done at every date before
the activity that leaves as many periods up to it: placebo dates, at which nothing is known to have happened. Their errors correct
the size of the interval; the fewer there are, the more the model's own error counts, with Student's t for what neither can know.
Interrupted time series: Bernal and others 2017, https://doi.org/10.1093/ije/dyw098; placebo dates: Abadie and others 2015,
https://doi.org/10.1111/ajps.12116; a prediction as the comparison: Brodersen and others 2015, https://doi.org/10.1214/14-AOAS788.
"""

import numpy as np

from transforms.effects.aligned_series import AlignedSeries, align_series
from transforms.effects.counterfactual import StandardisedSeries, counterfactual_gap, line_weights
from transforms.effects.outcome import SIGNIFICANCE, Effect, EffectEstimate, effect_from_estimate, p_value
from transforms.effects.window_lengths import IntArray, in_usual_steps
from transforms.rules.inputs import BoolArray, FloatArray

TRUSTED = 4.0
"""How many independent placebo dates the model's own error weighs."""
FURTHEST = 1e4
"""A control counts as at most so many of its usual steps from its middle: beyond, nothing else could be told apart from it."""
LARGEST = 9.0
"""A placebo error counts as at most so many standard errors."""


def effect(
    values: FloatArray,
    start: IntArray,
    season: int,
    controls: FloatArray | None = None,
    level: float = 0.90,
    errors: FloatArray | None = None,
) -> Effect:
    """``values``, ``controls`` and ``errors`` (series, periods), oldest first; ``start`` (series,) the first period after the activity.

    A control is a series that the activity could not have moved: what the series followed of it before is expected after.
    A period with no figure of the control is left out. ``errors`` are standard errors of the values. Raises ``ValueError``
    for a season that is not known, shapes that differ and a level outside 0 to 1.
    """
    values, start = np.asarray(values, dtype=np.float64), np.asarray(start, dtype=np.int64)
    if (
        values.ndim != 2
        or start.shape != values.shape[:1]
        or any(more is not None and more.shape != values.shape for more in (controls, errors))
    ):
        raise ValueError(
            "values are (series, periods), start has one entry a series; controls and errors have the shape of values"
        )
    if not 0 < level < 1:
        raise ValueError(f"the level {level} is not between 0 and 1")
    cut = align_series(values, start, season, controls, errors)
    return effect_from_estimate(cut, _found(cut), level)


def _found(cut: AlignedSeries) -> EffectEstimate:
    span, length = cut.span, cut.length
    values, unit = in_usual_steps(cut.compared, cut.known)
    followed = cut.compared_controls
    controls = None if followed is None else np.clip(in_usual_steps(followed, cut.known)[0], -FURTHEST, FURTHEST)
    dates = (*range(span.first_placebo, span.window - int(length.min(initial=span.horizon)) + 1), span.window)
    stray = counterfactual_gap(
        StandardisedSeries(values, cut.known, controls), cut.season, dates, np.maximum(length, 1)
    )
    tried = _tried(cut, dates[:-1])
    error = np.where(stray.error > 0, stray.error, 1.0)
    size = np.where(tried, np.minimum(np.abs(stray.gap / error)[:, :-1], LARGEST), 0.0)
    degrees = TRUSTED + tried.sum(axis=1) / np.maximum(length, 1)
    wider = np.sqrt((TRUSTED + (size**2).sum(axis=1) / np.maximum(length, 1)) / degrees)
    passed = tried & (p_value(size / wider[:, None], degrees[:, None]) > SIGNIFICANCE)
    sampled = _sampling_error(cut)
    return EffectEstimate(
        change=stray.gap[:, -1] * unit[:, 0],
        error=np.hypot(error[:, -1] * wider * unit[:, 0], sampled[:, 0]),
        degrees=degrees,
        line=stray.line * unit,
        line_error=np.hypot(stray.line_error * wider[:, None] * unit, sampled[:, 1:]),
        tried=tried.sum(axis=1),
        passed=passed.sum(axis=1),
    )


def _tried(cut: AlignedSeries, dates: tuple[int, ...]) -> BoolArray:
    """(series, dates): enough known before a date, as many periods between it and the activity as after that, half of them known."""
    total = np.pad(np.cumsum(cut.known, axis=1), ((0, 0), (1, 0)))
    at, length = np.array(dates), cut.length[:, None]
    ends = np.minimum(at[None, :] + length, cut.span.window)
    after: IntArray = np.take_along_axis(total, ends, axis=1) - total[:, at]
    enough = (total[:, at] >= cut.span.first_placebo) & (after * 2 >= length) & (after > 0)
    return np.asarray(enough & (at[None, :] + length <= cut.span.window))


def _sampling_error(cut: AlignedSeries) -> FloatArray:
    """(series, 3): of mean, level and slope, from the errors of the values after, taken as independent of each other."""
    held = np.where(cut.log[:, None] & cut.known, cut.values, 1.0)[:, cut.span.window :]
    errors = cut.errors[:, cut.span.window :] / held
    return np.asarray(np.sqrt((line_weights(cut.after) ** 2 * errors[:, None, :] ** 2).sum(axis=2)))
