"""Any JSON service that answers with records: asked as the plan says, each record turned into observations as the plan says."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, cast

import requests

from sources.contract import About, Metric, Parsed, Place, RawPage, SourceSettings
from sources.observed import json_body, json_of
from sources.rest.access import access_headers, standard_auth
from sources.rest.json_path import found, steps_of
from sources.rest.paging import Asking, begun, following
from sources.rest.records import Reader
from sources.rest.settings import RestSettings
from sources.web.paging import PagerGuard
from sources.web.session import Session
from warehouse.errors import KmiError, QuotaError, RefusedError, RetryableError, ShapeError
from warehouse.schema import Window

EXAMPLE = {
    "client": {"base_url": "https://api.example"},
    "endpoint": {"path": "/visits"},
    "indicator": {"date": "day", "metrics": {"visits": {"path": "count", "unit": "visits", "description": "visits by day"}}},
}
NO_RECORDS = b"{}"


class Rest:
    """One endpoint."""

    Settings: ClassVar[type[SourceSettings]] = RestSettings
    max_days: ClassVar[int | None] = None
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About("Any JSON service", "as the service asks: a token, a key, user and password, or a client", "1 request a page", EXAMPLE)

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("RestSettings", settings)
        incremental = self.settings.endpoint.incremental
        if incremental and incremental.step:
            self.max_days = incremental.step  # type: ignore[misc]

    def metrics(self) -> tuple[Metric, ...]:
        return tuple(
            Metric(name, m.unit, m.kind, m.description or name, m.additive_over_entities, "missing" if m.path else "zero", m.minimum)
            for name, m in self.settings.indicator.metrics.items()
        )

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """Every page of the answer, to its last one."""
        endpoint, client = self.settings.endpoint, self.settings.client
        asking: Asking | None = begun(self._asking(window), endpoint.paginator)
        headers, auth = {**client.headers, **access_headers(client.auth, session)}, standard_auth(client.auth)
        guard, sequence = PagerGuard(session.redact(client.base_url)), 0
        lasting = self.settings.indicator.date is not None and self.settings.indicator.covers == "window" and endpoint.incremental is not None
        while asking is not None:
            told: Any = {"headers": headers, "auth": auth, "complaint": self._complaint, "lasting": lasting}
            try:
                if endpoint.method == "GET":
                    response = session.get(asking.url, params=asking.params, **told)
                else:
                    filled = _filled(endpoint.json_body or {}, self._words(window))
                    response = session.post(asking.url, json={**filled, **asking.params}, **told)
            except NothingError:
                yield RawPage(self.name, window, sequence, session.redact(asking.url), 204, now, NO_RECORDS)
                return
            document = json_body(response.content, response.url)
            records = self._records(document)
            guard.page(json.dumps(record, sort_keys=True) for record in records)
            yield RawPage(self.name, window, sequence, response.url, response.status_code, now, response.content)
            sequence, asking = sequence + 1, following(asking, endpoint.paginator, response, document, len(records))
            if not records:
                guard.empty_page(asking is not None)
            if asking is not None:
                guard.next(json.dumps([asking.url, dict(asking.params)], sort_keys=True))

    def parse(self, pages: Sequence[RawPage]) -> Parsed:
        """Observations of the records, in the local days of ``place.zone``. Raises ``ShapeError`` where there is no list of records."""
        reader = Reader(self.settings.indicator, self.place.zone)
        for page in sorted(pages, key=lambda page: page.sequence):
            if page.status == 204:
                continue
            document = json_of(page)
            records = self._records(document)
            if not records and not isinstance(document, dict | list):
                raise ShapeError("the answer holds no records", where=page.url, do="check the address in the plan")
            self._require_place(document, page)
            for number, record in enumerate(records, 1):
                reader.read(record, page, f"{page.url} record {number}")
        return reader.parsed(pages)

    def _asking(self, window: Window) -> Asking:
        endpoint, words = self.settings.endpoint, self._words(window)
        params = {name: str(_filled(value, words)) for name, value in endpoint.params.items()}
        incremental = endpoint.incremental
        if incremental:
            last = window.end - timedelta(days=1) if incremental.end_inclusive else window.end
            for name, day in ((incremental.start_param, window.start), (incremental.end_param, last)):
                params |= {name: day.strftime(incremental.format)} if name else {}
        path = _filled(endpoint.path, words)
        return Asking(f"{self.settings.client.base_url.rstrip('/')}/{str(path).lstrip('/')}".rstrip("/"), params)

    def _words(self, window: Window) -> dict[str, str]:
        """What may stand in the path, the parameters and the body, and the day that it means, written as the service takes days."""
        written = self.settings.endpoint.incremental.format if self.settings.endpoint.incremental else "%Y-%m-%d"
        days = {"{window.start}": window.start, "{window.end}": window.end, "{window.last}": window.end - timedelta(days=1)}
        return {word: day.strftime(written) for word, day in days.items()}

    def _records(self, document: Any) -> list[Any]:
        """The items at the selector: those of a list that stands there, or what stands there itself."""
        selector = self.settings.endpoint.data_selector
        held = list(found(document, selector))
        if len(held) == 1 and isinstance(held[0], list) and steps_of(selector)[-1:] != ["*"]:
            return list(held[0])
        return held

    def _require_place(self, document: Any, page: RawPage) -> None:
        selector = self.settings.endpoint.data_selector
        base = selector.removesuffix("[*]")
        if next(found(document, base), None) is None and base not in {"", "$"}:
            do = f"mend 'endpoint.data_selector' in the plan; the answer begins {page.body[:80].decode('utf-8', errors='replace')!r}"
            raise ShapeError(f"nothing stands at '{selector}' in the answer", where=page.url, do=do)

    def _complaint(self, response: requests.Response) -> KmiError | None:
        for told in self.settings.endpoint.response_actions:
            if told.status_code not in {None, response.status_code} or (told.content and told.content not in response.text):
                continue
            what = f"answered {response.status_code}" + (f" with '{told.content}'" if told.content else "")
            if told.action == "ignore":
                return NothingError(what, where=response.url)
            if told.action == "fail":
                return RefusedError(what, where=response.url, do="check the access, or 'response_actions' in the plan")
            if told.action == "quota":
                return QuotaError(what, where=response.url, do="nothing: the next run goes on")
            return RetryableError(what, where=response.url)
        return None


class NothingError(KmiError):
    """An answer that the plan says to take as: no records."""


def _filled(value: Any, words: Mapping[str, str]) -> Any:
    """``value`` with the words filled in, however deep."""
    if isinstance(value, str):
        for word, day in words.items():
            value = value.replace(word, day)
        return value
    if isinstance(value, dict):
        return {name: _filled(inner, words) for name, inner in value.items()}
    return [_filled(inner, words) for inner in value] if isinstance(value, list) else value
