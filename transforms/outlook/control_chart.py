"""Is a value more than noise? The XmR control chart and its signals.

The chart is for individual values and moving ranges. Limits: mean +- 2.66 mean moving range; moving ranges of 3.267
times their mean and more are left out once. Constants: 3 / d2 and D4 for ranges of two (d2 = 1.128), Montgomery,
Introduction to Statistical Quality Control, appendix VI. The signals and their order are those of NHS England's Making
Data Count, https://github.com/nhs-r-community/NHSRplotthedots. A missing period ends a run.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from transforms.arrays import BoolArray, FloatArray, IntArray, TextArray
from transforms.outlook.trend import trend
from warehouse.schema.control_charts import CHART_SIGNALS

FEWEST = 12
RANGE_TO_LIMIT, SCREEN, NEAR = 2.66, 3.267, 2 / 3
RUN, FAR, MOST_ZEROS = 7, 6.0, 0.05
SIGNALS = np.array(["", *CHART_SIGNALS[1:]], dtype=object)
FEW = f"no chart: fewer than {FEWEST} values are known"
FEW_IN_SEASON = f"no chart: fewer than {FEWEST} values are known, counting only the seasons known in two years or more"
FLAT = "no chart: nearly all values equal the one before, so there is no noise to measure"
CHUNK = 20_000


@dataclass(frozen=True)
class ControlChart:
    """The limits and signals of each series.

    centre, lower, upper: (series,), in the unit of the values, without the season. means, lows, highs: the same with
    the season of each period put back, (series, periods), NaN in a season that has no index; there no value is judged.
    signal: (series, periods); every period of a run has it. side: (series, periods), +1 above or rising, -1 below or
    falling, 0 without a signal.
    """

    centre: FloatArray
    lower: FloatArray
    upper: FloatArray
    means: FloatArray
    lows: FloatArray
    highs: FloatArray
    signal: TextArray
    side: IntArray
    reason: TextArray


def control_chart(values: FloatArray, season: int = 1) -> ControlChart:
    """The chart of values (series, periods), oldest first, NaN where missing.

    With a season above 1 each value is divided by its season's index: the mean over the years of log value minus trend
    (seasonal Sen slope) in that season, less the mean of these means, exponentiated. Where a value is negative, or more
    than ``MOST_ZEROS`` of them are 0, the index has no logarithm and is subtracted. In these means outliers are held at
    ``FAR`` times the median distance from the season's median. The trend itself stays in. Raises ``ValueError`` for
    another shape.
    """
    if values.ndim != 2 or season < 1:
        raise ValueError("a chart needs values of shape (series, periods) and a season of 1 or more")
    parts = [_chart(values[start : start + CHUNK], season) for start in range(0, max(len(values), 1), CHUNK)]
    return ControlChart(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ControlChart.__dataclass_fields__)
    )


def _chart(values: FloatArray, season: int) -> ControlChart:
    values = np.where(np.isfinite(values), values, np.nan)
    divisor, offset = _season_index(values, season)
    judged = values if season == 1 else _without_season(values, divisor, offset)
    known = ~np.isnan(judged)
    ranges = np.abs(np.diff(judged, axis=1))
    average = _mean(ranges, ~np.isnan(ranges))
    screened = _mean(ranges, (ranges < SCREEN * average[:, None]) | (ranges == 0))
    few = known.sum(axis=1) < FEWEST
    flat = (average > 0) & ~(screened > 0)
    usable = ~few & ~flat & (average >= 0)
    centre = np.where(usable, _mean(judged, known), np.nan)
    reach = RANGE_TO_LIMIT * screened
    code, side = _signals(judged, centre, np.where(usable, reach, np.nan))
    reason = np.select([few & (season > 1), few, ~usable], [FEW_IN_SEASON, FEW, FLAT], "").astype(object)
    lower, upper = centre - reach, centre + reach
    means, lows, highs = (level[:, None] * divisor + offset for level in (centre, lower, upper))
    return ControlChart(centre, lower, upper, means, lows, highs, SIGNALS[code], side, reason)


def _mean(values: FloatArray, counted: BoolArray) -> FloatArray:
    """The mean of each row over what is counted; NaN over nothing."""
    n = counted.sum(axis=1)
    return np.where(n > 0, np.where(counted, values, 0.0).sum(axis=1) / np.maximum(n, 1), np.nan)


def _season_index(values: FloatArray, season: int) -> tuple[FloatArray, FloatArray]:
    """What the season multiplies each period by, and what it adds to it, (series, periods).

    NaN in a season that is known less than twice, and everywhere without two years.
    """
    divisor, offset = np.ones_like(values), np.zeros_like(values)
    if season == 1:
        return divisor, offset
    known, positive = ~np.isnan(values), np.nan_to_num(values) > 0
    shares = (known & (values == 0)).sum(axis=1) <= MOST_ZEROS * known.sum(axis=1)
    shares = (shares & ~(np.nan_to_num(values) < 0).any(axis=1))[:, None]
    logarithms = np.where(positive, np.log(np.where(positive, values, 1.0)), np.nan)
    part = _season(np.where(shares, logarithms, values), season)
    return np.where(shares, np.exp(np.where(shares, part, 0.0)), divisor), np.where(shares, offset, part)


def _without_season(values: FloatArray, divisor: FloatArray, offset: FloatArray) -> FloatArray:
    """The values without their season; rounding errors are not noise."""
    fine = 1e-12 * np.abs(np.nan_to_num(values)).max(axis=1, initial=1e-290)[:, None]
    exact: FloatArray = np.round((values - offset) / divisor / fine) * fine
    return exact


def _season(values: FloatArray, season: int) -> FloatArray:
    """The season's part of each period, (series, periods), 0 on average over the seasons.

    It is the mean and not the median of a season: the median value itself would have no noise and make the limits too
    narrow.
    """
    series, periods = values.shape
    slope = trend(values, season).slope
    years = max(-(-periods // season), 1)
    level = np.full((series, years * season), np.nan)
    level[:, :periods] = values - slope[:, None] * np.arange(periods)
    level = level.reshape(series, years, season)
    off = level - _medians(level)[:, None]
    far = FAR * _medians(np.abs(off).reshape(series, years * season, 1))[:, None]
    held = _medians(level)[:, None] + np.clip(off, -far, far)
    n = (~np.isnan(held)).sum(axis=1)
    part = np.where(n >= 2, np.nansum(held, axis=1) / np.maximum(n, 1), np.nan)
    part -= _mean(part, ~np.isnan(part))[:, None]
    return np.tile(part, years)[:, :periods]


def _medians(values: FloatArray) -> FloatArray:
    """The medians over the middle axis of (series, years, seasons); NaN where nothing is known."""
    ordered = np.sort(values, axis=1)
    n = (~np.isnan(values)).sum(axis=1)
    low, high = (
        np.take_along_axis(ordered, np.maximum(place, 0)[:, None], axis=1)[:, 0]
        for place in ((n - 1) // 2, np.minimum(n // 2, values.shape[1] - 1))
    )
    return (low + high) / 2


def _signals(values: FloatArray, centre: FloatArray, reach: FloatArray) -> tuple[IntArray, IntArray]:
    """The code of the first signal that holds for each value, and its side.

    A missing value is on no side.
    """
    off = values - centre[:, None]
    off[np.abs(off) <= 1e-12 * np.abs(values)] = 0.0  # a mean of equal values need not equal them
    limit = np.where(np.isnan(reach), np.inf, reach)[:, None]
    side = np.where(np.isnan(off), 0, np.sign(off)).astype(np.int64)
    outside, rise = np.abs(off) > limit, np.where(np.isnan(off[:, 1:]), 0, np.sign(np.diff(values, axis=1)))
    near = ~outside & (np.abs(off) > NEAR * limit)
    rising, falling = (_spread(_in_run(rise == sign, RUN - 1), 2) for sign in (1, -1))
    seven = _in_run(side == 1, RUN) | _in_run(side == -1, RUN)
    code = np.select([outside, rising, falling, near & _two_of_three(near, side), seven], [1, 2, 3, 4, 5], 0)
    return code, np.select([code == 0, code == 2, code == 3], [0, 1, -1], side)


def _in_run(holds: BoolArray, length: int) -> BoolArray:
    """Whether each place lies in a run of ``length`` places or more in which it holds."""
    if holds.shape[1] < length:
        return np.zeros_like(holds)
    windows: BoolArray = np.all(sliding_window_view(holds, length, axis=1), axis=2)
    return _spread(windows, length)


def _spread(windows: BoolArray, length: int) -> BoolArray:
    """From windows by their first place to the places in them."""
    count = windows.shape[1]
    places = np.zeros((len(windows), count + length - 1), dtype=bool)
    for shift in range(length):
        places[:, shift : shift + count] |= windows
    return places


def _two_of_three(near: BoolArray, side: IntArray) -> BoolArray:
    """Whether two of three neighbours on one side of the centre are near the limit."""
    if near.shape[1] < 3:
        return np.zeros_like(near)
    near_3, side_3 = (sliding_window_view(one, 3, axis=1).sum(axis=2) for one in (near, side))
    return _spread((near_3 >= 2) & (np.abs(side_3) == 3), 3)
