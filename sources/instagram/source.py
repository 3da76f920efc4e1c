"""An Instagram account through the Graph API: its insights by day, or its counters as they stand.

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
    InsightsParser,
    fetch_insights,
    midnight_s,
    retained_window,
)
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
    """One question may span 30 days of 24 hours."""
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "Instagram (Graph API)",
        "an access token with instagram_basic, instagram_manage_insights and pages_read_engagement, for a professional account",
        "mode insights: 3 requests a run and one for each day; mode counters: 2, and one for each post where post_metrics are named",
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
        """Mode insights: the days of the window. Mode counters: what stands now, so nothing for a window that ended before today."""
        api = GraphApi(self.settings, self.settings.account, session)
        if self.settings.mode == "insights":
            client, span = InsightsClient(api, f"{self.settings.account}/insights"), retained_window(window, now)
            told = (
                fetch_insights(client, lambda: self._insights(client, span, now), set(self.settings.metrics))
                if span
                else iter(())
            )
        else:
            today = now.astimezone(self.place.zone).date()
            told = CounterClient(api, self._counter_query).answers() if window.end >= today else iter(())
        yield from raw_pages(told, self.name, window, now)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """An answer without a figure means that there is none or that it comes later, up to 48 hours; so no day is taken back."""
        if self.settings.mode == "counters":
            return CounterParser(self._counter_query, self.place.zone, self.settings.version).parsed(pages)
        by_name = {metric.name: metric for metric in self.metrics()}
        wanted = tuple(dict.fromkeys(self.settings.metrics))
        return InsightsParser(by_name, wanted, self.settings.version, complete=False).parsed(pages)

    def _insights(self, client: InsightsClient, window: Window, now: datetime) -> Iterator[ProviderResponse]:
        """What comes by day in one answer each; the rest day by day; distinct metrics over each week that ended."""
        metrics = list(dict.fromkeys(self.settings.metrics))
        about = {"from": str(window.start)}
        first_told = now.astimezone(ZONE).date() - FOLLOWER_COUNT_DAYS
        for name in (name for name in metrics if name in DAILY_SERIES):
            start = max(window.start, first_told) if name == LAST_30_DAYS else window.start
            if start < window.end:
                yield from client.answers(
                    [name], {"period": "day", "since": midnight_s(start), "until": midnight_s(window.end)}, about
                )
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
        since_until = {"since": midnight_s(span.start), "until": midnight_s(span.end)}
        yield from client.answers(
            metrics, {**TOTAL_PARAMS, **since_until}, {"span": [str(span.start), str(span.end)], "suffix": suffix}
        )

    @property
    def _counter_query(self) -> CounterQuery:
        if not self.settings.posts:
            return CounterQuery(self.settings.account, tuple(ACCOUNT_COUNTERS))
        fields = {name: name for name in MEDIA_COUNTERS}
        metrics = tuple(dict.fromkeys(self.settings.post_metrics))
        return CounterQuery(
            self.settings.account, tuple(ACCOUNT_COUNTERS), "media", fields, metrics, self.settings.newest
        )
