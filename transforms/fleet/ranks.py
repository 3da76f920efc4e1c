"""Ranks of rates, and how far luck alone would move them.

Goldstein, H. & Spiegelhalter, D. J. (1996): League tables and their limitations. Journal of the Royal Statistical
Society A 159, 385-443, https://doi.org/10.2307/2983325. Shapes are ``(members,)``.
"""

from dataclasses import dataclass

import numpy as np

from transforms.arrays import FloatArray, IntArray
from transforms.fleet.funnel import Kind

DRAWS, SEED = 2000, 20051202
COVERED = (0.025, 0.975)
"""The quantiles of an interval of 95 %."""
NO_EVENT = 0.5
"""Stands for a count of 0, whose own spread would be 0 (Jeffreys' prior)."""


@dataclass(frozen=True, slots=True)
class Ranks:
    """Rank 1 is the best rate. Equal rates share the better rank."""

    rank: IntArray
    low: IntArray
    high: IntArray


def rank_of(rates: FloatArray, *, highest_first: bool) -> IntArray:
    """The rank of each rate: one more than the number of better ones."""
    ordered = np.sort(-rates if highest_first else rates)
    found: IntArray = np.searchsorted(ordered, -rates if highest_first else rates, side="left") + 1
    return found


def rank_intervals(events: FloatArray, exposure: FloatArray, phi: float, kind: Kind, *, highest_first: bool) -> Ranks:
    """The ranks, and the 95 % interval of each when every count is drawn again with the spread that luck gives it.

    A count is drawn from a gamma distribution with mean ``y`` and variance ``phi y``, a share from a beta distribution
    with the counts divided by ``phi``. The draws have a fixed seed: the same figures give the same intervals.
    """
    draws = np.random.default_rng(SEED)
    size = (DRAWS, len(events))
    if kind == "share":
        rates = draws.beta((events + NO_EVENT) / phi, (exposure - events + NO_EVENT) / phi, size)
    else:
        rates = draws.gamma(np.maximum(events, NO_EVENT) / phi, phi, size) / exposure
    ordered = np.argsort(np.argsort(-rates if highest_first else rates, axis=1), axis=1) + 1
    low, high = np.quantile(ordered, COVERED, axis=0, method="nearest").astype(np.int64)
    rank = rank_of(events / exposure, highest_first=highest_first)
    return Ranks(rank, np.minimum(low, rank), np.maximum(high, rank))
