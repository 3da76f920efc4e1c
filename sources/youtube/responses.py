"""Reads the Data API's responses and errors: https://developers.google.com/youtube/v3/docs/errors"""

from collections.abc import Mapping
from typing import Any

import requests

from sources.google.errors import error_details, error_from_api_response
from sources.json_values import parse_json
from warehouse.errors import KmiError, QuotaError, RefusedError, ShapeError

_BAD_KEY = {"API_KEY_INVALID", "keyInvalid", "keyExpired"}
_NOT_ENABLED = {"SERVICE_DISABLED", "accessNotConfigured"}
_LIMITED_KEY = {
    "API_KEY_SERVICE_BLOCKED",
    "API_KEY_IP_ADDRESS_BLOCKED",
    "API_KEY_HTTP_REFERRER_BLOCKED",
    "ipRefererBlocked",
}


class QuotaUsedUpError(QuotaError):
    """The quota is used up; ``status`` and ``body`` are those of the response that says so."""

    def __init__(self, error: QuotaError, response: requests.Response) -> None:
        super().__init__(error.what, where=error.where, do=error.do, retry_after_s=error.retry_after_s)
        self.status, self.body = response.status_code, response.content


class NoUploadsListError(RefusedError):
    """The channel has no list of uploads, as if it never had a public video; ``body`` is the response."""

    def __init__(self, response: requests.Response) -> None:
        what = "YouTube shows no list of uploads for this channel"
        super().__init__(what, where=response.url, do="check 'channel' in the plan, or list the 'videos'")
        self.status, self.body = response.status_code, response.content


def error_from_response(response: requests.Response) -> KmiError | None:
    """The error that a response reports: those of any Google API, and those of API keys and public lists."""
    if response.status_code < 400:
        return None
    _, message, reasons = error_details(response)
    if reasons & _BAD_KEY or (response.status_code == 400 and "API key" in message):
        do = "create a new key in the Google Cloud console under 'Credentials', for the YouTube Data API v3, and set it"
        return RefusedError(f"YouTube does not accept the API key ({message})", where=response.url, do=do)
    if reasons & _LIMITED_KEY:
        do = "in the Google Cloud console, under 'Credentials', allow the key the YouTube Data API v3 from this machine"
        return RefusedError(f"the API key is restricted ({message})", where=response.url, do=do)
    if "playlistNotFound" in reasons:
        return NoUploadsListError(response)
    found = error_from_api_response(response)
    if isinstance(found, QuotaError):
        return QuotaUsedUpError(found, response)
    if response.status_code == 403 and isinstance(found, RefusedError) and not reasons & _NOT_ENABLED:
        do = "a key reads only what is public: check 'channel' and 'videos' in the plan"
        return RefusedError(found.what, where=response.url, do=do)
    return found


def parse_list(body: bytes, where: str) -> dict[str, Any]:
    """A list of the Data API. Raises ``ShapeError`` for anything else."""
    found = parse_json(body, where)
    kind = str(found.get("kind")) if isinstance(found, dict) else ""
    if not kind.endswith("Response") or not isinstance(found.get("items", []), list):
        message = error_message(found) if isinstance(found, dict) else ""
        no_list = "the response is not one of the Data API's lists"
        what = f"an error came instead of a list ({message})" if message else no_list
        do = "check the address in the plan; if it is right, run again; the earlier data are kept"
        raise ShapeError(what, where=where, do=do)
    return dict(found)


def error_message(found: Mapping[str, Any]) -> str:
    """The message of an error body; empty if the body is not an error."""
    error = found.get("error")
    return str(error.get("message") if isinstance(error, dict) else error)[:200] if error else ""


def value_at(item: object, *path: str) -> Any:
    """The value in ``item`` under the names of ``path``; None if a part of the path is missing or not an object."""
    for name in path:
        item = item.get(name) if isinstance(item, dict) else None
    return item
