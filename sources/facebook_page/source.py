"""A Facebook page through the Graph API: its daily insights or its current counters.

https://developers.facebook.com/documentation/pages-api/platforminsights/page
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar, cast

from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.facebook_page.settings import (
    KNOWN_METRICS,
    KNOWN_POST_METRICS,
    PAGE_COUNTERS,
    POST_COUNTERS,
    FacebookPageSettings,
    declared_metrics,
)
from sources.graph.api import GraphApi
from sources.graph.counters import CounterClient, CounterParser, CounterQuery
from sources.graph.insights import ZONE, InsightsClient, fetch_insights, midnight_s, retained_window
from sources.graph.insights_parser import InsightsParser
from sources.metric_definitions import require_known_metrics
from sources.observations import ended_weeks
from sources.response import ProviderResponse, raw_pages
from sources.web.session import Session
from warehouse.schema import DAY, Window

ITEM_FIELDS = {
    "reactions": "reactions.limit(0).summary(total_count)",
    "comments": "comments.limit(0).summary(total_count)",
    "shares": "shares",
}


class FacebookPage:
    """One page. In mode insights the days are Pacific, in mode counters those of the source's zone."""

    Settings: ClassVar[type[SourceSettings]] = FacebookPageSettings
    max_days: ClassVar[int | None] = 88
    """With the day before and a change of the clocks, less than the 90 days that one request may span."""
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "Facebook page (Graph API)",
        "a Page access token with read_insights and pages_read_engagement, made by a person with the task ANALYZE",
        "mode insights: 2 requests a run; mode counters: 2, and 1 for each post; "
        "4,800 times the number of engaged people are allowed in 24 hours",
        {"page": "1234567890", "token": "${env:FACEBOOK_TOKEN}"},
        ("estimated",),
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name = name
        self.settings = cast("FacebookPageSettings", settings)
        self.place = Place(ZONE, place.opening_hours) if self.settings.mode == "insights" else place
        known = KNOWN_METRICS if self.settings.mode == "insights" else KNOWN_POST_METRICS
        named = self.settings.metrics if self.settings.mode == "insights" else self.settings.post_metrics
        require_known_metrics(named, known, self.settings.own_metrics, name)

    def metrics(self) -> tuple[Metric, ...]:
        return declared_metrics(self.settings)

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """Mode insights: the days of the window. Mode counters: the current values, and nothing for a past window."""
        api = GraphApi(self.settings, self.settings.page, session)
        responses: Iterator[ProviderResponse] = iter(())
        if self.settings.mode == "insights" and (span := retained_window(window, now)):
            client = InsightsClient(api, f"{self.settings.page}/insights")
            responses = fetch_insights(client, self._insights(client, span), set(self.settings.metrics))
        elif self.settings.mode == "counters" and window.end >= now.astimezone(self.place.zone).date():
            responses = CounterClient(api, self._counter_query).fetch()
        yield from raw_pages(responses, self.name, window, now)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        if self.settings.mode == "counters":
            return CounterParser(self._counter_query, self.place.zone, self.settings.version).parsed(pages)
        by_name = {metric.name: metric for metric in self.metrics()}
        return InsightsParser(by_name, tuple(dict.fromkeys(self.settings.metrics)), self.settings.version).parsed(pages)

    def _insights(self, client: InsightsClient, window: Window) -> Iterator[ProviderResponse]:
        """All metrics by day, then the distinct ones by each week that has ended.

        Days begin one day earlier, because a level is the one at the end of the day before.
        """
        metrics = list(dict.fromkeys(self.settings.metrics))
        span = {"since": midnight_s(window.start - DAY), "until": midnight_s(window.end)}
        about = {"from": str(window.start)}
        yield from client.fetch(metrics, {"period": "day", **span}, about)
        distinct = [metric.name for metric in self.metrics() if metric.kind == "distinct" and metric.name in metrics]
        weeks = ended_weeks(window)
        if distinct and weeks:
            span = {"since": midnight_s(weeks[0].end - DAY), "until": midnight_s(weeks[-1].end)}
            yield from client.fetch(distinct, {"period": "week", **span}, about)

    @property
    def _counter_query(self) -> CounterQuery:
        if not self.settings.posts:
            return CounterQuery(self.settings.page, tuple(PAGE_COUNTERS))
        fields = {name: ITEM_FIELDS[name] for name in POST_COUNTERS}
        metrics = tuple(dict.fromkeys(self.settings.post_metrics))
        return CounterQuery(self.settings.page, tuple(PAGE_COUNTERS), "posts", fields, metrics, self.settings.newest)
