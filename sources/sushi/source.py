"""Usage of e-resources from a COUNTER API (formerly SUSHI) in release 5.1 or 5 of the code of practice.

One request brings one month, so that what the service says about a request (not ready, no usage, partial) is about that
month alone: https://cop5.countermetrics.org/en/5.1/08-api/
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, cast

import requests

from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.json_values import json_or_none
from sources.observations import ObservationBuilder, ended_months
from sources.sushi.exceptions import (
    GONE,
    LAST_CUSTOM,
    NO_USAGE,
    NOT_READY,
    PARTIAL,
    QUEUED,
    AnswerError,
    QueuedError,
    error_from_exceptions,
    exceptions_of,
    ignored_platform,
)
from sources.sushi.metric_types import REGULAR
from sources.sushi.private_fields import without_customer
from sources.sushi.report import (
    header_filters,
    narrowing_filters,
    read_header,
    read_json,
    require_requested_report,
    usage_rows,
)
from sources.sushi.settings import SushiSettings, declared_metrics
from sources.sushi.usage import MonthUsage
from sources.web.response_errors import retry_after_s
from sources.web.session import Session
from warehouse.errors import KmiError, RefusedError, ShapeError
from warehouse.schema import Window

DELIVERED_WITHIN = timedelta(weeks=4)
"""Reports must be available within four weeks of the end of the month (5.1)."""
ACCEPTED = 202


class Sushi:
    """One report of one account, by month."""

    Settings: ClassVar[type[SourceSettings]] = SushiSettings
    max_days: ClassVar[int | None] = 28
    """So that the last day of at most one month lies in a window."""
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "COUNTER API (SUSHI) of publishers and vendors",
        "customer ID, and requestor ID or API key as the provider asks, from the provider's administration pages",
        "1 request for each month: 1 a run, 4 in the first run of a month, as the last 100 days are then read again",
        {"url": "https://counter.example", "customer_id": "${env:SUSHI_CUSTOMER}", "api_key": "${env:SUSHI_KEY}"},
        ("incomplete", "partial"),
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("SushiSettings", settings)

    def metrics(self) -> tuple[Metric, ...]:
        return declared_metrics(self.settings)

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """The report of the month whose last day lies in the window; no page for a window without one.

        The page is without the customer's identifiers and names: the code wants them in each report.
        """
        months = ended_months(window)
        if months:
            yield self._page(months[-1], window, now, session)

    def _page(self, month: Window, window: Window, now: datetime, session: Session) -> RawPage:
        address, period = self._address(), f"{month.start:%Y-%m}"
        where = f"{address}?begin_date={period}&end_date={period}"
        params = self._params(session) | {"begin_date": period, "end_date": period}

        def error(response: requests.Response) -> KmiError | None:
            return self._error(response, where, session.redact)

        try:
            response = session.get(address, params=params, error_from_response=error)
            document = read_json(response.content, where)
            status, body = response.status_code, self._body(document, session.redact)
        except QueuedError as queued:
            status, body = ACCEPTED, queued.body
        except AnswerError as answer:
            status, body = answer.status, answer.body
        return RawPage(self.name, window, 0, where, status, now, body)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """The figures of the month. It is covered where the service delivered it whole, and requested again if not."""
        observed = ObservationBuilder()
        if not pages:
            return observed.parsed()
        page = pages[0]
        month = ended_months(page.window)[-1]
        document = read_json(page.body, page.url)
        found = exceptions_of(document, page.url)
        for one in found:
            observed.note(f"{month.start:%Y-%m}: the service says: {one}")
        codes = {one.code for one in found}
        if page.status == ACCEPTED or codes & {QUEUED, NOT_READY}:
            observed.note(f"{month.start:%Y-%m} is not ready: it is requested again")
            return observed.parsed(unanswered=[month.overlap(page.window) or month])
        if GONE in codes:
            observed.note(f"{month.start:%Y-%m} is no longer available: what is stored of it stays")
            return observed.parsed()
        usage = self._usage(document, month, page, observed)
        usage.is_partial |= PARTIAL in codes
        if usage.counts_of_month and NO_USAGE in codes:
            what = f"the report has usage of {month.start:%Y-%m} and says that there is none"
            raise ShapeError(what, where=page.url, do="tell the provider; the stored data are unchanged")
        if not usage.counts_of_month:
            return self._without_usage(usage, month, page, observed, no_usage=NO_USAGE in codes)
        return self._figures(usage, month, page, observed)

    def _usage(self, document: Any, month: Window, page: RawPage, observed: ObservationBuilder) -> MonthUsage:
        """The counts of a report; none where the service sent only what it has to say about it."""
        if isinstance(document, list) or (isinstance(document, dict) and document.get("Report_Items") is None):
            if not exceptions_of(document, page.url):
                read_header({}, page.url)
            return MonthUsage(self.settings, month, regular_only=False)
        header = read_header(document if isinstance(document, dict) else {}, page.url)
        require_requested_report(header, self.settings.report, self.settings.release, month, page.url)
        filters = header_filters(header)
        usage = MonthUsage(self.settings, month, regular_only=filters.get("Access_Method") == [REGULAR])
        narrowed = narrowing_filters(header, self.settings)
        if narrowed:
            told = "; ".join(narrowed)[:300]
            observed.note(f"{month.start:%Y-%m}: the service applied filters that were not requested: {told}")
            usage.is_partial = True
        for row in usage_rows(document, self.settings.report, page.url):
            usage.add(row, observed)
        return usage

    @staticmethod
    def _figures(usage: MonthUsage, month: Window, page: RawPage, observed: ObservationBuilder) -> ParseResult:
        """What is partial or not read whole replaces only what it names, and covers nothing."""
        for figure in usage.figures(page.url):
            observed.add(figure)
        for sentence in usage.notes():
            observed.note(sentence)
        covered, replaces = ([month], month) if usage.is_whole else ([], None)
        return replace(observed.parsed(covered=covered, replaces=replaces), rows_read=usage.rows_read)

    def _without_usage(
        self, usage: MonthUsage, month: Window, page: RawPage, observed: ObservationBuilder, *, no_usage: bool
    ) -> ParseResult:
        """A month of which no count came: 0 only where the service says so after the time that it has to deliver."""
        due = month.end + DELIVERED_WITHIN
        if usage.is_partial:
            return observed.parsed()
        if not no_usage or page.fetched_at.astimezone(self.place.zone).date() < due:
            why = (
                f"the service has until {due} to deliver it, so 'no usage' is not yet taken as 0"
                if no_usage
                else "the report is empty and does not say that there was no usage"
            )
            observed.note(f"{month.start:%Y-%m} is requested again: {why}")
            return observed.parsed(unanswered=[month.overlap(page.window) or month])
        for figure in usage.figures(page.url):
            observed.add(figure)
        return observed.parsed(covered=[month], replaces=month)

    def _params(self, session: Session) -> dict[str, str]:
        """Who asks, and that access for text and data mining be told apart. Other filters are applied here."""
        secrets = {
            name: reference
            for name in ("customer_id", "requestor_id", "api_key")
            if (reference := getattr(self.settings, name))
        }
        shown = ["Access_Method", *(["Access_Type"] if self.settings.access_types else [])]
        if self.settings.release == "5":
            shown.insert(0, "Data_Type")
        found = {name: session.secret(reference) for name, reference in secrets.items()}
        found |= {"platform": self.settings.platform} if self.settings.platform else {}
        found |= {} if self.settings.text_mining else {"access_method": REGULAR}
        return found | {"attributes_to_show": "|".join(shown)}

    def _error(self, response: requests.Response, where: str, redact: Callable[[str], str]) -> KmiError | None:
        document = json_or_none(response)
        is_report = isinstance(document, dict) and "Report_Items" in document
        told = {"Report_Header": document["Report_Header"]} if is_report and "Report_Header" in document else document
        found = exceptions_of(without_customer(told, redact), where)
        error = error_from_exceptions(found, response.status_code, where, retry_after_s(response))
        error = error or ignored_platform(found, self.settings.platform, where)
        if error is not None:
            return error
        if response.status_code == ACCEPTED or any(one.code == QUEUED for one in found):
            return QueuedError(self._body(document, redact), where, retry_after_s(response))
        if response.status_code >= 400 and any(one.code > LAST_CUSTOM for one in found):
            return AnswerError(found, self._body(document, redact), response.status_code, where)
        if response.status_code == 404:
            do = "check 'url', 'release' and 'report' in the plan: the service has no report at this address"
            return RefusedError("answered 404", where=where, do=do)
        return None

    @staticmethod
    def _body(document: Any, redact: Callable[[str], str]) -> bytes:
        return json.dumps(without_customer(document, redact)).encode()

    def _address(self) -> str:
        base = self.settings.url.rstrip("/").removesuffix("/reports")
        if self.settings.release == "5.1":
            base = f"{base.removesuffix('/r51')}/r51"
        return f"{base}/reports/{self.settings.report}"
