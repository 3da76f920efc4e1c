"""What the Data API answers: errors and quotas, and how reports become observations.

Errors and quotas: https://developers.google.com/analytics/devguides/reporting/data/v1/errors and .../quotas
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, cast

import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import requests

from sources.contract import RawPage
from sources.google.errors import api_complaint, said, until_midnight_pacific_s
from sources.web.answers import retry_after_s
from warehouse.errors import KmiError, QuotaError, RefusedError, RetryableError, ShapeError

STANDARD = {"tokensPerDay": 200_000, "tokensPerHour": 40_000, "tokensPerProjectPerHour": 14_000}
"""Tokens of a standard property; one of Analytics 360 has ten times as many."""
TAIL = 6000
"""Bytes at the end of an answer in which rowCount and the quota stand, after the rows."""
_QUOTA = re.compile(rb'"(tokensPer\w+)"\s*:\s*\{([^}]*)\}')
_NUMBER = re.compile(rb'"(consumed|remaining)"\s*:\s*"?(\d+)')
_ROW_COUNT = re.compile(rb'"rowCount"\s*:\s*"?(\d+)')
_UNKNOWN = re.compile(r"Field (\w+) is not a valid metric")
_HOUR = 3600.0


class UnknownMetricError(RefusedError):
    """The API does not know a metric, or knows it no more. ``body`` is its answer."""

    def __init__(self, metric: str, body: bytes, where: str) -> None:
        super().__init__(f"the Data API has no metric '{metric}'", where=where, do="take it out of 'metrics', or write the name that the API has now")
        self.metric, self.body = metric, body


def complaint(response: requests.Response) -> KmiError | None:
    """The API's errors, among them the quotas, each with the time after which it is of use to ask again."""
    if response.status_code < 400:
        return None
    _, message, _ = said(response)
    unknown = _UNKNOWN.search(message)
    if response.status_code == 400 and unknown:
        return UnknownMetricError(unknown[1], response.content, response.url)
    if response.status_code == 429:
        what = f"answered 429 ({message})"
        if "concurrent" in message:
            return RetryableError(what, where=response.url, retry_after_s=retry_after_s(response))
        waits = {"per day": until_midnight_pacific_s(response), "per hour": _HOUR / 2, "server errors": _HOUR, "thresholded": _HOUR / 2}
        found = next((wait for sign, wait in waits.items() if sign in message), None)
        if "xhausted" in message and found is not None:
            return QuotaError(f"the quota of the property is used up: {message}", where=response.url, do="nothing: the next run goes on", retry_after_s=found)
    if response.status_code == 403:
        do = "give the account the role Viewer under 'Property access management' of this property"
        return RefusedError(f"answered 403 ({message})", where=response.url, do=do)
    return api_complaint(response)


class TokenBudget:
    """The tokens of one property, as its answers tell. Stops while ``reserve`` (a share of the standard quota) is left."""

    def __init__(self, reserve: float) -> None:
        self._reserve = reserve
        self._stop: tuple[str, float] | None = None

    def wait_s(self, now_s: float) -> float:
        """Raises ``QuotaError`` where too few tokens are left."""
        if self._stop is not None and now_s < self._stop[1]:
            do = "nothing: the next run goes on; lower quota_reserve to use more of it"
            raise QuotaError(f"stopped before the quota: {self._stop[0]}", where="ga4", do=do, retry_after_s=self._stop[1] - now_s)
        return 0.0

    def learn(self, response: requests.Response, now_s: float) -> None:
        for name, text in _QUOTA.findall(response.content[-TAIL:]):
            told = {key.decode(): int(value) for key, value in _NUMBER.findall(text)}
            left, last = told.get("remaining"), told.get("consumed", 0)
            kind = name.decode()
            if left is not None and left < max(self._reserve * STANDARD.get(kind, 0), last):
                wait = until_midnight_pacific_s(response) if kind == "tokensPerDay" else _HOUR
                self._stop = f"{left:,} {kind} are left", now_s + (wait or _HOUR)


def row_count(body: bytes) -> int | None:
    """How many rows the whole report has; None where the answer does not say (it has no rows)."""
    found = _ROW_COUNT.search(body[-TAIL:])
    if found is None and len(body) > TAIL:
        found = _ROW_COUNT.search(body)
    return int(found[1]) if found else None


def document(page: RawPage) -> Mapping[str, Any]:
    """The report in the page. Raises ``ShapeError``."""
    do = "run again; if it stays so, check the address of the interface"
    try:
        report = orjson.loads(page.body)
    except ValueError:
        start = page.body.lstrip()[:1]
        what = "a web page" if start == b"<" else "an empty answer" if not start else "JSON that breaks off or is broken"
        raise ShapeError(f"{what} came instead of a report", where=page.url, do=do) from None
    if not isinstance(report, dict) or not (report.keys() & {"metricHeaders", "rows", "rowCount", "metadata", "kind"}):
        raise ShapeError("the answer is no report", where=page.url, do=do)
    return cast("Mapping[str, Any]", report)


def flags_of(report: Mapping[str, Any]) -> tuple[str, ...]:
    """What the metadata say of every number of the report."""
    metadata = report.get("metadata") or {}
    incomplete = metadata.get("dataLossFromOtherRow") or metadata.get("dataTruncationReasons")
    told = (("incomplete", incomplete), ("sampled", metadata.get("samplingMetadatas")), ("thresholded", metadata.get("subjectToThresholding")))
    return tuple(flag for flag, holds in told if holds)


def cells(report: Mapping[str, Any], page: RawPage) -> dict[str, list[str]]:
    """The columns of the report by name, every value a text. Raises ``ShapeError``."""
    rows = report.get("rows") or []
    dimensions = [header["name"] for header in report.get("dimensionHeaders") or []]
    metrics = [header["name"] for header in report.get("metricHeaders") or []]
    try:
        found = {name: [row["dimensionValues"][at]["value"] for row in rows] for at, name in enumerate(dimensions)}
        return found | {f"metric {name}": [row["metricValues"][at]["value"] for row in rows] for at, name in enumerate(metrics)}
    except (KeyError, IndexError, TypeError):
        raise ShapeError("a row of the report lacks a value", where=page.url, do="run again; if it stays so, the interface has changed") from None


def origins(page: RawPage, offset: int, count: int) -> pd.Series:
    """Where each row stands: the address and its number in the report."""
    numbers = pc.cast(pa.array(range(offset + 1, offset + count + 1), pa.int64()), pa.string())
    return pd.Series(pc.binary_join_element_wise(pa.scalar(f"{page.url} row"), numbers, " ").to_pandas(), dtype="str")


def day_of(text: str) -> date | None:
    """The day of ``YYYYMMDD``; None for a reserved value such as ``(other)``."""
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])) if len(text) == 8 else None
    except ValueError:
        return None
