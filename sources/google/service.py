"""Builds requests with google-api-python-client from its discovery documents and sends them with our session."""

from typing import Any

import requests
from googleapiclient.discovery import build
from googleapiclient.http import HttpRequest

from sources.web.session import Session


def build_service(api: str, version: str, url: str) -> Any:
    """The resources of ``api`` at ``url``. Reads the bundled discovery document; opens no connection.

    google-api-python-client's own transport is not used: it ignores Retry-After, redacts nothing, is not thread-safe.
    """
    return build(
        api,
        version,
        http=_NoTransport(),
        cache_discovery=False,
        static_discovery=True,
        client_options={"api_endpoint": url.rstrip("/") + "/"},
    )


def send(session: Session, request: HttpRequest, headers: dict[str, str], **options: Any) -> requests.Response:
    """The response to ``request``; ``headers`` authenticate. Raises what ``Session.get`` raises."""
    accept = {"Accept": "application/json", **headers}
    if request.method == "GET":
        return session.get(request.uri, headers=accept, **options)
    body = (request.body or "").encode()
    return session.post(request.uri, data=body, headers={**accept, "Content-Type": "application/json"}, **options)


class _NoTransport:
    """Placeholder for google-api-python-client's own transport; never called."""
