"""Days without notices; what is still active is sent on the first day after."""

from calendar import monthrange
from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from plan.parts import Part
from sources.opening_hours import WEEKDAYS, Weekday

DayOfMonth = Annotated[int, Field(strict=True, ge=-31, le=31)]


class Mute(Part):
    """Local days of the organisation. All given conditions must hold.

    Days of a month follow Alertmanager (https://prometheus.io/docs/alerting/latest/configuration/#time_interval):
    both ends count, -1 is the last day of the month, an end beyond it means its last day, and a beginning beyond it
    matches no day.
    """

    from_: date | None = Field(None, alias="from", description="first quiet day")
    to: date | None = Field(None, description="last quiet day")
    weekdays: tuple[Weekday, ...] = Field((), description="only on these days")
    months: tuple[Annotated[int, Field(strict=True, ge=1, le=12)], ...] = Field(
        (), description="only in these months, 1 to 12"
    )
    days_of_month: tuple[DayOfMonth, DayOfMonth] | None = Field(
        None, description="only from the first to the second, such as `[-3, -1]` for the last three"
    )
    indicators: tuple[str, ...] = Field((), description="only these indicators; by default everything, sources too")
    reason: str = Field("", description="why it is quiet, for the ledger")

    def covers(self, day: date) -> bool:
        """Whether ``day`` is quiet."""
        inside = (self.from_ is None or self.from_ <= day) and (self.to is None or day <= self.to)
        named = (not self.weekdays or WEEKDAYS[day.weekday()] in self.weekdays) and (
            not self.months or day.month in self.months
        )
        return inside and named and self._of_month(day)

    def _of_month(self, day: date) -> bool:
        if self.days_of_month is None:
            return True
        length = monthrange(day.year, day.month)[1]
        first, last = (length + one + 1 if one < 0 else one for one in self.days_of_month)
        return first <= length and max(first, 1) <= day.day <= min(last, length)

    @model_validator(mode="after")
    def _some_days(self) -> Self:
        if self.from_ and self.to and self.to < self.from_:
            raise ValueError(
                f"it starts on {self.from_} and ends before that, on {self.to}: "
                "write the first day in 'from' and the last in 'to'"
            )
        if not (self.from_ or self.to or self.weekdays or self.months or self.days_of_month):
            raise ValueError("which days are quiet? give 'from' and 'to', 'weekdays', 'months' or 'days_of_month'")
        if self.days_of_month and 0 in self.days_of_month:
            raise ValueError("a month has no day 0: count from 1, or from -1 for the last day")
        return self
