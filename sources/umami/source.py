"""A web site in Umami by day, optionally by page; visitors also by week and month.

Umami divides the days in the zone of the request. Its series omit a day without data, whether nobody came or nothing
was tracked. https://umami.is/docs/api/website-stats
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar, cast

import requests

from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.json_values import as_text
from sources.observations import ObservationBuilder, ReportedValue, ended_months, ended_weeks, parse_page_json
from sources.page_patterns import PagePatterns
from sources.response import ProviderResponse, raw_pages
from sources.umami.responses import (
    LIMIT_S,
    auth_headers,
    day_of,
    each_day,
    error_from_response,
    parse_page_rows,
    parse_totals,
    series_points,
    time_range,
)
from sources.umami.settings import SERIES_NAMES, ApiKey, UmamiSettings, declared_metrics, path_filter
from sources.web.budget import RateLimit
from sources.web.paging import PagerGuard
from sources.web.session import Session
from warehouse.errors import ConfigError, KmiError, ShapeError
from warehouse.schema import DAY, Window

MAX_CALLS = 50
SERIES, STATS, PATHS = "pageviews", "stats", "metrics/expanded"


@dataclass(frozen=True, slots=True)
class SiteQuery:
    """A query: the kind of report, its purpose (``day``, ``week``, ``month``, ``site``, ``check``), and its days."""

    what: str
    purpose: str
    days: Window
    offset: int = 0

    def to_json(self) -> str:
        days = [str(self.days.start), str(self.days.end)]
        return json.dumps({"what": self.what, "purpose": self.purpose, "days": days, "offset": self.offset})


class Umami:
    """One web site."""

    Settings: ClassVar[type[SourceSettings]] = UmamiSettings
    max_days: ClassVar[int | None] = 31
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "Umami",
        "a key of Umami Cloud, or a user of your own Umami who may view the web site",
        "1 to 5 requests a run, of 50 in 15 seconds; one more a day for single pages and for visits",
        {"website": "0d0e6c1c-5f2a-4f6b-9a55-6f0c3f2b7a10", "auth": {"type": "api_key", "key": "${env:UMAMI_KEY}"}},
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("UmamiSettings", settings)

    def metrics(self) -> tuple[Metric, ...]:
        return declared_metrics(self.settings)

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """The responses to each query; lists of pages to their end."""
        yield from raw_pages(self._responses(window, session), self.name, window, now)

    def _responses(self, window: Window, session: Session) -> Iterator[ProviderResponse]:
        headers = auth_headers(session, self._base(), self.settings.auth)
        for first_page in self._queries(window):
            query, guard = first_page, PagerGuard(self._base())
            while True:
                response = self._get(query, headers, session)
                url = session.redact(response.url)
                yield ProviderResponse(url, response.status_code, response.content, query.to_json())
                rows = parse_page_rows(response.content, url) if query.what == PATHS else []
                if len(rows) < self.settings.page_size:
                    break
                guard.page(str(row.get("name")) if isinstance(row, dict) else "" for row in rows)
                query = replace(query, offset=query.offset + self.settings.page_size)
                guard.next(str(query.offset))

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """One row per metric, day (or week or month) and page. Replaces its whole window."""
        from sources.merged_pages import with_canonical_pages

        observed, site, named = ObservationBuilder(), set[date](), dict[str, set[date]]()
        for page in sorted(pages, key=lambda page: page.sequence):
            query = _request(page)
            if query.what == PATHS:
                self._paths(page, query, observed, named)
            elif query.what == STATS:
                self._totals(page, query, observed, named)
            elif query.purpose == "site":
                points = [self._point(point) for point in series_points(parse_page_json(page), "pageviews", page.url)]
                site |= {day for day, _ in points if day is not None and day in page.window}
            else:
                self._series(page, observed, named)
        if self.settings.pages and not self.settings.by_page:
            self._unseen(site, named, observed)
        windows = sorted({page.window for page in pages})
        days = sorted(named.get("", set())) if self.settings.by_page else []
        covered = [Window(day, day + DAY) for day in days] if self.settings.by_page else windows
        parsed = observed.parsed(covered=covered, replaces=windows[0] if len(windows) == 1 else None)
        return with_canonical_pages(parsed, self.metrics(), self.settings.pages)

    def _series(self, page: RawPage, observed: ObservationBuilder, named: dict[str, set[date]]) -> None:
        document = parse_page_json(page)
        for metric in (name for name in self.settings.wanted if name in SERIES_NAMES):
            days = named.setdefault(metric, set())
            for count, point in enumerate(series_points(document, SERIES_NAMES[metric], page.url), 1):
                origin = f"{page.url} {SERIES_NAMES[metric]} {count}"
                day, value = observed.read(point, origin, self._point) or (None, None)
                if day is None or day not in page.window:
                    observed.refuse(as_text(point), "the point names no day that was requested", origin)
                    continue
                days.add(day)
                observed.add(ReportedValue(metric, day, value, origin))

    def _point(self, point: object) -> tuple[date | None, object]:
        if not isinstance(point, dict):
            return None, None
        # Umami Cloud has called the moment "t" in some versions.
        return day_of(point.get("x", point.get("t")), self.place.zone), point.get("y")

    def _totals(
        self, page: RawPage, query: SiteQuery, observed: ObservationBuilder, named: dict[str, set[date]]
    ) -> None:
        found, old = parse_totals(parse_page_json(page), page.url)
        if old and self.settings.pages:
            do = (
                "update Umami to version 3, or leave out 'pages': "
                "version 2 does not know the filter and would count the whole site"
            )
            raise ConfigError("this Umami is version 2", where=page.url, do=do)
        if not any(found.get(name) for name in ("pageviews", "visitors", "visits")):
            # The totals of a span without data are zeros, whatever the reason.
            return
        for name in self._totalled(query.purpose):
            metric = name if query.purpose == "day" else f"{name}_{query.purpose}"
            if query.purpose == "day":
                named.setdefault(name, set()).add(query.days.start)
            if found.get(name) is None:
                observed.note(f"Umami gives no '{metric}' on some days; they are missing")
            observed.add(ReportedValue(metric, query.days, found.get(name), page.url))

    def _totalled(self, purpose: str) -> list[str]:
        """The metrics that a query of totals is for."""
        if purpose == "day":
            return [name for name in self.settings.wanted if name not in SERIES_NAMES]
        return [name for name in self.settings.wanted if name == "visitors" and purpose != "check"]

    def _paths(
        self, page: RawPage, query: SiteQuery, observed: ObservationBuilder, named: dict[str, set[date]]
    ) -> None:
        wanted = PagePatterns(self.settings.pages)
        for count, row in enumerate(parse_page_rows(page.body, page.url), 1):
            origin = f"{page.url} {query.days.start} page {query.offset + count}"
            path = observed.read(row, origin, _path)
            if path is None:
                continue
            if not path:
                observed.refuse(as_text(row), "the row names no page; by_page needs Umami 3", origin)
                continue
            named.setdefault("", set()).add(query.days.start)
            for name in self.settings.wanted if not wanted or wanted.match(path) else ():
                observed.add(ReportedValue(name, query.days, row.get(name), origin, path))

    def _unseen(self, site: set[date], named: dict[str, set[date]], observed: ObservationBuilder) -> None:
        """Add zeros for days on which the site was counted and the pages had no view.

        If no day has any view, this Umami may not know the filter, so the days stay missing.
        """
        seen = set[date]().union(*named.values())
        if site and not seen:
            observed.note(
                "Umami shows no view of the pages on any day, though it counted the site; the days are missing: "
                "check 'pages'; the filter needs Umami 3"
            )
        for metric in self.settings.wanted if seen else ():
            for day in sorted(site - seen):
                origin = f"{self._base()} {day}: the site was counted, the pages were not seen"
                observed.add(ReportedValue(metric, day, 0, origin))

    def _queries(self, window: Window) -> list[SiteQuery]:
        if self.settings.by_page:
            return [SiteQuery(PATHS, "day", day) for day in each_day(window)]
        names = self.settings.wanted
        found = [SiteQuery(SERIES, "day", window)] if any(name in SERIES_NAMES for name in names) else []
        if any(name not in SERIES_NAMES for name in names):
            found += [SiteQuery(STATS, "day", day) for day in each_day(window)]
        if self.settings.pages:
            found = [SiteQuery(STATS, "check", window), SiteQuery(SERIES, "site", window), *found]
        if "visitors" in names:
            found += [SiteQuery(STATS, "week", span) for span in ended_weeks(window)]
            found += [SiteQuery(STATS, "month", span) for span in ended_months(window)]
        return found

    def _get(self, query: SiteQuery, headers: dict[str, str], session: Session) -> requests.Response:
        params = {**time_range(query.days, self.place.zone), "unit": "day", "timezone": self.place.zone.key}
        if query.what == PATHS:
            params |= {"type": "path", "limit": str(self.settings.page_size), "offset": str(query.offset)}
        elif query.purpose != "site":
            params |= path_filter(self.settings.pages)
        url, auth = f"{self._base()}/websites/{self.settings.website}/{query.what}", self.settings.auth
        budget: RateLimit | None = None
        if isinstance(auth, ApiKey):
            budget = session.budgets.of(f"umami {self._base()}", lambda: RateLimit(MAX_CALLS, LIMIT_S))

        def error(response: requests.Response) -> KmiError | None:
            return error_from_response(response, session.redact, auth)

        return session.get(url, params=params, headers=headers, budget=budget, lasting=True, error_from_response=error)

    def _base(self) -> str:
        url = self.settings.url.rstrip("/")
        return url if isinstance(self.settings.auth, ApiKey) or url.endswith("/api") else f"{url}/api"


def _path(row: Mapping[str, Any]) -> str:
    """The page of a row; empty where it names none."""
    path = row.get("name")
    return path if isinstance(path, str) else ""


def _request(page: RawPage) -> SiteQuery:
    """The query of the page. Raises ``ShapeError``."""
    try:
        query = json.loads(page.request)
        start, end = (date.fromisoformat(text) for text in query["days"])
        return SiteQuery(str(query["what"]), str(query["purpose"]), Window(start, end), int(query["offset"]))
    except (ValueError, KeyError, TypeError):
        what = "the page's record of its request cannot be read"
        raise ShapeError(what, where=page.url, do="collect again") from None
