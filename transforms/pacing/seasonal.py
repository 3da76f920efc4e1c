"""The season of a flow or a rate: what past complete years say of each part of the year, and how much of a year lies behind a day.

Arrays over series. A year is cut into classes (twelve months or four quarters). ``amount`` is what was counted in a class of a
year, ``ground`` what it is measured against: weighted open days for a flow, the denominator for a rate. The index of a class is
amount per ground in it over amount per ground in the year, the median over years, brought to an average of 1:
https://pystatsv1.readthedocs.io/en/latest/business_ch16_seasonality_baselines.html
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.rules.inputs import BoolArray, FloatArray

YEARS = 5
"""The index is the median over at most so many complete years."""
TRUST = 0.05
"""Share of a year at which a projection rests on this year and on the last one alike; chosen by benchmarks/pacing.py."""


@dataclass(frozen=True)
class SeasonalIndex:
    """index: (series, classes), 1 on average, NaN without a complete year; ground: (series, classes) of an average year; years:
    (series,) how many complete years it rests on."""

    index: FloatArray
    ground: FloatArray
    years: NDArray[np.int64]


def seasonal_index(amount: FloatArray, ground: FloatArray) -> SeasonalIndex:
    """The season of each series; ``amount`` and ``ground`` have shape (series, years, classes), the newest year first.

    A year counts where every class of it is known and has ground, and not all of it is 0; the first ``YEARS`` of these are used.
    Indexes are at least 0; with the ground of an average year as weights their mean is 1.
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
    """How many times the amount of a day between terms a day in term sees, held within 0.1 and 10; (series,).

    Shapes (series, stretches): a flow, its weighted open days and those of them in term. Least squares of the amount on days in
    term and days between. 1 where they cannot be told apart: fewer than 6 stretches, or the share in term hardly varies.
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
    told = (known.sum(axis=1) >= 6) & (spread >= 0.2) & (in_day > 0) & (out_day > 0)
    return np.where(told, np.clip(np.where(told, in_day, 1.0) / np.where(told, out_day, 1.0), 0.1, 10.0), 1.0)


def cumulative_share(weight: FloatArray) -> FloatArray:
    """Share of the year that lies behind the end of each period; ``weight`` (series, periods) of a whole year in order.

    Never falls and ends at exactly 1. NaN for a series without any weight or with a weight that is not known.
    """
    total = weight.sum(axis=1, keepdims=True)
    lawful = np.isfinite(total) & (total > 0)
    running = np.cumsum(np.where(lawful, np.clip(weight, 0.0, None), 0.0), axis=1)
    return np.where(lawful, running / np.where(lawful, running[:, -1:], 1.0), np.nan)


def projected(done: FloatArray, share: FloatArray, prior: FloatArray, trust: float = TRUST) -> FloatArray:
    """The year's total that the year so far leads to. Arrays of any one shape.

    The year's level is (done + trust * prior) / (share + trust): early in the year the total of the year before, later what
    this year shows. The total is what is done and the rest of the year at that level, so at its end it is what was counted.
    Without a prior, done / share. NaN where neither says anything.
    """
    trusted = np.where(np.isfinite(prior), trust, 0.0)
    known = np.where(np.isfinite(prior), prior, 0.0)
    weight = share + trusted
    level = np.where(weight > 0, (done + trusted * known) / np.where(weight > 0, weight, 1.0), np.nan)
    return done + (1.0 - share) * level
