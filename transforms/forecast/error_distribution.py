"""The distribution of the forecast errors: a scale for each row and lead, and Student's t.

The scale adds up what the series itself has shown: its record at earlier origins, the disagreement of the members, and
how unsteady its changes are. The numbers of each ``ErrorDistribution`` were fitted by the likelihood of Student's t on
rolling origins, nearly all inside the training parts of the series of the M3 and M4 competitions, some cut short.
docs/forecast.md shows how well they hold, and what was chosen with the parts in view that the competitions held back.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from transforms.arrays import FloatArray, IntArray
from transforms.forecast.combined_forecast import CombinedForecast

LEAST, WANDERING = 1e-9, (-0.5, 2.0)
WALK, AROUND = 0.8, 0.5
"""The wandering of a level that walks at random, and how far from it a series still resembles one."""


@dataclass(frozen=True)
class ErrorDistribution:
    """Fixed numbers for series with one kind of season.

    start: the part of the change from period to period in place of a record, counted as ``doubt`` horizons of it.
    record, disagreement, year: the part of each in the scale. The record grows with the power ``growth`` of the lead,
    and more (``bend``) the more the series wanders: the ratio of its unsteadiness over a season to that over a period,
    which also changes the record (``tilt``). walk: how much wider all is for a series that wanders as a random walk
    does, which surprises more than noise and more than a steady bend. year_growth: the power of the lead for the change
    over a season. young: a row of this many periods has twice the scale. freedom: degrees of Student's t. noise,
    memory: two leads of one path correlate as (1 - noise) * (shorter / longer) ** memory.
    """

    start: float
    doubt: float
    record: float
    tilt: float
    growth: float
    bend: float
    disagreement: float
    year: float
    year_growth: float
    walk: float
    young: float
    freedom: float
    noise: float
    memory: float

    def scale(self, found: CombinedForecast, length: IntArray) -> FloatArray:
        """The scale of the errors, (rows, horizon), in the scale of the rows."""
        lead = np.arange(1, found.mean.shape[1] + 1)
        wandering = np.clip(np.log((found.year + LEAST) / (found.step + LEAST)), *WANDERING)[:, None]
        record = (found.known * found.record + self.doubt * self.start * found.step) / (found.known + self.doubt)
        growth = lead ** (self.growth + self.bend * wandering)
        grown = self.record * np.exp(self.tilt * wandering) * record[:, None] * growth
        yearly = self.year * found.year[:, None] * lead**self.year_growth
        walking = 1 + self.walk * np.exp(-(((wandering - WALK) / AROUND) ** 2))
        young = 1 + self.young / length[:, None]
        return (grown + yearly + self.disagreement * found.disagreement) * walking * young

    def quantile(self, share: FloatArray) -> FloatArray:
        """The quantiles of Student's t for shares."""
        return np.asarray(special.stdtrit(self.freedom, share), dtype=np.float64)

    def paths(self, draws: int, horizon: int, seed: int, last: int | None = None) -> FloatArray:
        """Joint deviations in scales, (draws, horizon).

        Each lead has Student's t, and the leads are tied by a Gaussian copula. With ``last`` only the deviations of the
        last leads are returned. Fewer draws of a seed are the first of more.
        """
        lead = np.arange(1, horizon + 1)
        tie = (1 - self.noise) * (np.minimum.outer(lead, lead) / np.maximum.outer(lead, lead)) ** self.memory
        np.fill_diagonal(tie, 1.0)
        normal = np.random.default_rng(seed).standard_normal((draws, horizon))
        return self.quantile(special.ndtr(normal @ np.linalg.cholesky(tie)[horizon - (last or horizon) :].T))


UNSEASONAL = ErrorDistribution(
    0.7464, 3.512, 1.087, -0.593, 0.1882, 0.5936, 0.6593, 0.0336, 0.218, 0.2, 3.445, 3.9, 0.04, 0.45
)
QUARTERS = ErrorDistribution(
    2.2316, 5.789, 0.3635, -0.2813, 0.3359, 0.3917, 0.9877, 0.0927, 0.507, 0.0, 2.171, 4.3, 0.055, 0.386
)
DAYS = ErrorDistribution(
    1.1058, 1.033, 0.6125, -0.3839, 0.044, 0.2937, 1.4738, 0.0882, 0.322, 0.2, 0.295, 5.4, 0.35, 0.44
)
MONTHS = ErrorDistribution(
    0.9689, 5.002, 0.5757, -0.0937, -0.0311, 0.4563, 1.2734, 0.0321, 0.107, 0.5, 2.5, 4.6, 0.2, 0.441
)
WEEKS = ErrorDistribution(1.8522, 0.866, 0.412, 0.2179, 0.194, 0.1496, 0.981, 0.0086, 0.034, 0.2, 12.0, 4.3, 0.14, 0.46)
FITTED = {1: UNSEASONAL, 4: QUARTERS, 7: DAYS, 12: MONTHS, 24: DAYS, 52: WEEKS}
"""The distribution by season."""


def error_distribution_of(season: int) -> ErrorDistribution:
    """The distribution for a season of this many periods.

    Fitted are years and other series without a season, quarters (4), hours and days (24 and 7), months (12 and 13) and
    weeks (52). Any other season uses the one that is nearest in proportion.
    """
    return FITTED[min(FITTED, key=lambda fitted: abs(np.log(fitted / season)))]
