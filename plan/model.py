"""The plan file as models. They refuse unknown keys and wrong types.

Checks that compare different parts of the plan are in ``plan.consistency``.
"""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from plan.alerts import Alerts
from plan.breaks import DeclaredBreak
from plan.calendar import Calendar
from plan.parts import Measure, Name, Part, Period
from plan.reviews import Reviews
from plan.sample import Sample
from plan.target import Target
from sources.contract import SourceSettings
from sources.zone_setting import ZoneName


class Organisation(Part):
    name: str = Field(min_length=1)
    time_zone: ZoneName
    language: Literal["en", "de", "fr"] = Field(
        "en", description="language of the messages, and of the pages by default"
    )


class Indicator(Part):
    """A series of periods: a sum of measures (``of``), or a ratio of two sums."""

    title: str = Field(min_length=1)
    unit: str = Field(min_length=1)
    kind: Literal["flow", "stock", "rate"] = Field(
        description="flow adds up over days, stock is a level, rate is a ratio"
    )
    better: Literal["up", "down", "band"] = "up"
    period: Period = "month"
    aggregate: Literal["sum", "mean", "last", "max"] | None = Field(
        None, description="days to a period; sum for a flow, last for a stock"
    )
    over_entities: Literal["sum", "mean", "max"] = Field("sum", description="entities to one value")
    of: tuple[Measure, ...] = ()
    numerator: tuple[Measure, ...] = ()
    denominator: tuple[Measure, ...] = ()
    min_completeness: Annotated[float, Field(gt=0, le=1)] = Field(
        1.0, description="a period with a smaller known share of its open days is not judged"
    )
    objective: str | None = None
    owner: str | None = None
    target: Target | None = None
    sample: Sample | None = Field(
        None, description="counted in some weeks only, which stand for the rest; see docs/sample-weeks.md"
    )

    @property
    def measures(self) -> tuple[Measure, ...]:
        return self.of + self.numerator + self.denominator

    @property
    def judged_target(self) -> Target | None:
        """The target, if it says what to reach: one whose ``value`` is still blank judges nothing."""
        return self.target if self.target is not None and self.target.has_goal else None

    @property
    def days_to_period(self) -> str:
        """The aggregation over days, with the default of the kind."""
        return self.aggregate or {"flow": "sum", "stock": "last", "rate": "sum"}[self.kind]

    @model_validator(mode="after")
    def _parts_of_its_kind(self) -> Self:
        if self.kind == "rate" and not (self.numerator and self.denominator and not self.of):
            raise ValueError("a rate has a 'numerator' and a 'denominator' and no 'of'")
        if self.kind != "rate" and not (self.of and not self.numerator and not self.denominator):
            raise ValueError(f"a {self.kind} lists its measures in 'of'; only a rate has a numerator and a denominator")
        target = self.judged_target
        if target is not None and (self.better == "band") != (target.band is not None):
            raise ValueError("'better: band' goes with a target's 'band', and a 'value' with up or down")
        return self


class Activity(Part):
    """A dated advocacy action and the indicators it was meant to move."""

    date: date
    title: str = Field(min_length=1)
    channel: str | None = None
    indicators: tuple[str, ...] = ()
    controls: tuple[str, ...] = Field(
        (),
        description="indicators that it could not have moved, for comparison; see docs/effects.md",
    )


class Plan(Part):
    """The whole plan; ``sources`` holds each source's own settings, chosen by its ``type``."""

    organisation: Organisation
    calendar: Calendar = Calendar()
    objectives: dict[Name, Annotated[str, Field(min_length=1)]] = Field(
        default_factory=dict,
        description="what the indicators serve: a name and a sentence each; with it, `objective` names one of them",
    )
    sources: dict[Name, Annotated[SourceSettings, Field()]] = Field(min_length=1)
    indicators: dict[Name, Indicator] = Field(min_length=1)
    activities: dict[Name, Activity] = Field(default_factory=dict)
    reviews: Reviews | None = None
    breaks: tuple[DeclaredBreak, ...] = ()
    alerts: Alerts = Alerts()

    def objective_of(self, indicator: Indicator) -> str | None:
        """What an indicator serves, in words."""
        return self.objectives.get(indicator.objective or "", indicator.objective)

    @model_validator(mode="before")
    @classmethod
    def _schema_reference(cls, data: Any) -> Any:
        """Editors look for ``$schema``; it means nothing to the plan."""
        return {k: v for k, v in data.items() if k != "$schema"} if isinstance(data, dict) else data
