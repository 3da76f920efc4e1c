"""Past yearly changes of an indicator beside the yearly change that its target asks for. Plain averages; nothing is fitted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import mean, stdev

from plan.parts import Period
from plan.smart.past import PastValue
from plan.smart.spans import A_YEAR_OF, DAYS_A_YEAR, after, years_after

MOST_YEARS = 30
NEARLY_ALL = {"day": 350, "week": 50}
"""Of days and weeks a few may be unknown in a year, and no week ends with it."""


def yearly_levels(values: Sequence[PastValue], period: Period) -> list[float]:
    """Mean of an average period in each year back from the newest one, oldest first; it ends where a year is not whole."""
    levels: list[float] = []
    end = values[-1].end if values else date.min
    while len(levels) < MOST_YEARS:
        begin = years_after(end, -1)
        year = [value.value for value in values if value.start >= begin and value.end <= end]
        if len(year) < NEARLY_ALL.get(period, A_YEAR_OF[period]):
            break
        levels.append(mean(year))
        end = begin
    return levels[::-1]


@dataclass(frozen=True)
class Ask:
    """What a target asks for. Changes are positive in the wanted direction: shares a year where ``relative``, else amounts a year.

    level: the newest year's; years: from the middle of that year to the middle of the period due; past: yearly changes, oldest first.
    """

    level: float
    target: float
    years: float
    sign: int
    relative: bool
    past: tuple[float, ...]

    @property
    def needed(self) -> float:
        """The yearly change that leads from the level to the target in time."""
        if self.relative:
            return self.sign * math.expm1(_held((math.log(self.target) - math.log(self.level)) / self.years))
        return self.sign * (self.target - self.level) / self.years

    @property
    def best(self) -> float:
        return max(self.past)

    @property
    def kept_up(self) -> float:
        """What the mean over the years left hardly exceeds if they are like the past ones: mean and two standard errors.

        The variance of a mean of h further years about the mean of n past ones is s² (1/h + 1/n): a prediction interval of
        independent changes, https://otexts.com/fpp3/prediction-intervals.html .
        """
        if len(self.past) < 2:
            return math.inf
        return mean(self.past) + 2 * stdev(self.past) * math.sqrt(1 / max(self.years, 1.0) + 1 / len(self.past))

    def reached(self, rate: float) -> float:
        """The value reached in time at ``rate`` a year."""
        return self.level * math.exp(_held(self.years * self._grown(rate))) if self.relative else self.level + self.sign * rate * self.years

    def years_at(self, rate: float) -> float:
        """The years that the target takes at ``rate`` a year; infinite where it is never reached."""
        if rate <= 0:
            return math.inf
        return (math.log(self.target) - math.log(self.level)) / self._grown(rate) if self.relative else self.sign * (self.target - self.level) / rate

    def _grown(self, rate: float) -> float:
        """The logarithm of what a year makes of 1."""
        return math.log1p(max(self.sign * rate, 1e-9 - 1))


def _held(exponent: float) -> float:
    """Within what a number can hold."""
    return min(max(exponent, -600.0), 600.0)


def ask(levels: Sequence[float], target: float, years: float, *, up: bool, points: bool) -> Ask:
    """``points``: the unit is a share already, whose changes are told in points and not in per cent of per cent."""
    sign = 1 if up else -1
    relative = not points and target > 0 and all(level > 0 for level in levels)
    pairs = pairwise(levels)
    past = tuple(sign * (new / old - 1) if relative else sign * (new - old) for old, new in pairs)
    return Ask(levels[-1], target, years, sign, relative, past)


def years_left(end: date, due: date, period: Period) -> float:
    """From the middle of the year that ends before ``end`` to the middle of the period that ends on ``due``."""
    return max(((due - end).days + 1) / DAYS_A_YEAR + 0.5 - 0.5 / A_YEAR_OF[period], 1 / A_YEAR_OF[period])


def day_in(due: date, years: float) -> date | None:
    """The day that lies ``years`` later; None where it is too far away to be written."""
    return after(due, round(years * DAYS_A_YEAR)) if years <= MOST_YEARS else None


def rounded(value: float, *, up: bool) -> float:
    """To three significant digits, on the side that is easier to reach."""
    if value == 0 or not math.isfinite(value):
        return value
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - 2)
    steps = value / unit
    return float(f"{(math.floor(steps) if up else math.ceil(steps)) * unit:.12g}")


def written(value: float) -> str:
    """A figure as the plan would have it."""
    return f"{value:.0f}" if value == round(value) and abs(value) < 1e15 else f"{value:.4g}"


def told(value: float) -> str:
    """A figure for people."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else f"{value:,.3g}"
