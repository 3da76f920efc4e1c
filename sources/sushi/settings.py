"""The settings of a COUNTER API and the metrics that they declare."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from sources.contract import Metric, SourceSettings
from sources.secrets import SecretRef
from sources.sushi.metric_types import (
    ACCESS_TYPES,
    DATA_TYPES,
    DATABASE_SEARCHES,
    ENTITIES_OF_REPORT,
    METRIC_TYPES,
    METRICS_OF_REPORT,
)

RESTATED_DAYS, DEEP_DAYS = 31, 100
"""Younger values are provisional and not judged, so corrections after a month are left to the monthly deep reading."""
FRESH_WITHIN_DAYS = 65
"""A month is delivered within four weeks of its end, so the newest day is at most 31 + 28 days old; a week is added."""


def _release(given: object) -> object:
    """YAML reads 5.1 and 5 as numbers."""
    return str(given).removesuffix(".0") if isinstance(given, int | float | str) else given


class SushiSettings(SourceSettings):
    """An account at a COUNTER API, and what is collected of which report."""

    type: Literal["sushi"]
    url: str = Field(description="address of the COUNTER API, without /r51 and without /reports")
    customer_id: SecretRef = Field(description="the institution's customer ID at the service")
    requestor_id: SecretRef | None = Field(None, description="requestor ID, where the service asks for one")
    api_key: SecretRef | None = Field(None, description="API key, where the service asks for one")
    platform: str = Field("", description="the service's name of the platform, where one address serves several")
    release: Annotated[Literal["5.1", "5"], BeforeValidator(_release)] = Field(
        "5.1", description="release of the code of practice that the service speaks"
    )
    report: Literal["pr", "dr", "tr", "ir"] = Field(
        "pr", description="the report: pr of platforms, dr of databases, tr of titles, ir of items"
    )
    metrics: tuple[str, ...] = Field(
        ("Total_Item_Requests", "Unique_Item_Requests"),
        min_length=1,
        description=f"metrics by the code's names, as far as the report has them: {', '.join(METRIC_TYPES)}",
    )
    by: Literal["report", "platform", "database", "title", "item"] = Field(
        "report", description="one series for the whole report, or one for each platform, database, title or item"
    )
    data_types: tuple[str, ...] = Field(
        (), description="the data types that count, such as Journal, Book; all by default"
    )
    access_types: tuple[str, ...] = Field(
        (), description="the access types that count, such as Controlled, of tr and ir; all by default"
    )
    text_mining: bool = Field(default=False, description="count access for text and data mining (TDM) too")
    restated_days: int = Field(
        RESTATED_DAYS, ge=0, description="trailing days that the provider still revises; each run reads them again"
    )
    deep_days: int = Field(
        DEEP_DAYS, ge=0, description="trailing days that the first run of each month reads again; 0 for none"
    )
    fresh_within_days: int | None = Field(
        FRESH_WITHIN_DAYS, ge=1, description="the data are late when their newest day is older than this"
    )

    @property
    def wanted(self) -> tuple[str, ...]:
        """The metrics, each once."""
        return tuple(dict.fromkeys(self.metrics))

    @model_validator(mode="after")
    def _fits_the_code(self) -> Self:
        known, entities = METRICS_OF_REPORT[self.report], ENTITIES_OF_REPORT[self.report]
        for name in self.metrics:
            if name not in known:
                raise ValueError(f"the report {self.report} has no metric '{name}': take of {', '.join(known)}")
        if self.by not in {"report", *entities}:
            raise ValueError(f"the report {self.report} names no {self.by}: 'by' is report, {', '.join(entities)}")
        searches = [name for name in self.metrics if name in DATABASE_SEARCHES]
        if searches and self.by != "database":
            raise ValueError(
                f"one search counts in each database that it searched, so {searches[0]} does not add up: "
                "write by: database, or take Searches_Platform of the report pr"
            )
        if self.data_types and "Platform" not in self.data_types and "Searches_Platform" in self.metrics:
            raise ValueError("Searches_Platform has the data type Platform: make it a source of its own")
        if self.access_types and self.report not in {"tr", "ir"}:
            raise ValueError(f"the report {self.report} has no access types: take tr or ir")
        _require_known("data type", self.data_types, DATA_TYPES[self.release], self.release)
        _require_known("access type", self.access_types, ACCESS_TYPES[self.release], self.release)
        return self


def _require_known(what: str, given: tuple[str, ...], known: tuple[str, ...], release: str) -> None:
    """A provider's own value is written with its namespace, ``namespace:value`` (11.4 of the code)."""
    unknown = next((name for name in given if name not in known and ":" not in name), None)
    if unknown is not None:
        raise ValueError(f"release {release} has no {what} '{unknown}': take of {', '.join(known)}")


def declared_metrics(settings: SushiSettings) -> tuple[Metric, ...]:
    """The metrics. The code omits what had no usage, so an entity that a delivered month does not name is 0."""
    return tuple(
        Metric(
            name,
            METRIC_TYPES[name][0],
            "flow",
            METRIC_TYPES[name][1],
            additive_over_entities=name not in DATABASE_SEARCHES,
            absent="missing" if settings.by == "report" else "zero",
        )
        for name in settings.wanted
    )
