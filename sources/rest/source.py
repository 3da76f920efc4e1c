"""Any JSON service that returns records: the plan says how to request them and which values they hold."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, cast

import requests

from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.json_values import parse_json
from sources.observations import parse_page_json
from sources.response import ProviderResponse, raw_pages
from sources.rest.access import access_headers, refused_access, standard_auth
from sources.rest.client_settings import Limit
from sources.rest.json_path import located_values, steps_of, values_at
from sources.rest.page_requests import PageRequest, first_request, next_request, total_at
from sources.rest.paginators import Offset
from sources.rest.records import RecordParser
from sources.rest.response_actions import NO_CONTENT, NoRecordsError, error_of_action, matching_action
from sources.rest.settings import Incremental, RestMetric, RestSettings
from sources.rest.spans import format_day, requested_days
from sources.web.budget import Budget, RateLimit, RateLimitHeaders
from sources.web.paging import PagerGuard
from sources.web.request import RequestOptions
from sources.web.session import Session
from warehouse.errors import KmiError, ShapeError
from warehouse.schema import Window

EXAMPLE = {
    "client": {"base_url": "https://api.example"},
    "endpoint": {"path": "/visits"},
    "indicator": {
        "date": "day",
        "metrics": {"visits": {"path": "count", "unit": "visits", "description": "visits by day"}},
    },
}
NO_RECORDS = b"{}"


class Rest:
    """One endpoint."""

    Settings: ClassVar[type[SourceSettings]] = RestSettings
    max_days: ClassVar[int | None] = None
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "Any JSON service",
        "as the service asks: a token, a key, user and password, or a client",
        "1 request a page",
        EXAMPLE,
        ("incomplete", "partial"),
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("RestSettings", settings)
        if self.settings.endpoint.requests_days:
            self.max_days = (self.settings.endpoint.incremental or Incremental()).step  # type: ignore[misc]

    def metrics(self) -> tuple[Metric, ...]:
        return tuple(self._metric(name, metric) for name, metric in self.settings.indicator.metrics.items())

    def _metric(self, name: str, metric: RestMetric) -> Metric:
        counts_records = metric.kind == "flow" and not (metric.path or self.settings.indicator.value)
        return Metric(
            name,
            metric.unit,
            metric.kind,
            metric.description or name,
            metric.additive_over_entities,
            metric.absent or ("zero" if counts_records else "missing"),
            metric.minimum,
        )

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """All pages, to the last one."""
        yield from raw_pages(self._responses(window, session), self.name, window, now)

    def _responses(self, window: Window, session: Session) -> Iterator[ProviderResponse]:
        endpoint, days = self.settings.endpoint, self._placeholders(window)
        request: PageRequest | None = first_request(self._base_request(days), endpoint.paginator)
        options, guard = self._request_options(session), PagerGuard(session.redact(self.settings.client.base_url))
        while request is not None:
            body: dict[str, Any] | None = None
            if endpoint.method == "POST":
                body = {**_fill_in(endpoint.json_body or {}, days), **request.params}
            about = session.redact(json.dumps(body)) if body is not None else ""
            try:
                response = (
                    session.get(request.url, params=request.params, **options)
                    if body is None
                    else session.post(request.url, json=body, **options)
                )
            except NoRecordsError as nothing:
                yield ProviderResponse(session.redact(request.url), nothing.status, NO_RECORDS, about)
                return
            if response.status_code == NO_CONTENT:
                yield ProviderResponse(response.url, NO_CONTENT, NO_RECORDS, about)
                return
            document = parse_json(response.content, response.url)
            records = [record for _, record in self._records(document)]
            guard.page(json.dumps(record, sort_keys=True) for record in records)
            yield ProviderResponse(response.url, response.status_code, response.content, about)
            request = next_request(request, endpoint.paginator, response, document, len(records))
            if not records:
                guard.empty_page(request is not None)
            if request is not None:
                guard.next(json.dumps([request.url, dict(request.params)], sort_keys=True))

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Observations of the records, in the local days of ``place.zone``.

        Raises ``ShapeError`` if a page holds no list of records.
        """
        if not pages:
            raise ShapeError("the pull holds no page", where=self.name, do="collect again")
        today = max(page.fetched_at for page in pages).astimezone(self.place.zone).date()
        parser, came, totals = RecordParser(self.settings, self.place.zone, today), 0, list[int]()
        paginator = self.settings.endpoint.paginator
        for page in sorted(pages, key=lambda page: page.sequence):
            if page.status == NO_CONTENT or page.status >= 400:
                continue
            document = parse_page_json(page)
            self._require_records(document, page)
            records = self._records(document)
            total = total_at(document, paginator.total_path) if isinstance(paginator, Offset) else None
            came, totals = came + len(records), [*totals, *([total] if total is not None else [])]
            where = f"{page.url} {page.request}".strip()
            for at, record in records:
                parser.add(record, page, f"{where} {at}")
        has_limit = isinstance(paginator, Offset) and paginator.maximum_offset is not None
        short = bool(totals) and came < max(totals) and not has_limit
        if short:
            parser.note(
                f"the service announced {max(totals)} records and {came} came: "
                "sums are flagged incomplete, and the earlier data are kept"
            )
        return parser.parsed(pages, short=short)

    def _base_request(self, days: Mapping[str, str]) -> PageRequest:
        endpoint = self.settings.endpoint
        params = {name: str(_fill_in(value, days)) for name, value in endpoint.params.items()}
        if endpoint.incremental:
            last = "{window.last}" if endpoint.incremental.end_inclusive else "{window.end}"
            for name, day in (
                (endpoint.incremental.start_param, days["{window.start}"]),
                (endpoint.incremental.end_param, days[last]),
            ):
                params |= {name: day} if name else {}
        path = str(_fill_in(endpoint.path, days))
        return PageRequest(f"{self.settings.client.base_url.rstrip('/')}/{path.lstrip('/')}".rstrip("/"), params)

    def _placeholders(self, window: Window) -> dict[str, str]:
        """The placeholders of path, parameters and body, each with its day in the service's format."""
        incremental = self.settings.endpoint.incremental
        requested = requested_days(window, self.settings.indicator, incremental)
        pattern = (incremental or Incremental()).format
        days: dict[str, date] = {
            "{window.start}": requested.start,
            "{window.end}": requested.end,
            "{window.last}": requested.end - timedelta(days=1),
        }
        return {name: format_day(day, pattern, self.place.zone) for name, day in days.items()}

    def _request_options(self, session: Session) -> RequestOptions:
        """Headers, access, errors and limits. A pull that goes on reuses only responses about past days."""
        client = self.settings.client
        headers = {**client.headers, **access_headers(client.auth, session)}
        budget: Budget | None = None
        if (limit := client.limit) is not None:
            budget = session.budgets.of(f"rest {client.base_url}", lambda: _budget(limit))
        lasting = self.settings.coverage == "window" and self.settings.endpoint.requests_days
        return {
            "headers": headers,
            "auth": standard_auth(client.auth),
            "error_from_response": self._error_from_response(session.redact),
            "budget": budget,
            "lasting": lasting,
        }

    def _records(self, document: Any) -> list[tuple[str, Any]]:
        """The records at the selector, each with its path; a list gives its items unless the selector ends in [*]."""
        selector = self.settings.endpoint.data_selector
        records, names_items = list[tuple[str, Any]](), steps_of(selector)[-1:] == ("*",)
        for at, value in located_values(document, selector):
            if isinstance(value, list) and not names_items:
                records += [(f"{at}[{number}]", item) for number, item in enumerate(value)]
            else:
                records.append((at, value))
        return records

    def _require_records(self, document: Any, page: RawPage) -> None:
        selector = self.settings.endpoint.data_selector
        base = selector.removesuffix("[*]")
        if not isinstance(document, dict | list):
            raise ShapeError("the response holds no records", where=page.url, do="check the address in the plan")
        if next(values_at(document, base), None) is None and base not in {"", "$"}:
            begins = page.body[:80].decode("utf-8", errors="replace")
            do = f"correct 'endpoint.data_selector' in the plan; the response begins {begins!r}"
            raise ShapeError(f"there is nothing at '{selector}' in the response", where=page.url, do=do)

    def _error_from_response(self, redact: Callable[[str], str]) -> Callable[[requests.Response], KmiError | None]:
        def error_from_response(response: requests.Response) -> KmiError | None:
            action = matching_action(self.settings.endpoint.response_actions, response)
            if action is not None:
                return error_of_action(action, response)
            return refused_access(self.settings.client.auth, response, redact)

        return error_from_response


def _budget(limit: Limit) -> Budget:
    if limit.calls:
        return RateLimit(limit.calls, limit.per_s)
    return RateLimitHeaders(limit.remaining or "", limit.reset or "")


def _fill_in(value: Any, days: Mapping[str, str]) -> Any:
    """``value`` with its placeholders replaced, at any depth."""
    if isinstance(value, str):
        for name, day in days.items():
            value = value.replace(name, day)
        return value
    if isinstance(value, dict):
        return {name: _fill_in(inner, days) for name, inner in value.items()}
    return [_fill_in(inner, days) for inner in value] if isinstance(value, list) else value
