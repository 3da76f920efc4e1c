"""The contract of a simulated provider; each is one module, written from the provider's own documentation."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Protocol
from urllib.parse import parse_qs

from sandbox.faults import Fault
from sandbox.response import Response


@dataclass(frozen=True)
class World:
    """What every provider shares. ``now`` gives aware UTC, which a test can move; ``url`` is the sandbox's address."""

    seed: int
    today: date
    now: Callable[[], datetime]
    url: str


@dataclass(frozen=True)
class Call:
    """One request. Header names are in title case; ``path`` is without the provider's prefix.

    ``fault`` is for the provider to simulate, ``detail`` says what it concerns.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes = b""
    fault: Fault | None = None
    detail: str = ""

    def one(self, name: str, default: str = "") -> str:
        """The last value of a query parameter."""
        return self.query.get(name, [default])[-1]

    def form(self) -> dict[str, str]:
        """The fields of a body sent as a form, the last value of each."""
        return {name: values[-1] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}

    def json(self) -> Any:
        """The body as JSON; None for what is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Provider(Protocol):
    """One for each sandbox, so it may count its requests. Its methods may run in several threads."""

    prefix: ClassVar[str]
    """Where it lies below the sandbox's address: ``/matomo``."""

    def __init__(self, world: World) -> None: ...

    def response(self, call: Call) -> Response:
        """What it says, also to what it does not know."""
        ...

    def failure(self, status: int) -> Response:
        """Its own words for 429, 500 and 503."""
        ...


def json_response(document: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        status,
        json.dumps(document, ensure_ascii=False).encode(),
        "application/json; charset=utf-8",
        dict(headers or {}),
    )


@dataclass
class Clock:
    """The sandbox's time, aware UTC: it stands still until it is moved."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now
