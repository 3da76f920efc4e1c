"""Requests to the Graph API and their answers on the way to a page.

The token goes in the header, as in https://developers.facebook.com/docs/whatsapp/cloud-api/get-started , so it stands in no address.
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
        """Raises ``KmiError``; among them ``InvalidMetricError``, ``TooMuchError`` and ``ItemError``."""
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

    def told(
        self, path: str, params: Mapping[str, str], about: Mapping[str, object], *, lasting: bool = False
    ) -> ProviderResponse:
        response = self.get(path, params, lasting=lasting)
        served = response.headers.get("facebook-api-version", "")
        return ProviderResponse(
            response.url,
            response.status_code,
            response.content,
            json.dumps({**about, "served": served} if served else about),
        )

    def token_info(self) -> ProviderResponse | None:
        """What https://developers.facebook.com/docs/graph-api/reference/debug_token says of the token; asked with the app's own one.

        Where that is refused, only this is not known.
        """
        if self._settings.app_token is None:
            return None
        auth = BearerAuth(type="bearer", token=self._settings.app_token)
        params = {"input_token": self._session.secret(self._settings.token)}
        try:
            response = self._session.get(
                f"{self._base}/debug_token", params=params, auth=auth, error_from_response=self._error_from_response
            )
        except RefusedError as error:
            return ProviderResponse(
                f"{self._base}/debug_token", 400, b"{}", json.dumps({"kind": "token", "why": error.what})
            )
        return ProviderResponse(response.url, response.status_code, response.content, json.dumps({"kind": "token"}))

    def _error_from_response(self, response: requests.Response) -> KmiError | None:
        """Cleans the body first, before anything keeps it: the links to other pages hold the token, however it was sent."""
        cleaned = self._session.redact(
            _TOKEN_IN_BODY.sub(rb"\1***", response.content).decode("utf-8", errors="surrogateescape")
        )
        response._content = cleaned.encode("utf-8", errors="surrogateescape")  # requests lets nobody change an answer
        return error_from_response(response)


def next_page_params(document: object) -> dict[str, str]:
    """The parameters of the next page of a list, without the token; empty at its end.

    A page with fewer items than asked for, or none, is not the end: https://developers.facebook.com/docs/graph-api/results/
    Only the parameters are taken, so that the token goes nowhere but to the address in the plan.
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
