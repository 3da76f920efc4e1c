"""Any JSON service that answers with records: asked as the plan says, each record turned into observations as the plan says."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, cast

import requests

from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.observations import parse_json, parse_page_json
from sources.rest.access import access_headers, refused_access, standard_auth
from sources.rest.json_path import located_values, steps_of, values_at
from sources.rest.page_requests import Asking, first_request, next_request, total_at
from sources.rest.paginators import Offset
from sources.rest.records import RecordParser
from sources.rest.settings import Incremental, ResponseAction, RestSettings
from sources.rest.spans import format_day, requested_days
from sources.web.budget import Budget, RateLimit, RateLimitHeaders
from sources.web.paging import PagerGuard
from sources.web.request import RequestOptions
from sources.web.response_errors import retry_after_s
from sources.web.session import Session
from warehouse.errors import KmiError, QuotaError, RefusedError, RetryableError, ShapeError
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
NO_CONTENT = 204


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
        return tuple(
            Metric(
                name,
                m.unit,
                m.kind,
                m.description or name,
                m.additive_over_entities,
                m.absent
                or ("zero" if m.kind == "flow" and not (m.path or self.settings.indicator.value) else "missing"),
                m.minimum,
            )
            for name, m in self.settings.indicator.metrics.items()
        )

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """Every page of the answer, to its last one."""
        endpoint, words = self.settings.endpoint, self._words(window)
        request: Asking | None = first_request(self._base_request(words), endpoint.paginator)
        options, guard, sequence = (
            self._request_options(session),
            PagerGuard(session.redact(self.settings.client.base_url)),
            0,
        )
        while request is not None:
            body = {**_filled(endpoint.json_body or {}, words), **request.params} if endpoint.method == "POST" else None
            told = session.redact(json.dumps(body)) if body is not None else ""
            try:
                response = (
                    session.get(request.url, params=request.params, **options)
                    if body is None
                    else session.post(request.url, json=body, **options)
                )
            except NoRecordsError as nothing:
                yield RawPage(
                    self.name,
                    window,
                    sequence,
                    session.redact(request.url),
                    nothing.status,
                    now,
                    NO_RECORDS,
                    request=told,
                )
                return
            if response.status_code == NO_CONTENT:
                yield RawPage(self.name, window, sequence, response.url, NO_CONTENT, now, NO_RECORDS, request=told)
                return
            document = parse_json(response.content, response.url)
            records = [record for _, record in self._records(document)]
            guard.page(json.dumps(record, sort_keys=True) for record in records)
            yield RawPage(
                self.name, window, sequence, response.url, response.status_code, now, response.content, request=told
            )
            sequence, request = (
                sequence + 1,
                next_request(request, endpoint.paginator, response, document, len(records)),
            )
            if not records:
                guard.empty_page(request is not None)
            if request is not None:
                guard.next(json.dumps([request.url, dict(request.params)], sort_keys=True))

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Observations of the records, in the local days of ``place.zone``. Raises ``ShapeError`` where there is no list of records."""
        if not pages:
            raise ShapeError("the pull holds no page", where=self.name, do="collect again")
        today = max(page.fetched_at for page in pages).astimezone(self.place.zone).date()
        reader, came, totals = RecordParser(self.settings, self.place.zone, today), 0, list[int]()
        paginator = self.settings.endpoint.paginator
        for page in sorted(pages, key=lambda page: page.sequence):
            if page.status == NO_CONTENT or page.status >= 400:
                continue
            document = parse_page_json(page)
            self._require_place(document, page)
            records = self._records(document)
            total = total_at(document, paginator.total_path) if isinstance(paginator, Offset) else None
            came, totals = came + len(records), [*totals, *([total] if total is not None else [])]
            where = f"{page.url} {page.request}".strip()
            for at, record in records:
                reader.read(record, page, f"{where} {at}")
        short = (
            bool(totals)
            and came < max(totals)
            and not (isinstance(paginator, Offset) and paginator.maximum_offset is not None)
        )
        if short:
            reader.note(
                f"the service told {max(totals)} records and {came} came: sums are flagged incomplete, and what stands is kept"
            )
        return reader.parsed(pages, short=short)

    def _base_request(self, words: Mapping[str, str]) -> Asking:
        endpoint = self.settings.endpoint
        params = {name: str(_filled(value, words)) for name, value in endpoint.params.items()}
        if endpoint.incremental:
            last = "{window.last}" if endpoint.incremental.end_inclusive else "{window.end}"
            for name, day in (
                (endpoint.incremental.start_param, words["{window.start}"]),
                (endpoint.incremental.end_param, words[last]),
            ):
                params |= {name: day} if name else {}
        path = str(_filled(endpoint.path, words))
        return Asking(f"{self.settings.client.base_url.rstrip('/')}/{path.lstrip('/')}".rstrip("/"), params)

    def _words(self, window: Window) -> dict[str, str]:
        """What may stand in the path, the parameters and the body, and the day that it means, written as the service takes days."""
        incremental = self.settings.endpoint.incremental
        wanted, pattern = (
            requested_days(window, self.settings.indicator, incremental),
            (incremental or Incremental()).format,
        )
        days: dict[str, date] = {
            "{window.start}": wanted.start,
            "{window.end}": wanted.end,
            "{window.last}": wanted.end - timedelta(days=1),
        }
        return {word: format_day(day, pattern, self.place.zone) for word, day in days.items()}

    def _request_options(self, session: Session) -> RequestOptions:
        """How the service is dealt with. Answers about days that are over may be kept; a list of the newest and a level may not."""
        client, limit = self.settings.client, self.settings.client.limit
        headers = {**client.headers, **access_headers(client.auth, session)}
        budget: Budget | None = None
        if limit is not None:
            budget = session.budgets.of(
                f"rest {client.base_url}",
                lambda: (
                    RateLimit(limit.calls, limit.per_s)
                    if limit.calls
                    else RateLimitHeaders(limit.remaining or "", limit.reset or "")
                ),
            )
        lasting = self.settings.coverage == "window" and self.settings.endpoint.requests_days
        return {
            "headers": headers,
            "auth": standard_auth(client.auth),
            "error_from_response": self._error_from_response(session.redact),
            "budget": budget,
            "lasting": lasting,
        }

    def _records(self, document: Any) -> list[tuple[str, Any]]:
        """The items at the selector, each with its place: those of the lists that stand there, or what stands there itself."""
        selector = self.settings.endpoint.data_selector
        items, whole = list[tuple[str, Any]](), steps_of(selector)[-1:] == ("*",)
        for at, held in located_values(document, selector):
            items += (
                [(f"{at}[{number}]", item) for number, item in enumerate(held)]
                if isinstance(held, list) and not whole
                else [(at, held)]
            )
        return items

    def _require_place(self, document: Any, page: RawPage) -> None:
        selector = self.settings.endpoint.data_selector
        base = selector.removesuffix("[*]")
        if not isinstance(document, dict | list):
            raise ShapeError("the answer holds no records", where=page.url, do="check the address in the plan")
        if next(values_at(document, base), None) is None and base not in {"", "$"}:
            do = f"mend 'endpoint.data_selector' in the plan; the answer begins {page.body[:80].decode('utf-8', errors='replace')!r}"
            raise ShapeError(f"nothing stands at '{selector}' in the answer", where=page.url, do=do)

    def _error_from_response(self, redact: Callable[[str], str]) -> Callable[[requests.Response], KmiError | None]:
        def error_from_response(response: requests.Response) -> KmiError | None:
            for told in self.settings.endpoint.response_actions:
                if (
                    told.status_code in {None, response.status_code}
                    and (told.content or "").encode() in response.content
                ):
                    return _meaning(told, response)
            return refused_access(self.settings.client.auth, response, redact)

        return error_from_response


class NoRecordsError(KmiError):
    """An answer that the plan says to take as: no records, or nothing known."""

    def __init__(self, what: str, *, where: str, status: int) -> None:
        super().__init__(what, where=where)
        self.status = status


def _meaning(told: ResponseAction, response: requests.Response) -> KmiError:
    what = f"answered {response.status_code}" + (f" with '{told.content}'" if told.content else "")
    if told.action in {"empty", "ignore"}:
        status = NO_CONTENT if told.action == "empty" else max(response.status_code, 400)
        return NoRecordsError(what, where=response.url, status=status)
    if told.action == "fail":
        return RefusedError(what, where=response.url, do="check the access, or 'endpoint.response_actions' in the plan")
    if told.action == "quota":
        return QuotaError(
            what, where=response.url, do="nothing: the next run goes on", retry_after_s=retry_after_s(response)
        )
    return RetryableError(
        what, where=response.url, retry_after_s=retry_after_s(response) if told.action == "wait" else None
    )


def _filled(value: Any, words: Mapping[str, str]) -> Any:
    """``value`` with the words filled in, however deep."""
    if isinstance(value, str):
        for word, day in words.items():
            value = value.replace(word, day)
        return value
    if isinstance(value, dict):
        return {name: _filled(inner, words) for name, inner in value.items()}
    return [_filled(inner, words) for inner in value] if isinstance(value, list) else value
