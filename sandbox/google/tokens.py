"""Access tokens and keys of the simulated project, and Google's error bodies.

https://cloud.google.com/apis/design/errors
"""

from collections.abc import Mapping

from sandbox.faults import Fault
from sandbox.provider import Call, json_response
from sandbox.response import Response

CLIENT_ID = "riverside.apps.googleusercontent.example"
CLIENT_SECRET = "GOCSPX-riverside-demo"  # noqa: S105 (the sandbox's own)
REFRESH_TOKEN = "1//0riverside-refresh"  # noqa: S105
ACCESS_TOKEN = "ya29.riverside-access-token"  # noqa: S105
API_KEY = "riverside-demo-key-0123456789abcdef"
NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


def google_error(status: int, message: str, reason: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """An error in Google's shape, with the older list of reasons where a reason is given."""
    error: dict[str, object] = {"code": status, "message": message, "status": NAMES.get(status, "UNKNOWN")}
    if reason:
        error["errors"] = [{"message": message, "domain": "global", "reason": reason}]
    return json_response({"error": error}, status, headers)


def bearer_problem(call: Call) -> Response | None:
    """The refusal of a request without a good access token, or None."""
    credentials = call.headers.get("Authorization", "")
    if call.fault is Fault.EXPIRED_TOKEN or credentials != f"Bearer {ACCESS_TOKEN}":
        what = (
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or "
            "other valid authentication credential."
        )
        return google_error(401, what, "authError")
    return None


def key_problem(call: Call) -> Response | None:
    """The refusal of a request without a good API key, or None."""
    credentials = call.headers.get("X-Goog-Api-Key") or call.one("key")
    if call.fault is Fault.EXPIRED_TOKEN or credentials != API_KEY:
        message = (
            "API key expired. Please renew the API key."
            if call.fault is Fault.EXPIRED_TOKEN
            else "API key not valid. Please pass a valid API key."
        )
        detail = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "API_KEY_INVALID",
            "domain": "googleapis.com",
        }
        body = {
            "code": 400,
            "message": message,
            "status": "INVALID_ARGUMENT",
            "errors": [{"message": message, "domain": "global", "reason": "badRequest"}],
        }
        return json_response({"error": {**body, "details": [detail]}}, 400)
    return None
