"""Access tokens that a service gives in exchange for what a plan names."""

import requests

from sources.observed import json_body
from sources.web.session import Session
from warehouse.errors import ShapeError


def bearer_of(response: requests.Response, session: Session, do: str) -> dict[str, str]:
    """The header with the access token in an answer of a token endpoint (RFC 6749, 5.1), hidden from now on. Raises ``ShapeError``."""
    given = json_body(response.content, response.url)
    if not isinstance(given, dict) or not isinstance(given.get("access_token"), str):
        raise ShapeError("the answer holds no access token", where=response.url, do=do)
    session.hide(given["access_token"])
    return {"Authorization": f"Bearer {given['access_token']}"}
