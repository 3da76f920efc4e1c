"""Current counters of an account and of its newest posts, each a reading on the day of the response.

A list of posts is read page by page to its end; a post that cannot be read does not affect the others.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sources.contract import ParseResult, RawPage
from sources.graph.access import note_version_drift, token_expiry
from sources.graph.api import GraphApi, next_page_params
from sources.graph.errors import InvalidMetricError, ItemError, TooMuchDataError
from sources.graph.retired import break_of, replacement_advice
from sources.items import one_day
from sources.json_values import as_text
from sources.observations import ObservationBuilder, ReportedValue, parse_page_json
from sources.response import ProviderResponse
from sources.web.paging import PagerGuard
from warehouse.errors import ShapeError

PAGE_SIZE = 100
MAX_MISSES = 3
"""A metric that this many posts in a row lack is not requested again in this pull."""


@dataclass(frozen=True)
class CounterQuery:
    """What to collect: ``fields`` of the account, ``item_fields`` and ``item_metrics`` of its posts.

    ``edge`` is the account's list of posts, which gives the fields; each post's metrics cost a request. ``newest``:
    the maximum number of posts.
    """

    account: str
    fields: Sequence[str]
    edge: str = ""
    item_fields: Mapping[str, str] = field(default_factory=dict)
    item_metrics: Sequence[str] = ()
    newest: int = 100


@dataclass
class CounterClient:
    """Fetches the counters of one account."""

    api: GraphApi
    query: CounterQuery
    _missed: dict[str, int] = field(default_factory=dict)

    def fetch(self) -> Iterator[ProviderResponse]:
        """The token's expiry, the account, its list of posts, then the metrics of each post."""
        token = self.api.token_info()
        if token is not None:
            yield token
        yield self.api.fetch(self.query.account, {"fields": ",".join(self.query.fields)}, {"kind": "account"})
        if not self.query.edge or not self.query.newest:
            return
        items: list[str] = []
        for response in self._list():
            yield response
            items += item_ids(json.loads(response.body))
        for item in items[: self.query.newest] if self.query.item_metrics else ():
            yield from self._item(item)

    def _list(self) -> Iterator[ProviderResponse]:
        path, found = f"{self.query.account}/{self.query.edge}", 0
        guard = PagerGuard(f"Graph API {path}")
        wanted = ",".join(["id", *self.query.item_fields.values()])
        params = {"fields": wanted, "limit": str(min(PAGE_SIZE, self.query.newest))}
        while params:
            response = self._list_page(path, params)
            document = json.loads(response.body)
            ids = item_ids(document)
            yield response
            params = next_page_params(document)
            guard.page(ids)
            if not ids:
                guard.empty_page(bool(params))
            found += len(ids)
            if found >= self.query.newest or not params:
                return
            params = {"limit": str(PAGE_SIZE), **params, "fields": wanted}
            guard.next(json.dumps(params, sort_keys=True))

    def _list_page(self, path: str, params: dict[str, str]) -> ProviderResponse:
        """One page of a list; its size is halved as often as the provider finds it too large."""
        while True:
            try:
                return self.api.fetch(path, params, {"kind": "list"})
            except TooMuchDataError:
                limit = int(params["limit"]) // 2
                if not limit:
                    raise
                params["limit"] = str(limit)

    def _item(self, item: str) -> Iterator[ProviderResponse]:
        wanted = [name for name in self.query.item_metrics if self._missed.get(name, 0) < MAX_MISSES]
        if not wanted:
            return
        try:
            yield from self._metrics(item, wanted)
        except ItemError as error:
            yield ProviderResponse(error.where, 400, error.body, json.dumps({"kind": "lost", "item": item}))

    def _metrics(self, item: str, wanted: Sequence[str]) -> Iterator[ProviderResponse]:
        try:
            response = self.api.fetch(f"{item}/insights", {"metric": ",".join(wanted)}, {"kind": "item", "item": item})
        except InvalidMetricError as error:
            if len(wanted) == 1:
                self._missed[wanted[0]] = self._missed.get(wanted[0], 0) + 1
                yield ProviderResponse(error.where, 400, error.body, json.dumps({"kind": "gone", "metric": wanted[0]}))
                return
            for half in (wanted[: len(wanted) // 2], wanted[len(wanted) // 2 :]):
                yield from self._metrics(item, half)
            return
        self._missed.update(dict.fromkeys(wanted, 0))
        yield response


def item_ids(document: Any) -> list[str]:
    rows = document.get("data") if isinstance(document, dict) else None
    return [str(row["id"]) for row in rows if isinstance(row, dict) and row.get("id")] if isinstance(rows, list) else []


@dataclass
class CounterParser:
    """Turns the pages of one pull into readings."""

    query: CounterQuery
    zone: ZoneInfo
    version: str
    observed: ObservationBuilder = field(
        default_factory=lambda: ObservationBuilder(
            "look at the post where the provider shows it; if it is right there, report it to the provider"
        )
    )
    _seen: set[str] = field(default_factory=set)
    _gone: dict[str, RawPage] = field(default_factory=dict)
    _expires: datetime | None = None

    def parsed(self, pages: Sequence[RawPage]) -> ParseResult:
        for page in sorted(pages, key=lambda page: page.sequence):
            self._page(page, json.loads(page.request or "{}"))
        for metric, page in self._gone.items():
            if metric in self._seen:
                self.observed.note(f"some posts have no '{metric}': it is missing there, not 0")
                continue
            self.observed.note(
                f"the Graph API has no metric '{metric}' of posts; it was left out: {replacement_advice(metric)}"
            )
            self.observed.note_break(break_of(metric, page.fetched_at.astimezone(self.zone).date()))
        days = {page.fetched_at.astimezone(self.zone).date() for page in pages}
        found = self.observed.parsed(covered=[one_day(day) for day in sorted(days)], adds_only=True)
        return replace(found, access_expires_at=self._expires)

    def _page(self, page: RawPage, about: Mapping[str, Any]) -> None:
        document, kind = parse_page_json(page), about.get("kind")
        if not isinstance(document, dict):
            raise ShapeError("the response is not a JSON object", where=page.url, do="check the address in the plan")
        note_version_drift(about, self.version, self.observed)
        if kind == "token":
            self._expires = token_expiry(document, about, self.observed) or self._expires
        elif kind == "gone":
            self._gone.setdefault(about["metric"], page)
        elif kind == "lost":
            error = document.get("error")
            message = error.get("message", "no reason given") if isinstance(error, dict) else "no reason given"
            self.observed.refuse(
                about["item"],
                f"the metrics of the post cannot be read ({message})"[:300],
                page.url,
                "open the post; if it is there, wait",
            )
        elif kind == "account":
            self._account(document, page)
        else:
            self._rows(document, page, about)

    def _account(self, document: Mapping[str, Any], page: RawPage) -> None:
        for name in self.query.fields:
            if document.get(name) is None:
                self.observed.note(f"the account shows no '{name}': it is missing, not 0")
            self._add(name, document.get(name), page, page.url, "")

    def _rows(self, document: Mapping[str, Any], page: RawPage, about: Mapping[str, Any]) -> None:
        rows = document.get("data")
        if not isinstance(rows, list):
            do = "run again; if it happens again, the interface has changed"
            raise ShapeError("the response has no list 'data'", where=page.url, do=do)
        for number, row in enumerate(rows, 1):
            origin = f"{page.url} row {number}"
            if about.get("kind") == "item":
                self.observed.read(row, origin, self._metric, about["item"], page, origin)
            else:
                self.observed.read(row, origin, self._post, page, origin)

    def _post(self, row: Any, page: RawPage, origin: str) -> None:
        if not isinstance(row, dict) or not row.get("id"):
            self.observed.refuse(as_text(row), "the post has no id", origin)
            return
        for name in self.query.item_fields:
            self._add(name, _count(row.get(name)), page, origin, str(row["id"]))

    def _metric(self, row: Any, item: str, page: RawPage, origin: str) -> None:
        name = row.get("name") if isinstance(row, dict) else None
        values = row.get("values") if isinstance(row, dict) else None
        newest = values[-1] if isinstance(values, list) and values else None
        if name not in self.query.item_metrics or not isinstance(newest, dict):
            self.observed.refuse(as_text(row), "the row holds no value that was requested", origin)
            return
        raw = newest.get("value")
        if isinstance(raw, dict):
            raw = sum(raw.values()) if raw and all(isinstance(part, int) for part in raw.values()) else None
        self._add(str(name), raw, page, origin, item)

    def _add(self, name: str, raw: object, page: RawPage, origin: str, entity: str) -> None:
        if raw is not None:
            self._seen.add(name)
        self.observed.add(ReportedValue(name, page.fetched_at.astimezone(self.zone).date(), raw, origin, entity))


def _count(raw: Any) -> object:
    """The number in a field of a post: the field itself, its summary's total, or its count."""
    if not isinstance(raw, dict):
        return raw
    summary = raw.get("summary")
    return summary.get("total_count") if isinstance(summary, dict) else raw.get("count")
