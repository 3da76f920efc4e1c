"""The yearly change that a target requires, compared with past ones.

Plain averages; no model is fitted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from statistics import mean, stdev

from plan.parts import Period
from plan.smart.calendar_periods import DAYS_A_YEAR, PERIODS_A_YEAR, add_years
from plan.smart.evidence import PeriodValue

MOST_YEARS = 30
LEAST_SPREAD = 0.01
"""No series counts as steadier than one per cent a year, however even its few past changes look."""
T_95 = (6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812)
"""95 % quantiles of Student's t for 1 to 10 degrees of freedom.

Source: https://www.itl.nist.gov/div898/handbook/eda/section3/eda3672.htm ."""
ENOUGH_PERIODS = {"day": 350, "week": 50}
"""A year may lack a few days or weeks, and it does not end with a week."""


def yearly_levels(values: Sequence[PeriodValue], period: Period) -> list[float]:
    """The mean period of each year, oldest first, back to the first incomplete year."""
    levels: list[float] = []
    end = values[-1].end if values else date.min
    while len(levels) < MOST_YEARS:
        begin = add_years(end, -1)
        year = [value.value for value in values if value.start >= begin and value.end <= end]
        if len(year) < ENOUGH_PERIODS.get(period, PERIODS_A_YEAR[period]):
            break
        levels.append(mean(year))
        end = begin
    return levels[::-1]


@dataclass(frozen=True)
class RequiredChange:
    """What a target requires.

    Yearly changes are positive in the wanted direction, shares if ``relative``.
    level: of the newest year; years: from the middle of that year to the middle of the period due; past: yearly
    changes, oldest first.
    """

    level: float
    target: float
    years: float
    sign: int
    relative: bool
    past: tuple[float, ...]

    @property
    def needed(self) -> float:
        """The yearly change that reaches the target in time."""
        if self.relative:
            return self.sign * math.expm1(_limited((math.log(self.target) - math.log(self.level)) / self.years))
        return self.sign * (self.target - self.level) / self.years

    @property
    def best(self) -> float:
        return max(self.past)

    @property
    def upper_bound(self) -> float:
        """The mean yearly change that comparable years exceed once in twenty.

        The variance of a mean of h further changes about the mean of n past ones is s² (1/h + 1/n), with Student's t of
        n - 1 degrees: the prediction interval for the mean of h future observations (Hahn and Meeker 1991, Statistical
        Intervals, chapter 4).
        """
        number, h = len(self.past), max(self.years, 1.0)
        spread = max(stdev(self.past), LEAST_SPREAD if self.relative else LEAST_SPREAD * abs(self.level))
        return mean(self.past) + t_95(number - 1) * spread * math.sqrt(1 / h + 1 / number)

    @property
    def attainable_rate(self) -> float:
        """The greatest yearly change that is attainable: the best year, within the upper bound."""
        return min(self.best, self.upper_bound)

    def years_needed(self) -> float | None:
        """The years, in steps of a month, from which on the target is attainable; None if never."""
        longer = (replace(self, years=self.years + month / 12) for month in range(1, MOST_YEARS * 12))
        return next((one.years for one in longer if one.needed <= one.attainable_rate), None)

    def value_after(self, rate: float) -> float:
        """The value at the due date after a yearly change of ``rate``."""
        return (
            self.level * math.exp(_limited(self.years * self._log_growth(rate)))
            if self.relative
            else self.level + self.sign * rate * self.years
        )

    def _log_growth(self, rate: float) -> float:
        """The logarithm of one year's growth factor."""
        return math.log1p(max(self.sign * rate, 1e-9 - 1))


def t_95(degrees: int) -> float:
    """The 95 % quantile of Student's t; beyond the table within 0.01 of it."""
    return T_95[degrees - 1] if degrees <= len(T_95) else 1.645 + 1.6 / degrees


def _limited(exponent: float) -> float:
    """The exponent, limited to what a float can hold."""
    return min(max(exponent, -600.0), 600.0)


def required_change(levels: Sequence[float], target: float, years: float, *, up: bool, points: bool) -> RequiredChange:
    """``points``: the unit is a share, so changes are in points, not per cent of per cent."""
    sign = 1 if up else -1
    relative = not points and target > 0 and all(level > 0 for level in levels)
    pairs = pairwise(levels)
    past = tuple(sign * (new / old - 1) if relative else sign * (new - old) for old, new in pairs)
    return RequiredChange(levels[-1], target, years, sign, relative, past)


def years_left(end: date, due: date, period: Period) -> float:
    """Years from the middle of the year before ``end`` to the middle of the period due."""
    return max(((due - end).days + 1) / DAYS_A_YEAR + 0.5 - 0.5 / PERIODS_A_YEAR[period], 1 / PERIODS_A_YEAR[period])


def round_easier(value: float, *, up: bool) -> float:
    """Round to three significant digits, to the side that is easier to reach."""
    if value == 0 or not math.isfinite(value):
        return value
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - 2)
    steps = value / unit
    return float(f"{(math.floor(steps) if up else math.ceil(steps)) * unit:.12g}")


def plan_value(value: float) -> str:
    """A value as written in the plan."""
    return f"{value:.0f}" if value == round(value) and abs(value) < 1e15 else f"{value:.4g}"


def format_value(value: float) -> str:
    """A value as written for people."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else f"{value:,.3g}"
