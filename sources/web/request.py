"""The parameters of a session and of a request: retries, limits, options and what earlier pulls left."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

import requests

from sources.web.auth import Auth, Credentials
from sources.web.budget import Budget, Budgets
from sources.web.clock_witness import ClockWitness
from sources.web.deadline import Deadline
from sources.web.redaction import Redactor
from sources.web.saved_responses import SavedResponse
from warehouse.errors import KmiError

ErrorFromResponse = Callable[[requests.Response], KmiError | None]
"""Reads a provider's own errors from a response of any status; None leaves it to ``error_from_status``."""


class RetryPolicy(TypedDict, total=False):
    """The fields of ``Limits`` that a session changes."""

    timeout_s: tuple[float, float]
    retries: int
    backoff_s: float
    max_wait_s: float
    max_bytes: int
    user_agent: str


@dataclass(frozen=True)
class Limits:
    """When a request is tried again and when it is given up.

    timeout_s: seconds to connect, and seconds between bytes. retries: tries after the first. backoff_s: the first wait;
    each further one is twice as long. max_wait_s: a longer wait is left to the caller. max_bytes: largest body,
    decompressed.
    """

    timeout_s: tuple[float, float] = (10, 60)
    retries: int = 4
    backoff_s: float = 1.0
    max_wait_s: float = 120
    max_bytes: int = 200_000_000
    user_agent: str = ""


class RequestOptions(TypedDict, total=False):
    """How one provider's requests are sent. ``error_from_response`` reads its errors, ``budget`` keeps to its limit.

    ``lasting``: the request is about days that are over, so its response does not change any more. It is saved when the
    pull stops midway, and the next pull uses it. Never set it where the response contains a token.
    ``holds_token``: the response contains a token for later requests, so its body is left as it is.
    """

    auth: Auth | None
    headers: Mapping[str, str] | None
    error_from_response: ErrorFromResponse | None
    budget: Budget | None
    lasting: bool
    holds_token: bool


class SessionContext(TypedDict, total=False):
    """What a session gets from earlier pulls and shares with other sources.

    validators: ETag and Last-Modified by redacted address. saved_responses: the lasting responses, by request key, of
    a pull that stopped midway. budgets: the limits shared with other sources. at: when this pull began. witness:
    compares the clock with the responses; without it the clock is not compared. redactor: learns every secret.
    deadline: when the source has to be done.
    """

    validators: Mapping[str, tuple[str | None, str | None]]
    saved_responses: Mapping[str, SavedResponse]
    budgets: Budgets
    at: datetime
    witness: ClockWitness | None
    redactor: Redactor
    deadline: Deadline


@dataclass(frozen=True)
class OutgoingRequest:
    """One request; the headers and parameters of ``credentials`` are added when it is sent."""

    method: str
    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: object = None
    data: Mapping[str, str] | bytes | None = None
    credentials: Credentials = field(default_factory=Credentials)
    conditional: bool = False
    error_from_response: ErrorFromResponse | None = None
    budget: Budget | None = None
    holds_token: bool = False

    def full_url(self, params: Mapping[str, str] | None = None) -> str:
        """The address with its parameters, or with ``params`` in their place. It may contain a secret."""
        return (
            requests.Request(self.method, self.url, params=dict(self.params if params is None else params))
            .prepare()
            .url
            or ""
        )
