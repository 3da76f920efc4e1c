"""What is to be reached, by when, and from where."""

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from plan.parts import Number, Part
from plan.rules import RuleName


class Baseline(Part):
    """Where progress starts. Without ``value`` it is the mean of the complete periods in ``[from, to]``."""

    from_: date = Field(alias="from", description="first day of the baseline")
    to: date = Field(description="last day of the baseline")
    value: Number | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to < self.from_:
            raise ValueError(f"the baseline ends on {self.to}, before it starts on {self.from_}")
        return self


class Band(Part):
    low: Number
    high: Number

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"the band's low {self.low} is not below its high {self.high}")
        return self


class Target(Part):
    """What is to be reached, by when, from where and along which path."""

    due: date = Field(description="last day on which the target may be met")
    value: Number | None = Field(None, description="value of one period to reach")
    band: Band | None = Field(None, description="for better: band, the values to stay between")
    baseline: Baseline | None = None
    path: Literal["linear", "geometric"] = "linear"
    rule: RuleName = Field("pace", description="how progress is judged: ours, or a published rule; see docs/rules.md")
    limit: Number | None = Field(None, description="a natural limit in the wanted direction, such as 100 for a share in per cent; only statcan looks at it")

    @model_validator(mode="after")
    def _one_goal(self) -> Self:
        if (self.value is None) == (self.band is None):
            raise ValueError("a target has either a 'value' to reach or a 'band' to stay in")
        if self.value is not None and self.baseline is None:
            raise ValueError("progress needs a start: give the target a 'baseline' with from and to")
        if self.baseline is not None and self.due <= self.baseline.to:
            raise ValueError(f"the target is due on {self.due}, before its baseline ends on {self.baseline.to}")
        return self
