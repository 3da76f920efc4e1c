"""What the Graph API's error bodies mean, whatever the status: https://developers.facebook.com/docs/graph-api/guides/error-handling"""

import json
import re
from typing import Any

import requests

from sources.graph.usage import regain_s
from sources.web.response_errors import retry_after_s
from warehouse.errors import ConfigError, KmiError, QuotaError, RefusedError, RetryableError, ShapeError

_INVALID = re.compile(
    r"valid insights metric|metric\[\d+\] must be one of|metrics? is no longer supported|specified with parameter metric_type|incompatible with the metric type"
)
_TOO_MUCH = "reduce the amount of data"
_THROTTLED = {4, 17, 32, 341, *range(80_000, 80_015)}
"""https://developers.facebook.com/docs/graph-api/overview/rate-limiting/ ; 341 is the application's own limit."""
_HOUR_S = 3600.0
_NEW_TOKEN = "make a new token and set it where 'token' points to (docs: access, step 4)"  # noqa: S105 - words, no secret
_EXPIRED = "the access token has expired"
_TOKEN: dict[int, tuple[str, str]] = {
    458: (
        "the person who made the token has taken the app away",
        f"let them log in to the app again, then {_NEW_TOKEN}",
    ),
    459: (
        "Facebook wants the person who made the token to log in and confirm who they are",
        "let them log in at facebook.com and do what it asks",
    ),
    460: ("the password of the person who made the token was changed, or the session was ended", _NEW_TOKEN),
    463: (_EXPIRED, _NEW_TOKEN),
    464: (
        "the account of the person who made the token is not confirmed",
        "let them log in at facebook.com and confirm it",
    ),
    467: ("the access token is no longer valid: it was revoked, or the person logged out", _NEW_TOKEN),
    492: (
        "the person who made the token has no role on the page any more",
        f"give them the task ANALYZE on the page, then {_NEW_TOKEN}",
    ),
}
_PERMISSION = (
    "give the token what it lacks: read_insights and pages_read_engagement, from a person with the task ANALYZE on the page "
    "(Instagram: instagram_basic, instagram_manage_insights and pages_read_engagement)"
)


class InvalidMetricError(RefusedError):
    """At least one of the metrics is not known, or not in this form; which one is not said. ``body`` is the answer."""

    def __init__(self, what: str, body: bytes, where: str) -> None:
        super().__init__(
            what, where=where, do="take the metric out of 'metrics', or write the name that the API has now"
        )
        self.body = body


class TooMuchDataError(RefusedError):
    """The answer would be too large: the same question in halves is answered."""


class ItemError(RefusedError):
    """One object is not there or shows no figures; others may. ``body`` is the answer."""

    def __init__(self, what: str, body: bytes, where: str) -> None:
        super().__init__(what, where=where, do=f"check the id in the plan; if it is right, {_PERMISSION}")
        self.body = body


def error_from_response(response: requests.Response) -> KmiError | None:
    """The error that an answer stands for; None for a good one and for one that the general reading serves."""
    document = _json(response)
    if document is None and response.status_code == 200:
        what = "a web page" if response.content.lstrip()[:1] == b"<" else "something that is no JSON"
        return ShapeError(
            f"{what} came instead of an answer",
            where=response.url,
            do="check the address; if it is right, run again later",
        )
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict):
        return None
    code, subcode = _whole(error.get("code")), _whole(error.get("error_subcode"))
    message = " ".join(str(error.get("message") or error.get("error_user_msg") or "no reason given").split())[:300]
    what = f"answered {response.status_code} ({message})"
    if response.status_code == 429 or code == 613:
        wait = retry_after_s(response) or regain_s(response.headers) or None
        return RetryableError(
            what, where=response.url, do="run again later, or ask for less at a time", retry_after_s=wait
        )
    if code in _THROTTLED:
        wait = regain_s(response.headers) or _HOUR_S
        return QuotaError(
            f"the limit of calls is used up: {message}",
            where=response.url,
            do="nothing: the next run goes on",
            retry_after_s=wait,
        )
    return _of_access(code, subcode, message, response) or _of_question(code, subcode, what, response)


def _of_access(code: int, subcode: int, message: str, response: requests.Response) -> KmiError | None:
    where = response.url
    if code in {102, 190}:
        what, do = _TOKEN.get(
            subcode, (_EXPIRED if "expired" in message.lower() else "the access token is not accepted", _NEW_TOKEN)
        )
        return RefusedError(f"{what} ({message})", where=where, do=do)
    if code == 10 and "Not enough viewers" in message:
        return ItemError(message, response.content, where)
    if code in {3, 10} or 200 <= code <= 299 or "Public Content Access requires" in message:
        return RefusedError(f"the token may not read this ({message})", where=where, do=_PERMISSION)
    if code == 368:
        what = f"Facebook has blocked the account or app for a time, for its policies ({message})"
        return RefusedError(what, where=where, do="see the page's support inbox on Facebook, settle it and run again")
    return None


def _of_question(code: int, subcode: int, what: str, response: requests.Response) -> KmiError | None:
    where = response.url
    if code in {1, 2}:
        if _TOO_MUCH in what:
            return TooMuchDataError(what, where=where, do="lower 'newest', or name fewer metrics")
        if "between since and until" not in what:
            return RetryableError(what, where=where, do="run again later: the provider calls it a fault that passes")
    if "between since and until" in what or "last 30 days" in what:
        return ConfigError(what, where=where, do="ask for a shorter or later window")
    if code == 3001:
        return ConfigError(what, where=where, do="name at least one metric under 'metrics'")
    if code == 100 and _INVALID.search(what):
        return InvalidMetricError(what, response.content, where)
    if code in {100, 803} and (
        subcode == 33 or re.search(r"[Oo]bject (with ID|does not exist)|Unsupported get request|do not exist", what)
    ):
        return ItemError(what, response.content, where)
    if code in {12, 2635}:
        return ConfigError(
            what,
            where=where,
            do="write a newer 'version' in the plan: https://developers.facebook.com/docs/graph-api/changelog/versions/",
        )
    return (
        RefusedError(what, where=where, do="check the settings of the source") if response.status_code < 500 else None
    )


def _json(response: requests.Response) -> Any:
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return None


def _whole(value: object) -> int:
    return value if isinstance(value, int) else int(value) if isinstance(value, str) and value.isdigit() else 0
