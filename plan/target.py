"""The target of an indicator: what to reach, by when, and from which baseline."""

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from plan.parts import Number, Part
from plan.rule_names import RuleName


class Baseline(Part):
    """Where progress starts.

    Without ``value`` it is the mean of the complete periods in ``[from, to]``.
    """

    from_: date = Field(alias="from", description="first day of the baseline")
    to: date = Field(description="last day of the baseline")
    value: Number | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to < self.from_:
            raise ValueError(f"the baseline ends on {self.to}, before it starts on {self.from_}: exchange the two days")
        return self


class Band(Part):
    low: Number
    high: Number

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"the band's low {self.low:g} is not below its high {self.high:g}: exchange the two")
        return self


class Target(Part):
    """What to reach, by when, from which baseline and along which path."""

    due: date = Field(description="last day on which the target may be met")
    review: date | None = Field(
        None, description="day before it on which someone checks whether the target will be met, and what to do"
    )
    value: Number | None = Field(
        None,
        description="value to reach, of one period or, with `over: year`, of the year that ends on the due day; "
        "left blank, it is still to be filled in, and nothing is judged",
    )
    band: Band | None = Field(None, description="for `better: band`, the values to stay between")
    baseline: Baseline | None = None
    over: Literal["period", "year"] = Field(
        "period", description="what the value counts: one period, or the 12 months that end on the due day"
    )
    path: Literal["linear", "geometric", "seasonal"] = "linear"
    rule: RuleName = Field("pace", description="how progress is judged: ours, or a published rule; see docs/rules.md")
    limit: Number | None = Field(
        None,
        description="a natural limit in the wanted direction, such as 100 for a percentage; only statcan uses it",
    )

    @property
    def has_goal(self) -> bool:
        """Whether it says what to reach. A blank ``value:`` is a place to fill in."""
        return self.value is not None or self.band is not None

    @model_validator(mode="after")
    def _one_goal(self) -> Self:
        is_blank = not self.has_goal and self.model_fields_set & {"value", "band"}
        if self.value is not None and self.band is not None:
            raise ValueError("a target has either a 'value' to reach or a 'band' to stay in: delete one of the two")
        if not self.has_goal and not is_blank:
            raise ValueError(
                "a target has either a 'value' to reach or a 'band' to stay in: add 'value:' (it may be blank for now)"
            )
        if self.value is not None and self.baseline is None:
            raise ValueError("progress needs a start: add a 'baseline', such as {from: 2025-01-01, to: 2025-12-31}")
        if self.baseline is not None and self.due <= self.baseline.to:
            raise ValueError(
                f"the target is due on {self.due}, before its baseline ends on {self.baseline.to}: write a later 'due'"
            )
        if self.band is not None and (self.over == "year" or self.path != "linear"):
            raise ValueError("a band is stayed in period by period: leave 'over' and 'path' out")
        return self
