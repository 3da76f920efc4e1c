"""Requests built by google-api-python-client from its bundled discovery documents and sent by our session."""

from typing import Any

import requests
from googleapiclient.discovery import build
from googleapiclient.http import HttpRequest

from sources.web.request import RequestOptions
from sources.web.session import Session


def build_service(api: str, version: str, url: str) -> Any:
    """The resources of ``api`` at ``url``. Reads the bundled document; opens no connection.

    google-api-python-client's own transport is not used: it has no Retry-After, no redaction, and is not safe for threads.
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
    """The answer to ``request``; ``headers`` show who asks. Raises what ``Session.get`` does."""
    told: RequestOptions = {"headers": {"Accept": "application/json", **headers}, **options}  # type: ignore[typeddict-item]
    if request.method == "GET":
        return session.get(request.uri, **told)
    told["headers"] = {**(told["headers"] or {}), "Content-Type": "application/json"}
    return session.post(request.uri, data=(request.body or "").encode(), **told)


class _NoTransport:
    """Stands where google-api-python-client wants its own; never called."""
