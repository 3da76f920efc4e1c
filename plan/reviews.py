"""The regular reviews of the plan: on which days people meet to look at the targets."""

from calendar import monthrange
from datetime import date
from typing import Literal

from pydantic import Field

from plan.parts import Part

MONTHS_BETWEEN = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


class Reviews(Part):
    """A meeting on ``first``, and again after each interval."""

    first: date = Field(description="day of the first review")
    every: Literal["month", "quarter", "half_year", "year"] = Field("quarter", description="how often it comes again")
    owner: str | None = Field(None, min_length=1, description="the job title that calls the meeting")

    def day(self, number: int) -> date:
        """The day of review ``number`` (0 is the first); the last day of a month that is too short."""
        months = self.first.month - 1 + number * MONTHS_BETWEEN[self.every]
        year, month = self.first.year + months // 12, months % 12 + 1
        return date(year, month, min(self.first.day, monthrange(year, month)[1]))

    def newest_until(self, day: date) -> date | None:
        """The last review day up to and including ``day``; None before the first."""
        if day < self.first:
            return None
        number = max(0, self._months(day) // MONTHS_BETWEEN[self.every])
        return self.day(number) if self.day(number) <= day else self.day(number - 1)

    def next_after(self, day: date) -> date:
        """The first review day after ``day``."""
        number = 0 if day < self.first else self._months(day) // MONTHS_BETWEEN[self.every]
        return self.day(number) if self.day(number) > day else self.day(number + 1)

    def _months(self, day: date) -> int:
        return (day.year - self.first.year) * 12 + day.month - self.first.month
