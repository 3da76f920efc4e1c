"""A Plausible site by day, optionally by page; visitors also by week and month.

One query covers all days of a window. A day without a row had no event on the requested pages. A second query finds the
days on which Plausible counted the site at all, so that an unseen page is 0 and a day without tracking is missing.
https://plausible.io/docs/stats-api
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar, cast

import requests

from sources.contract import About, Break, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.items import month_span, one_day
from sources.json_values import as_text
from sources.observations import ObservationBuilder, ReportedValue, ended_months, ended_weeks
from sources.plausible.responses import (
    ListPage,
    UnknownMetricError,
    day_of,
    error_from_response,
    parse_document,
    require_same_zone,
    response_warnings,
    row_cells,
)
from sources.plausible.settings import DISTINCT, PlausibleSettings, declared_metrics, page_filter
from sources.response import ProviderResponse, raw_pages
from sources.web.auth import BearerAuth
from sources.web.budget import RateLimit
from sources.web.paging import PagerGuard
from sources.web.session import Session
from warehouse.errors import KmiError, ShapeError
from warehouse.schema import DAY, Window

HOUR_S = 3600
SITE_DAYS = "site"
"""The purpose of the query that finds the days on which the site counted anything."""


@dataclass(frozen=True, slots=True)
class SiteQuery:
    """A query: its purpose (``day``, ``week``, ``month`` or ``site``), its days and its metrics."""

    purpose: str
    days: Window
    metrics: tuple[str, ...]

    @property
    def bucket(self) -> str:
        return f"time:{'day' if self.purpose == SITE_DAYS else self.purpose}"


class Plausible:
    """One site."""

    Settings: ClassVar[type[SourceSettings]] = PlausibleSettings
    max_days: ClassVar[int | None] = 92
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "Plausible Analytics",
        "a key for the Stats API, from Account settings, API keys; on plausible.io with the Business plan",
        "1 to 4 requests a run, of 600 an hour",
        {"site": "library.example", "key": "${env:PLAUSIBLE_KEY}"},
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("PlausibleSettings", settings)

    def metrics(self) -> tuple[Metric, ...]:
        return declared_metrics(self.settings)

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """The pages of each query, and one of status 400 for each metric that Plausible no longer knows."""
        yield from raw_pages(self._responses(window, session), self.name, window, now)

    def _responses(self, window: Window, session: Session) -> Iterator[ProviderResponse]:
        gone = dict[str, UnknownMetricError]()
        for query in self._queries(window):
            list_page = ListPage(0, self.settings.page_size, PagerGuard(self._endpoint(), max_empty=1))
            while metrics := tuple(name for name in query.metrics if name not in gone):
                body = self._body(query, metrics, list_page)
                try:
                    response = self._send(body, session)
                except UnknownMetricError as error:
                    if error.metric not in metrics:
                        raise
                    gone[error.metric] = error
                    url, request = session.redact(self._endpoint()), json.dumps({"gone": error.metric})
                    yield ProviderResponse(url, 400, error.body, request)
                    continue
                request = json.dumps(
                    {
                        "purpose": query.purpose,
                        "offset": list_page.offset,
                        "metrics": metrics,
                        "dimensions": body["dimensions"],
                    }
                )
                yield ProviderResponse(response.url, response.status_code, response.content, request)
                if not list_page.has_more(response.content, response.url):
                    break
                list_page = replace(list_page, offset=list_page.offset + list_page.limit)
                list_page.guard.next(str(list_page.offset))
        if gone.keys() >= set(self.settings.wanted):
            raise next(iter(gone.values()))

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """One row per metric, day (or week or month) and page. Replaces its whole window."""
        from sources.merged_pages import with_canonical_pages

        observed, counted, named = ObservationBuilder(), set[date](), dict[str, set[date]]()
        for page in sorted(pages, key=lambda page: page.sequence):
            request = _request(page)
            if "gone" in request:
                self._gone(str(request["gone"]), page, observed)
                continue
            rows, meta, query = parse_document(page.body, page.url)
            require_same_zone(query, self.place.zone, page)
            for warning in response_warnings(meta):
                observed.note(f"Plausible says: {warning[:300]}")
            days = self._read(rows, request, page, observed)
            if request["purpose"] == SITE_DAYS:
                counted |= days
            elif request["purpose"] == "day":
                for metric in request["metrics"]:
                    named.setdefault(str(metric), set()).update(days)
        windows = sorted({page.window for page in pages})
        if self._some_pages and not self.settings.by_page:
            for metric, days in named.items():
                for day in sorted(counted - days):
                    origin = f"{self._endpoint()} {day}: no row for the pages, and the site was counted"
                    observed.add(ReportedValue(metric, day, 0, origin))
        covered = [one_day(day) for day in sorted(counted)] if self.settings.by_page else windows
        parsed = observed.parsed(covered=covered, replaces=windows[0] if len(windows) == 1 else None)
        return with_canonical_pages(parsed, self.metrics(), self.settings.pages)

    @property
    def _some_pages(self) -> bool:
        return bool(self.settings.pages) or self.settings.by_page

    def _read(self, rows: list[Any], request: dict[str, Any], page: RawPage, observed: ObservationBuilder) -> set[date]:
        """Add the rows to ``observed`` and return the days that have one. Rows of purpose ``site`` only give days."""
        found, names, purpose = set[date](), [str(name) for name in request["metrics"]], str(request["purpose"])
        for count, row in enumerate(rows, 1):
            origin = f"{page.url} {purpose} row {int(request['offset']) + count}"
            cells = observed.read(row, origin, row_cells, len(request["dimensions"]), len(names))
            span = observed.read(
                row, origin, lambda _, text: self._span(purpose, text, page), cells[0][0] if cells else ""
            )
            if cells is None or span is None:
                why = "the row names no period that was requested" if cells else "the row lacks a value"
                observed.refuse(as_text(row), why, origin)
                continue
            found.add(span.start)
            entity = cells[0][1] if len(cells[0]) > 1 else ""
            for name, value in zip(names, cells[1], strict=True) if purpose != SITE_DAYS else ():
                observed.add(
                    ReportedValue(name if purpose == "day" else f"{name}_{purpose}", span, value, origin, entity)
                )
        return found

    @staticmethod
    def _span(purpose: str, text: str, page: RawPage) -> Window | None:
        """The days of a row; None for days that were not requested."""
        day = day_of(text)
        if day is None:
            return None
        if purpose in {"day", SITE_DAYS}:
            return one_day(day) if day in page.window else None
        span = Window(day, day + 7 * DAY) if purpose == "week" else month_span(day.year, day.month)
        return span if span in (ended_weeks if purpose == "week" else ended_months)(page.window) else None

    def _gone(self, metric: str, page: RawPage, observed: ObservationBuilder) -> None:
        observed.note(f"the metric '{metric}' was left out: Plausible no longer knows it")
        if metric in self.settings.wanted:
            observed.note_break(Break(metric, page.window.start, "retired", "Plausible no longer knows the metric"))

    def _queries(self, window: Window) -> list[SiteQuery]:
        found = [SiteQuery("day", window, self.settings.wanted)]
        if self._some_pages:
            found.append(SiteQuery(SITE_DAYS, window, ("pageviews",)))
        distinct = tuple(name for name in self.settings.wanted if name in DISTINCT)
        ended = (("week", ended_weeks(window)), ("month", ended_months(window)))
        for purpose, spans in ended if distinct and not self.settings.by_page else ():
            found += [SiteQuery(purpose, Window(spans[0].start, spans[-1].end), distinct)] if spans else []
        return found

    def _body(self, query: SiteQuery, metrics: tuple[str, ...], list_page: ListPage) -> dict[str, Any]:
        dimensions = [query.bucket, *(["event:page"] if self.settings.by_page and query.purpose == "day" else [])]
        return {
            "site_id": self.settings.site,
            "date_range": [str(query.days.start), str(query.days.end - DAY)],
            "metrics": list(metrics),
            "dimensions": dimensions,
            "filters": [] if query.purpose == SITE_DAYS else page_filter(self.settings.pages),
            "order_by": [[name, "asc"] for name in dimensions],
            "include": {"imports": self.settings.imports, "total_rows": True},
            "pagination": {"limit": list_page.limit, "offset": list_page.offset},
        }

    def _send(self, query: dict[str, Any], session: Session) -> requests.Response:
        per_hour, key = self.settings.requests_per_hour, self.settings.key
        budget = session.budgets.of(f"{self._endpoint()} {key}", lambda: RateLimit(per_hour, HOUR_S))
        auth = BearerAuth(type="bearer", token=key)

        def error(response: requests.Response) -> KmiError | None:
            return error_from_response(response, session.redact, key)

        return session.post(
            self._endpoint(), json=query, auth=auth, budget=budget, lasting=True, error_from_response=error
        )

    def _endpoint(self) -> str:
        return f"{self.settings.url.rstrip('/').removesuffix('/api')}/api/v2/query"


def _request(page: RawPage) -> dict[str, Any]:
    """The request of the page. Raises ``ShapeError``."""
    try:
        request = json.loads(page.request)
    except ValueError:
        request = None
    needed = {"purpose", "offset", "metrics", "dimensions"}
    if not isinstance(request, dict) or not ("gone" in request or needed <= request.keys()):
        raise ShapeError("the page's record of its request cannot be read", where=page.url, do="collect again")
    return request
