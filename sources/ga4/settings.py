"""Settings of a GA4 property, and the metrics that kmi knows by name."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sources.contract import Metric, MetricKind, SourceSettings
from sources.google.access import GoogleAccess
from sources.metric_definitions import with_weeks_and_months
from sources.page_patterns import PathPattern

KNOWN_METRICS: dict[str, tuple[str, MetricKind, bool, str]] = {
    "screenPageViews": ("page views", "flow", True, "pages and screens viewed, each view counted"),
    "eventCount": ("events", "flow", True, "events of any name"),
    "userEngagementDuration": ("seconds", "flow", True, "time in which the page was in front of the user"),
    "sessions": ("sessions", "flow", False, "visits: sessions that began"),
    "engagedSessions": (
        "sessions",
        "flow",
        False,
        "sessions of 10 seconds and more, with a key event, or with 2 views",
    ),
    "newUsers": ("users", "flow", False, "users who came for the first time"),
    "activeUsers": ("users", "distinct", False, "users with an engaged session or a first visit; an estimate (HLL++)"),
    "totalUsers": ("users", "distinct", False, "users who logged any event; an estimate (HLL++)"),
    "scrolledUsers": (
        "users",
        "distinct",
        False,
        "users who scrolled down at least 90 % of a page; an estimate (HLL++)",
    ),
}
"""Unit, kind, whether it adds up over pages, meaning:
https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema"""

RENAMED_METRICS = {
    "itemListClicks": "itemListClickEvents",
    "itemListViews": "itemListViewEvents",
    "itemPromotionClicks": "promotionClicks",
    "itemPromotionViews": "promotionViews",
    "itemPurchaseQuantity": "itemsPurchased",
    "itemViews": "itemViewEvents",
}
"""Old name to new one: https://developers.google.com/analytics/devguides/reporting/data/v1/announcements/20221201-compatibility-changes"""


class OwnMetric(BaseModel):
    """A metric of the API that kmi does not know by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    unit: str = Field(min_length=1, description="unit of the values")
    kind: Literal["flow", "distinct"] = Field(
        "flow", description="flow adds up over days; distinct counts each person once"
    )
    description: str = Field("a metric of the GA4 Data API", description="what is counted")


class Ga4Settings(SourceSettings):
    """A property, and which of its metrics are collected."""

    type: Literal["ga4"]
    property: str = Field(pattern=r"^[0-9]+$", description="number of the property, as the admin page shows it")
    auth: GoogleAccess = Field(description="how kmi gets in: service_account, refresh_token or application_default")
    metrics: tuple[str, ...] = Field(
        ("screenPageViews", "sessions", "activeUsers"), min_length=1, description="metrics by the names of the API"
    )
    own_metrics: dict[str, OwnMetric] = Field(
        default_factory=dict, description="metrics that kmi does not know by name, with unit and kind"
    )
    pages: tuple[PathPattern, ...] = Field(
        (), description="the pages that count: beginnings of paths (/km/) or globs (*/guide-*); all by default"
    )
    exclude: tuple[PathPattern, ...] = Field((), description="pages that do not count, in the same way")
    by_page: bool = Field(default=False, description="one series for each page path instead of one for all of them")
    page_size: int = Field(250_000, ge=1, le=250_000, description="rows in one answer")
    quota_reserve: float = Field(
        0.1, ge=0, le=1, description="share of the property's standard quota that is left for others"
    )
    url: str = Field("https://analyticsdata.googleapis.com", description="address of the interface")
    restated_days: int = Field(
        3, ge=0, description="trailing days that the provider still revises; each run reads them again"
    )
    deep_days: int = Field(
        35, ge=0, description="trailing days that the first run of each month reads again; 0 for none"
    )


def declared_metrics(settings: Ga4Settings) -> tuple[Metric, ...]:
    """The metrics of the property; a distinct one also by week and month. Raises ``KeyError`` if unknown."""
    return tuple(metric for name in dict.fromkeys(settings.metrics) for metric in _as_declared(settings, name))


def _as_declared(settings: Ga4Settings, name: str) -> list[Metric]:
    own = settings.own_metrics.get(name)
    unit, kind, adds, meaning = (own.unit, own.kind, False, own.description) if own else KNOWN_METRICS[name]
    absent: Literal["missing", "zero"] = "zero" if settings.by_page and adds else "missing"
    day = Metric(name, unit, kind, meaning, additive_over_entities=adds, absent=absent)
    return with_weeks_and_months(day) if kind == "distinct" else [day]
