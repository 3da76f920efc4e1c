"""Numbers of a Matomo site by day, of visitors by week and month too, and of single pages where the plan asks for it.

The token goes into the body of a POST and never into an address. Days are those of the site in Matomo.
https://developer.matomo.org/api-reference/reporting-api
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import ClassVar, cast
from urllib.parse import urlencode

import requests

from sources.contract import About, Break, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.matomo.parser import ReportParser, ReportQuery
from sources.matomo.responses import (
    NotPermittedError,
    UnknownMethodError,
    error_from_response,
    error_message,
    parse_sections,
)
from sources.matomo.settings import PAGES, MatomoSettings, declared_metrics, segment
from sources.matomo.time_zone import require_same_zone
from sources.observations import ObservationBuilder, ended_months, ended_weeks, parse_page_json
from sources.response import ProviderResponse, raw_pages
from sources.web.session import Session
from warehouse.errors import ShapeError
from warehouse.schema import DAY, Window

SITE = "SitesManager.getSiteFromId"
ACCESS = "a token of a user with the role view on the site, from Administration, Personal, Security, Auth tokens"


class Matomo:
    """One site."""

    Settings: ClassVar[type[SourceSettings]] = MatomoSettings
    max_days: ClassVar[int | None] = 31
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "Matomo",
        ACCESS,
        "3 to 5 requests a run; Matomo sets no limit",
        {"url": "https://matomo.example", "site": 1, "token": "${env:MATOMO_TOKEN}"},
        ("incomplete",),
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("MatomoSettings", settings)

    def metrics(self) -> tuple[Metric, ...]:
        return declared_metrics(self.settings)

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """The site's own settings, then each report by day, and those of visitors also by week and month.

        A report that this Matomo does not have is a page of status 400; the other reports are not affected.
        """
        yield from raw_pages(self._responses(window, session), self.name, window, now)

    def _responses(self, window: Window, session: Session) -> Iterator[ProviderResponse]:
        gone = dict[str, UnknownMethodError]()
        with suppress(NotPermittedError, UnknownMethodError):
            # Some tokens see reports only; then the plan's time zone is trusted.
            query = {"method": SITE, "idSite": str(self.settings.site), "format": "json"}
            site = self._post(session, query, lasting=False)
            url = self._redacted_url(session, SITE, "")
            yield ProviderResponse(url, site.status_code, site.content, json.dumps({"method": SITE}))
        queries = [(method, *period) for method in self._methods() for period in self._periods(method, window)]
        for method, period, span in queries:
            if method in gone:
                continue
            dates = f"{span.start},{span.end - DAY}"
            request = json.dumps({"method": method, "period": period, "date": dates})
            url = self._redacted_url(session, method, f"period={period}&date={dates}")
            try:
                response = self._post(session, self._query(method, period, dates), lasting=True)
            except UnknownMethodError as error:
                gone[method] = error
                yield ProviderResponse(url, 400, error.body, request)
            else:
                yield ProviderResponse(url, response.status_code, response.content, request)
        if len(gone) == len(self._methods()):
            raise next(iter(gone.values()))

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """One row per metric, day (or week or month) and page. Replaces its whole window."""
        from sources.merged_pages import with_canonical_pages

        observed, parser, about = ObservationBuilder(), ReportParser(self.settings), pages_with_queries(pages)
        for page, query in about:
            if query.method == SITE:
                require_same_zone(parse_page_json(page), self.place.zone, page)
            elif page.status == 400:
                self._gone(query.method, page, observed)
            else:
                parser.add(page, query, parse_sections(page), observed)
        parser.finish(observed)
        windows = sorted({page.window for page in pages})
        covered = parser.complete_days() if self.settings.by_page else tuple(windows)
        parsed = observed.parsed(covered=covered, replaces=windows[0] if len(windows) == 1 else None)
        return with_canonical_pages(parsed, self.metrics(), self.settings.pages)

    def _gone(self, method: str, page: RawPage, observed: ObservationBuilder) -> None:
        message = error_message(page.body)
        if not message:
            raise ShapeError("the response about a report is not an error of Matomo", where=page.url, do="run again")
        for name in (name for name in self.settings.wanted if self.settings.columns[name].method == method):
            why = " ".join(message.split())[:150]
            observed.note(f"the metric '{name}' was left out: this Matomo no longer has the report {method} ({why})")
            observed.note_break(Break(name, page.window.start, "retired", f"Matomo no longer has the report {method}"))

    def _methods(self) -> list[str]:
        return list(dict.fromkeys(self.settings.columns[name].method for name in self.settings.wanted))

    def _periods(self, method: str, window: Window) -> list[tuple[str, Window]]:
        """Period and days to request: weeks and months as such, because a range gives no unique visitors."""
        found = [("day", window)]
        names = [name for name in self.settings.wanted if self.settings.columns[name].method == method]
        if method != PAGES and any(self.settings.columns[name].kind == "distinct" for name in names):
            ended = (("week", ended_weeks(window)), ("month", ended_months(window)))
            found += [(period, Window(spans[0].start, spans[-1].end)) for period, spans in ended if spans]
        return found

    def _query(self, method: str, period: str, dates: str) -> dict[str, str]:
        # The list of pages is filtered by the parser: a complete list without any of them shows that they had no views.
        chosen = self.settings.segment if method == PAGES else segment(self.settings)
        query = {
            "method": method,
            "idSite": str(self.settings.site),
            "period": period,
            "date": dates,
            "format": self.settings.format,
        }
        # Without these, Matomo sends 100 rows, page addresses as folders, and headers in the user's language.
        query |= {"filter_limit": "-1", "language": "en", "translateColumnNames": "0"}
        query |= {"flat": "1"} if method == PAGES else {}
        return query | ({"segment": chosen} if chosen else {})

    def _post(self, session: Session, query: dict[str, str], *, lasting: bool) -> requests.Response:
        token = self.settings.token
        data = {"module": "API", **query, "token_auth": session.secret(token)}
        return session.post(
            self._endpoint(),
            data=data,
            lasting=lasting,
            error_from_response=lambda response: error_from_response(response, session.redact, token),
        )

    def _endpoint(self) -> str:
        return f"{self.settings.url.rstrip('/').removesuffix('/index.php')}/index.php"

    def _redacted_url(self, session: Session, method: str, more: str) -> str:
        """The address and the query, without the token, as the log shows them."""
        query = urlencode({"module": "API", "method": method, "idSite": self.settings.site})
        return session.redact(f"{self._endpoint()}?{query}{'&' if more else ''}{more}")


def pages_with_queries(pages: Sequence[RawPage]) -> list[tuple[RawPage, ReportQuery]]:
    """The pages in order, each with its query. Raises ``ShapeError``."""
    found = []
    for page in sorted(pages, key=lambda page: page.sequence):
        try:
            request = json.loads(page.request)
            first, _, last = str(request.get("date", "")).partition(",")
            span = Window(date.fromisoformat(first), date.fromisoformat(last or first) + DAY) if first else page.window
            found.append((page, ReportQuery(str(request["method"]), str(request.get("period", "")), span)))
        except (ValueError, KeyError, AttributeError):
            what = "the page's record of its request cannot be read"
            raise ShapeError(what, where=page.url, do="collect again") from None
    return found
