"""What a session is told: how patient to be, how a provider is dealt with, what earlier pulls left."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

import requests

from sources.web.auth import Auth, Credentials
from sources.web.budget import Budget, Budgets
from sources.web.saved_responses import SavedResponse
from warehouse.errors import KmiError

MAX_BYTES = 200_000_000

ErrorFromResponse = Callable[[requests.Response], KmiError | None]
"""What an answer of one provider complains of, whatever its status; None leaves it to the general reading."""

MAX_REDIRECTS = 5
MAX_BYTES = 200_000_000
_CHUNK = 65_536


class RetryPolicy(TypedDict, total=False):
    """``timeout_s``: seconds to connect and between bytes. ``retries``: tries after the first. Waits double from
    ``backoff_s``; one longer than ``max_wait_s`` is left to the caller. ``max_bytes``: largest body, decompressed."""

    timeout_s: tuple[float, float]
    retries: int
    backoff_s: float
    max_wait_s: float
    max_bytes: int
    user_agent: str


class RequestOptions(TypedDict, total=False):
    """How a provider is dealt with. ``error_from_response`` reads its errors, ``budget`` keeps to its limit.

    ``lasting``: the question is about days that are over, so its answer is kept when the pull stops midway and given again to
    the next one. Never for an answer that holds a token.
    """

    auth: Auth | None
    headers: Mapping[str, str] | None
    error_from_response: ErrorFromResponse | None
    budget: Budget | None
    lasting: bool


class SessionContext(TypedDict, total=False):
    """What a session is given of earlier pulls and of others that run: ``validators`` are etag and last-modified by redacted
    address, ``answered`` the lasting answers of a pull that stopped, ``budgets`` the limits shared with other sources, ``at``
    the instant at which this pull began."""

    validators: Mapping[str, tuple[str | None, str | None]]
    answered: Mapping[str, SavedResponse]
    budgets: Budgets
    at: datetime


@dataclass(frozen=True)
class Limits:
    timeout_s: tuple[float, float] = (10, 60)
    retries: int = 4
    backoff_s: float = 1.0
    max_wait_s: float = 120
    max_bytes: int = MAX_BYTES
    user_agent: str = ""


@dataclass(frozen=True)
class OutgoingRequest:
    """One request, before the credentials' headers and parameters are put to it."""

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
    lasting: bool = False
