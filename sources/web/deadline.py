"""The total time that a source may take in a run, whatever its server does.

Time-outs between bytes end no answer of one byte every few seconds. So at the deadline the open connections are closed.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager

from warehouse.errors import RetryableError


class Deadline:
    """Ends ``seconds`` after it was made. ``clock`` gives seconds and never goes back."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds, self._clock, self._ends = seconds, clock, clock() + seconds

    @property
    def left_s(self) -> float:
        return self._ends - self._clock()

    def error(self, where: str) -> RetryableError:
        what = f"the source took longer than {self._seconds / 60:g} minutes (deadline_minutes): it is left for this run"
        do = "nothing, if it was slow once: the next run goes on with what came; otherwise tell the provider"
        return RetryableError(what, where=where, do=do)

    def require(self, where: str, seconds: float = 0.0) -> None:
        """Raises ``RetryableError`` where fewer than ``seconds`` are left."""
        if self.left_s <= seconds:
            raise self.error(where)


class OpenSockets:
    """The sockets of one session, to be shut down from another thread."""

    def __init__(self) -> None:
        self._sockets: WeakSet[socket.socket] = WeakSet()

    def watch(self, session: requests.Session) -> None:
        """Keep the sockets of every connection that ``session`` opens."""
        for scheme in ("http://", "https://"):
            session.mount(scheme, _WatchedAdapter(self._sockets))

    @contextlib.contextmanager
    def closed_at(self, deadline: Deadline | None) -> Iterator[None]:
        """Shut all sockets down at the deadline, which ends what waits for them."""
        if deadline is None:
            yield
            return
        timer = threading.Timer(max(deadline.left_s, 0.0), self._disconnect)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _disconnect(self) -> None:
        for opened in list(self._sockets):
            with contextlib.suppress(OSError, ValueError):
                opened.shutdown(socket.SHUT_RDWR)


class _WatchedAdapter(HTTPAdapter):
    """An adapter whose connections enter their socket into a set."""

    def __init__(self, opened: "WeakSet[socket.socket]") -> None:
        self._opened = opened
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self._watch(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> PoolManager:
        manager: PoolManager = super().proxy_manager_for(*args, **kwargs)
        self._watch(manager)
        return manager

    def _watch(self, manager: PoolManager) -> None:
        opened = self._opened

        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                opened.add(self.sock)

        class Secure(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                opened.add(self.sock)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
