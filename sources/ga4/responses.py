"""What a Data API response holds besides its rows: errors, quotas, the length of the report, the time zone.

This module searches the bytes; only ``sources.ga4.table`` decodes the rows of a long report, and only once. The search
is safe: in JSON a value is never followed by a colon and quotation marks inside a value are escaped. Errors and quotas:
https://developers.google.com/analytics/devguides/reporting/data/v1/errors and .../quotas
"""

import re

import requests

from sources.google.errors import error_details, error_from_api_response, until_midnight_pacific_s
from sources.web.response_errors import retry_after_s
from warehouse.errors import KmiError, QuotaError, RefusedError, RetryableError

STANDARD_QUOTAS = {"tokensPerDay": 200_000, "tokensPerHour": 40_000, "tokensPerProjectPerHour": 14_000}
"""Tokens of a standard property; an Analytics 360 property has ten times as many."""
TAIL_BYTES = 6000
"""Number of bytes at the end of a response that hold everything after the rows."""
_QUOTA = re.compile(rb'"(tokensPer\w+)"\s*:\s*\{([^}]*)\}')
_NUMBER = re.compile(rb'"(consumed|remaining)"\s*:\s*"?(\d+)')
_ROW_COUNT = re.compile(rb'"rowCount"\s*:\s*"?(\d+)')
_ZONE = re.compile(rb'"timeZone"\s*:\s*"([^"\\]+)"')
_FIRST, _SECOND = b'"dimensionValues"', b'"metricValues"'
_UNKNOWN_METRIC = re.compile(r"Field (\w+) is not a valid metric")
_SUGGESTION = re.compile(r"Did you mean (\w+)\?")
_HOUR = 3600.0
_USED_UP = {"per hour": _HOUR / 2, "server errors": _HOUR, "thresholded": _HOUR / 2}
"""Words of a 429 that name the quota, and seconds until the quota is renewed."""


class UnknownMetricError(RefusedError):
    """The API does not know a metric, or no longer knows it. ``body`` is the response."""

    def __init__(self, metric: str, body: bytes, where: str) -> None:
        super().__init__(
            f"the Data API has no metric '{metric}'",
            where=where,
            do="remove it from 'metrics', or write its current name",
        )
        self.metric, self.body = metric, body


def error_from_response(response: requests.Response) -> KmiError | None:
    """The error that a response reports; a quota error carries the seconds after which a retry can succeed."""
    if response.status_code < 400:
        return None
    _, message, reasons = error_details(response)
    unknown = _UNKNOWN_METRIC.search(message)
    if response.status_code == 400 and unknown:
        return UnknownMetricError(unknown[1], response.content, response.url)
    if response.status_code == 429:
        return _quota_error(response, message)
    if response.status_code == 403 and not reasons:
        do = "give the account the role Viewer under 'Property access management' of this property"
        return RefusedError(f"answered 403 ({message})", where=response.url, do=do)
    return error_from_api_response(response)


def _quota_error(response: requests.Response, message: str) -> KmiError | None:
    if "concurrent" in message:
        return RetryableError(f"answered 429 ({message})", where=response.url, retry_after_s=retry_after_s(response))
    waits = {"per day": until_midnight_pacific_s(response), **_USED_UP}
    wait = next((wait for sign, wait in waits.items() if sign in message), None)
    if "xhausted" in message and wait is not None:
        return QuotaError(
            f"the quota of the property is used up: {message}",
            where=response.url,
            do="nothing: the next run goes on",
            retry_after_s=wait,
        )
    return error_from_api_response(response)


def suggested_metric(message: str) -> str:
    """The metric that an error message suggests instead; empty if it suggests none."""
    found = _SUGGESTION.search(message)
    return found[1] if found else ""


class TokenBudget:
    """Quota tokens of one property, read from its responses; stops while ``reserve`` of the quota is left.

    ``reserve`` is a share of the standard quota, 0 to 1.
    """

    def __init__(self, reserve: float) -> None:
        self._reserve = reserve
        self._stop: tuple[str, float] | None = None

    def wait_s(self, now_s: float) -> float:
        """Always 0. Raises ``QuotaError`` if too few tokens are left."""
        if self._stop is not None and now_s < self._stop[1]:
            do = "nothing: the next run goes on; lower quota_reserve to use more of it"
            raise QuotaError(
                f"stopped before the quota: {self._stop[0]}", where="ga4", do=do, retry_after_s=self._stop[1] - now_s
            )
        return 0.0

    def learn(self, response: requests.Response, now_s: float) -> None:
        """Any exhausted quota stops the run; the one that is renewed last decides for how long."""
        for name, text in _QUOTA.findall(response.content[-TAIL_BYTES:]):
            tokens = {key.decode(): int(value) for key, value in _NUMBER.findall(text)}
            kind, left = name.decode(), tokens.get("remaining")
            needed = max(self._reserve * STANDARD_QUOTAS.get(kind, 0), tokens.get("consumed", 0))
            if left is None or left >= needed:
                continue
            wait = (until_midnight_pacific_s(response) if kind == "tokensPerDay" else None) or _HOUR
            if self._stop is None or self._stop[1] < now_s + wait:
                self._stop = f"{left:,} {kind} are left", now_s + wait


def report_length(body: bytes) -> int:
    """Number of rows of the whole report, over all its pages; 0 if the response omits it, as an empty report does."""
    found = _search_tail(_ROW_COUNT, body)
    return int(found[1]) if found else 0


def property_zone(body: bytes) -> str | None:
    """The property's time zone, if the response names it."""
    found = _search_tail(_ZONE, body)
    return found[1].decode("utf-8", errors="replace") if found else None


def rows_in_page(body: bytes) -> int:
    """Number of rows in this response."""
    return body.count(_SECOND)


def first_and_last_row(body: bytes) -> list[str]:
    """The dimensions of the first and the last row, as JSON text."""
    found = []
    for start in (body.find(_FIRST), body.rfind(_FIRST)):
        end = body.find(_SECOND, start)
        found.append(body[start : end if end > start else None].decode("utf-8", errors="replace"))
    return found


def _search_tail(pattern: re.Pattern[bytes], body: bytes) -> re.Match[bytes] | None:
    return pattern.search(body[-TAIL_BYTES:]) or (pattern.search(body) if len(body) > TAIL_BYTES else None)
