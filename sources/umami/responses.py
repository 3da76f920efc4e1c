"""Reads Umami's responses and errors, and logs in: https://umami.is/docs/api"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import requests

from sources.json_values import any_objects, json_or_none, parse_json
from sources.umami.settings import ApiKey, Login
from sources.web.response_errors import retry_after_s
from sources.web.session import Session
from warehouse.errors import ConfigError, KmiError, QuotaError, RefusedError, ShapeError
from warehouse.schema import DAY, Window

_CHANGED = "run again; if it happens again, this Umami does not answer as versions 2 and 3 are documented to"
LIMIT_S = 15.0
"""Umami Cloud takes 50 calls in 15 seconds: https://umami.is/docs/cloud/api-key"""


def error_code_and_message(response: requests.Response) -> tuple[str, str]:
    """Code and message of an error body, else empty; version 2 gives only a message."""
    body = json_or_none(response)
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        return str(error.get("code") or ""), " ".join(str(error.get("message") or "").split())[:200]
    return "", " ".join(str(error).split())[:200] if error else ""


def error_from_response(
    response: requests.Response, redact: Callable[[str], str], auth: ApiKey | Login
) -> KmiError | None:
    """The error that Umami reports, also for a good status without JSON."""
    status, (code, message) = response.status_code, error_code_and_message(response)
    message, where = redact(message or code), response.url
    if status < 400:
        return None if response.content.lstrip()[:1] in {b"{", b"["} else _error_if_not_json(response)
    if status == 401:
        if isinstance(auth, ApiKey):
            do = (
                f"create a new key in Umami Cloud (Settings, API keys) and set {auth.key} to it; "
                "the plan of the account must include the API"
            )
            what = f"Umami does not accept the key for this web site ({message or 'answered 401'})"
            return RefusedError(what, where=where, do=do)
        if code == "incorrect-username-password" or where.endswith("/auth/login"):
            do = f"check the user '{auth.user}' under auth, and set {auth.password} to the password"
            return RefusedError("Umami does not accept user and password", where=where, do=do)
        do = f"let the user '{auth.user}' view this web site, through its team, and check 'website'"
        what = f"Umami does not show this web site to the user ({message or 'answered 401'})"
        return RefusedError(what, where=where, do=do)
    if status == 429 and message:
        asked = retry_after_s(response)
        wait, what = LIMIT_S if asked is None else asked, f"Umami's calls are used up for now ({message})"
        return QuotaError(what, where=where, do="nothing: the next run goes on", retry_after_s=wait)
    if status == 400 and message:
        do = "check 'website' and 'pages'; filters need Umami 3"
        return ConfigError(f"answered 400 ({message})", where=where, do=do)
    return None


def _error_if_not_json(response: requests.Response) -> ShapeError | None:
    try:
        parse_json(response.content, response.url, _CHANGED)
    except ShapeError as error:
        return error
    return None


def auth_headers(session: Session, url: str, auth: ApiKey | Login) -> dict[str, str]:
    """The authentication header. Each pull logs in again; its token goes to no other host."""
    if isinstance(auth, ApiKey):
        return {"x-umami-api-key": session.secret(auth.key)}
    credentials = {"username": auth.user, "password": session.secret(auth.password)}
    response = session.post(
        f"{url}/auth/login",
        json=credentials,
        holds_token=True,
        error_from_response=lambda answer: error_from_response(answer, session.redact, auth),
    )
    answer = parse_json(response.content, response.url, _CHANGED)
    token = answer.get("token") if isinstance(answer, dict) else None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        do = "check the address: it must be the one at which people log in"
        raise ShapeError("the login gave no token", where=response.url, do=do)
    session.hide(token)
    return {"Authorization": f"Bearer {token}"}


def time_range(span: Window, zone: ZoneInfo) -> dict[str, str]:
    """First and last millisecond of the days; Umami includes both."""
    start, end = (
        int(datetime.combine(day, time(), zone).astimezone(UTC).timestamp() * 1000) for day in (span.start, span.end)
    )
    return {"startAt": str(start), "endAt": str(end - 1)}


def series_points(document: Any, name: str, where: str) -> Sequence[Any]:
    """The points of a series. Raises ``ShapeError``."""
    found = document.get(name) if isinstance(document, dict) else None
    if not isinstance(found, list):
        raise ShapeError(f"the response holds no series '{name}'", where=where, do=_CHANGED)
    return found


def parse_totals(document: Any, where: str) -> tuple[Mapping[str, Any], bool]:
    """The totals of a span by metric, and whether Umami 2 gave them, which wraps each in an object with ``value``.

    Raises ``ShapeError``.
    """
    if not isinstance(document, dict) or "pageviews" not in document:
        raise ShapeError("the response holds no totals", where=where, do=_CHANGED)
    if not isinstance(document["pageviews"], dict):
        return document, False
    return {name: value.get("value") if isinstance(value, dict) else value for name, value in document.items()}, True


def parse_page_rows(body: bytes, where: str) -> list[Mapping[str, Any]]:
    """The rows of a list of pages. Raises ``ShapeError``."""
    rows = parse_json(body, where, _CHANGED)
    if not isinstance(rows, list) or not any_objects(rows):
        raise ShapeError("the response is not a list of pages", where=where, do=f"by_page needs Umami 3; {_CHANGED}")
    return rows


def day_of(text: object, zone: ZoneInfo) -> date | None:
    """The local day of a point: that of a text without an offset; else the local day that begins at the instant."""
    try:
        moment = datetime.fromisoformat(str(text))
        local = moment.astimezone(zone)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is not None:
        begins = datetime.combine(local.date(), time(), zone).astimezone(UTC)
        if begins == moment:
            return local.date()
    # Where the clocks go forward at midnight a day begins at one.
    return moment.date() if moment.time() <= time(1) else None


def each_day(window: Window) -> list[Window]:
    return [Window(window.start + n * DAY, window.start + (n + 1) * DAY) for n in range(window.days)]
