"""What the Graph API's error bodies mean, whatever the HTTP status:
https://developers.facebook.com/docs/graph-api/guides/error-handling"""

import re
from typing import Any

import requests

from sources.graph.usage import regain_s
from sources.json_values import json_or_none
from sources.web.response_errors import retry_after_s
from sources.whole_numbers import read_count
from warehouse.errors import ConfigError, KmiError, QuotaError, RefusedError, RetryableError, ShapeError

_INVALID_METRIC = re.compile(
    r"valid insights metric|metric\[\d+\] must be one of|metrics? is no longer supported"
    r"|specified with parameter metric_type|incompatible with the metric type"
)
_TOO_MUCH_DATA = "reduce the amount of data"
_NO_OBJECT = re.compile(r"[Oo]bject (with ID|does not exist)|Unsupported get request|do not exist")
_THROTTLED = {4, 17, 32, 341, *range(80_000, 80_015)}
"""https://developers.facebook.com/docs/graph-api/overview/rate-limiting/ ; 341 is the application's own limit."""
_HOUR_S = 3600.0
_NEW_TOKEN = "create a new token and set it where 'token' points to (docs: access, step 4)"  # noqa: S105 - not a secret
_EXPIRED = "the access token has expired"
_TOKEN: dict[int, tuple[str, str]] = {
    458: (
        "the person who created the token has removed the app",
        f"let them log in to the app again, then {_NEW_TOKEN}",
    ),
    459: (
        "Facebook wants the person who created the token to log in and confirm their identity",
        "let them log in at facebook.com and follow its instructions",
    ),
    460: ("the password of the person who created the token was changed, or the session has ended", _NEW_TOKEN),
    463: (_EXPIRED, _NEW_TOKEN),
    464: (
        "the account of the person who created the token is not confirmed",
        "let them log in at facebook.com and confirm it",
    ),
    467: ("the access token is no longer valid: it was revoked, or the person logged out", _NEW_TOKEN),
    492: (
        "the person who created the token no longer has a role on the page",
        f"give them the task ANALYZE on the page, then {_NEW_TOKEN}",
    ),
}
_PERMISSION = (
    "give the token the permissions read_insights and pages_read_engagement, from a person with the task ANALYZE on "
    "the page (Instagram: instagram_basic, instagram_manage_insights and pages_read_engagement)"
)


class InvalidMetricError(RefusedError):
    """The API does not know at least one of the metrics, or not in this form. ``body`` is the response.

    The API does not say which one.
    """

    def __init__(self, what: str, body: bytes, where: str) -> None:
        super().__init__(what, where=where, do="remove the metric from 'metrics', or write its current name")
        self.body = body


class TooMuchDataError(RefusedError):
    """The response would be too large; half of the request succeeds."""


class ItemError(RefusedError):
    """One object is missing or shows no metrics; others may. ``body`` is the response."""

    def __init__(self, what: str, body: bytes, where: str) -> None:
        super().__init__(what, where=where, do=f"check the id in the plan; if it is right, {_PERMISSION}")
        self.body = body


def error_from_response(response: requests.Response) -> KmiError | None:
    """The error that a response reports; None if it is good or the status alone says enough."""
    document = _json(response)
    if document is None and response.status_code == 200:
        came = "a web page" if response.content.lstrip()[:1] == b"<" else "something other than JSON"
        do = "check the address; if it is right, run again later"
        return ShapeError(f"{came} came instead of an answer", where=response.url, do=do)
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict):
        return None
    code, subcode = _whole_number(error.get("code")), _whole_number(error.get("error_subcode"))
    message = " ".join(str(error.get("message") or error.get("error_user_msg") or "no reason given").split())[:300]
    what = f"answered {response.status_code} ({message})"
    if response.status_code == 429 or code == 613:
        wait = retry_after_s(response) or regain_s(response.headers) or None
        do = "run again later, or request less at a time"
        return RetryableError(what, where=response.url, do=do, retry_after_s=wait)
    if code in _THROTTLED:
        wait, what = regain_s(response.headers) or _HOUR_S, f"the limit of calls is used up: {message}"
        return QuotaError(what, where=response.url, do="nothing: the next run goes on", retry_after_s=wait)
    return _access_error(code, subcode, message, response) or _request_error(code, subcode, what, response)


def _access_error(code: int, subcode: int, message: str, response: requests.Response) -> KmiError | None:
    where = response.url
    if code in {102, 190}:
        otherwise = _EXPIRED if "expired" in message.lower() else "Facebook does not accept the access token"
        what, do = _TOKEN.get(subcode, (otherwise, _NEW_TOKEN))
        return RefusedError(f"{what} ({message})", where=where, do=do)
    if code == 10 and "Not enough viewers" in message:
        return ItemError(message, response.content, where)
    if code in {3, 10} or 200 <= code <= 299 or "Public Content Access requires" in message:
        return RefusedError(f"the token may not read this ({message})", where=where, do=_PERMISSION)
    if code == 368:
        what = f"Facebook has temporarily blocked the account or app for a policy violation ({message})"
        do = "see the page's support inbox on Facebook, resolve the case and run again"
        return RefusedError(what, where=where, do=do)
    return None


def _request_error(code: int, subcode: int, what: str, response: requests.Response) -> KmiError | None:
    where = response.url
    if code in {1, 2}:
        if _TOO_MUCH_DATA in what:
            return TooMuchDataError(what, where=where, do="lower 'newest', or name fewer metrics")
        if "between since and until" not in what:
            return RetryableError(what, where=where, do="run again later: the provider calls it a temporary fault")
    if "between since and until" in what or "last 30 days" in what:
        return ConfigError(what, where=where, do="request a shorter or later window")
    if code == 3001:
        return ConfigError(what, where=where, do="name at least one metric under 'metrics'")
    if code == 100 and _INVALID_METRIC.search(what):
        return InvalidMetricError(what, response.content, where)
    if code in {100, 803} and (subcode == 33 or _NO_OBJECT.search(what)):
        return ItemError(what, response.content, where)
    if code in {12, 2635}:
        versions = "https://developers.facebook.com/docs/graph-api/changelog/versions/"
        return ConfigError(what, where=where, do=f"write a newer 'version' in the plan: {versions}")
    refused = RefusedError(what, where=where, do="check the settings of the source")
    return refused if response.status_code < 500 else None


def _json(response: requests.Response) -> Any:
    return json_or_none(response)


def _whole_number(value: object) -> int:
    return read_count(value) or 0
