"""Google's token endpoint: a refresh token or a signed assertion for an access token (RFC 6749, RFC 7523)."""

from typing import ClassVar

from sandbox.faults import Fault
from sandbox.google.tokens import ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, google_error
from sandbox.provider import Call, World, json_response
from sandbox.response import Response

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class OAuth2:
    """``POST /token``."""

    prefix: ClassVar[str] = "/google/oauth2"

    def __init__(self, world: World) -> None:
        self.world = world

    def response(self, call: Call) -> Response:
        if (call.method, call.path) != ("POST", "/token"):
            return google_error(404, "Not Found")
        form = call.form()
        if call.fault is Fault.EXPIRED_TOKEN:
            return _refused("invalid_grant", "Token has been expired or revoked.")
        if form.get("grant_type") == JWT_BEARER:
            return (
                self._granted("")
                if form.get("assertion", "").count(".") == 2
                else _refused("invalid_grant", "Invalid JWT.")
            )
        if form.get("grant_type") != "refresh_token":
            return _refused("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return json_response(
                {"error": "invalid_client", "error_description": "The OAuth client was not found."}, 401
            )
        return (
            self._granted(form.get("scope", ""))
            if form.get("refresh_token") == REFRESH_TOKEN
            else _refused("invalid_grant", "Bad Request")
        )

    def failure(self, status: int) -> Response:
        return google_error(status, "Not now")

    @staticmethod
    def _granted(scope: str) -> Response:
        return json_response(
            {
                "access_token": ACCESS_TOKEN,
                "expires_in": 3599,
                "scope": scope or "https://www.googleapis.com/auth/analytics.readonly",
                "token_type": "Bearer",
            }
        )


def _refused(code: str, description: str) -> Response:
    return json_response({"error": code, "error_description": description}, 400)
