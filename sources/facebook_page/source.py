"""A Facebook page through the Graph API: its insights by day, or its counters as they stand.

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
from sources.graph.insights import ZONE, InsightsClient, InsightsParser, fetch_insights, midnight_s, retained_window
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
    """With the day before and the change of the clocks below the 90 that one question may span."""
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "Facebook page (Graph API)",
        "a Page access token with read_insights and pages_read_engagement, made by a person with the task ANALYZE",
        "mode insights: 2 requests a run; mode counters: 2 and one for each post; 4,800 times the engaged people are allowed in 24 hours",
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
        """Mode insights: the days of the window. Mode counters: what stands now, so nothing for a window that ended before today."""
        api = GraphApi(self.settings, self.settings.page, session)
        if self.settings.mode == "insights":
            client, span = InsightsClient(api, f"{self.settings.page}/insights"), retained_window(window, now)
            told = (
                fetch_insights(client, lambda: self._insights(client, span), set(self.settings.metrics))
                if span
                else iter(())
            )
        else:
            today = now.astimezone(self.place.zone).date()
            told = CounterClient(api, self._counter_query).answers() if window.end >= today else iter(())
        yield from raw_pages(told, self.name, window, now)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        if self.settings.mode == "counters":
            return CounterParser(self._counter_query, self.place.zone, self.settings.version).parsed(pages)
        by_name = {metric.name: metric for metric in self.metrics()}
        return InsightsParser(by_name, tuple(dict.fromkeys(self.settings.metrics)), self.settings.version).parsed(pages)

    def _insights(self, client: InsightsClient, window: Window) -> Iterator[ProviderResponse]:
        """All metrics by day, from the day before: a level stands at the end of it. Then the distinct ones by the weeks that ended."""
        metrics = list(dict.fromkeys(self.settings.metrics))
        span = {"since": midnight_s(window.start - DAY), "until": midnight_s(window.end)}
        about = {"from": str(window.start)}
        yield from client.answers(metrics, {"period": "day", **span}, about)
        distinct = [metric.name for metric in self.metrics() if metric.kind == "distinct" and metric.name in metrics]
        weeks = ended_weeks(window)
        if distinct and weeks:
            span = {"since": midnight_s(weeks[0].end - DAY), "until": midnight_s(weeks[-1].end)}
            yield from client.answers(distinct, {"period": "week", **span}, about)

    @property
    def _counter_query(self) -> CounterQuery:
        if not self.settings.posts:
            return CounterQuery(self.settings.page, tuple(PAGE_COUNTERS))
        fields = {name: ITEM_FIELDS[name] for name in POST_COUNTERS}
        return CounterQuery(
            self.settings.page,
            tuple(PAGE_COUNTERS),
            "posts",
            fields,
            tuple(dict.fromkeys(self.settings.post_metrics)),
            self.settings.newest,
        )
