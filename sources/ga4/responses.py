"""What the answers of the Data API say beside their rows: errors, quotas, how long a report is and in which zone.

Read from the text, as the rows of a long report are decoded once only, in ``sources.ga4.table``. In JSON no value is followed
by a colon and no quotation mark within one stands bare, so a key is found safely. Errors and quotas:
https://developers.google.com/analytics/devguides/reporting/data/v1/errors and .../quotas
"""

import re

import requests

from sources.google.errors import error_details, error_from_api_response, until_midnight_pacific_s
from sources.web.response_errors import retry_after_s
from warehouse.errors import KmiError, QuotaError, RefusedError, RetryableError

STANDARD_QUOTAS = {"tokensPerDay": 200_000, "tokensPerHour": 40_000, "tokensPerProjectPerHour": 14_000}
"""Tokens of a standard property; one of Analytics 360 has ten times as many."""
TAIL_BYTES = 6000
"""Bytes at the end of an answer in which what follows the rows stands."""
_QUOTA = re.compile(rb'"(tokensPer\w+)"\s*:\s*\{([^}]*)\}')
_NUMBER = re.compile(rb'"(consumed|remaining)"\s*:\s*"?(\d+)')
_ROW_COUNT = re.compile(rb'"rowCount"\s*:\s*"?(\d+)')
_ZONE = re.compile(rb'"timeZone"\s*:\s*"([^"\\]+)"')
_FIRST, _SECOND = b'"dimensionValues"', b'"metricValues"'
_UNKNOWN = re.compile(r"Field (\w+) is not a valid metric")
_MEANT = re.compile(r"Did you mean (\w+)\?")
_HOUR = 3600.0
_USED_UP = {"per hour": _HOUR / 2, "server errors": _HOUR, "thresholded": _HOUR / 2}
"""What a 429 says is used up, and seconds until it comes back."""


class UnknownMetricError(RefusedError):
    """The API does not know a metric, or knows it no more. ``body`` is its answer."""

    def __init__(self, metric: str, body: bytes, where: str) -> None:
        super().__init__(
            f"the Data API has no metric '{metric}'",
            where=where,
            do="take it out of 'metrics', or write the name that the API has now",
        )
        self.metric, self.body = metric, body


def error_from_response(response: requests.Response) -> KmiError | None:
    """The API's errors, among them the quotas, each with the time after which it is of use to ask again."""
    if response.status_code < 400:
        return None
    _, message, reasons = error_details(response)
    unknown = _UNKNOWN.search(message)
    if response.status_code == 400 and unknown:
        return UnknownMetricError(unknown[1], response.content, response.url)
    if response.status_code == 429:
        return _too_much(response, message)
    if response.status_code == 403 and not reasons:
        do = "give the account the role Viewer under 'Property access management' of this property"
        return RefusedError(f"answered 403 ({message})", where=response.url, do=do)
    return error_from_api_response(response)


def _too_much(response: requests.Response, message: str) -> KmiError | None:
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
    """The metric that an error proposes instead; empty where it proposes none."""
    found = _MEANT.search(message)
    return found[1] if found else ""


class TokenBudget:
    """The tokens of one property, as its answers tell. Stops while ``reserve`` (a share of the standard quota) is left."""

    def __init__(self, reserve: float) -> None:
        self._reserve = reserve
        self._stop: tuple[str, float] | None = None

    def wait_s(self, now_s: float) -> float:
        """Raises ``QuotaError`` where too few tokens are left."""
        if self._stop is not None and now_s < self._stop[1]:
            do = "nothing: the next run goes on; lower quota_reserve to use more of it"
            raise QuotaError(
                f"stopped before the quota: {self._stop[0]}", where="ga4", do=do, retry_after_s=self._stop[1] - now_s
            )
        return 0.0

    def learn(self, response: requests.Response, now_s: float) -> None:
        """The strictest of the quotas counts; the one that comes back last decides how long."""
        for name, text in _QUOTA.findall(response.content[-TAIL_BYTES:]):
            told = {key.decode(): int(value) for key, value in _NUMBER.findall(text)}
            kind, left = name.decode(), told.get("remaining")
            if left is not None and left < max(self._reserve * STANDARD_QUOTAS.get(kind, 0), told.get("consumed", 0)):
                wait = (until_midnight_pacific_s(response) if kind == "tokensPerDay" else None) or _HOUR
                if self._stop is None or self._stop[1] < now_s + wait:
                    self._stop = f"{left:,} {kind} are left", now_s + wait


def report_length(body: bytes) -> int:
    """How many rows the whole report has; 0 where the answer does not say, as it has none then."""
    found = _near_the_end(_ROW_COUNT, body)
    return int(found[1]) if found else 0


def property_zone(body: bytes) -> str | None:
    """The property's time zone, where the answer tells it."""
    found = _near_the_end(_ZONE, body)
    return found[1].decode("utf-8", errors="replace") if found else None


def rows_in_page(body: bytes) -> int:
    """How many rows this answer holds."""
    return body.count(_SECOND)


def first_and_last_row(body: bytes) -> list[str]:
    """The dimensions of the first and the last row, as they stand."""
    found = []
    for start in (body.find(_FIRST), body.rfind(_FIRST)):
        end = body.find(_SECOND, start)
        found.append(body[start : end if end > start else None].decode("utf-8", errors="replace"))
    return found


def _near_the_end(pattern: re.Pattern[bytes], body: bytes) -> re.Match[bytes] | None:
    return pattern.search(body[-TAIL_BYTES:]) or (pattern.search(body) if len(body) > TAIL_BYTES else None)
