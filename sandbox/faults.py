"""How a provider misbehaves: faults by route, each for a number of requests."""

import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

ALWAYS = sys.maxsize
"""For ``times``: until the fault is cleared."""


class Fault(StrEnum):
    """What goes wrong. The ``_THEN_OK`` ones answer with that status ``times`` times and are well again."""

    HTTP_429_THEN_OK = "429"
    HTTP_500_THEN_OK = "500"
    HTTP_503_THEN_OK = "503"
    HANG = "hang"
    """Takes the request and says nothing for ``seconds``, then hangs up."""
    RESET = "reset"
    """Resets the connection instead of answering."""
    TRUNCATED = "truncated"
    """Announces the whole body and hangs up half-way."""
    HTML = "html"
    """Status 200 and a page for people."""
    REPEATED_TOKEN = "repeated_token"  # noqa: S105 (a fault, no secret)
    """OAI-PMH: always the same resumptionToken. WordPress: page 1, whatever page is requested."""
    EMPTY_PAGE = "empty_page"
    """A page without items that promises another one."""
    SLOW = "slow"
    """The right answer in small pieces over ``seconds``."""
    EXPIRED_TOKEN = "expired_token"  # noqa: S105
    """The access that was shown is no longer good, in the provider's own words."""
    RETIRED_METRIC = "retired_metric"
    """The provider no longer knows the metric named by ``detail``, and refuses requests for it as it does in life."""
    QUOTA = "quota"
    """The provider says that what it allows is used up, in its own words."""


SIMULATED_BY_PROVIDER = {
    Fault.REPEATED_TOKEN,
    Fault.EMPTY_PAGE,
    Fault.EXPIRED_TOKEN,
    Fault.RETIRED_METRIC,
    Fault.QUOTA,
}
"""Faults that a provider acts out itself."""


@dataclass(slots=True)
class Misbehaviour:
    """A fault on a route.

    ``left``: requests that still get it; ``retry_after``: seconds or an HTTP date; ``seconds``: its duration;
    ``detail``: what it concerns.
    """

    fault: Fault
    left: int
    retry_after: int | str | None = None
    seconds: float = 60
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request as it arrived: header names in title case, ``at`` aware UTC, ``status`` None without a response."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Mapping[str, str]
    status: int | None
    at: datetime
    body: bytes = b""


@dataclass
class FaultBoard:
    """The active faults by the start of the path. Safe to use from several threads."""

    active: dict[str, list[Misbehaviour]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, route: str, misbehaviour: Misbehaviour) -> None:
        with self.lock:
            self.active.setdefault(route, []).append(misbehaviour)

    def clear(self) -> None:
        with self.lock:
            self.active.clear()

    def take(self, path: str) -> Misbehaviour | None:
        """The fault that meets this request, in the order in which they were put up; it is used up by one."""
        with self.lock:
            for route in sorted(self.active, key=len, reverse=True):
                waiting = self.active[route] if path.startswith(route) else []
                for misbehaviour in waiting:
                    if misbehaviour.left > 0:
                        misbehaviour.left -= 1
                        return misbehaviour
        return None
