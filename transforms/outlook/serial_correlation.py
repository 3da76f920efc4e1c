"""The serial correlation of a series, and how far it inflates the variance of S."""

import numpy as np

from transforms.arrays import BoolArray, FloatArray
from transforms.outlook.ranks import ranked

FEWEST_TO_NARROW = 24
LONGEST_TABLE = 416
WEAKEST, STRONGEST = -0.5, 0.95


def variance_inflation(values: FloatArray, slope: FloatArray, season: int, table: FloatArray) -> FloatArray:
    """The factor by which serial correlation inflates Var S: sum w_i w_j r(|i - j|) / sum w_i^2.

    w is the centred rank of time within the season, since S is to first order the sum of w times the rank of the value.
    r(1) is estimated, r(k) = r(1) phi^(k-1). phi is r(2)/r(1) where r(1) is beyond chance, else r(1). Known values are
    taken in a row, without gaps. A negative r(1), which narrows the interval, counts only from ``FEWEST_TO_NARROW``
    values on.
    """
    known = ~np.isnan(values)
    order = np.argsort(~known, axis=1, kind="stable")
    weight = np.take_along_axis(time_ranks(known, season), order, axis=1)
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
    """Centred ranks of the values without slope and season; 0 where a value is missing."""
    known = ~np.isnan(values)
    rest = centred(values - slope[:, None] * np.arange(values.shape[1]), known, season)
    fine = 1e-10 * np.abs(np.where(known, values, 0.0)).max(
        axis=1, initial=1e-300
    )  # so that equal residuals stay equal
    ranks = ranked(np.where(known, np.round(rest / fine[:, None]), np.inf))
    middle = (known.sum(axis=1, keepdims=True) + 1) / 2
    return np.where(known, ranks - middle, 0.0)


def expected_lag_1(periods: int, season: int) -> FloatArray:
    """Expected lag-1 autocorrelations of residuals, and the phi of their AR(1) process; two rows.

    For the residuals of a fit of season and straight line, M = I - X(X'X)^-1 X', it is tr(M B M R) / tr(M R), with R
    the correlations and B the lag; it gives phi without the bias of short series. Beyond ``LONGEST_TABLE`` the bias
    shrinks as 1 / periods.
    """
    size = min(periods, LONGEST_TABLE)
    phi = np.linspace(-0.5, 0.98, 75)
    if size < season + 3:
        return np.stack([phi, phi])
    time = np.arange(size)
    design = np.column_stack([time[:, None] % season == np.arange(season), time - time.mean()])
    basis = np.linalg.qr(design)[0]
    kept = np.eye(size) - basis @ basis.T
    lagged = kept[:, :-1] @ kept[1:]
    powers = phi[:, None] ** time
    apart = np.abs(time[:, None] - time).ravel()
    above, below = (powers @ np.bincount(apart, part.ravel()) for part in (lagged, kept))
    expected = phi - (phi - above / below) * size / periods
    return np.stack([np.maximum.accumulate(expected) + 1e-12 * np.arange(phi.size), phi])


def time_ranks(known: BoolArray, season: int) -> FloatArray:
    """The centred place of each known value among those of its season; 0 where missing."""
    place = np.zeros(known.shape)
    for first in range(min(season, known.shape[1])):
        place[:, first::season] = np.cumsum(known[:, first::season], axis=1)
    return centred(place, known, season)


def centred(time: FloatArray, known: BoolArray, season: int) -> FloatArray:
    """The values less their mean over the known values of each season; 0 where missing."""
    out = np.where(known, time, 0.0)
    for first in range(min(season, known.shape[1])):
        n = np.maximum(known[:, first::season].sum(axis=1, keepdims=True), 1)
        out[:, first::season] -= out[:, first::season].sum(axis=1, keepdims=True) / n
    return np.where(known, out, 0.0)
