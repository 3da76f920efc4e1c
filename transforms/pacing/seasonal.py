"""The seasonal index of a flow or a rate, and the part of a year's total that is due by now.

The arrays are over series. A year is divided into classes (twelve months or four quarters). ``amount`` is the count in
a class of a year; ``ground`` is its base: weighted open days for a flow, the denominator for a rate. The index of a
class is the amount per ground in the class over the amount per ground in the year, as the median over years, scaled to
an average of 1: https://pystatsv1.readthedocs.io/en/latest/business_ch16_seasonality_baselines.html
"""

from dataclasses import dataclass

import numpy as np

from transforms.arrays import BoolArray, FloatArray, IntArray

YEARS = 5
"""The index is the median over at most this many complete years."""
TRUST = 0.05
"""The share of a year at which this year and last year weigh the same in a projection; chosen by
benchmarks/pacing.py."""


@dataclass(frozen=True)
class SeasonalIndex:
    """The index of each class, and what it rests on.

    index: (series, classes), 1 on average, NaN without a complete year. ground: (series, classes), of an average year.
    years: (series,), the number of complete years used.
    """

    index: FloatArray
    ground: FloatArray
    years: IntArray


def seasonal_index(amount: FloatArray, ground: FloatArray) -> SeasonalIndex:
    """The seasonal index of each series.

    ``amount`` and ``ground`` are (series, years, classes), the newest year first.

    A year counts where every class is known and has ground, and not every amount is 0; the first ``YEARS`` of these are
    used. An index is at least 0; weighted by the ground of an average year the mean is 1.
    """
    complete = (np.isfinite(amount) & np.isfinite(ground) & (ground > 0)).all(axis=2)
    complete = complete & (np.where(np.isfinite(amount), amount, 0.0).sum(axis=2) > 0)
    used: BoolArray = complete & (np.cumsum(complete, axis=1) <= YEARS)
    amount, ground = (np.where(used[..., None], part, np.nan) for part in (amount, ground))
    rate = np.clip(amount / ground, 0.0, None)
    average = amount.sum(axis=2, keepdims=True) / ground.sum(axis=2, keepdims=True)
    some = np.asarray(used.any(axis=1))[:, None]
    filler = some[..., None]  # a series without any year has 0 here, so that no average is taken over nothing
    middle = np.nanmedian(np.where(filler, rate / average, 0.0), axis=1)
    usual = np.nanmean(np.where(filler, ground, 0.0), axis=1)
    level = (middle * usual).sum(axis=1, keepdims=True)
    lawful = some & (level > 0)
    index = np.where(lawful, middle * usual.sum(axis=1, keepdims=True) / np.where(lawful, level, 1.0), np.nan)
    return SeasonalIndex(index, np.where(lawful, usual, np.nan), np.where(lawful[:, 0], used.sum(axis=1), 0))


def term_factor(amount: FloatArray, open_days: FloatArray, in_term: FloatArray) -> FloatArray:
    """The amount of a day in term over that of a day between terms, from 0.1 to 10; (series,).

    All inputs are (series, stretches): a flow, its weighted open days, and those of them in term. The amount is
    regressed by least squares on days in term and days between. The factor is 1 where they cannot be separated: with
    fewer than 6 stretches, where the share in term hardly varies, or where one of the two amounts is not above 0.
    """
    known = np.isfinite(amount) & (open_days > 0)
    inside = np.where(known, in_term, 0.0)
    outside = np.where(known, open_days - in_term, 0.0)
    y = np.where(known, amount, 0.0)
    aa, bb, ab = (inside**2).sum(axis=1), (outside**2).sum(axis=1), (inside * outside).sum(axis=1)
    ay, by = (inside * y).sum(axis=1), (outside * y).sum(axis=1)
    share = np.where(known, in_term / np.where(known, open_days, 1.0), np.nan)
    spread = np.where(known, share, -np.inf).max(axis=1) - np.where(known, share, np.inf).min(axis=1)
    in_day, out_day = bb * ay - ab * by, aa * by - ab * ay
    separable = (known.sum(axis=1) >= 6) & (spread >= 0.2) & (in_day > 0) & (out_day > 0)
    factor = np.where(separable, in_day, 1.0) / np.where(separable, out_day, 1.0)
    return np.where(separable, np.clip(factor, 0.1, 10.0), 1.0)


def cumulative_share(weight: FloatArray) -> FloatArray:
    """The share of the year up to the end of each period.

    ``weight`` is (series, periods) of a whole year in order.

    It never falls and ends at exactly 1. NaN for a series whose weights are all 0 or of which one is unknown.
    """
    total = weight.sum(axis=1, keepdims=True)
    lawful = np.isfinite(total) & (total > 0)
    running = np.cumsum(np.where(lawful, np.clip(weight, 0.0, None), 0.0), axis=1)
    return np.where(lawful, running / np.where(lawful, running[:, -1:], 1.0), np.nan)


def projected_total(done: FloatArray, share: FloatArray, prior: FloatArray, trust: float = TRUST) -> FloatArray:
    """The total that the year is heading for. All arrays have the same shape.

    The level of the year is (done + trust * prior) / (share + trust): early in the year close to the total of the year
    before, later to this year's pace. The total is the count so far plus the rest of the year at that level, so at the
    end of the year it equals the count. Without a prior the level is done / share. NaN where neither is known.
    """
    trusted = np.where(np.isfinite(prior), trust, 0.0)
    known = np.where(np.isfinite(prior), prior, 0.0)
    weight = share + trusted
    level = np.where(weight > 0, (done + trusted * known) / np.where(weight > 0, weight, 1.0), np.nan)
    return done + (1.0 - share) * level
