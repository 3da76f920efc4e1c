"""How far from the forecast the truth may be: a scale for each row and lead, and Student's t around it.

The scale adds up what the series itself has shown: its record at earlier origins, the quarrel of the members, its change from season to
season. The numbers of each ``Shape`` were fitted once, by interval score (https://doi.org/10.1198/016214506000001437, equation 43) on
rolling origins inside the training part of the M3 series; the parts that the competition held back were never used. docs/forecast.md
tells how well they hold.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from transforms.forecast.outlook import Outlook
from transforms.forecast.rows import Counts, Floats


@dataclass(frozen=True)
class Shape:
    """Fixed numbers for series of one kind of season.

    ``start``: the record that the mean change stands for, counted as ``doubt`` horizons of record. ``record``, ``quarrel``, ``year``: the
    part of each in the scale, ``growth`` and ``year_growth`` powers of the lead. ``young``: periods; a row of so many doubles its
    scale. ``freedom``: degrees of Student's t. ``noise``, ``memory``: two leads of one path correlate as
    (1 - noise) * (shorter / longer) ** memory.
    """

    start: float
    doubt: float
    record: float
    growth: float
    quarrel: float
    year: float
    year_growth: float
    young: float
    freedom: float
    noise: float
    memory: float

    def scale(self, found: Outlook, length: Counts, pace: float) -> Floats:
        """(rows, horizon), in the scale of the rows. ``pace``: periods that count as one lead."""
        lead = np.arange(1, found.mean.shape[1] + 1) / pace
        record = (found.known * found.record + self.doubt * self.start * found.step) / (found.known + self.doubt)
        grown = self.record * record[:, None] * lead**self.growth + self.year * found.year[:, None] * lead**self.year_growth
        return (grown + self.quarrel * found.quarrel) * (1 + self.young / length[:, None])

    def quantile(self, share: Floats) -> Floats:
        """Of Student's t, by the share below it."""
        return np.asarray(special.stdtrit(self.freedom, share), dtype=np.float64)

    def paths(self, draws: int, horizon: int, seed: int) -> Floats:
        """Joint deviations in scales: (draws, horizon), each lead with Student's t, the leads tied by a Gaussian copula."""
        lead = np.arange(1, horizon + 1)
        tie = (1 - self.noise) * (np.minimum.outer(lead, lead) / np.maximum.outer(lead, lead)) ** self.memory
        np.fill_diagonal(tie, 1.0)
        normal = np.random.default_rng(seed).standard_normal((draws, horizon)) @ np.linalg.cholesky(tie).T
        return self.quantile(special.ndtr(normal))


UNSEASONAL = Shape(0.9676, 0.2534, 0.4744, 0.3697, 0.6238, 0.3249, 0.6423, 2.131, 3.154, 0.0, 0.5)
QUARTERS = Shape(1.0954, 2.081, 0.7928, 0.2914, 0.3582, 0.0417, 1.3825, 1.664, 4.091, 0.05, 0.37)
MONTHS = Shape(0.7419, 0.0531, 0.9863, -0.1851, 0.7627, 0.0976, 0.6625, 0.0, 4.376, 0.23, 0.47)


def shape_of(season: int) -> tuple[Shape, float]:
    """The shape for a season of so many periods, and how many of its periods count as one lead: a week is less than a month."""
    if season == 1:
        return UNSEASONAL, 1.0
    return (QUARTERS, 1.0) if season <= 6 else (MONTHS, max(1.0, season / 12))
