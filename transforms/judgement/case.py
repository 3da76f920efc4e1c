"""What is known of one indicator when it is judged."""

import math
from dataclasses import dataclass

import pandas as pd

from transforms.arrays import SAME
from transforms.coverage import missing_cell_length
from transforms.findings import Fact

Day = pd.Timestamp
ONE_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one indicator. Figures are NaN and days NaT where unknown; ``start`` and ``end`` are the period
    judged, or the year so far; the other names are those of ``transforms.pacing.judged_span``."""

    unit: str
    kind: str
    period: str
    better: str
    over: str
    path: str
    due: Day
    target_value: float
    target_low: float
    target_high: float
    baseline_value: float
    baseline_start: Day
    baseline_end: Day
    baseline_known: int
    baseline_of: int
    start: Day
    end: Day
    value: float
    coverage: float
    missing: tuple[str, ...]
    expected: float
    needed: float
    ratio: float
    open_share: float
    scale: float
    seasons: float
    share: float
    gap: Day
    steps_left: float
    held: bool
    due_known: bool
    now_start: Day
    now_end: Day
    now_value: float
    now_partial: bool
    now_met: bool
    projected: float
    newest_start: Day
    newest_completeness: float

    @property
    def yearly(self) -> bool:
        return self.over == "year"

    @property
    def measured(self) -> dict[str, Fact]:
        """What is judged: the part of it that is known."""
        return {
            "value": self.value * self.coverage,
            "unit": self.unit,
            "period": self.period,
            "over": self.over,
            "start": self.start,
            "through": self.end - ONE_DAY,
            "partial": bool(self.coverage < 1),
        }

    @property
    def now(self) -> dict[str, Fact]:
        """The newest known period, where the one judged decided for good; empty where there is none."""
        if pd.isna(self.now_start):
            return {}
        span: dict[str, Fact] = {
            "start": self.now_start,
            "through": self.now_end - ONE_DAY,
            "partial": self.now_partial,
        }
        return {"value": self.now_value, "unit": self.unit, "period": self.period, "over": self.over, **span}

    @property
    def cell(self) -> str:
        return missing_cell_length(self.period, self.kind)

    @property
    def goal(self) -> dict[str, Fact]:
        return {"target": self.target_value, "due": self.due}

    @property
    def here(self) -> dict[str, Fact]:
        """What the target makes of this period, where that is not the target itself."""
        if self.coverage == 1 and (self.yearly or self.scale == 1):
            return {}
        if self.yearly:
            return {"needed": self.needed * self.coverage}
        return {"needed": self.needed * self.coverage, **self.setting}

    @property
    def setting(self) -> dict[str, Fact]:
        """What sets this period, or the way through this year, apart from the plain path."""
        if self.seasons:
            share = None if self.yearly else self.scale
            return {"season_years": int(self.seasons), "season_share": share}
        unusual = not self.yearly and not math.isclose(self.open_share, 1, abs_tol=0.005)
        return {"open_share": self.open_share} if unusual else {}

    @property
    def season_unknown(self) -> bool:
        """Whether a part of the year is to be held against a season that no year before shows."""
        return self.path == "seasonal" and not self.seasons and not (self.yearly and self.share >= 1)

    @property
    def over_due(self) -> bool:
        """Whether what is judged ends after the due date."""
        return self.end > self.due

    @property
    def met(self) -> bool:
        least = SAME * abs(self.value)
        return self.value >= self.needed - least if self.better == "up" else self.value <= self.needed + least

    @property
    def backwards(self) -> bool:
        """Whether the target is worse than the baseline."""
        way = self.target_value - self.baseline_value
        return way < 0 if self.better == "up" else way > 0
