"""What the Stats API answers, and what its errors mean: https://plausible.io/docs/stats-api"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

import requests

from sources.contract import RawPage
from sources.observations import parse_json
from sources.web.paging import PagerGuard
from sources.web.response_errors import retry_after_s
from warehouse.errors import ConfigError, KmiError, QuotaError, RefusedError, ShapeError

Row = Mapping[str, Any]
_METRIC = re.compile(r"[Mm]etrics?[ :]+[\"'`]?(\w+)")
_DO = "run again; if it stays so, check the address: it must be Plausible's own, without /api"


class UnknownMetricError(RefusedError):
    """The API does not know a metric, or knows it no more. ``body`` is its answer."""

    def __init__(self, metric: str, message: str, body: bytes, where: str) -> None:
        super().__init__(f"Plausible has no metric '{metric}' ({message})", where=where, do="take it out of 'metrics'")
        self.metric, self.body = metric, body


def error_from_response(response: requests.Response, redact: Callable[[str], str], key: str) -> KmiError | None:
    """Plausible's errors; ``key`` is the reference of the secret."""
    message, where = redact(error_message(response)), response.url
    if response.status_code < 400 or not message:
        return None
    what = f"answered {response.status_code} ({message})"
    if response.status_code == 401:
        do = f"make a new key for the Stats API in Plausible (Account settings, API keys), set {key} to it, and check that it may see the site"
        return RefusedError(f"Plausible does not accept the key for this site ({message})", where=where, do=do)
    if response.status_code == 402:
        return RefusedError(
            what,
            where=where,
            do="the Stats API is part of Plausible's Business plan: change the plan, or take the source out",
        )
    if response.status_code == 429 and "per hour" in message:
        wait = retry_after_s(response)
        do = "nothing: the next run goes on"
        return QuotaError(
            f"Plausible's requests of this hour are used up ({message})",
            where=where,
            do=do,
            retry_after_s=_next_hour_s(response) if wait is None else wait,
        )
    if response.status_code == 400:
        unknown = _METRIC.search(message) if "nvalid metric" in message else None
        if unknown:
            return UnknownMetricError(unknown[1], message, response.content, where)
        return ConfigError(what, where=where, do="check 'site' and 'pages'; the message is Plausible's own")
    return None


def error_message(response: requests.Response) -> str:
    try:
        told = response.json()
    except ValueError:
        return ""
    error = told.get("error") if isinstance(told, dict) else None
    return " ".join(str(error).split())[:300] if error else ""


def _next_hour_s(response: requests.Response) -> float:
    """Plausible counts requests by the hour of the clock; its own ``Date`` tells how long that still takes."""
    try:
        now = parsedate_to_datetime(response.headers.get("Date", ""))
    except (ValueError, TypeError):
        return 3600.0
    return 3600.0 - now.minute * 60 - now.second


def parse_document(body: bytes, where: str) -> tuple[list[Any], Mapping[str, Any], Mapping[str, Any]]:
    """Rows, meta and the query as understood. Raises ``ShapeError``."""
    told = parse_json(body, where, _DO)
    if not isinstance(told, dict) or not isinstance(told.get("results"), list):
        raise ShapeError("the answer holds no list of results", where=where, do=_DO)
    meta, query = told.get("meta"), told.get("query")
    return told["results"], meta if isinstance(meta, dict) else {}, query if isinstance(query, dict) else {}


def row_cells(row: object, dimensions: int, metrics: int) -> tuple[list[str], list[Any]] | None:
    """Dimensions and values of a row; None where it has not as many as were asked for."""
    if not isinstance(row, dict):
        return None
    names, values = row.get("dimensions", []), row.get("metrics")
    if (
        not isinstance(names, list)
        or not isinstance(values, list)
        or (len(names), len(values)) != (dimensions, metrics)
    ):
        return None
    return [str(name) for name in names], values


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list of rows, and what was read of the list before."""

    offset: int
    limit: int
    guard: PagerGuard

    def has_more(self, body: bytes, where: str) -> bool:
        """Whether more rows follow: by the total, or while the pages are full. Raises ``ShapeError`` for a list that does not end."""
        rows, meta, _ = parse_document(body, where)
        total = meta.get("total_rows")
        has_more = self.offset + self.limit < total if isinstance(total, int) else len(rows) >= self.limit
        if rows:
            self.guard.page(str(row.get("dimensions")) if isinstance(row, dict) else str(row) for row in rows)
        else:
            self.guard.empty_page(has_more)
        return has_more


def require_same_zone(query: Mapping[str, Any], zone: ZoneInfo, page: RawPage) -> None:
    """Raises ``ConfigError`` where the days of the site begin at another time than those of the plan.

    The query comes back with the first and last moment in the zone of the site; older versions give dates, which say nothing.
    """
    span = query.get("date_range")
    for text in span if isinstance(span, Sequence) and not isinstance(span, str) else ():
        try:
            moment = datetime.fromisoformat(str(text))
        except ValueError:
            continue
        if moment.tzinfo is not None and moment.utcoffset() != moment.replace(tzinfo=zone).utcoffset():
            do = "write as time_zone at this source what Plausible shows under Site settings, General, Reporting timezone"
            raise ConfigError(
                f"the site's days begin at {moment:%z}, those of the plan in {zone.key}", where=page.url, do=do
            )


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def response_warnings(meta: Mapping[str, Any]) -> list[str]:
    """What Plausible says about the numbers of an answer."""
    found = [str(meta[name]) for name in ("warning", "imports_warning") if meta.get(name)]
    told = meta.get("metric_warnings")
    return found + [
        str(one.get("warning") or one.get("message"))
        for one in (told.values() if isinstance(told, dict) else ())
        if isinstance(one, dict)
    ]
