"""Settings of a Plausible site, and the metrics that kmi knows by name."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field, model_validator

from sources.contract import Metric, MetricKind, SourceSettings
from sources.metric_definitions import page_metrics
from sources.page_patterns import PathPattern, pattern_regex
from sources.secrets import SecretRef

KNOWN_METRICS: dict[str, tuple[str, MetricKind, str]] = {
    "pageviews": ("page views", "flow", "pages viewed, each view counted"),
    "visits": ("visits", "flow", "visits; a new one begins after 30 minutes of silence"),
    "visitors": (
        "visitors",
        "distinct",
        "visitors, each counted once a day: Plausible does not recognise them on the next day",
    ),
    "events": ("events", "flow", "page views and custom events"),
}
"""Unit, kind and meaning: https://plausible.io/docs/stats-api#metrics and, for visitors, https://plausible.io/data-policy.

Averages and rates do not add up and are left out.
"""
ADDS_OVER_PAGES = {"pageviews", "events"}
DISTINCT = tuple(name for name, (_, kind, _) in KNOWN_METRICS.items() if kind == "distinct")
MAX_PAGE_SIZE = 10_000


class PlausibleSettings(SourceSettings):
    """A site, and which of its metrics are collected."""

    type: Literal["plausible"]
    url: str = Field("https://plausible.io", description="address of Plausible; your own one if you run it yourself")
    site: str = Field(
        min_length=1, description="the site's name in Plausible (site_id), mostly its domain: library.example"
    )
    key: SecretRef = Field(description="key for the Stats API")
    metrics: tuple[str, ...] = Field(
        ("pageviews", "visits", "visitors"),
        min_length=1,
        description=f"metrics by Plausible's names: {', '.join(KNOWN_METRICS)}",
    )
    pages: tuple[PathPattern, ...] = Field(
        (), description="the pages that count: beginnings of paths (/km/) or globs (*/guide-*); all by default"
    )
    by_page: bool = Field(default=False, description="one series for each page path instead of one for all of them")
    imports: bool = Field(
        default=False, description="with what was imported into Plausible, such as old figures of Google Analytics"
    )
    page_size: int = Field(MAX_PAGE_SIZE, ge=1, le=MAX_PAGE_SIZE, description="rows in one answer")
    requests_per_hour: int = Field(600, ge=1, description="what the key is allowed")
    restated_days: int = Field(
        2, ge=0, description="trailing days that the provider still revises; each run reads them again"
    )

    @property
    def wanted(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.metrics))

    @model_validator(mode="after")
    def _knows_them(self) -> Self:
        unknown = [name for name in self.metrics if name not in KNOWN_METRICS]
        if unknown:
            raise ValueError(
                f"'{unknown[0]}' neither adds up nor counts people: take one of {', '.join(KNOWN_METRICS)}"
            )
        return self


def declared_metrics(settings: PlausibleSettings) -> tuple[Metric, ...]:
    """The metrics of the site; a distinct one also by week and by month, except of single pages."""
    metrics = (
        page_metrics(name, KNOWN_METRICS[name], adds_over_pages=name in ADDS_OVER_PAGES, by_page=settings.by_page)
        for name in settings.wanted
    )
    return tuple(metric for found in metrics for metric in found)


def page_filter(patterns: Sequence[str]) -> list[object]:
    """The patterns as a filter: RE2 expressions, one of which must match: https://plausible.io/docs/stats-api#filters"""
    if not patterns:
        return []
    return [["matches", "event:page", [f"^{pattern_regex(text)}" for text in patterns]]]
