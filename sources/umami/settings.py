"""Settings of a web site in Umami, and the metrics that kmi knows by name."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sources.contract import Metric, MetricKind, SourceSettings
from sources.metric_definitions import page_metrics
from sources.page_patterns import PathPattern, pattern_regex
from sources.secrets import SecretRef

KNOWN_METRICS: dict[str, tuple[str, MetricKind, str]] = {
    "pageviews": ("page views", "flow", "pages viewed, each view counted"),
    "visitors": (
        "visitors",
        "distinct",
        "visitors, each counted once; Umami does not recognise them in the next month",
    ),
    "visits": ("visits", "flow", "visits; a new one begins after 30 minutes of silence"),
    "bounces": ("visits", "flow", "visits with a single page view"),
    "totaltime": ("seconds", "flow", "time between the first and the last page view of each visit, together"),
}
"""Unit, kind and meaning: https://umami.is/docs/metric-definitions"""
SERIES_NAMES = {"pageviews": "pageviews", "visitors": "sessions"}
"""Metrics that come as a series over many days, and the name of the series; others cost a request a day."""
ADDS_OVER_PAGES = {"pageviews"}
CLOUD = "https://api.umami.is/v1"


class ApiKey(BaseModel):
    """A key of Umami Cloud."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    type: Literal["api_key"]
    key: SecretRef = Field(description="key, from the account's API keys")


class Login(BaseModel):
    """A user of one's own Umami."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    type: Literal["login"]
    user: str = Field(min_length=1, description="name of the user, who may view the web site")
    password: SecretRef = Field(description="password of the user")


UmamiAuth = Annotated[ApiKey | Login, Field(discriminator="type")]


class UmamiSettings(SourceSettings):
    """A web site, and which of its metrics are collected."""

    type: Literal["umami"]
    url: str = Field(CLOUD, description="address of the interface of Umami Cloud, or of your own Umami")
    website: str = Field(
        pattern=r"^[0-9a-fA-F-]{36}$", description="id of the web site in Umami, as its settings show it"
    )
    auth: UmamiAuth = Field(description="api_key for Umami Cloud, login for your own Umami")
    metrics: tuple[str, ...] = Field(
        ("pageviews", "visitors"), min_length=1, description=f"metrics by Umami's names: {', '.join(KNOWN_METRICS)}"
    )
    pages: tuple[PathPattern, ...] = Field(
        (), description="the pages that count: beginnings of paths (/km/) or globs (*/guide-*); all by default"
    )
    by_page: bool = Field(
        default=False, description="one series for each page path instead of one for all of them; costs a request a day"
    )
    page_size: int = Field(500, ge=1, le=10_000, description="pages in one answer")
    restated_days: int = Field(
        1, ge=0, description="trailing days that the provider still revises; each run reads them again"
    )

    @property
    def wanted(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.metrics))

    @field_validator("metrics")
    @classmethod
    def _knows_them(cls, metrics: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in metrics if name not in KNOWN_METRICS]
        if unknown:
            raise ValueError(f"Umami gives no '{unknown[0]}': take one of {', '.join(KNOWN_METRICS)}")
        return metrics


def declared_metrics(settings: UmamiSettings) -> tuple[Metric, ...]:
    """The metrics of the site; a distinct one also by week and by month, except of single pages."""
    metrics = (
        page_metrics(name, KNOWN_METRICS[name], adds_over_pages=name in ADDS_OVER_PAGES, by_page=settings.by_page)
        for name in settings.wanted
    )
    return tuple(metric for found in metrics for metric in found)


def path_filter(patterns: Sequence[str]) -> dict[str, str]:
    """The patterns as a filter with the operator ``re``.

    https://github.com/umami-software/umami/blob/master/src/lib/params.ts
    """
    if not patterns:
        return {}
    return {"path": f"re.^({'|'.join(pattern_regex(text) for text in patterns)})"}
