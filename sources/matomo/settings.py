"""Settings of a Matomo site, and the metrics that kmi knows by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import Field, model_validator

from sources.contract import Metric, MetricKind, SourceSettings
from sources.metric_definitions import page_metrics
from sources.page_paths import spellings
from sources.page_patterns import PathPattern, is_glob
from sources.secrets import SecretRef


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """A column of one of Matomo's reports."""

    method: str
    unit: str
    kind: MetricKind
    meaning: str
    column: str = ""


VISITS, ACTIONS, PAGES = "VisitsSummary.get", "Actions.get", "Actions.getPageUrls"
SITE_COLUMNS: dict[str, ReportColumn] = {
    "nb_visits": ReportColumn(VISITS, "visits", "flow", "visits; a new one begins after 30 minutes of silence"),
    "nb_actions": ReportColumn(VISITS, "actions", "flow", "page views, downloads, clicks on outlinks and searches"),
    "nb_uniq_visitors": ReportColumn(VISITS, "visitors", "distinct", "visitors, each counted once"),
    "nb_visits_converted": ReportColumn(VISITS, "visits", "flow", "visits in which a goal was reached"),
    "bounce_count": ReportColumn(VISITS, "visits", "flow", "visits with a single action"),
    "sum_visit_length": ReportColumn(VISITS, "seconds", "flow", "time spent in all visits together"),
    "nb_pageviews": ReportColumn(ACTIONS, "page views", "flow", "pages viewed, each view counted"),
    "nb_uniq_pageviews": ReportColumn(ACTIONS, "page views", "flow", "pages viewed, each page once a visit"),
    "nb_downloads": ReportColumn(ACTIONS, "downloads", "flow", "files downloaded"),
    "nb_outlinks": ReportColumn(ACTIONS, "clicks", "flow", "clicks on links to other sites"),
    "nb_searches": ReportColumn(ACTIONS, "searches", "flow", "searches on the site"),
}
"""Columns as on https://developer.matomo.org/api-reference/reporting-api"""

SELECTED_PAGES_COLUMNS: dict[str, ReportColumn] = {
    "nb_visits": ReportColumn(VISITS, "visits", "flow", "visits in which at least one of the pages was seen"),
    "nb_uniq_visitors": ReportColumn(
        VISITS, "visitors", "distinct", "visitors who saw at least one of the pages, each counted once"
    ),
    "nb_pageviews": ReportColumn(PAGES, "page views", "flow", "views of the pages (nb_hits)", "nb_hits"),
}
"""Columns for several pages together. A segment selects whole visits, so other columns would count other pages."""

PER_PAGE_COLUMNS: dict[str, ReportColumn] = {
    "nb_visits": ReportColumn(PAGES, "visits", "flow", "visits in which the page was seen"),
    "nb_uniq_visitors": ReportColumn(PAGES, "visitors", "distinct", "visitors who saw the page, each counted once"),
    "nb_pageviews": ReportColumn(PAGES, "page views", "flow", "views of the page (nb_hits)", "nb_hits"),
}
DEFAULT_METRICS = ("nb_visits", "nb_actions", "nb_uniq_visitors", "nb_pageviews")


class MatomoSettings(SourceSettings):
    """A site, and which of its metrics are collected."""

    type: Literal["matomo"]
    url: str = Field(description="address of Matomo, the one above index.php")
    site: int = Field(ge=1, description="number of the site in Matomo (idSite)")
    token: SecretRef = Field(description="auth token of a user with the role view on the site")
    metrics: tuple[str, ...] = Field(
        (),
        description="columns by Matomo's names; by default nb_visits, nb_actions, nb_uniq_visitors and nb_pageviews, "
        "of pages without nb_actions",
    )
    pages: tuple[PathPattern, ...] = Field(
        (), description="the pages that count: beginnings of paths (/km/) or globs (*/guide-*); all by default"
    )
    by_page: bool = Field(default=False, description="one series for each page path instead of one for all of them")
    site_url: str = Field(
        "", description="address of the web site itself, such as https://library.example; needed for pages and by_page"
    )
    segment: str = Field(
        "", description="a segment in Matomo's words, such as countryCode==de; it is added to what pages says"
    )
    format: Literal["json", "xml", "csv"] = Field("json", description="the form in which Matomo is asked to answer")
    restated_days: int = Field(
        2, ge=0, description="trailing days that the provider still revises; each run reads them again"
    )
    deep_days: int = Field(
        35, ge=0, description="trailing days that the first run of each month reads again; 0 for none"
    )

    @property
    def columns(self) -> Mapping[str, ReportColumn]:
        return PER_PAGE_COLUMNS if self.by_page else SELECTED_PAGES_COLUMNS if self.pages else SITE_COLUMNS

    @property
    def wanted(self) -> tuple[str, ...]:
        """The metrics to read, each once."""
        return tuple(dict.fromkeys(self.metrics or (name for name in DEFAULT_METRICS if name in self.columns)))

    @property
    def has_only_beginnings(self) -> bool:
        """Whether a segment can say what ``pages`` says."""
        return not any(is_glob(pattern) for pattern in self.pages)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        unknown = [name for name in self.wanted if name not in self.columns]
        if unknown:
            mode = "one page at a time" if self.by_page else "a part of the pages" if self.pages else "the site"
            raise ValueError(f"Matomo gives no '{unknown[0]}' for {mode}: take one of {', '.join(self.columns)}")
        parts = urlsplit(self.site_url)
        if (self.pages or self.by_page) and not (parts.scheme in {"http", "https"} and parts.hostname):
            raise ValueError(
                "pages and by_page need site_url, the address of the web site, such as https://library.example"
            )
        if (
            self.pages
            and not self.has_only_beginnings
            and any(self.columns[name].method == VISITS for name in self.wanted)
        ):
            raise ValueError(
                "Matomo counts visits and visitors by the beginning of an address only: "
                "write /km/ instead of a glob, or metrics: [nb_pageviews]"
            )
        return self


def segment(settings: MatomoSettings) -> str:
    """The segment of visits or actions that count. A comma means "or" and binds more tightly than a semicolon, "and".

    https://developer.matomo.org/api-reference/reporting-api-segmentation
    """
    beginnings = settings.pages if settings.has_only_beginnings else ()
    site = settings.site_url.rstrip("/")
    paths = (path for pattern in beginnings for path in spellings(pattern))
    pages = ",".join(f"pageUrl=^{quote(site + path, safe='')}" for path in paths)
    return ";".join(part for part in (pages, settings.segment) if part)


def declared_metrics(settings: MatomoSettings) -> tuple[Metric, ...]:
    """The metrics of the site; a distinct one also by week and by month, except of single pages (Matomo keeps days)."""
    texts = {name: (column.unit, column.kind, column.meaning) for name, column in settings.columns.items()}
    metrics = (
        page_metrics(name, texts[name], adds_over_pages=name == "nb_pageviews", by_page=settings.by_page)
        for name in settings.wanted
    )
    return tuple(metric for found in metrics for metric in found)
