"""This machine's clock against the ``Date`` of responses (RFC 9110, 6.6.1), by host."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests

from warehouse.errors import RefusedError

NOTABLE = timedelta(minutes=10)
"""Clocks that are set by themselves differ by less."""
WRONG = timedelta(hours=12)
"""From here on the day is another one."""
FEWEST_HOSTS = 2
"""A single host that differs may have the wrong clock itself."""


class ClockWitness:
    """How far this machine's clock is ahead of each host that answered. Safe to use from several threads.

    ``clock`` returns aware UTC.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._ahead: dict[str, timedelta] = {}
        self._lock = threading.Lock()

    def compare(self, response: requests.Response) -> timedelta:
        """How far this machine's clock is ahead of the response; 0 where they agree or the response has no date."""
        try:
            sent_at = parsedate_to_datetime(response.headers.get("Date", ""))
            age = timedelta(seconds=int(response.headers.get("Age", 0)))
        except (ValueError, OverflowError):
            return timedelta()
        if sent_at.tzinfo is None:
            return timedelta()
        ahead = self._clock() - sent_at - age
        ahead = ahead if abs(ahead) > NOTABLE else timedelta()
        with self._lock:
            host = urlsplit(response.url).hostname or ""
            self._ahead[host] = min(self._ahead.get(host, ahead), ahead, key=abs)
        return ahead

    def difference(self) -> str:
        """How this machine's clock differs from most hosts, of at least two; empty where it does not."""
        with self._lock:
            known = dict(self._ahead)
        for sign, word in ((1, "ahead of"), (-1, "behind")):
            hosts = sorted(host for host, ahead in known.items() if sign * ahead >= WRONG)
            if len(hosts) >= FEWEST_HOSTS and 2 * len(hosts) > len(known):
                hours = min(abs(known[host]) for host in hosts) / timedelta(hours=1)
                return f"this machine's clock is {hours:,.0f} hours {word} {', '.join(hosts)}"
        return ""

    def check(self) -> None:
        """Raise ``RefusedError`` where most hosts, and at least two, say that it is another day."""
        if difference := self.difference():
            raise RefusedError(f"{difference}; nothing is judged or published", do="set the clock, then run again")
