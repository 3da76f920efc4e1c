"""When nothing is expected, and when the doors are open."""

from datetime import date
from typing import Self

from pydantic import Field, model_validator

from plan.parts import Part
from sources.hours import OpeningHours


class Closure(Part):
    """Days on which nothing is expected; without ``to`` the closure is for good, without ``entities`` it holds for all."""

    from_: date = Field(alias="from", description="first closed day")
    to: date | None = Field(None, description="last closed day")
    reason: str = ""
    entities: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to is not None and self.to < self.from_:
            raise ValueError(f"closes on {self.from_} and opens again after {self.to}: write the first day in 'from' and the last in 'to'")
        return self


class Calendar(Part):
    closed: tuple[Closure, ...] = ()
    opening_hours: OpeningHours | None = None
