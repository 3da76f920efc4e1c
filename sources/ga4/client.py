"""Fetches whole GA4 reports, to their last row or not at all."""

from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import requests

from sources.contract import Place
from sources.ga4.queries import ReportQuery, request_body
from sources.ga4.responses import (
    TokenBudget,
    error_from_response,
    first_and_last_row,
    property_zone,
    report_length,
    rows_in_page,
)
from sources.ga4.settings import Ga4Settings
from sources.google.access import GoogleTokens
from sources.google.service import build_service, send
from sources.web.paging import PagerGuard
from sources.web.session import Session
from warehouse.errors import ConfigError, RetryableError, ShapeError
from warehouse.schema import DAY, Window

SCOPES = ("https://www.googleapis.com/auth/analytics.readonly",)


@dataclass(frozen=True)
class ReportPage:
    """One page of a report; ``offset`` is the number of rows before it."""

    offset: int
    response: requests.Response


@dataclass
class ReportClient:
    """Requests reports of one property during one pull."""

    settings: Ga4Settings
    place: Place
    session: Session
    _reports: Any = field(init=False)
    _tokens: GoogleTokens = field(init=False)
    _budget: TokenBudget = field(init=False)

    def __post_init__(self) -> None:
        settings = self.settings
        self._reports = build_service("analyticsdata", "v1beta", settings.url).properties()
        self._tokens = GoogleTokens(settings.auth, SCOPES, self.session)
        self._budget = self.session.budgets.of(
            f"ga4 property {settings.property} at {settings.url}", lambda: TokenBudget(settings.quota_reserve)
        )

    def fetch_pages(self, query: ReportQuery) -> list[ReportPage]:
        """All pages of the report; fetches them a second time if they do not fit together.

        Only the first attempt may reuse the saved responses of an interrupted pull: they may have caused the
        interruption, and days younger than 48 hours have grown since. Raises what ``Session.post`` raises, and
        ``ConfigError`` if the property has another time zone.
        """
        try:
            pages = self._try_fetch_pages(query, lasting=True)
        except ShapeError:
            pages = None
        pages = pages or self._try_fetch_pages(query, lasting=False)
        if pages is None:
            raise RetryableError("the report grew while it was read, twice", where=self.settings.url)
        return pages

    def _try_fetch_pages(self, query: ReportQuery, *, lasting: bool) -> list[ReportPage] | None:
        """All pages of the report, or None if its length changed between two of them."""
        pages, offset, lengths = list[ReportPage](), 0, set[int]()
        guard = PagerGuard(self.settings.url)
        while True:
            guard.next(str(offset))
            response = self._run_report(query, offset, lasting=lasting)
            self._require_zone(response, query.window)
            rows, length = rows_in_page(response.content), report_length(response.content)
            lengths.add(length)
            if len(lengths) > 1:
                return None
            if not rows and offset < length:
                what = f"the page that should begin with row {offset + 1} of {length} is empty"
                do = "run again; if it happens again, report it to Google; the earlier data are kept"
                raise ShapeError(what, where=response.url, do=do)
            if rows and query.by_row:
                guard.page(first_and_last_row(response.content))
            pages.append(ReportPage(offset, response))
            offset += rows
            if offset >= length:
                return pages

    def _run_report(self, query: ReportQuery, offset: int, *, lasting: bool) -> requests.Response:
        request = self._reports.runReport(
            property=f"properties/{self.settings.property}",
            body=request_body(self.settings, query, offset),
            prettyPrint=False,
        )
        return send(
            self.session,
            request,
            self._tokens.headers(),
            error_from_response=error_from_response,
            budget=self._budget,
            lasting=lasting,
        )

    def _require_zone(self, response: requests.Response, window: Window) -> None:
        """Raises ``ConfigError`` if the property's days begin at other instants than the plan's."""
        theirs, ours = property_zone(response.content), self.place.zone
        if theirs and theirs != ours.key and not _same_days(theirs, ours, window):
            do = f"write 'time_zone: {theirs}' for this source, or change the zone in the settings of the property"
            raise ConfigError(
                f"the property divides its days in {theirs}, the plan in {ours.key}", where=response.url, do=do
            )


def _same_days(name: str, ours: ZoneInfo, window: Window) -> bool:
    """Whether the zone ``name`` (Asia/Calcutta for Asia/Kolkata) begins each day of the window when ``ours`` does."""
    try:
        theirs = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    midnights = (datetime.combine(window.start + number * DAY, time()) for number in range(window.days + 1))
    return all(
        midnight.replace(tzinfo=theirs).utcoffset() == midnight.replace(tzinfo=ours).utcoffset()
        for midnight in midnights
    )
