"""What Google's error answers mean: https://cloud.google.com/apis/design/errors and the pages of each interface."""

import json
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import cast
from zoneinfo import ZoneInfo

import requests

from sources.web.response_errors import retry_after_s
from warehouse.errors import KmiError, QuotaError, RefusedError, RetryableError

PACIFIC = ZoneInfo("America/Los_Angeles")
"""Google's daily quotas begin anew at midnight there."""
_RENEW = {
    "invalid_grant": (
        "the refresh token or key is expired or was revoked",
        "consent again and set the new refresh token, or make the account a new key",
    ),
    "invalid_client": ("the OAuth client is not known", "check client_id and client_secret"),
    "unauthorized_client": (
        "the OAuth client may not use this token",
        "check client_id, and consent again with this client",
    ),
    "deleted_client": ("the OAuth client was deleted", "make a new OAuth client and consent again"),
}
_TOO_FAST = {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"}
_USED_UP = {"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"}


def error_from_token_response(response: requests.Response) -> KmiError | None:
    """An error of the token endpoint (RFC 6749, 5.2), or None."""
    code = _json(response).get("error")
    if response.status_code < 400 or not isinstance(code, str):
        return None
    what, do = _RENEW.get(code, (f"no access token was given ({code[:60]})", "check the access under auth"))
    return RefusedError(what, where=response.url, do=do)


def error_details(response: requests.Response) -> tuple[str, str, frozenset[str]]:
    """Status name, message and reasons of an error body; empty where it is none."""
    error = _json(response).get("error")
    if not isinstance(error, dict):
        return "", "", frozenset()
    entries = [entry for name in ("errors", "details") for entry in (error.get(name) or ()) if isinstance(entry, dict)]
    reasons = frozenset(str(entry["reason"]) for entry in entries if entry.get("reason"))
    return str(error.get("status") or ""), " ".join(str(error.get("message") or "").split())[:300], reasons


def error_from_api_response(response: requests.Response) -> KmiError | None:
    """The error of any Google interface; None for a good answer and for one that the general reading serves."""
    if response.status_code < 400:
        return None
    status, message, reasons = error_details(response)
    where, what = response.url, f"answered {response.status_code} ({message or status or 'no reason given'})"
    if reasons & _USED_UP:
        return QuotaError(
            what,
            where=where,
            do="nothing: the next run after midnight Pacific goes on",
            retry_after_s=until_midnight_pacific_s(response),
        )
    if reasons & _TOO_FAST or status == "RESOURCE_EXHAUSTED" or response.status_code == 429:
        return RetryableError(
            what, where=where, do="run again later, or ask for less at a time", retry_after_s=retry_after_s(response)
        )
    if response.status_code == 401:
        return RefusedError(what, where=where, do="the access token is not accepted: renew the access under auth")
    if "SERVICE_DISABLED" in reasons or "accessNotConfigured" in reasons:
        return RefusedError(
            what,
            where=where,
            do="enable this API for the project in the Google Cloud console, wait some minutes and run again",
        )
    if response.status_code == 403:
        return RefusedError(what, where=where, do="give the account under auth the right to read this")
    return (
        RefusedError(what, where=where, do="check the settings of the source")
        if status and response.status_code < 500
        else None
    )


def until_midnight_pacific_s(response: requests.Response) -> float | None:
    """Seconds from the answer's own ``Date`` to the next midnight in California; None where it has none."""
    try:
        now = parsedate_to_datetime(response.headers.get("Date", "")).astimezone(PACIFIC)
    except (ValueError, TypeError):
        return None
    midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), PACIFIC)
    return (midnight.astimezone(ZoneInfo("UTC")) - now.astimezone(ZoneInfo("UTC"))).total_seconds()


def _json(response: requests.Response) -> dict[str, object]:
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, object]", body) if isinstance(body, dict) else {}
