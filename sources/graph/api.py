"""Sends requests to the Graph API.

The token travels in a header, as in https://developers.facebook.com/docs/whatsapp/cloud-api/get-started , so that no
address contains it.
"""

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

import requests

from sources.graph.errors import error_from_response
from sources.graph.settings import GraphSettings
from sources.graph.usage import UsageBudget
from sources.response import ProviderResponse
from sources.web.auth import BearerAuth
from sources.web.session import Session
from warehouse.errors import KmiError, RefusedError

_TOKEN_IN_BODY = re.compile(rb"((?:access|input)_token=)[^&\"\\\s]+")


class GraphApi:
    """One account behind one token."""

    def __init__(self, settings: GraphSettings, account: str, session: Session) -> None:
        self._settings, self._session = settings, session
        self._base = f"{settings.url.rstrip('/')}/{settings.version}"
        key = f"graph {settings.url} {account} {settings.token}"
        self._budget = session.budgets.of(
            key, lambda: UsageBudget(f"Graph API, account {account}", settings.usage_limit_pct)
        )

    def get(self, path: str, params: Mapping[str, str], *, lasting: bool = False) -> requests.Response:
        """The response. Raises ``KmiError``: also ``InvalidMetricError``, ``TooMuchDataError``, ``ItemError``."""
        auth = BearerAuth(type="bearer", token=self._settings.token)
        url = f"{self._base}/{path}"
        return self._session.get(
            url,
            params=params,
            auth=auth,
            error_from_response=self._error_from_response,
            budget=self._budget,
            lasting=lasting,
        )

    def fetch(
        self, path: str, params: Mapping[str, str], about: Mapping[str, object], *, lasting: bool = False
    ) -> ProviderResponse:
        """As ``get``; ``about`` and the version that answered are kept as the request."""
        response = self.get(path, params, lasting=lasting)
        served = response.headers.get("facebook-api-version", "")
        request = json.dumps({**about, "served": served} if served else about)
        return ProviderResponse(response.url, response.status_code, response.content, request)

    def token_info(self) -> ProviderResponse | None:
        """What the API says about the token, requested with the app's own token; None without an ``app_token``.

        If the API refuses, the response carries the reason and the pull goes on.
        https://developers.facebook.com/docs/graph-api/reference/debug_token
        """
        if self._settings.app_token is None:
            return None
        auth, url = BearerAuth(type="bearer", token=self._settings.app_token), f"{self._base}/debug_token"
        params = {"input_token": self._session.secret(self._settings.token)}
        try:
            response = self._session.get(url, params=params, auth=auth, error_from_response=self._error_from_response)
        except RefusedError as error:
            return ProviderResponse(url, 400, b"{}", json.dumps({"kind": "token", "why": error.what}))
        return ProviderResponse(response.url, response.status_code, response.content, json.dumps({"kind": "token"}))

    def _error_from_response(self, response: requests.Response) -> KmiError | None:
        """Redacts the body first, before anything keeps it: its links to other pages always hold the token."""
        cleaned = self._session.redact(
            _TOKEN_IN_BODY.sub(rb"\1***", response.content).decode("utf-8", errors="surrogateescape")
        )
        response._content = cleaned.encode("utf-8", errors="surrogateescape")  # requests has no public setter
        return error_from_response(response)


def next_page_params(document: object) -> dict[str, str]:
    """The parameters of the next page of a list, without the token; empty at the end of the list.

    A short or empty page is not the end: https://developers.facebook.com/docs/graph-api/results/
    Only the parameters are used, so that the token goes to the address in the plan and nowhere else.
    """
    paging = document.get("paging") if isinstance(document, dict) else None
    link = paging.get("next") if isinstance(paging, dict) else None
    if not isinstance(link, str):
        return {}
    return {
        name: value
        for name, value in parse_qsl(urlsplit(link).query, keep_blank_values=True)
        if name not in {"access_token", "pretty"}
    }
