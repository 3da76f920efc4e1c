"""Days from which a number means something else."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from plan.parts import Measure, Number, Part


class Splice(Part):
    """How figures before a break are converted to what the number means since."""

    factor: Annotated[Number, Field(gt=0)] | None = Field(
        None, description="a known factor: old figure times factor is new figure"
    )
    standard_error: Annotated[Number, Field(ge=0)] | None = Field(
        None, description="standard error of the factor, where it is known"
    )
    overlap: tuple[Measure, ...] = Field(
        (), description="the old measures; the factor and its error follow from the periods that have both old and new"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.factor is None) == (not self.overlap):
            raise ValueError("a splice has either a 'factor' or the old measures in 'overlap'")
        if self.standard_error is not None and self.factor is None:
            raise ValueError("the standard error of an overlap follows from the figures: leave 'standard_error' out")
        return self


class DeclaredBreak(Part):
    """Figures before ``day`` and from it on are not comparable, unless a ``splice`` joins them."""

    day: date = Field(description="first day on which the number means something else")
    reason: str = Field(min_length=1, description="what changed, for the page")
    indicators: tuple[str, ...] = Field((), description="the indicators it concerns; by default all of them")
    splice: Splice | None = None

    @model_validator(mode="after")
    def _overlap_of_one(self) -> Self:
        if self.splice is not None and self.splice.overlap and len(self.indicators) != 1:
            raise ValueError("an 'overlap' joins one indicator: name it alone in 'indicators'")
        return self
