"""HTTP for the sources: one retry layer, errors that say what to do, no secret in anything that leaves.

Requests are tried again after connection faults, time-outs, truncated bodies, 429 and 5xx. The clock is not read: a
``Retry-After`` that is a date is measured from the response's own ``Date``.
"""

import random
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Unpack

import requests
from urllib3.exceptions import HTTPError

from sources.secrets import SecretResolver
from sources.web.addresses import parse_web_address, without_secret_params
from sources.web.auth import Auth, resolve_credentials
from sources.web.budget import Budget, Budgets
from sources.web.paging import PagerGuard
from sources.web.redaction import Redactor, redact
from sources.web.request import Limits, OutgoingRequest, RequestOptions, RetryPolicy, SessionContext
from sources.web.response_errors import error_from_exception, error_from_status
from sources.web.saved_responses import SavedResponse, replay_response, request_key, save_response
from sources.web.transport import Transport
from warehouse.errors import ConfigError, KmiError, QuotaError, RetryableError

__all__ = ["Auth", "PagerGuard", "Session", "redact"]


class Session:
    """Sends the requests of one source in one pull."""

    def __init__(
        self, resolve: SecretResolver, context: SessionContext | None = None, **retry_policy: Unpack[RetryPolicy]
    ) -> None:
        context = context or {}
        self._resolve, self._limits = resolve, Limits(**retry_policy)
        self.redactor, self._secrets = Redactor(context.get("redactor")), dict[str, str]()
        self.repeated: set[str] = set()
        """The references of the secrets that were removed from bodies; empty for a token that a provider gave."""
        self._transport = Transport(self._limits, context.get("validators", {}), self.redactor)
        self._saved, self._at = context.get("saved_responses", {}), context.get("at")
        self._deadline = context.get("deadline")
        self.budgets = context.get("budgets") or Budgets()
        self._witness = context.get("witness")
        self.clock_ahead = timedelta()
        """How far this machine's clock is ahead of the host that is furthest behind it."""
        self.lasting: dict[str, SavedResponse] = {}
        """The lasting responses of this pull by request key, including those saved by an earlier pull."""

    def secret(self, reference: str) -> str:
        """The value of ``reference``; from now on ``redact`` hides it. Raises ``ConfigError``."""
        if reference not in self._secrets:
            value = self._resolve(reference)
            self.redactor.remember(value, reference)
            self._secrets[reference] = value
        return self._secrets[reference]

    def redact(self, text: str) -> str:
        """``text`` without the secrets that were looked up here and without what looks like one in an address."""
        return self.redactor.redact(text)

    def hide(self, value: str) -> None:
        """From now on redact ``value``, a token that a provider gave."""
        self.redactor.remember(value)

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        conditional: bool = False,
        **options: Unpack[RequestOptions],
    ) -> requests.Response:
        """The response, its body read, its ``url`` redacted, its ``history`` the redirects; 304 is a response too.

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
        """As ``get``. It is tried again in the same way, so use it only for requests that change nothing."""
        return self._send(OutgoingRequest("POST", url, json=json, data=data), options)

    def _send(self, request: OutgoingRequest, options: RequestOptions) -> requests.Response:
        self._require_usable(request.url)
        auth = options.get("auth")
        request = replace(
            request,
            holds_token=options.get("holds_token", False),
            headers=options.get("headers") or {},
            error_from_response=options.get("error_from_response"),
            budget=options.get("budget"),
        )
        if auth is not None:
            credentials = resolve_credentials(auth, self.secret, self.redactor.remember)
            request = replace(request, credentials=credentials)
        request = replace(request, url=without_secret_params(request.url, request.credentials.params))
        if not options.get("lasting"):
            return self._send_with_retries(request)
        key = self._request_key(request)
        saved = self._saved.get(key)
        response = replay_response(saved) if saved else self._send_with_retries(request)
        if self._at is not None:
            self.lasting[key] = saved or save_response(key, response, self._at)
        return response

    def _request_key(self, request: OutgoingRequest) -> str:
        body = request.data if isinstance(request.data, bytes) else str(request.data or "").encode()
        parts = [request.json, self.redact(body.decode("utf-8", errors="replace"))]
        return request_key(request.method, self.redact(request.full_url()), parts)

    def _send_with_retries(self, request: OutgoingRequest) -> requests.Response:
        attempt = 0
        while isinstance(outcome := self._attempt(request), KmiError):
            if not isinstance(outcome, RetryableError) or attempt >= self._limits.retries:
                raise outcome
            requested_s = outcome.retry_after_s
            if isinstance(outcome, QuotaError) and requested_s is None:
                raise outcome
            if (requested_s or 0) > self._limits.max_wait_s:
                raise outcome
            self._sleep(self._wait_s(attempt, requested_s), request)
            attempt += 1
        return outcome

    def _attempt(self, request: OutgoingRequest) -> requests.Response | KmiError:
        """One try over all its redirects. Returns an error of ours: the library's own message may hold a secret."""
        try:
            if request.budget is not None:
                self._wait_for_budget(request.budget, request)
            with self._transport.sockets.closed_at(self._deadline):
                response = self._transport.send(request)
            if not (request.holds_token and response.ok):
                self._redact_body(response)
        except KmiError as error:
            return error
        except (requests.RequestException, HTTPError, UnicodeError, OSError, ValueError) as fault:
            self._require_time(request)
            return error_from_exception(fault, self.redact(request.url))
        self._require_time(request)
        if self._witness is not None:
            self.clock_ahead = max(self.clock_ahead, self._witness.compare(response))
        if request.budget is not None:
            self.budgets.learn(request.budget, response, time.monotonic())
        provider_error = request.error_from_response(response) if request.error_from_response else None
        return provider_error or error_from_status(response, response.url, self.redact) or response

    def _redact_body(self, response: requests.Response) -> None:
        """Remove from a body the secrets that the service repeats, before anything reads or keeps it."""
        body, found = self.redactor.redact_body(response.content)
        if found:
            response._content = body  # requests has no public setter
            self.repeated.update(found)

    def _wait_for_budget(self, budget: Budget, request: OutgoingRequest) -> None:
        """Wait as long as the provider's limit requires. Raises ``QuotaError`` for a wait that is too long."""
        wait = self.budgets.wait_s(budget, time.monotonic())
        if wait > self._limits.max_wait_s:
            what = f"stopped before the provider's limit: the next request may go in {wait / 60:.0f} minutes"
            raise QuotaError(
                what, where=self.redact(request.url), do="nothing: the next run goes on", retry_after_s=wait
            )
        self._sleep(wait, request)

    def _require_time(self, request: OutgoingRequest, seconds: float = 0.0) -> None:
        if self._deadline is not None:
            self._deadline.require(self.redact(request.url), seconds)

    def _sleep(self, seconds: float, request: OutgoingRequest) -> None:
        """Wait, unless the deadline comes before."""
        self._require_time(request, seconds)
        time.sleep(seconds)

    def _wait_s(self, attempt: int, requested_s: float | None) -> float:
        if requested_s is not None:
            return requested_s
        return min(self._limits.backoff_s * 2.0**attempt, self._limits.max_wait_s) * random.uniform(0.5, 1)

    def _require_usable(self, url: str) -> None:
        parts = parse_web_address(url)
        if parts is None:
            do = "write an address that begins with https:// or http://"
            raise ConfigError("this is not a web address", where=self.redact(url), do=do)
        if "@" in parts.netloc:
            do = "put them under auth, with ${env:NAME} for the password"
            raise ConfigError("the address contains a user name or password", where=self.redact(url), do=do)
