"""HTTP for the sources: one retry layer, errors that say what to do, no secret in anything that leaves.

Requests are tried again after connection faults, time-outs, truncated bodies, 429 and 5xx. The clock is not read: a
``Retry-After`` that is a date is measured from the answer's own ``Date``.
"""

import logging
import random
import time
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Unpack

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from sources.secrets import SecretResolver
from sources.web.addresses import parse_web_address, redirect_target, same_origin
from sources.web.auth import Auth, Credentials, resolve_credentials
from sources.web.budget import Budget, Budgets
from sources.web.paging import PagerGuard
from sources.web.redaction import Redactor, redact
from sources.web.request import Limits, OutgoingRequest, RequestOptions, RetryPolicy, SessionContext
from sources.web.response_errors import error_from_exception, error_from_status
from sources.web.saved_responses import SavedResponse, replay_response, request_key, save_response
from warehouse.errors import ConfigError, KmiError, QuotaError, RefusedError, RetryableError, ShapeError

__all__ = ["Auth", "PagerGuard", "Session", "redact"]

MAX_REDIRECTS = 5
_CHUNK = 65_536


class _OwnAuthOnly(AuthBase):
    """Keeps a .netrc of the machine out of the requests."""

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        return r


class _NoAddresses(logging.Filter):
    """Keeps out of every log the lines in which urllib3 tells, for debugging, the addresses that it asks: they may hold a key."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno > logging.DEBUG


logging.getLogger("urllib3.connectionpool").addFilter(_NoAddresses())


class _OneHop(requests.Session):
    """Follows no redirect: where one leads and what may go there is decided here."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - the signature is that of requests
        return None


class Session:
    """Requests on behalf of sources."""

    def __init__(
        self, resolve: SecretResolver, context: SessionContext | None = None, **retry_policy: Unpack[RetryPolicy]
    ) -> None:
        context = context or {}
        self._resolve, self._validators, self._limits = (
            resolve,
            dict(context.get("validators", {})),
            Limits(**retry_policy),
        )
        self._answered, self._at = context.get("answered", {}), context.get("at")
        self.budgets = context.get("budgets") or Budgets()
        self.lasting: dict[str, SavedResponse] = {}
        """The lasting answers of this pull by question, those that were given again among them."""
        self._redactor, self._secrets = Redactor(), dict[str, str]()
        self._http = _OneHop()
        self._http.auth = _OwnAuthOnly()
        self._http.headers["User-Agent"] = self._limits.user_agent or f"km-indicators/{version('km-indicators')}"

    def secret(self, reference: str) -> str:
        """The value behind ``reference``; from now on ``redact`` hides it. Raises ``ConfigError``."""
        if reference not in self._secrets:
            value = self._resolve(reference)
            self._redactor.remember(value)
            self._secrets[reference] = value
        return self._secrets[reference]

    def redact(self, text: str) -> str:
        """``text`` without any secret that was looked up here and without what looks like one in an address."""
        return self._redactor.redact(text)

    def hide(self, value: str) -> None:
        """Take ``value``, a token that a provider gave, out of everything that leaves."""
        self._redactor.remember(value)

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        conditional: bool = False,
        **options: Unpack[RequestOptions],
    ) -> requests.Response:
        """The answer, its body read, its ``url`` redacted, its ``history`` the redirects; 304 is an answer too.

        Raises ``ConfigError``, ``RetryableError``, ``RefusedError`` and, for a body that is too large, ``ShapeError``.
        """
        return self._send(OutgoingRequest("GET", url, params or {}, conditional=conditional), options)

    def post(
        self,
        url: str,
        *,
        json: object = None,
        data: Mapping[str, str] | bytes | None = None,
        **options: Unpack[RequestOptions],
    ) -> requests.Response:
        """As ``get``. Tried again like it, so only for requests that change nothing at the other side."""
        return self._send(OutgoingRequest("POST", url, json=json, data=data), options)

    def _send(self, request: OutgoingRequest, options: RequestOptions) -> requests.Response:
        self._require_usable(request.url)
        auth = options.get("auth")
        request = replace(
            request,
            headers=options.get("headers") or {},
            error_from_response=options.get("error_from_response"),
            budget=options.get("budget"),
        )
        if auth is not None:
            request = replace(request, credentials=resolve_credentials(auth, self.secret, self._redactor.remember))
        if not options.get("lasting"):
            return self._send_with_retries(request)
        key = self._request_key(request)
        known = self._answered.get(key)
        response = replay_response(known) if known else self._send_with_retries(request)
        if self._at is not None:
            self.lasting[key] = known or save_response(key, response, self._at)
        return response

    def _request_key(self, request: OutgoingRequest) -> str:
        url = self.redact(
            requests.Request(request.method, request.url, params=dict(request.params)).prepare().url or ""
        )
        body = request.data if isinstance(request.data, bytes) else str(request.data or "").encode()
        return request_key(request.method, url, [request.json, self.redact(body.decode("utf-8", errors="replace"))])

    def _send_with_retries(self, request: OutgoingRequest) -> requests.Response:
        attempt = 0
        while isinstance(outcome := self._attempt(request), KmiError):
            again = isinstance(outcome, RetryableError) and attempt < self._limits.retries
            requested_s = outcome.retry_after_s if isinstance(outcome, RetryableError) else None
            if (
                not again
                or (requested_s or 0) > self._limits.max_wait_s
                or (isinstance(outcome, QuotaError) and requested_s is None)
            ):
                raise outcome
            time.sleep(self._wait_s(attempt, requested_s))
            attempt += 1
        return outcome

    def _wait_for_budget(self, budget: Budget, where: str) -> None:
        """Wait as long as the provider's limit asks. Raises ``QuotaError`` for a wait that is too long."""
        wait = self.budgets.wait_s(budget, time.monotonic())
        if wait > self._limits.max_wait_s:
            what = f"stopped before the provider's limit: the next request may go in {wait / 60:.0f} minutes"
            raise QuotaError(what, where=where, do="nothing: the next run goes on", retry_after_s=wait)
        time.sleep(wait)

    def _require_usable(self, url: str) -> None:
        parts = parse_web_address(url)
        if parts is None:
            raise ConfigError(
                "this is no web address", where=self.redact(url), do="write one that begins with https:// or http://"
            )
        if "@" in parts.netloc:
            raise ConfigError(
                "the address holds a user name or password",
                where=self.redact(url),
                do="put them under auth, with ${env:NAME} for the password",
            )

    def _wait_s(self, attempt: int, requested_s: float | None) -> float:
        if requested_s is not None:
            return requested_s
        return min(self._limits.backoff_s * 2.0**attempt, self._limits.max_wait_s) * random.uniform(0.5, 1)

    def _attempt(self, request: OutgoingRequest) -> requests.Response | KmiError:
        """One try over all its redirects. A fault comes back as our error, apart from the library's, which may hold a secret."""
        try:
            if request.budget is not None:
                self._wait_for_budget(request.budget, self.redact(request.url))
            response = self._follow(request)
        except KmiError as error:
            return error
        except (requests.RequestException, HTTPError, UnicodeError) as fault:
            return error_from_exception(fault, self.redact(request.url))
        if request.budget is not None:
            self.budgets.learn(request.budget, response, time.monotonic())
        error_from_response = request.error_from_response(response) if request.error_from_response else None
        return error_from_response or error_from_status(response, response.url, self.redact) or response

    def _follow(self, request: OutgoingRequest) -> requests.Response:
        history: list[requests.Response] = []
        while len(history) <= MAX_REDIRECTS:
            response = self._send_once(request)
            target = response.headers.get("Location") if response.status_code in {301, 302, 303, 307, 308} else None
            if target is None:
                self._read(response)
                response.history = history
                response.url = self.redact(response.url)
                return response
            response.close()
            request = self._redirected(request, response, target)
            response.url = self.redact(response.url)
            history.append(response)
        raise RefusedError(
            f"it redirects more than {MAX_REDIRECTS} times",
            where=self.redact(request.url),
            do="give the address at which it ends",
        )

    def _send_once(self, request: OutgoingRequest) -> requests.Response:
        params = {**request.params, **request.credentials.params}
        headers = {**request.headers, **request.credentials.headers}
        if request.conditional:
            asked = self.redact(requests.Request(request.method, request.url, params=params).prepare().url or "")
            etag, modified = self._validators.get(asked, (None, None))
            headers |= {
                name: value for name, value in (("If-None-Match", etag), ("If-Modified-Since", modified)) if value
            }
        timeout = self._limits.timeout_s
        return self._http.request(
            request.method,
            request.url,
            params=params,
            headers=headers,
            json=request.json,
            data=request.data,
            timeout=timeout,
            stream=True,
        )

    def _redirected(self, request: OutgoingRequest, response: requests.Response, location: str) -> OutgoingRequest:
        """The call to where ``response`` leads: credentials go to their own origin only. Raises ``RefusedError``."""
        where = self.redact(response.url)
        target = redirect_target(response.url, location, request.credentials.params)
        if target is None:
            raise RefusedError(
                "it redirects to something that is no web address", where=where, do="check the address in the plan"
            )
        if response.status_code == 303 or (request.method == "POST" and response.status_code in {301, 302}):
            request = replace(request, method="GET", json=None, data=None)
        request = replace(request, url=target, params={})
        if same_origin(response.url, target):
            return request
        if request.method == "POST":
            raise RefusedError(
                "it redirects the request to another host",
                where=where,
                do="check the address in the plan, or give the new one",
            )
        safe = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in {"authorization", "cookie"} and self.redact(value) == value
        }
        return replace(request, headers=safe, credentials=Credentials())

    def _read(self, response: requests.Response) -> None:
        """Read the body into ``response``. Raises ``ShapeError`` as soon as it is too large."""
        limit, body = self._limits.max_bytes, bytearray()
        with response:
            for chunk in response.iter_content(_CHUNK):
                body += chunk
                if len(body) > limit:
                    do = "ask for a shorter window, or check that the address is the right one"
                    raise ShapeError(
                        f"the answer is larger than {limit:,} bytes", where=self.redact(response.url), do=do
                    )
        response._content = bytes(body)  # requests offers no bounded read
