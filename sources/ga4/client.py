"""Reports asked for to their last row, or not at all."""

from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import requests

from sources.contract import Place
from sources.ga4.queries import Question, body
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
    """A page of a report; ``offset`` is the number of rows before it."""

    offset: int
    response: requests.Response


@dataclass
class ReportClient:
    """One property, asked for as long as a pull lasts."""

    settings: Ga4Settings
    place: Place
    session: Session
    _reports: Any = field(init=False)
    _tokens: GoogleTokens = field(init=False)
    _budget: TokenBudget = field(init=False)

    def __post_init__(self) -> None:
        told = self.settings
        self._reports = build_service("analyticsdata", "v1beta", told.url).properties()
        self._tokens = GoogleTokens(told.auth, SCOPES, self.session)
        self._budget = self.session.budgets.of(
            f"ga4 property {told.property} at {told.url}", lambda: TokenBudget(told.quota_reserve)
        )

    def fetch_pages(self, query: Question) -> list[ReportPage]:
        """All pages of the report, read again where they do not fit together.

        The answers of a pull that stopped midway do for the first reading only: they may be what stopped it, and days younger
        than 48 hours have grown since. Raises what ``Session.post`` does, and ``ConfigError`` for another time zone.
        """
        try:
            pages = self._one_reading(query, lasting=True)
        except ShapeError:
            pages = None
        pages = pages or self._one_reading(query, lasting=False)
        if pages is None:
            raise RetryableError("the report grew while it was read, twice", where=self.settings.url)
        return pages

    def _one_reading(self, query: Question, *, lasting: bool) -> list[ReportPage] | None:
        pages, offset, totals = list[ReportPage](), 0, set[int]()
        guard = PagerGuard(self.settings.url)
        while True:
            guard.next(str(offset))
            request = self._reports.runReport(
                property=f"properties/{self.settings.property}",
                body=body(self.settings, query, offset),
                prettyPrint=False,
            )
            response = send(
                self.session,
                request,
                self._tokens.headers(),
                error_from_response=error_from_response,
                budget=self._budget,
                lasting=lasting,
            )
            self._require_zone(response, query.window)
            came, total = rows_in_page(response.content), report_length(response.content)
            totals.add(total)
            if len(totals) > 1:
                return None
            if not came and offset < total:
                what = f"an empty page came where row {offset + 1} of {total} should begin"
                raise ShapeError(
                    what, where=response.url, do="run again; if it stays so, tell Google; the old data stand"
                )
            if came and query.by_row:
                guard.page(first_and_last_row(response.content))
            pages.append(ReportPage(offset, response))
            offset += came
            if offset >= total:
                return pages

    def _require_zone(self, response: requests.Response, window: Window) -> None:
        """Raises ``ConfigError`` where the property divides its days otherwise than the plan says."""
        theirs, ours = property_zone(response.content), self.place.zone
        if theirs and theirs != ours.key and not _same_days(theirs, ours, window):
            do = f"write 'time_zone: {theirs}' for this source, or change the zone in the settings of the property"
            raise ConfigError(
                f"the property divides its days in {theirs}, the plan in {ours.key}", where=response.url, do=do
            )


def _same_days(name: str, ours: ZoneInfo, window: Window) -> bool:
    """Whether a zone of another name (Asia/Calcutta for Asia/Kolkata) begins the days of the window at the same instants."""
    try:
        theirs = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    midnights = (datetime.combine(window.start + number * DAY, time()) for number in range(window.days + 1))
    return all(
        midnight.replace(tzinfo=theirs).utcoffset() == midnight.replace(tzinfo=ours).utcoffset()
        for midnight in midnights
    )
