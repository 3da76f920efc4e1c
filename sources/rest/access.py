"""How a JSON service authenticates kmi, and what its refusals mean."""

from collections.abc import Callable

import requests

from sources.rest.client_settings import ApiKey, Bearer, ClientCredentials, HttpBasic
from sources.web.auth import ApiKeyAuth, BasicAuth, BearerAuth
from sources.web.bearer_token import bearer_header
from sources.web.response_errors import excerpt
from sources.web.session import Session
from warehouse.errors import KmiError, RefusedError

AnyAuth = Bearer | ApiKey | HttpBasic | ClientCredentials


def standard_auth(auth: AnyAuth | None) -> BasicAuth | BearerAuth | ApiKeyAuth | None:
    """The session's credentials for access that needs no token exchange, or None."""
    if isinstance(auth, Bearer):
        return BearerAuth(type="bearer", token=auth.token)
    if isinstance(auth, ApiKey):
        return ApiKeyAuth(type="api_key", name=auth.name, key=auth.api_key, location=auth.location)
    if isinstance(auth, HttpBasic):
        return BasicAuth(type="basic", user=auth.username, password=auth.password)
    return None


def access_headers(auth: AnyAuth | None, session: Session) -> dict[str, str]:
    """The header with an access token that must be requested first (RFC 6749, 4.4); empty for other access.

    Raises what the session raises.
    """
    if not isinstance(auth, ClientCredentials):
        return {}
    form = {
        "grant_type": "client_credentials",
        "client_id": auth.client_id,
        "client_secret": session.secret(auth.client_secret),
        **auth.access_token_request_data,
    }
    response = session.post(
        auth.access_token_url,
        data=form,
        holds_token=True,
        error_from_response=lambda response: refused_token(auth, response, session.redact),
    )
    return bearer_header(response, session, "check 'access_token_url' in the plan")


def refused_token(
    auth: ClientCredentials, response: requests.Response, redact: Callable[[str], str]
) -> KmiError | None:
    """The error of the token endpoint, which refuses an unknown client with 400 or 401 (RFC 6749, 5.2)."""
    return refused_access(auth, response, redact) or (
        _refused(auth, response, redact) if response.status_code == 400 else None
    )


def refused_access(auth: AnyAuth | None, response: requests.Response, redact: Callable[[str], str]) -> KmiError | None:
    """An error that names the refused credential; None if the response is not about access."""
    return _refused(auth, response, redact) if auth is not None and response.status_code in {401, 403} else None


def _refused(auth: AnyAuth, response: requests.Response, redact: Callable[[str], str]) -> RefusedError:
    text = excerpt(response, redact)
    do = (
        f"check the access: renew {_reference(auth)} (client.auth in the plan) at the service, and see what it may read"
    )
    return RefusedError(f"answered {response.status_code}" + (f" ({text})" if text else ""), where=response.url, do=do)


def _reference(auth: AnyAuth) -> str:
    if isinstance(auth, Bearer):
        return auth.token
    if isinstance(auth, ApiKey):
        return auth.api_key
    return auth.password if isinstance(auth, HttpBasic) else auth.client_secret
