"""A web server on this machine that replies as a test defines and records the requests it received."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sources.contract import RawPage
from sources.web.session import Session
from warehouse.schema import Window

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
WINDOW = Window(date(2026, 11, 1), date(2026, 11, 24))
SECRETS = {"${env:TOKEN}": "s3cr3t/token+value", "${env:PASSWORD}": "pä55 wörd/&", "${env:BROKEN}": "pasted\n"}


@dataclass(frozen=True)
class ReceivedRequest:
    """One request: query parameters by name, the last value of each."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """A response to send after ``delay_s`` seconds; ``promised`` is its Content-Length if that is to be wrong."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    promised: int | None = None
    delay_s: float = 0


@dataclass
class Site:
    """The address of the server, and the requests it received, in order."""

    url: str
    received: list[ReceivedRequest] = field(default_factory=list)


@contextmanager
def serve(reply: Callable[[ReceivedRequest], Reply]) -> Iterator[Site]:
    """A server on a free port; ``reply`` runs in its threads."""
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True  # a body sent after its head would wait 40 ms for the client

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature is that of http.server
            return

        def answer(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            received = ReceivedRequest(
                self.command,
                parts.path,
                query,
                dict(self.headers),
                self.rfile.read(int(self.headers.get("Content-Length", 0))),
            )
            site.received.append(received)
            answer = reply(received)
            stop.wait(answer.delay_s)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.promised != -1:
                self.send_header(
                    "Content-Length", str(len(answer.body) if answer.promised is None else answer.promised)
                )
            self.end_headers()
            try:
                self.wfile.write(answer.body)
            except OSError:
                return

        do_GET = do_POST = answer  # noqa: N815 - the names are those of http.server

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site = Site(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield site
        finally:
            stop.set()
            server.shutdown()
            thread.join()


def resolve(reference: str) -> str:
    return SECRETS[reference]


def quick_session(**options: object) -> Session:
    """A session that hardly waits."""
    memory: Any = {
        name: options.pop(name) for name in list(options) if name in {"validators", "saved_responses", "budgets", "at"}
    }
    return Session(resolve, memory, **({"retries": 2, "backoff_s": 0.001, "timeout_s": (2, 2)} | options))  # type: ignore[arg-type]


def page(
    body: bytes,
    *,
    url: str = "https://library.example/feed",
    sequence: int = 0,
    status: int = 200,
    window: Window = WINDOW,
) -> RawPage:
    return RawPage("web", window, sequence, url, status, NOW, body)
