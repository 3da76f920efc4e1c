"""A GA4 property by day, optionally by page; users also by week and month.

Google applies a filter on pages after aggregation, so the filter does not look inside the row "(other)". Days are those
of the property. https://developers.google.com/analytics/devguides/reporting/data/v1/reporting-data-expectations
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar, cast

from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.ga4.client import ReportClient
from sources.ga4.queries import report_queries
from sources.ga4.responses import UnknownMetricError
from sources.ga4.settings import KNOWN_METRICS, Ga4Settings, declared_metrics
from sources.metric_definitions import require_known_metrics
from sources.response import ProviderResponse, raw_pages
from sources.web.session import Session
from warehouse.errors import ShapeError
from warehouse.schema import Window

ACCESS = "a service account, or a person's refresh token, with the role Viewer on the property"
EXAMPLE = {"property": "123456789", "auth": {"type": "service_account", "key": "${env:GA4_KEY}"}}


class Ga4:
    """One property."""

    Settings: ClassVar[type[SourceSettings]] = Ga4Settings
    max_days: ClassVar[int | None] = 31
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "Google Analytics 4",
        ACCESS,
        "about 3 requests of 10 tokens a run, of 200,000 tokens a day",
        EXAMPLE,
        ("incomplete", "sampled", "thresholded"),
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("Ga4Settings", settings)
        require_known_metrics(self.settings.metrics, KNOWN_METRICS, self.settings.own_metrics, name)

    def metrics(self) -> tuple[Metric, ...]:
        return declared_metrics(self.settings)

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """Every report to its last row, and a page of status 400 for each metric that the API no longer knows."""
        yield from raw_pages(self._responses(window, session), self.name, window, now)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """One row per metric, day (or week or month) and page.

        Replaces its window, unless a metric is missing in it.
        """
        from sources.ga4.parser import ReportParser
        from sources.merged_pages import with_canonical_pages

        parser = ReportParser(self.metrics())
        for page in sorted(pages, key=lambda page: page.sequence):
            about = _request(page)
            if "gone" in about:
                parser.add_unknown_metric(str(about["gone"]), page)
            else:
                parser.add_report(page, about)
        windows = {page.window for page in pages}
        parsed = parser.parsed(windows.pop() if len(windows) == 1 else None, by_page=self.settings.by_page)
        return with_canonical_pages(parsed, self.metrics(), self.settings.pages)

    def _responses(self, window: Window, session: Session) -> Iterator[ProviderResponse]:
        client, gone = ReportClient(self.settings, self.place, session), dict[str, UnknownMetricError]()
        for planned in report_queries(self.settings, window):
            query = planned.without(*gone)
            while query.metrics:
                try:
                    pages = client.fetch_pages(query)
                except UnknownMetricError as error:
                    if error.metric not in query.metrics:
                        raise
                    gone[error.metric], query = error, query.without(error.metric)
                    body = session.redact(error.body.decode("utf-8", errors="replace")).encode()
                    yield ProviderResponse(error.where, 400, body, json.dumps({"gone": error.metric}))
                    continue
                spans = [str(span) for span in query.spans]
                for page in pages:
                    request = json.dumps({"offset": page.offset, "spans": spans, "suffix": query.suffix})
                    response = page.response
                    yield ProviderResponse(response.url, response.status_code, response.content, request)
                break
        if len(gone) == len(set(self.settings.metrics)):
            raise next(iter(gone.values()))


def _request(page: RawPage) -> dict[str, object]:
    """What ``fetch`` requested; empty for a page that was not fetched here. Raises ``ShapeError``."""
    try:
        request = json.loads(page.request or "{}")
    except ValueError:
        request = None
    if not isinstance(request, dict):
        raise ShapeError(
            "the page's record of its request cannot be read", where=page.url, do="collect these days again"
        )
    return request
