"""The settings of an indicator that is counted in sample weeks only."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from plan.parts import Name, Number, Part


class DateSpan(Part):
    """Days from ``from`` to ``to``, both included."""

    from_: date = Field(alias="from", description="first day")
    to: date = Field(description="last day")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to < self.from_:
            raise ValueError(
                f"it ends on {self.to}, before it starts on {self.from_}: "
                "write the first day in 'from' and the last in 'to'"
            )
        return self


class Sample(Part):
    """Each counted week represents the open weeks of its stratum."""

    unit: Literal["week"] = Field("week", description="what is counted as a whole")
    week_starts: Literal["monday", "sunday"] = Field("monday", description="the first day of a counted week")
    strata: dict[Name, tuple[DateSpan, ...]] | None = Field(
        None,
        description="kinds of weeks, each with a list of its days `{from, to}`; weeks in none of them are "
        "`other weeks`. By default `term` and `other weeks` if `calendar.terms` is given, otherwise one kind; "
        "`{}`: always one kind",
    )
    open_weeks: Annotated[Number, Field(gt=0, le=53)] | None = Field(
        None,
        description="open weeks in one period, such as 50, instead of the calendar's; all weeks are then of one kind",
    )

    @model_validator(mode="after")
    def _one_factor(self) -> Self:
        if self.open_weeks is not None and self.strata:
            raise ValueError(
                "'open_weeks' is one figure for all weeks: "
                "leave it out, and the calendar gives the number for each of the 'strata'"
            )
        return self

    @model_validator(mode="after")
    def _check_distinct(self) -> Self:
        spans = sorted((span.from_, span.to, name) for name, several in (self.strata or {}).items() for span in several)
        for (_, ends, one), (starts, _, other) in pairwise(spans):
            if starts <= ends:
                raise ValueError(f"{starts} lies in '{one}' and in '{other}': a day belongs to one of the 'strata'")
        return self
