"""Reads the responses of the Stats API and its errors: https://plausible.io/docs/stats-api"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

import requests

from sources.contract import RawPage
from sources.json_values import json_or_none, parse_json
from sources.web.paging import PagerGuard
from sources.web.response_errors import retry_after_s
from warehouse.errors import ConfigError, KmiError, QuotaError, RefusedError, ShapeError

Row = Mapping[str, Any]
_METRIC = re.compile(r"[Mm]etrics?[ :]+[\"'`]?(\w+)")
_DO = "run again; if it happens again, check the address: it must be Plausible's own, without /api"


class UnknownMetricError(RefusedError):
    """The API does not know a metric, or no longer knows it. ``body`` is the response."""

    def __init__(self, metric: str, message: str, body: bytes, where: str) -> None:
        super().__init__(f"Plausible has no metric '{metric}' ({message})", where=where, do="remove it from 'metrics'")
        self.metric, self.body = metric, body


def error_from_response(response: requests.Response, redact: Callable[[str], str], key: str) -> KmiError | None:
    """The error that Plausible reports; ``key`` is the reference of the secret."""
    message, where = redact(error_message(response)), response.url
    if response.status_code < 400 or not message:
        return None
    what = f"answered {response.status_code} ({message})"
    if response.status_code == 401:
        do = (
            f"create a new key for the Stats API in Plausible (Account settings, API keys), set {key} to it, "
            "and check that it may see the site"
        )
        return RefusedError(f"Plausible does not accept the key for this site ({message})", where=where, do=do)
    if response.status_code == 402:
        do = "the Stats API is part of Plausible's Business plan: upgrade to it, or remove the source"
        return RefusedError(what, where=where, do=do)
    if response.status_code == 429 and "per hour" in message:
        asked = retry_after_s(response)
        wait = _next_hour_s(response) if asked is None else asked
        what = f"Plausible's requests of this hour are used up ({message})"
        return QuotaError(what, where=where, do="nothing: the next run goes on", retry_after_s=wait)
    if response.status_code == 400:
        unknown = _METRIC.search(message) if "nvalid metric" in message else None
        if unknown:
            return UnknownMetricError(unknown[1], message, response.content, where)
        return ConfigError(what, where=where, do="check 'site' and 'pages'; the message is Plausible's own")
    return None


def error_message(response: requests.Response) -> str:
    body = json_or_none(response)
    error = body.get("error") if isinstance(body, dict) else None
    return " ".join(str(error).split())[:300] if error else ""


def _next_hour_s(response: requests.Response) -> float:
    """Seconds until the next full hour, when Plausible renews the quota, by the response's own ``Date``."""
    try:
        now = parsedate_to_datetime(response.headers.get("Date", ""))
    except (ValueError, TypeError):
        return 3600.0
    return 3600.0 - now.minute * 60 - now.second


def parse_document(body: bytes, where: str) -> tuple[list[Any], Mapping[str, Any], Mapping[str, Any]]:
    """Rows, meta, and the query as Plausible understood it. Raises ``ShapeError``."""
    found = parse_json(body, where, _DO)
    if not isinstance(found, dict) or not isinstance(found.get("results"), list):
        raise ShapeError("the response holds no list of results", where=where, do=_DO)
    meta, query = found.get("meta"), found.get("query")
    return found["results"], meta if isinstance(meta, dict) else {}, query if isinstance(query, dict) else {}


def row_cells(row: object, dimensions: int, metrics: int) -> tuple[list[str], list[Any]] | None:
    """Dimensions and values of a row; None if there are more or fewer than were requested."""
    names, values = (row.get("dimensions", []), row.get("metrics")) if isinstance(row, dict) else (None, None)
    if not isinstance(names, list) or not isinstance(values, list):
        return None
    return ([str(name) for name in names], values) if (len(names), len(values)) == (dimensions, metrics) else None


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list of rows; ``guard`` remembers the pages before it."""

    offset: int
    limit: int
    guard: PagerGuard

    def has_more(self, body: bytes, where: str) -> bool:
        """Whether more rows follow: by the total, or while the pages are full.

        Raises ``ShapeError`` for a list that does not end.
        """
        rows, meta, _ = parse_document(body, where)
        total = meta.get("total_rows")
        more = self.offset + self.limit < total if isinstance(total, int) else len(rows) >= self.limit
        if rows:
            self.guard.page(str(row.get("dimensions")) if isinstance(row, dict) else str(row) for row in rows)
        else:
            self.guard.empty_page(more)
        return more


def require_same_zone(query: Mapping[str, Any], zone: ZoneInfo, page: RawPage) -> None:
    """Raises ``ConfigError`` if the days of the site begin at other instants than the plan's.

    Plausible returns the query's first and last instant in the zone of the site; older versions return dates, which do
    not show the zone.
    """
    span = query.get("date_range")
    for text in span if isinstance(span, Sequence) and not isinstance(span, str) else ():
        try:
            moment = datetime.fromisoformat(str(text))
        except ValueError:
            continue
        if moment.tzinfo is not None and moment.utcoffset() != moment.replace(tzinfo=zone).utcoffset():
            do = "copy Plausible's Reporting timezone (Site settings, General) to time_zone of this source"
            what = f"the site's days begin at {moment:%z}, the plan's in {zone.key}"
            raise ConfigError(what, where=page.url, do=do)


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def response_warnings(meta: Mapping[str, Any]) -> list[str]:
    """Plausible's warnings about the values of a response."""
    general = [str(meta[name]) for name in ("warning", "imports_warning") if meta.get(name)]
    by_metric = meta.get("metric_warnings")
    entries = by_metric.values() if isinstance(by_metric, dict) else ()
    return general + [str(one.get("warning") or one.get("message")) for one in entries if isinstance(one, dict)]
