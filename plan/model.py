"""The plan file as data. Unknown keys and wrong types are refused; what needs more than one place to judge is in ``plan.check``."""

import hashlib
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from plan.rules import RuleName
from sources.contract import SourceSettings, ZoneName
from sources.hours import OpeningHours
from sources.secrets import SecretRef

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$", description="lower-case letters, digits and _")]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Period = Literal["day", "week", "month", "quarter", "year"]


class Part(BaseModel):
    """A mapping in the plan."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Organisation(Part):
    name: str = Field(min_length=1)
    time_zone: ZoneName


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


class Measure(Part):
    """One metric of one source; without ``entities`` all of them."""

    source: str
    metric: str
    entities: tuple[str, ...] = ()


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


class Indicator(Part):
    """A series made of observations: ``of`` adds its measures up; a rate divides ``numerator`` by ``denominator``."""

    title: str = Field(min_length=1)
    unit: str = Field(min_length=1)
    kind: Literal["flow", "stock", "rate"] = Field(description="flow adds up over days, stock is a level, rate is a ratio")
    better: Literal["up", "down", "band"] = "up"
    period: Period = "month"
    aggregate: Literal["sum", "mean", "last", "max"] | None = Field(None, description="days to a period; sum for a flow, last for a stock")
    over_entities: Literal["sum", "mean", "max"] = Field("sum", description="entities to one value")
    of: tuple[Measure, ...] = ()
    numerator: tuple[Measure, ...] = ()
    denominator: tuple[Measure, ...] = ()
    min_completeness: Annotated[float, Field(gt=0, le=1)] = Field(1.0, description="a period with a smaller known share of its open days is not judged")
    objective: str | None = None
    owner: str | None = None
    target: Target | None = None

    @property
    def measures(self) -> tuple[Measure, ...]:
        return self.of + self.numerator + self.denominator

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
        if self.target is not None and (self.better == "band") != (self.target.band is not None):
            raise ValueError("'better: band' goes with a target's 'band', and a 'value' with up or down")
        return self


class Activity(Part):
    """A dated advocacy action and the indicators it was meant to move."""

    date: date
    title: str = Field(min_length=1)
    channel: str | None = None
    indicators: tuple[str, ...] = ()


class Route(Part):
    """Who hears of what. The address is a secret."""

    to: SecretRef
    owners: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    verdicts: tuple[Literal["achieved", "on_track", "at_risk", "behind", "not_assessable"], ...] = ("behind",)


class Alerts(Part):
    routes: tuple[Route, ...] = ()


class Plan(Part):
    """The whole plan. ``sources`` holds each source's own settings model, chosen by its ``type``."""

    organisation: Organisation
    calendar: Calendar = Calendar()
    sources: dict[Name, Annotated[SourceSettings, Field()]] = Field(min_length=1)
    indicators: dict[Name, Indicator] = Field(min_length=1)
    activities: dict[Name, Activity] = Field(default_factory=dict)
    alerts: Alerts = Alerts()

    @model_validator(mode="before")
    @classmethod
    def _schema_reference(cls, data: Any) -> Any:
        """Editors look for ``$schema``; it means nothing to the plan."""
        return {k: v for k, v in data.items() if k != "$schema"} if isinstance(data, dict) else data


def fingerprint(part: BaseModel) -> str:
    """The same for the same words of a part of the plan."""
    return hashlib.sha256(part.model_dump_json().encode()).hexdigest()[:16]
