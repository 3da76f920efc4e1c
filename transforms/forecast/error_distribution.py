"""The distribution of the forecast errors: a scale for each row and lead, and Student's t.

The scale adds up what the series itself has shown: its record at earlier origins, the disagreement of the members, and
its change from season to season. The numbers of each ``ErrorDistribution`` were fitted once, by interval score
(https://doi.org/10.1198/016214506000001437, equation 43), on rolling origins inside the training part of the M3 series;
the parts held back by the competition were never used. docs/forecast.md shows how well they hold.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from transforms.arrays import FloatArray, IntArray
from transforms.forecast.combined_forecast import CombinedForecast

LEAST, WANDERING = 1e-9, (-0.5, 2.0)


@dataclass(frozen=True)
class ErrorDistribution:
    """Fixed numbers for series with one kind of season.

    start: the mean change in place of a record, counted as ``doubt`` horizons of it. record, disagreement, year: the
    part of each in the scale. The record grows with the power ``growth`` of the lead, and more (``bend``) the more the
    series wanders: the ratio of its change over a season to its change over a period, which also reduces the record
    (``tilt``). year_growth: the power of the lead for the change over a season. young: a row of this many periods has
    twice the scale. freedom: degrees of Student's t. noise, memory: two leads of one path correlate as (1 - noise) *
    (shorter / longer) ** memory.
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
        return (grown + yearly + self.disagreement * found.disagreement) * (1 + self.young / length[:, None])

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


UNSEASONAL = ErrorDistribution(0.9407, 3.315, 1.295, -0.5868, 0.3599, 0.1718, 0.7719, 0.0, 1.0, 1.741, 3.137, 0.0, 0.41)
QUARTERS = ErrorDistribution(1.1005, 5.266, 0.8925, -0.1437, 0.3422, 0.3475, 0.3027, 0.0, 1.0, 2.0, 4.213, 0.047, 0.364)
MONTHS = ErrorDistribution(
    0.7649, 0.0233, 1.3659, -0.7383, -0.3205, 0.3989, 0.6853, 0.1157, 0.58, 0.0768, 4.463, 0.24, 0.453
)


def error_distribution_of(season: int) -> ErrorDistribution:
    """The distribution for a season of this many periods.

    Only seasons of 1, 4 and 12 were fitted; days and weeks use that of months.
    """
    if season == 1:
        return UNSEASONAL
    return QUARTERS if season <= 6 else MONTHS
