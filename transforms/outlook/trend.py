"""The trend of each series: Theil-Sen slope with an interval, and the (seasonal) Mann-Kendall test.

With a season only values of the same season are compared, so that a summer is never held against a winter. Slope: Sen 1968,
https://doi.org/10.1080/01621459.1968.10480934. Seasonal slope and test: Hirsch, Slack & Smith 1982,
https://doi.org/10.1029/WR018i001p00107. Interval by ranks of the slopes: Gilbert 1987, Statistical Methods for Environmental
Pollution Monitoring, 16.4.2 and 17.3. Variance for serially correlated values: the form of Hamed & Rao 1998,
https://doi.org/10.1016/S0022-1694(97)00125-X, with the autocorrelation of the ranks of the residuals, but told by its first two
lags and with its small-sample bias taken out. Why not as published, nor the covariance of Hirsch & Slack 1984: docs/trend.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from transforms.outlook.ranks import ranked
from transforms.rules.inputs import BoolArray, FloatArray, TextArray

IntArray = NDArray[np.int64]
FEWEST, FEWEST_PAIRS, FEWEST_FOR_P, FEWEST_TO_NARROW = 4, 4, 8, 24
HELD_BYTES = 64_000_000
LONGEST_TABLE = 416
WEAKEST, STRONGEST = -0.5, 0.95


@dataclass(frozen=True)
class Trend:
    """Arrays of shape (series,). ``slope`` is the change per period in the unit of the values, ``low`` and ``high`` the ends of its
    interval; ``p_value`` is two-sided; ``points`` counts known values; ``seasonal``: only values of the same season were compared;
    ``reason``: why there is no slope, no interval or no p-value."""

    slope: FloatArray
    low: FloatArray
    high: FloatArray
    p_value: FloatArray
    points: IntArray
    seasonal: BoolArray
    reason: TextArray


def trend(values: FloatArray, season: int, level: float = 0.90, errors: FloatArray | None = None) -> Trend:
    """``values`` and ``errors`` (standard errors, NaN where none is stated) have shape (series, periods), oldest first.

    The scatter of the values holds independent errors already; so ``errors`` widen an interval that is narrower than they alone
    would make it. Raises ``ValueError`` for other shapes, a season below 1 or a level not between 0 and 1.
    """
    if values.ndim != 2 or season < 1 or not 0 < level < 1 or (errors is not None and errors.shape != values.shape):
        raise ValueError(
            "trend needs values (and errors) of shape (series, periods), a season of 1 or more and a level between 0 and 1"
        )
    table = _expected_lag_1(values.shape[1], season)
    z = float(ndtri((1 + level) / 2))
    parts = []
    for rows in _chunks(values.shape, season):
        known = np.where(np.isfinite(values[rows]), values[rows], np.nan)
        parts.append(_trend(known, season, z, None if errors is None else errors[rows], table))
    return Trend(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _chunks(shape: tuple[int, ...], season: int) -> Iterator[slice]:
    series, periods = shape
    pairs = _pair_count(periods, season)
    size = max(1, HELD_BYTES // (8 * (pairs + 12 * periods + 1)))
    yield from (slice(start, start + size) for start in range(0, max(series, 1), size))


def _pair_count(periods: int, season: int) -> int:
    return sum(periods - lag for lag in range(season, periods, season))


def _trend(
    values: FloatArray, season: int, z: float, errors: FloatArray | None, table: FloatArray
) -> tuple[NDArray[np.generic], ...]:
    known = ~np.isnan(values)
    points = known.sum(axis=1)
    slopes, score, variance = sen_pairs(values, season)
    pairs = (~np.isnan(slopes)).sum(axis=1)
    enough = (points >= FEWEST) & (pairs >= FEWEST_PAIRS) & ((season == 1) | (_span(known) >= 2 * season))
    slope = np.where(enough, _middle(slopes, pairs), np.nan)
    factor = _inflation(values, slope, season, table)
    variance = variance * np.where(points >= FEWEST_FOR_P, factor, 1.0)
    low, high = _interval(slopes, pairs, z * np.sqrt(variance))
    low, high = np.where(enough, low, np.nan), np.where(enough, high, np.nan)
    if errors is not None:
        reach = z * _slope_error(known, np.nan_to_num(errors), season)
        low, high = np.minimum(low, slope - reach), np.maximum(high, slope + reach)
    tested = enough & (points >= FEWEST_FOR_P)
    p_value = np.where(tested, _two_sided(score, variance), np.nan)
    reason = _reason(points, enough, np.isnan(low), tested, season)
    return slope, low, high, p_value, points, enough & (season > 1), reason


def _span(known: BoolArray) -> IntArray:
    """Periods from the first known value to the last."""
    if known.shape[1] == 0:
        return np.zeros(len(known), dtype=np.int64)
    return np.where(known.any(axis=1), known.shape[1] - known.argmax(axis=1) - known[:, ::-1].argmax(axis=1), 0)


def sen_pairs(values: FloatArray, season: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Slopes of all pairs of one season, sorted, NaN last, shape (series, pairs); Mann-Kendall's S; its variance with ties.

    Var S = sum over seasons of (n(n-1)(2n+5) - sum over ties of t(t-1)(2t+5)) / 18, for values that do not depend on each other.
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
    """The slopes at the ranks (N' - C)/2 and (N' + C)/2 + 1, rounded; NaN where fewer pairs than that are known."""
    below, above = np.round((pairs - reach) / 2).astype(np.int64) - 1, np.round((pairs + reach) / 2).astype(np.int64)
    bounded = (below >= 0) & (above < pairs)
    return np.where(bounded, _at(slopes, below), np.nan), np.where(bounded, _at(slopes, above), np.nan)


def _two_sided(score: FloatArray, variance: FloatArray) -> FloatArray:
    """With the correction for continuity. 1 where all values are equal."""
    distance = np.maximum(np.abs(score) - 1, 0) / np.sqrt(np.where(variance > 0, variance, 1.0))
    return np.where(variance > 0, 2 * ndtr(-distance), 1.0)


def _inflation(values: FloatArray, slope: FloatArray, season: int, table: FloatArray) -> FloatArray:
    """How many times larger Var S is for the serial correlation found: sum of w_i w_j r(|i - j|) over sum of w_i^2.

    w is the rank of time within the season, centred, as S is to first order the sum of w times the rank of the value; r(1) is
    estimated, r(k) = r(1) phi^(k-1). phi is r(2)/r(1) where r(1) is beyond chance, else r(1). Known values are taken one after
    the other, gaps closed. A negative r(1), which narrows the interval, counts only from ``FEWEST_TO_NARROW`` values on.
    """
    known = ~np.isnan(values)
    order = np.argsort(~known, axis=1, kind="stable")
    weight = np.take_along_axis(_time_ranks(known, season), order, axis=1)
    ranks = np.take_along_axis(_residual_ranks(values, np.nan_to_num(slope), season), order, axis=1)
    n = np.maximum(known.sum(axis=1), 1)
    square = np.maximum((ranks**2).sum(axis=1), 1e-300)
    raw_1, raw_2 = ((ranks[:, lag:] * ranks[:, :-lag]).sum(axis=1) / square for lag in (1, 2))
    bias = (np.interp(raw_1, table[0], table[1]) - raw_1) * values.shape[1] / n
    first = np.clip(raw_1 + bias, np.where(n < FEWEST_TO_NARROW, 0.0, WEAKEST), STRONGEST)
    beyond_chance = first > 1.64 / np.sqrt(n)
    decay = np.where(
        beyond_chance, np.clip((raw_2 + bias) / np.where(beyond_chance, first, 1.0), first, STRONGEST), first
    )
    return _quadratic(weight, first, decay)


def _quadratic(weight: FloatArray, first: FloatArray, decay: FloatArray) -> FloatArray:
    """Sum of w_i w_j r(|i - j|) over sum of w_i^2, with r(0) = 1 and r(k) = first decay^(k-1)."""
    behind, total = np.zeros(len(weight)), np.zeros(len(weight))
    for period in range(weight.shape[1]):
        now = weight[:, period]
        total += now * (now + 2 * first * behind)
        behind = decay * behind + now
    square = (weight**2).sum(axis=1)
    return np.where(square > 0, total / np.where(square > 0, square, 1.0), 1.0)


def _residual_ranks(values: FloatArray, slope: FloatArray, season: int) -> FloatArray:
    """Ranks of what slope and season leave, centred; 0 where a value is missing."""
    known = ~np.isnan(values)
    rest = _centred(values - slope[:, None] * np.arange(values.shape[1]), known, season)
    fine = 1e-10 * np.abs(np.where(known, values, 0.0)).max(
        axis=1, initial=1e-300
    )  # so that equal residuals stay equal
    ranks = ranked(np.where(known, np.round(rest / fine[:, None]), np.inf))
    middle = (known.sum(axis=1, keepdims=True) + 1) / 2
    return np.where(known, ranks - middle, 0.0)


def _expected_lag_1(periods: int, season: int) -> FloatArray:
    """Two rows: the lag-1 autocorrelation of residuals to expect, and the phi of the AR(1) process that gives it.

    For residuals of a fit of season and straight line, M = I - X(X'X)^-1 X': tr(M B M R) / tr(M R), R the correlations and B the
    lag; so that phi can be had without the bias of short series. Beyond ``LONGEST_TABLE`` the bias shrinks as 1 / periods.
    """
    size = min(periods, LONGEST_TABLE)
    phi = np.linspace(-0.5, 0.98, 75)
    if size < season + 3:
        return np.stack([phi, phi])
    time = np.arange(size)
    design = np.column_stack([time[:, None] % season == np.arange(season), time - time.mean()])
    kept = np.eye(size) - design @ np.linalg.pinv(design)
    lagged = kept @ np.eye(size, k=1) @ kept
    powers = phi[:, None] ** time
    sums = [np.array([np.trace(part, lag) + np.trace(part, -lag) for lag in time]) for part in (lagged, kept)]
    above, below = (powers[:, 1:] @ part[1:] + part[0] / 2 for part in sums)
    expected = phi - (phi - above / below) * size / periods
    return np.stack([np.maximum.accumulate(expected) + 1e-12 * np.arange(phi.size), phi])


def _slope_error(known: BoolArray, errors: FloatArray, season: int) -> FloatArray:
    """The standard error of a least-squares slope within seasons that the errors of the values alone would give."""
    time = _centred(np.broadcast_to(np.arange(known.shape[1], dtype=np.float64), known.shape), known, season)
    square = (time**2).sum(axis=1)
    error: FloatArray = np.sqrt(((time * errors) ** 2).sum(axis=1)) / np.where(square > 0, square, np.inf)
    return error


def _time_ranks(known: BoolArray, season: int) -> FloatArray:
    """The place of each known value among those of its season, centred; 0 where missing."""
    place = np.zeros(known.shape)
    for first in range(min(season, known.shape[1])):
        place[:, first::season] = np.cumsum(known[:, first::season], axis=1)
    return _centred(place, known, season)


def _centred(time: FloatArray, known: BoolArray, season: int) -> FloatArray:
    """Less its mean over the known values of each season; 0 where missing."""
    out = np.where(known, time, 0.0)
    for first in range(min(season, known.shape[1])):
        n = np.maximum(known[:, first::season].sum(axis=1, keepdims=True), 1)
        out[:, first::season] -= out[:, first::season].sum(axis=1, keepdims=True) / n
    return np.where(known, out, 0.0)


def _reason(points: IntArray, enough: BoolArray, unbounded: BoolArray, tested: BoolArray, season: int) -> TextArray:
    cycle = {7: "weeks"}.get(season, "years")
    told = [
        (points < FEWEST, f"no trend: fewer than {FEWEST} values are known"),
        (
            ~enough,
            f"no trend: fewer than two {cycle} are known, so the season cannot be told from a trend"
            if season > 1
            else "no trend",
        ),
        (unbounded & ~tested, f"no interval and no p-value: only {FEWEST_FOR_P - 1} values or fewer are known"),
        (unbounded, "no interval: the values are too few for how much each resembles the one before"),
        (~tested, f"no p-value: fewer than {FEWEST_FOR_P} values are known"),
    ]
    return np.select([where for where, _ in told], [text for _, text in told], "").astype(object)
