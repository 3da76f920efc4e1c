"""Access tokens that a service gives in exchange for the credentials of the plan."""

import requests

from sources.json_values import parse_json
from sources.web.session import Session
from warehouse.errors import ShapeError


def bearer_header(response: requests.Response, session: Session, do: str) -> dict[str, str]:
    """The header with the access token in the response of a token endpoint (RFC 6749, 5.1).

    The token is redacted from now on. Raises ``ShapeError``.
    """
    answer = parse_json(response.content, response.url)
    if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
        raise ShapeError("the answer contains no access token", where=response.url, do=do)
    session.hide(answer["access_token"])
    return {"Authorization": f"Bearer {answer['access_token']}"}
