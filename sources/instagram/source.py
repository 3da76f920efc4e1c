"""An Instagram account through the Graph API: its daily insights or its current counters.

https://developers.facebook.com/documentation/instagram-platform/api-reference/instagram-user/insights/
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, cast

from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.graph.api import GraphApi
from sources.graph.counters import CounterClient, CounterParser, CounterQuery
from sources.graph.insights import (
    WEEK,
    ZONE,
    InsightsClient,
    fetch_insights,
    midnight_s,
    retained_window,
)
from sources.graph.insights_parser import InsightsParser
from sources.instagram.settings import (
    ACCOUNT_COUNTERS,
    DAILY_SERIES,
    KNOWN_METRICS,
    KNOWN_POST_METRICS,
    LAST_30_DAYS,
    MEDIA_COUNTERS,
    InstagramSettings,
    declared_metrics,
)
from sources.metric_definitions import require_known_metrics
from sources.observations import ended_weeks
from sources.response import ProviderResponse, raw_pages
from sources.web.session import Session
from warehouse.schema import DAY, Window

FOLLOWER_COUNT_DAYS = timedelta(days=29)
TOTAL_PARAMS = {"metric_type": "total_value", "period": "day"}


class Instagram:
    """One account. In mode insights the days are Pacific, in mode counters those of the source's zone."""

    Settings: ClassVar[type[SourceSettings]] = InstagramSettings
    max_days: ClassVar[int | None] = 28
    """One request may span 30 days of 24 hours."""
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "Instagram (Graph API)",
        "an access token with instagram_basic, instagram_manage_insights and pages_read_engagement, "
        "for a professional account",
        "mode insights: 3 requests a run, and 1 for each day; "
        "mode counters: 2, and 1 for each post if post_metrics are named",
        {"account": "17841400000000000", "token": "${env:INSTAGRAM_TOKEN}"},
        ("estimated",),
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name = name
        self.settings = cast("InstagramSettings", settings)
        self.place = Place(ZONE, place.opening_hours) if self.settings.mode == "insights" else place
        known = KNOWN_METRICS if self.settings.mode == "insights" else KNOWN_POST_METRICS
        named = self.settings.metrics if self.settings.mode == "insights" else self.settings.post_metrics
        require_known_metrics(named, known, self.settings.own_metrics, name)

    def metrics(self) -> tuple[Metric, ...]:
        return declared_metrics(self.settings)

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """Mode insights: the days of the window. Mode counters: the current values, and nothing for a past window."""
        api = GraphApi(self.settings, self.settings.account, session)
        responses: Iterator[ProviderResponse] = iter(())
        if self.settings.mode == "insights" and (span := retained_window(window, now)):
            client = InsightsClient(api, f"{self.settings.account}/insights")
            responses = fetch_insights(client, self._insights(client, span, now), set(self.settings.metrics))
        elif self.settings.mode == "counters" and window.end >= now.astimezone(self.place.zone).date():
            responses = CounterClient(api, self._counter_query).fetch()
        yield from raw_pages(responses, self.name, window, now)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Observations by day, or readings. A missing value may come up to 48 hours later, so no day is replaced."""
        if self.settings.mode == "counters":
            return CounterParser(self._counter_query, self.place.zone, self.settings.version).parsed(pages)
        by_name = {metric.name: metric for metric in self.metrics()}
        wanted = tuple(dict.fromkeys(self.settings.metrics))
        return InsightsParser(by_name, wanted, self.settings.version, complete=False).parsed(pages)

    def _insights(self, client: InsightsClient, window: Window, now: datetime) -> Iterator[ProviderResponse]:
        """Daily series in one request each; totals day by day; distinct metrics over each week that has ended."""
        metrics = list(dict.fromkeys(self.settings.metrics))
        about = {"from": str(window.start)}
        first_kept = now.astimezone(ZONE).date() - FOLLOWER_COUNT_DAYS
        for name in (name for name in metrics if name in DAILY_SERIES):
            start = max(window.start, first_kept) if name == LAST_30_DAYS else window.start
            if start < window.end:
                params = {"period": "day", "since": midnight_s(start), "until": midnight_s(window.end)}
                yield from client.fetch([name], params, about)
        totals = [name for name in metrics if name not in DAILY_SERIES]
        for n in range(window.days):
            day = window.start + n * DAY
            yield from self._total(client, totals, Window(day, day + DAY), "")
        distinct = [metric.name for metric in self.metrics() if metric.kind == "distinct" and metric.name in metrics]
        for week in ended_weeks(window):
            yield from self._total(client, distinct, week, WEEK)

    def _total(
        self, client: InsightsClient, metrics: Sequence[str], span: Window, suffix: str
    ) -> Iterator[ProviderResponse]:
        params = {**TOTAL_PARAMS, "since": midnight_s(span.start), "until": midnight_s(span.end)}
        yield from client.fetch(metrics, params, {"span": [str(span.start), str(span.end)], "suffix": suffix})

    @property
    def _counter_query(self) -> CounterQuery:
        if not self.settings.posts:
            return CounterQuery(self.settings.account, tuple(ACCOUNT_COUNTERS))
        fields = {name: name for name in MEDIA_COUNTERS}
        metrics = tuple(dict.fromkeys(self.settings.post_metrics))
        return CounterQuery(
            self.settings.account, tuple(ACCOUNT_COUNTERS), "media", fields, metrics, self.settings.newest
        )
