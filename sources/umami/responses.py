"""What Umami answers, what its errors mean, and how one logs in: https://umami.is/docs/api"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import requests

from sources.observations import parse_json
from sources.umami.settings import ApiKey, Login
from sources.web.response_errors import retry_after_s
from sources.web.session import Session
from warehouse.errors import ConfigError, KmiError, QuotaError, RefusedError, ShapeError
from warehouse.schema import DAY, Window

_CHANGED = "run again; if it stays so, this Umami answers in another way than versions 2 and 3 are documented to"
LIMIT_S = 15.0
"""Umami Cloud takes 50 calls in 15 seconds: https://umami.is/docs/cloud/api-key"""


def error_code_and_message(response: requests.Response) -> tuple[str, str]:
    """Code and message; empty where the body is no error. Version 2 answers with a bare word."""
    try:
        told = response.json()
    except ValueError:
        return "", ""
    error = told.get("error") if isinstance(told, dict) else None
    if isinstance(error, dict):
        return str(error.get("code") or ""), " ".join(str(error.get("message") or "").split())[:200]
    return "", " ".join(str(error).split())[:200] if error else ""


def error_from_response(
    response: requests.Response, redact: Callable[[str], str], auth: ApiKey | Login
) -> KmiError | None:
    """Umami's errors, and a good status without an answer."""
    status, (code, message) = response.status_code, error_code_and_message(response)
    message, where = redact(message or code), response.url
    if status < 400:
        return None if response.content.lstrip()[:1] in {b"{", b"["} else _no_json(response)
    if status == 401:
        if isinstance(auth, ApiKey):
            do = f"make a new key in Umami Cloud (Settings, API keys) and set {auth.key} to it; the plan of the account must include the API"
            return RefusedError(
                f"Umami does not accept the key for this web site ({message or 'answered 401'})", where=where, do=do
            )
        if code == "incorrect-username-password" or where.endswith("/auth/login"):
            do = f"check the user '{auth.user}' under auth, and set {auth.password} to the password"
            return RefusedError("Umami does not accept user and password", where=where, do=do)
        do = f"let the user '{auth.user}' view this web site, through its team, and check 'website'"
        return RefusedError(
            f"Umami does not show this web site to the user ({message or 'answered 401'})", where=where, do=do
        )
    if status == 429 and message:
        wait = retry_after_s(response)
        what = f"Umami's calls are used up for now ({message})"
        return QuotaError(
            what, where=where, do="nothing: the next run goes on", retry_after_s=LIMIT_S if wait is None else wait
        )
    if status == 400 and message:
        return ConfigError(
            f"answered 400 ({message})", where=where, do="check 'website' and 'pages'; filters need Umami 3"
        )
    return None


def _no_json(response: requests.Response) -> ShapeError | None:
    try:
        parse_json(response.content, response.url, _CHANGED)
    except ShapeError as error:
        return error
    return None


def auth_headers(session: Session, url: str, auth: ApiKey | Login) -> dict[str, str]:
    """What shows who asks. A login is made anew for each pull; its token goes nowhere else."""
    if isinstance(auth, ApiKey):
        return {"x-umami-api-key": session.secret(auth.key)}
    told = {"username": auth.user, "password": session.secret(auth.password)}
    response = session.post(
        f"{url}/auth/login",
        json=told,
        error_from_response=lambda answer: error_from_response(answer, session.redact, auth),
    )
    answer = parse_json(response.content, response.url, _CHANGED)
    token = answer.get("token") if isinstance(answer, dict) else None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise ShapeError(
            "the login gave no token", where=response.url, do="check the address: it is the one at which people log in"
        )
    session.hide(token)
    return {"Authorization": f"Bearer {token}"}


def time_range(span: Window, zone: ZoneInfo) -> dict[str, str]:
    """First and last millisecond of the days, both included by Umami."""
    start, end = (
        int(datetime.combine(day, time(), zone).astimezone(UTC).timestamp() * 1000) for day in (span.start, span.end)
    )
    return {"startAt": str(start), "endAt": str(end - 1)}


def series_points(told: Any, name: str, where: str) -> Sequence[Any]:
    """The points of a series. Raises ``ShapeError``."""
    found = told.get(name) if isinstance(told, dict) else None
    if not isinstance(found, list):
        raise ShapeError(f"the answer holds no series '{name}'", where=where, do=_CHANGED)
    return found


def parse_totals(told: Any, where: str) -> tuple[Mapping[str, Any], bool]:
    """The numbers of a span, and whether version 2 gave them, each in an object with ``value``. Raises ``ShapeError``."""
    if not isinstance(told, dict) or "pageviews" not in told:
        raise ShapeError("the answer holds no totals", where=where, do=_CHANGED)
    old = isinstance(told["pageviews"], dict)
    return {name: value.get("value") if old and isinstance(value, dict) else value for name, value in told.items()}, old


def parse_page_rows(body: bytes, where: str) -> list[Mapping[str, Any]]:
    """The pages of an answer. Raises ``ShapeError``."""
    told = parse_json(body, where, _CHANGED)
    if not isinstance(told, list) or not all(isinstance(row, dict) for row in told):
        raise ShapeError("the answer is no list of pages", where=where, do=f"by_page needs Umami 3; {_CHANGED}")
    return told


def day_of(text: object, zone: ZoneInfo) -> date | None:
    """The local day of a point: ``2026-11-01 00:00:00`` as it stands; with an offset the local day that begins then."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    if moment.tzinfo is not None:
        local = moment.astimezone(zone)
        begins = datetime.combine(local.date(), time(), zone).astimezone(UTC)
        if begins == moment:
            return local.date()
    # Where the clocks go forward at midnight a day begins at one.
    return moment.date() if moment.time() <= time(1) else None


def each_day(window: Window) -> list[Window]:
    return [Window(window.start + n * DAY, window.start + (n + 1) * DAY) for n in range(window.days)]
