"""Settings that all accounts on the Graph API share."""

from collections.abc import Iterable, Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sources.contract import Metric, SourceSettings
from sources.secrets import SecretRef

PACIFIC = "America/Los_Angeles"
MetricTexts = Mapping[str, tuple[str, str]]
"""Unit and meaning by the name of the metric."""


class OwnMetric(BaseModel):
    """A metric of the API that kmi does not know by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    unit: str = Field(min_length=1, description="unit of the values")
    kind: Literal["flow", "reading", "distinct"] = Field(
        "flow", description="flow adds up over days; reading is a level; distinct counts each person once"
    )
    description: str = Field("a metric of the Graph API", description="what is counted")


class GraphSettings(SourceSettings):
    """Address, version and access; which metrics are collected."""

    mode: Literal["insights", "counters"] = Field(
        "insights",
        description="insights: values by day, also of past days; "
        "counters: followers and posts as they stand now, one reading a day",
    )
    token: SecretRef = Field(description="the access token")
    app_token: SecretRef | None = Field(None, description="'APP_ID|APP_SECRET'; only to learn when the token ends")
    own_metrics: dict[str, OwnMetric] = Field(
        default_factory=dict, description="metrics that kmi does not know by name, with unit and kind"
    )
    newest: int = Field(100, ge=0, le=2000, description="mode counters: how many of the newest posts are read")
    usage_limit_pct: int = Field(
        90,
        ge=1,
        le=100,
        description="share of the provider's limit at which a run stops and leaves the rest to the next one",
    )
    version: str = Field("v26.0", pattern=r"^v[0-9]+\.[0-9]+$", description="version of the Graph API")
    url: str = Field("https://graph.facebook.com", description="address of the Graph API")
    restated_days: int = Field(
        3, ge=0, description="trailing days that the provider still revises; each run reads them again"
    )

    @model_validator(mode="after")
    def _days_are_pacific(self) -> Self:
        if self.mode == "insights" and self.time_zone not in {None, PACIFIC}:
            raise ValueError(
                f"the provider divides its days in {PACIFIC}: leave 'time_zone' out, or write 'time_zone: {PACIFIC}'"
            )
        return self


def counter_metrics(account: MetricTexts, items: MetricTexts, lifetime: MetricTexts, people: str) -> tuple[Metric, ...]:
    """The counters of an account, of its posts, and of each post over its lifetime.

    ``people``: the unit that does not add up over posts.
    """
    of_account = [
        Metric(name, unit, "reading", f"{meaning}, as they stand on the day")
        for name, (unit, meaning) in account.items()
    ]
    of_posts = [
        Metric(name, unit, "reading", f"{meaning} of each post so far, as they stand on the day")
        for name, (unit, meaning) in items.items()
    ]
    over_lifetime = [
        Metric(name, unit, "reading", f"{meaning} so far, as it stands on the day", unit != people)
        for name, (unit, meaning) in lifetime.items()
    ]
    return (*of_account, *of_posts, *over_lifetime)


def metric_texts(names: Iterable[str], known: MetricTexts, own: Mapping[str, OwnMetric]) -> dict[str, tuple[str, str]]:
    """Unit and meaning of each metric, from the plan's ``own_metrics`` first."""
    return {name: (own[name].unit, own[name].description) if name in own else known[name] for name in names}
