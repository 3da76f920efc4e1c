"""Funnel limits: how far a rate may lie from the common one by luck alone, given how much it counts.

Spiegelhalter, D. J. (2005): Funnel plots for comparing institutional performance. Statistics in Medicine 24, 1185-1202,
https://doi.org/10.1002/sim.1970. Shapes are ``(members,)``.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from transforms.arrays import FloatArray

FEWEST = 8
"""Members below which no limits are given: the spread of so few says nothing about one of them."""
WINSORISED = 0.1
"""Share of the z-scores at each end that are drawn in to the rest, so that outliers do not hide themselves.

At least one at each end is: with eight members, a tenth would leave most of an outlier in the spread that hides it.
"""
QUANTILES = (0.001, 0.025, 0.975, 0.999)
Kind = Literal["rate", "share"]


def _winsorised_variance(share: float) -> float:
    """The variance of a standard normal that is winsorised at both ends: ``(1 - 2q) - 2 c f(c) + 2 q c^2``.

    ``c`` is the quantile ``1 - q`` and ``f`` the density. It is 0.679 for ``q = 0.1``.
    """
    cut = float(stats.norm.ppf(1 - share))
    return 1 - 2 * share - 2 * cut * float(stats.norm.pdf(cut)) + 2 * share * cut**2


@dataclass(frozen=True, slots=True)
class Funnel:
    """``centre``: the rate of all together. ``phi``: how many times as much the rates vary as luck would make them.

    ``limits``: ``(4, members)``, at the quantiles 0.001, 0.025, 0.975 and 0.999.
    """

    centre: float
    phi: float
    limits: FloatArray


def funnel(events: FloatArray, exposure: FloatArray, kind: Kind = "rate") -> Funnel:
    """The limits for the rate ``events / exposure`` of each member.

    The centre is ``sum(y) / sum(n)``. With ``V = centre / n`` for a rate (Poisson) and ``centre (1 - centre) / n`` for
    a share (binomial), ``z = (y/n - centre) / sqrt(V)``. The overdispersion is ``phi = sum(w^2) / (I - 1) / k`` with
    the winsorised scores ``w``, where ``k`` is their variance under luck alone and ``I - 1`` stands for ``I``, as the
    centre comes from the same members. The paper divides by ``I`` alone: then one in ten of members that are alike
    lies outside the 95 % limits, and one in eighty outside those of 99.8 % (``tests/transforms/test_fleet_funnel``).

    Where ``phi`` is above 1 the limits are ``centre ± t sqrt(phi V)`` with Student's t of ``I - 1`` degrees of freedom,
    as phi is estimated; else the exact quantiles, interpolated. They stay within 0 and, for a share, 1.
    """
    centre = float(events.sum() / exposure.sum())
    variance = centre * (1 - centre) / exposure if kind == "share" else centre / exposure
    if not variance.min() > 0:  # nobody has any event, or all have all
        return Funnel(centre, 1.0, np.full((len(QUANTILES), len(events)), centre))
    phi = dispersion((events / exposure - centre) / np.sqrt(variance))
    if phi > 1:
        reach = stats.t.ppf(np.array(QUANTILES), len(events) - 1)[:, None] * np.sqrt(phi * variance)
        limits = centre + reach
    else:
        limits = np.stack([_exact_quantile(centre, exposure, p, kind) for p in QUANTILES])
    return Funnel(centre, max(phi, 1.0), np.clip(limits, 0.0, 1.0 if kind == "share" else None))


def dispersion(scores: FloatArray) -> float:
    """How many times as much winsorised z-scores vary as luck alone would make them; see ``funnel``."""
    share = max(WINSORISED, 1 / (len(scores) - 1))
    low, high = np.quantile(scores, [share, 1 - share])
    drawn_in = np.clip(scores, low, high)
    return float((drawn_in**2).sum() / (len(scores) - 1) / _winsorised_variance(share))


def _exact_quantile(centre: float, exposure: FloatArray, p: float, kind: Kind) -> FloatArray:
    """The rate at the quantile ``p`` of the count, interpolated between whole counts as in the appendix of the paper.

    ``r`` is the least count with ``P(R <= r) >= p``; the limit is ``(r - a) / n`` with
    ``a = (P(R <= r) - p) / (P(R <= r) - P(R <= r - 1))``.
    """
    count = stats.binom(np.round(exposure), centre) if kind == "share" else stats.poisson(centre * exposure)
    least = count.ppf(p)
    at_most, below = count.cdf(least), count.cdf(least - 1)
    limits: FloatArray = (least - (at_most - p) / (at_most - below)) / exposure
    return limits
