"""Sends one request over all its redirects; credentials go to their own origin only, and no body is too large."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version

import requests
from requests.auth import AuthBase

from sources.web.addresses import redirect_target, same_origin
from sources.web.auth import Credentials
from sources.web.deadline import OpenSockets
from sources.web.redaction import Redactor
from sources.web.request import Limits, OutgoingRequest
from warehouse.errors import RefusedError, ShapeError

MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 65_536


class _OwnAuthOnly(AuthBase):
    """Keeps the machine's .netrc out of the requests."""

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        return r


class _NoAddresses(logging.Filter):
    """Drops urllib3's debug lines: they contain the requested addresses, which may hold a key."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno > logging.DEBUG


logging.getLogger("urllib3.connectionpool").addFilter(_NoAddresses())


class _OneHop(requests.Session):
    """Follows no redirect: ``Transport`` decides where one leads and what may be sent there."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - the signature is that of requests
        return None


class Transport:
    """``validators``: ETag and Last-Modified by redacted address, for conditional requests."""

    def __init__(
        self, limits: Limits, validators: Mapping[str, tuple[str | None, str | None]], redactor: Redactor
    ) -> None:
        self._limits, self._validators, self._redactor = limits, validators, redactor
        self._http, self.sockets = _OneHop(), OpenSockets()
        self.sockets.watch(self._http)
        self._http.auth = _OwnAuthOnly()
        self._http.headers["User-Agent"] = limits.user_agent or f"km-indicators/{version('km-indicators')}"

    def send(self, request: OutgoingRequest) -> requests.Response:
        """The last response, its body read, its ``url`` redacted and its ``history`` the redirects.

        Raises ``RefusedError`` for a redirect that may not be followed, ``ShapeError`` for a body that is too large,
        and the errors of requests and urllib3.
        """
        history: list[requests.Response] = []
        while len(history) <= MAX_REDIRECTS:
            response = self._send_once(request)
            location = response.headers.get("Location") if response.status_code in _REDIRECTS else None
            if location is None:
                self._read_body(response)
                response.history = history
                response.url = self._redactor.redact(response.url)
                return response
            response.close()
            request = self._redirected(request, response, location)
            response.url = self._redactor.redact(response.url)
            history.append(response)
        where = self._redactor.redact(request.url)
        do = "give the address at which the redirects end"
        raise RefusedError(f"it redirects more than {MAX_REDIRECTS} times", where=where, do=do)

    def _send_once(self, request: OutgoingRequest) -> requests.Response:
        params = {**request.params, **request.credentials.params}
        headers = {**request.headers, **request.credentials.headers}
        if request.conditional:
            etag, modified = self._validators.get(self._redactor.redact(request.full_url(params)), (None, None))
            conditions = {"If-None-Match": etag, "If-Modified-Since": modified}
            headers |= {name: value for name, value in conditions.items() if value}
        return self._http.request(
            request.method,
            request.url,
            params=params,
            headers=headers,
            json=request.json,
            data=request.data,
            timeout=self._limits.timeout_s,
            stream=True,
        )

    def _redirected(self, request: OutgoingRequest, response: requests.Response, location: str) -> OutgoingRequest:
        """The request to the address to which ``response`` leads. Raises ``RefusedError``."""
        where = self._redactor.redact(response.url)
        target = redirect_target(response.url, location, request.credentials.params)
        if target is None:
            what, do = "it redirects to something that is not a web address", "check the address in the plan"
            raise RefusedError(what, where=where, do=do)
        if response.status_code == 303 or (request.method == "POST" and response.status_code in {301, 302}):
            request = replace(request, method="GET", json=None, data=None)
        request = replace(request, url=target, params={})
        if same_origin(response.url, target):
            return request
        if request.method == "POST":
            do = "check the address in the plan, or give the new one"
            raise RefusedError("it redirects the request to another host", where=where, do=do)
        safe = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in {"authorization", "cookie"} and self._redactor.redact(value) == value
        }
        return replace(request, headers=safe, credentials=Credentials())

    def _read_body(self, response: requests.Response) -> None:
        """Read the body into ``response``. Raises ``ShapeError`` as soon as it is too large."""
        limit, body = self._limits.max_bytes, bytearray()
        with response:
            for chunk in response.iter_content(_CHUNK):
                body += chunk
                if len(body) > limit:
                    where = self._redactor.redact(response.url)
                    do = "ask for a shorter window, or check that the address is the right one"
                    raise ShapeError(f"the answer is larger than {limit:,} bytes", where=where, do=do)
        response._content = bytes(body)  # requests offers no bounded read
