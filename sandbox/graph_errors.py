"""The Graph API's error bodies: https://developers.facebook.com/docs/graph-api/guides/error-handling"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sandbox.graph_history import PACIFIC
from sandbox.provider import json_response
from sandbox.response import Response

TRACE = "AriversideTrace0123456789"
REGAIN_MIN = 43


def graph_error(
    status: int,
    code: int,
    message: str,
    *,
    subcode: int | None = None,
    kind: str = "OAuthException",
    headers: Mapping[str, str] | None = None,
) -> Response:
    sub = {} if subcode is None else {"error_subcode": subcode}
    return json_response(
        {"error": {"message": message, "type": kind, "code": code, **sub, "fbtrace_id": TRACE}}, status, headers
    )


def expired(now: datetime) -> Response:
    """A session that ended yesterday, with its time in Pacific time."""
    at, local = (now - timedelta(days=1)).astimezone(PACIFIC), now.astimezone(PACIFIC)
    when, current = (f"{moment:%A, %d-%b-%y %H:%M:%S} {moment.tzname()}" for moment in (at, local))
    message = f"Error validating access token: Session has expired on {when}. The current time is {current}."
    return graph_error(400, 190, message, subcode=463)


def invalid_metric(on_account: bool, known: Sequence[str]) -> Response:
    """For a page the error does not name the metric; for an account it lists those that exist."""
    message = (
        f"(#100) metric[0] must be one of the following values: {', '.join(known)}"
        if on_account
        else "(#100) The value must be a valid insights metric"
    )
    return graph_error(400, 100, message)


def too_long(most_s: int, *, on_account: bool) -> Response:
    message = f"There cannot be more than {most_s // 86_400} days ({most_s} s) between since and until"
    return graph_error(400, 100, f"(#100) {message}.") if on_account else graph_error(400, 1, message)


def permission(message: str) -> Response:
    code = int(message.partition("#")[2].partition(")")[0])
    return graph_error(403 if code != 100 else 400, code, message)


def throttled(account: str) -> Response:
    """The limit of a page's token: https://developers.facebook.com/docs/graph-api/overview/rate-limiting/"""
    usage = {
        "type": "pages",
        "call_count": 100,
        "total_cputime": 25,
        "total_time": 25,
        "estimated_time_to_regain_access": REGAIN_MIN,
    }
    message = "(#80001) There have been too many calls to this Page account. Wait a bit and try again."
    return graph_error(400, 80_001, message, headers={"X-Business-Use-Case-Usage": json.dumps({account: [usage]})})


def unsupported(node: str) -> Response:
    message = (
        f"Unsupported get request. Object with ID '{node}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation. "
        "Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api"
    )
    return graph_error(400, 100, message, subcode=33, kind="GraphMethodException")
