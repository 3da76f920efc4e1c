"""How a JSON service is shown who asks."""

from sources.observed import json_body
from sources.rest.settings import ApiKey, Bearer, ClientCredentials, HttpBasic
from sources.web.auth import ApiKeyAuth, BasicAuth, BearerAuth
from sources.web.session import Session
from warehouse.errors import ShapeError

AnyAuth = Bearer | ApiKey | HttpBasic | ClientCredentials


def standard_auth(auth: AnyAuth | None) -> BasicAuth | BearerAuth | ApiKeyAuth | None:
    """The session's own way for what needs no exchange."""
    if isinstance(auth, Bearer):
        return BearerAuth(type="bearer", token=auth.token)
    if isinstance(auth, ApiKey):
        return ApiKeyAuth(type="api_key", name=auth.name, key=auth.api_key, location=auth.location)
    if isinstance(auth, HttpBasic):
        return BasicAuth(type="basic", user=auth.username, password=auth.password)
    return None


def access_headers(auth: AnyAuth | None, session: Session) -> dict[str, str]:
    """The header with an access token, where one must be asked for first (RFC 6749, 4.4). Raises what the session does."""
    if not isinstance(auth, ClientCredentials):
        return {}
    form = {
        "grant_type": "client_credentials",
        "client_id": auth.client_id,
        "client_secret": session.secret(auth.client_secret),
        **auth.access_token_request_data,
    }
    response = session.post(auth.access_token_url, data=form)
    given = json_body(response.content, response.url)
    if not isinstance(given, dict) or not isinstance(given.get("access_token"), str):
        raise ShapeError("the answer holds no access token", where=response.url, do="check 'access_token_url' in the plan")
    session.hide(given["access_token"])
    return {"Authorization": f"Bearer {given['access_token']}"}
