"""Limits of providers: how long to wait before the next request, from their documents and their response headers.

One budget serves all sources that share a limit (an account, a key, a host), however many run at once.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol, TypeVar, cast

import requests

from sources.whole_numbers import read_count
from warehouse.errors import QuotaError

T = TypeVar("T")


class Budget(Protocol):
    """``now_s`` is a monotonic clock in seconds."""

    def wait_s(self, now_s: float) -> float:
        """Seconds to wait before the next request, which is counted now. Raises ``QuotaError`` if no wait helps."""
        ...

    def learn(self, response: requests.Response, now_s: float) -> None:
        """Update the budget from the headers of a response, also from a refusal."""
        ...


class RateLimit:
    """At most ``calls`` requests in any ``per_s`` seconds."""

    def __init__(self, calls: int, per_s: float) -> None:
        self._calls, self._per_s = calls, per_s
        self._made: deque[float] = deque()

    def wait_s(self, now_s: float) -> float:
        while self._made and self._made[0] <= now_s - self._per_s:
            self._made.popleft()
        wait = self._made[-self._calls] + self._per_s - now_s if len(self._made) >= self._calls else 0.0
        self._made.append(now_s + wait)
        return wait

    def learn(self, response: requests.Response, now_s: float) -> None:
        """Responses do not change a fixed rate."""


@dataclass
class RateLimitHeaders:
    """The calls left and when they are reset, by response headers such as ``X-RateLimit-Remaining`` and ``-Reset``.

    ``reset`` is read as seconds to wait, as seconds since 1970 or as an ISO time. The last two are measured from the
    response's own ``Date``, so a wrong clock here does no harm. ``reserve`` calls are left for others.
    """

    remaining: str
    reset: str
    reserve: int = 1
    _left: float = field(default=float("inf"), init=False)
    _back_at_s: float = field(default=0.0, init=False)

    def wait_s(self, now_s: float) -> float:
        if now_s >= self._back_at_s:
            self._left = float("inf")
        self._left -= 1
        return max(self._back_at_s - now_s, 0.0) if self._left < self.reserve else 0.0

    def learn(self, response: requests.Response, now_s: float) -> None:
        left = read_count(response.headers.get(self.remaining))
        wait = _seconds_until(response.headers.get(self.reset, "").strip(), response.headers.get("Date", ""))
        if left is not None and wait is not None:
            self._left, self._back_at_s = min(left, self._left), now_s + wait


def _seconds_until(text: str, date: str) -> float | None:
    is_number = text.replace(".", "", 1).isdigit()
    try:
        if is_number and text.isascii() and float(text) < 10_000_000:
            return float(text)
        at = datetime.fromtimestamp(float(text), UTC) if is_number else datetime.fromisoformat(text)
        return max((at - parsedate_to_datetime(date)).total_seconds(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return None


@dataclass
class UnitQuota:
    """A number of units for this run, of which each request costs some; ``spent`` goes to the log.

    Raises ``QuotaError`` before a request that would exceed ``allowed``. ``renewal`` says when the quota is renewed.
    """

    allowed: int
    where: str
    renewal: str
    spent: int = 0

    def spend(self, cost: int) -> None:
        """Count a request of ``cost`` units. Raises ``QuotaError``."""
        if self.spent + cost > self.allowed:
            what = f"stopped before the quota: {self.spent} of {self.allowed} units are spent"
            raise QuotaError(what, where=self.where, do=f"nothing: the next run goes on; {self.renewal}")
        self.spent += cost


class Budgets:
    """The budgets of one run, each by its key (``"plausible.io"``, ``"graph.facebook.com page 12"``)."""

    def __init__(self) -> None:
        self._budgets: dict[str, object] = {}
        self._lock = threading.Lock()

    def of(self, key: str, make: Callable[[], T]) -> T:
        """The budget with this ``key``; ``make`` builds it at the first call."""
        with self._lock:
            if key not in self._budgets:
                self._budgets[key] = make()
            return cast("T", self._budgets[key])

    def wait_s(self, budget: Budget, now_s: float) -> float:
        with self._lock:
            return budget.wait_s(now_s)

    def learn(self, budget: Budget, response: requests.Response, now_s: float) -> None:
        with self._lock:
            budget.learn(response, now_s)
