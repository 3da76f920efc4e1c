"""What Google's error responses mean: https://cloud.google.com/apis/design/errors and each API's own pages."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import cast
from zoneinfo import ZoneInfo

import requests

from sources.json_values import json_or_none
from sources.web.response_errors import retry_after_s
from warehouse.errors import KmiError, QuotaError, RefusedError, RetryableError

PACIFIC = ZoneInfo("America/Los_Angeles")
"""Google renews its daily quotas at midnight there."""
_RENEW = {
    "invalid_grant": (
        "the refresh token or key has expired or was revoked",
        "consent again and set the new refresh token, or create a new key for the account",
    ),
    "invalid_client": ("Google does not know the OAuth client", "check client_id and client_secret"),
    "unauthorized_client": (
        "the OAuth client may not use this token",
        "check client_id, and consent again with this client",
    ),
    "deleted_client": ("the OAuth client was deleted", "create a new OAuth client and consent again"),
}
_TOO_FAST = {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"}
_USED_UP = {"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"}


def error_from_token_response(response: requests.Response) -> KmiError | None:
    """The error that the token endpoint reports (RFC 6749, 5.2); None for any other response."""
    code = _json(response).get("error")
    if response.status_code < 400 or not isinstance(code, str):
        return None
    what, do = _RENEW.get(code, (f"Google gave no access token ({code[:60]})", "check the access under auth"))
    return RefusedError(what, where=response.url, do=do)


def error_details(response: requests.Response) -> tuple[str, str, frozenset[str]]:
    """Status name, message and reasons of an error body; empty if the body is not an error."""
    error = _json(response).get("error")
    if not isinstance(error, dict):
        return "", "", frozenset()
    entries = [entry for name in ("errors", "details") for entry in (error.get(name) or ()) if isinstance(entry, dict)]
    reasons = frozenset(str(entry["reason"]) for entry in entries if entry.get("reason"))
    return str(error.get("status") or ""), " ".join(str(error.get("message") or "").split())[:300], reasons


def error_from_api_response(response: requests.Response) -> KmiError | None:
    """The error that a response of any Google API reports; None if it is good or the status alone says enough."""
    if response.status_code < 400:
        return None
    status, message, reasons = error_details(response)
    where, what = response.url, f"answered {response.status_code} ({message or status or 'no reason given'})"
    if reasons & _USED_UP:
        do, wait = "nothing: the next run after midnight Pacific goes on", until_midnight_pacific_s(response)
        return QuotaError(what, where=where, do=do, retry_after_s=wait)
    if reasons & _TOO_FAST or status == "RESOURCE_EXHAUSTED" or response.status_code == 429:
        do = "run again later, or request less at a time"
        return RetryableError(what, where=where, do=do, retry_after_s=retry_after_s(response))
    if response.status_code == 401:
        do = "Google does not accept the access token: renew the access under auth"
        return RefusedError(what, where=where, do=do)
    if "SERVICE_DISABLED" in reasons or "accessNotConfigured" in reasons:
        do = "enable this API for the project in the Google Cloud console, wait some minutes and run again"
        return RefusedError(what, where=where, do=do)
    if response.status_code == 403:
        return RefusedError(what, where=where, do="give the account under auth the right to read this")
    if status and response.status_code < 500:
        return RefusedError(what, where=where, do="check the settings of the source")
    return None


def until_midnight_pacific_s(response: requests.Response) -> float | None:
    """Seconds from the response's own ``Date`` to the next midnight in California; None without that header."""
    try:
        now = parsedate_to_datetime(response.headers.get("Date", "")).astimezone(PACIFIC)
    except (ValueError, TypeError):
        return None
    midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), PACIFIC)
    return (midnight.astimezone(ZoneInfo("UTC")) - now.astimezone(ZoneInfo("UTC"))).total_seconds()


def _json(response: requests.Response) -> dict[str, object]:
    body = json_or_none(response)
    return cast("dict[str, object]", body) if isinstance(body, dict) else {}
