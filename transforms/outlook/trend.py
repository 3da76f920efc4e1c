"""The trend of each series: Theil-Sen slope with an interval, and the Mann-Kendall test.

With a season only values of the same season are compared, so that a summer is never compared with a winter. Slope: Sen
1968, https://doi.org/10.1080/01621459.1968.10480934. Seasonal slope and test: Hirsch, Slack & Smith 1982,
https://doi.org/10.1029/WR018i001p00107. Interval by ranks of the slopes: Gilbert 1987, Statistical Methods for
Environmental Pollution Monitoring, 16.4.2 and 17.3. Variance for serially correlated values: the form of Hamed & Rao
1998, https://doi.org/10.1016/S0022-1694(97)00125-X, with the autocorrelation of the ranks of the residuals, but
estimated from its first two lags and corrected for its small-sample bias. docs/trend.md explains why neither as
published nor by the covariance of Hirsch & Slack 1984.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from transforms.arrays import BoolArray, FloatArray, IntArray, TextArray
from transforms.outlook.serial_correlation import centred, expected_lag_1, variance_inflation

FEWEST, FEWEST_PAIRS, FEWEST_FOR_P = 4, 4, 8
HELD_BYTES = 64_000_000


@dataclass(frozen=True)
class Trend:
    """Arrays of shape (series,).

    slope: the change per period in the unit of the values. low, high: the ends of its interval. p_value: two-sided.
    points: the number of known values. seasonal: only values of the same season were compared. reason: why there is no
    slope or no interval, a code of ``warehouse.schema.outlook_codes``, or "".
    """

    slope: FloatArray
    low: FloatArray
    high: FloatArray
    p_value: FloatArray
    points: IntArray
    seasonal: BoolArray
    reason: TextArray


def trend(values: FloatArray, season: int, level: float = 0.90, errors: FloatArray | None = None) -> Trend:
    """The trend of values (series, periods), oldest first.

    errors: standard errors, (series, periods), NaN where unknown. The scatter of the values already contains
    independent errors, so ``errors`` only widen an interval that is narrower than they alone would make it. Raises
    ``ValueError`` for other shapes, a season below 1 or a level not between 0 and 1.
    """
    if values.ndim != 2 or season < 1 or not 0 < level < 1 or (errors is not None and errors.shape != values.shape):
        raise ValueError(
            "trend needs values (and errors) of shape (series, periods), "
            "a season of 1 or more and a level between 0 and 1"
        )
    table = expected_lag_1(values.shape[1], season)
    z = float(ndtri((1 + level) / 2))
    parts = []
    for rows in _chunks(values.shape, season):
        known = np.where(np.isfinite(values[rows]), values[rows], np.nan)
        parts.append(_trend(known, season, z, None if errors is None else errors[rows], table))
    return Trend(*(np.concatenate([getattr(part, name) for part in parts]) for name in Trend.__dataclass_fields__))


def _chunks(shape: tuple[int, ...], season: int) -> Iterator[slice]:
    series, periods = shape
    pairs = _pair_count(periods, season)
    size = max(1, HELD_BYTES // (8 * (pairs + 12 * periods + 1)))
    yield from (slice(start, start + size) for start in range(0, max(series, 1), size))


def _pair_count(periods: int, season: int) -> int:
    return sum(periods - lag for lag in range(season, periods, season))


def _trend(values: FloatArray, season: int, z: float, errors: FloatArray | None, table: FloatArray) -> Trend:
    known = ~np.isnan(values)
    points = known.sum(axis=1)
    slopes, score, variance = sen_pairs(values, season)
    pairs = (~np.isnan(slopes)).sum(axis=1)
    enough = (points >= FEWEST) & (pairs >= FEWEST_PAIRS) & ((season == 1) | (_span(known) >= 2 * season))
    slope = np.where(enough, _middle(slopes, pairs), np.nan)
    factor = variance_inflation(values, slope, season, table)
    variance = variance * np.where(points >= FEWEST_FOR_P, factor, 1.0)
    low, high = _interval(slopes, pairs, z * np.sqrt(variance))
    low, high = np.where(enough, low, np.nan), np.where(enough, high, np.nan)
    if errors is not None:
        reach = z * _slope_error(known, np.nan_to_num(errors), season)
        low, high = np.minimum(low, slope - reach), np.maximum(high, slope + reach)
    tested = enough & (points >= FEWEST_FOR_P)
    p_value = np.where(tested, _two_sided(score, variance), np.nan)
    reason = _reason(points, enough, np.isnan(low), tested)
    return Trend(slope, low, high, p_value, points, enough & (season > 1), reason)


def _span(known: BoolArray) -> IntArray:
    """The periods from the first known value to the last."""
    if known.shape[1] == 0:
        return np.zeros(len(known), dtype=np.int64)
    return np.where(known.any(axis=1), known.shape[1] - known.argmax(axis=1) - known[:, ::-1].argmax(axis=1), 0)


def sen_pairs(values: FloatArray, season: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Slopes of all pairs of one season, Mann-Kendall's S, and its variance.

    The slopes are (series, pairs), sorted, NaN last. Var S = sum over seasons of (n(n-1)(2n+5) - sum over ties of
    t(t-1)(2t+5)) / 18, for independent values with ties.
    """
    series, periods = values.shape
    slopes = np.empty((series, _pair_count(periods, season)))
    score, equal, before = np.zeros(series), np.ones_like(values), 0
    for lag in range(season, periods, season):
        change = values[:, lag:] - values[:, :-lag]
        slopes[:, before : before + periods - lag] = change / lag
        before += periods - lag
        score += (change > 0).sum(axis=1) - (change < 0).sum(axis=1)
        same = change == 0
        equal[:, lag:] += same
        equal[:, :-lag] += same
    slopes.sort(axis=1)
    counted = np.where(np.isnan(values), 0.0, (equal - 1) * (2 * equal + 5)).sum(axis=1)
    whole = np.zeros(series)
    for first in range(min(season, periods)):
        n = (~np.isnan(values[:, first::season])).sum(axis=1)
        whole += n * (n - 1) * (2 * n + 5)
    return slopes, score, (whole - counted) / 18


def _middle(slopes: FloatArray, pairs: IntArray) -> FloatArray:
    """The median of each sorted row."""
    return (_at(slopes, (pairs - 1) // 2) + _at(slopes, pairs // 2)) / 2


def _at(rows: FloatArray, place: IntArray) -> FloatArray:
    """One element of each row; NaN where there is no such place."""
    if rows.shape[1] == 0:
        return np.full(len(rows), np.nan)
    found = np.take_along_axis(rows, np.clip(place, 0, rows.shape[1] - 1)[:, None], axis=1)[:, 0]
    return np.where((place >= 0) & (place < rows.shape[1]), found, np.nan)


def _interval(slopes: FloatArray, pairs: IntArray, reach: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The slopes at the ranks (N' - C)/2 and (N' + C)/2 + 1, rounded.

    NaN where fewer pairs are known.
    """
    below, above = np.round((pairs - reach) / 2).astype(np.int64) - 1, np.round((pairs + reach) / 2).astype(np.int64)
    bounded = (below >= 0) & (above < pairs)
    return np.where(bounded, _at(slopes, below), np.nan), np.where(bounded, _at(slopes, above), np.nan)


def _two_sided(score: FloatArray, variance: FloatArray) -> FloatArray:
    """The p-value with the correction for continuity; 1 where all values are equal."""
    distance = np.maximum(np.abs(score) - 1, 0) / np.sqrt(np.where(variance > 0, variance, 1.0))
    return np.where(variance > 0, 2 * ndtr(-distance), 1.0)


def _slope_error(known: BoolArray, errors: FloatArray, season: int) -> FloatArray:
    """The standard error of a least-squares slope within seasons.

    It comes from the errors of the values alone.
    """
    time = centred(np.broadcast_to(np.arange(known.shape[1], dtype=np.float64), known.shape), known, season)
    square = (time**2).sum(axis=1)
    error: FloatArray = np.sqrt(((time * errors) ** 2).sum(axis=1)) / np.where(square > 0, square, np.inf)
    return error


def _reason(points: IntArray, enough: BoolArray, unbounded: BoolArray, tested: BoolArray) -> TextArray:
    cases = [
        (points < FEWEST, "no_trend_few_values"),
        (~enough, "no_trend_season"),
        (unbounded & ~tested, "trend_few_values"),
        (unbounded, "trend_alike_values"),
    ]
    return np.select([where for where, _ in cases], [code for _, code in cases], "").astype(object)
