"""The providers behind one address on this machine, with faults on demand and a log of what was asked."""

import shutil
import socket
import struct
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from sandbox import feeds
from sandbox.days import ZONE, first_day
from sandbox.faults import Fault, FaultBoard, Misbehaviour, RequestRecord
from sandbox.files import write_files
from sandbox.oai import Repository
from sandbox.provider import Call, Clock, Provider, World
from sandbox.registry import PROVIDERS
from sandbox.response import Response, page, validated
from sandbox.wordpress import Site

_PASSED_ON = {Fault.REPEATED_TOKEN, Fault.EMPTY_PAGE, Fault.EXPIRED_TOKEN, Fault.RETIRED_METRIC, Fault.QUOTA}


@dataclass
class Sandbox:
    """A running sandbox: its address, what it was asked, and the handle for faults."""

    today: date
    seed: int
    folder: Path
    url: str = ""
    requests: list[RequestRecord] = field(default_factory=list)
    board: FaultBoard = field(default_factory=FaultBoard)
    closing: threading.Event = field(default_factory=threading.Event)
    files_lock: threading.Lock = field(default_factory=threading.Lock)
    files_written: bool = False
    clock: Clock = field(default_factory=Clock)
    """The providers' time; ``sandbox.clock.now = ...`` moves it."""
    skew: timedelta = timedelta()
    """How far the Date of the answers is off."""
    providers: dict[str, Provider] = field(default_factory=dict)
    making: threading.Lock = field(default_factory=threading.Lock)

    def misbehave(
        self,
        route: str,
        fault: Fault,
        *,
        times: int = 1,
        retry_after: int | str | None = None,
        seconds: float = 60,
        detail: str = "",
    ) -> None:
        """The next ``times`` requests to a path that begins with ``route`` meet ``fault``; several faults come one after the other.

        ``retry_after`` (seconds or an HTTP date) goes with the statuses, ``seconds`` with HANG and SLOW, ``detail`` (a metric) with RETIRED_METRIC.
        """
        self.board.put(route, Misbehaviour(fault, times, retry_after, seconds, detail))

    def behave(self) -> None:
        """Take all faults back."""
        self.board.clear()

    def provider(self, path: str) -> Provider | None:
        """The simulated provider under ``path``, made at the first request; None for what is served here."""
        prefix = next((known for known in PROVIDERS if path == known or path.startswith(f"{known}/")), None)
        if prefix is None:
            return None
        with self.making:
            if prefix not in self.providers:
                module, name = PROVIDERS[prefix].split(":")
                self.providers[prefix] = getattr(import_module(module), name)(
                    World(self.seed, self.today, self.clock, self.url)
                )
            return self.providers[prefix]

    def response(
        self, path: str, query: dict[str, list[str]], headers: dict[str, str], fault: Fault | None = None
    ) -> Response:
        """What the provider behind ``path`` answers."""
        passed = fault.value if fault in _PASSED_ON else ""
        match path:
            case "/news/feed.xml":
                return validated(*feeds.rss(self.seed, self.today), headers)
            case "/blog/atom.xml":
                return validated(*feeds.atom(self.seed, self.today), headers)
            case "/oai":
                return Repository(self.seed, self.today, f"{self.url}/oai", passed).response(query)
        if path == "/wp-json" or path.startswith("/wp-json/"):
            return Site(self.seed, self.today, f"{self.url}/wp-json", passed).response(
                path.removeprefix("/wp-json"), query
            )
        if path.startswith("/files/"):
            return self._file(unquote(path.removeprefix("/files/")), headers)
        return page(404, "Not found")

    def _file(self, name: str, headers: dict[str, str]) -> Response:
        with self.files_lock:
            if not self.files_written:
                write_files(self.folder, self.today, self.seed)
                self.files_written = True
        path = (self.folder / name).resolve()
        if not path.is_relative_to(self.folder.resolve()) or not path.is_file():
            return page(404, "Not found")
        kind = "application/gzip" if path.suffix == ".gz" else guess_type(path.name)[0] or "text/plain"
        return validated(
            Response(200, path.read_bytes(), kind), datetime.fromtimestamp(path.stat().st_mtime, UTC), headers
        )


class Handler(BaseHTTPRequestHandler):
    """One connection. The sandbox hangs on the server."""

    protocol_version = "HTTP/1.1"
    server_version = "RiversideSandbox/1"
    timeout = 30
    server: "Server"

    def do_GET(self) -> None:
        self._respond(urlsplit(self.path).query)

    def do_HEAD(self) -> None:
        self._respond(urlsplit(self.path).query)

    def do_POST(self) -> None:
        """OAI-PMH may be asked by POST, and so may the providers."""
        body, parts = self.rfile.read(int(self.headers.get("Content-Length") or 0)), urlsplit(self.path)
        self._respond(body.decode() if parts.path == "/oai" else parts.query, body)

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 (the name is the base class's)
        """The Date of an answer: the sandbox's own time, or a wrong one."""
        return format_datetime(self.server.sandbox.clock() + self.server.sandbox.skew, usegmt=True)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is the base class's)
        """Silence: what was asked is in ``Sandbox.requests``."""

    def _respond(self, query_text: str, body: bytes = b"") -> None:
        sandbox, path = self.server.sandbox, urlsplit(self.path).path
        headers = {name.title(): value for name, value in self.headers.items()}
        query = parse_qs(query_text, keep_blank_values=True)
        misbehaviour = sandbox.board.take(path)
        fault = misbehaviour.fault if misbehaviour else None
        provider = sandbox.provider(path)
        response = self._spoilt(misbehaviour, provider)
        if response is None and provider is not None:
            inside, passed = unquote(path.removeprefix(provider.prefix)), fault if fault in _PASSED_ON else None
            response = provider.response(
                Call(self.command, inside, query, headers, body, passed, misbehaviour.detail if misbehaviour else "")
            )
        elif response is None:
            allowed = self.command != "POST" or path == "/oai"
            response = sandbox.response(path, query, headers, fault) if allowed else page(405, "Method not allowed")
        silent = fault in {Fault.HANG, Fault.RESET}
        seen = RequestRecord(
            self.command, path, query, headers, None if silent else response.status, datetime.now(UTC), body
        )
        sandbox.requests.append(seen)
        if misbehaviour and silent:
            self._break_off(misbehaviour)
        elif misbehaviour and fault is Fault.SLOW:
            self._send(response, pause_s=misbehaviour.seconds / 10)
        else:
            self._send(response, half=fault is Fault.TRUNCATED)

    @staticmethod
    def _spoilt(misbehaviour: Misbehaviour | None, provider: Provider | None) -> Response | None:
        """The answer that a fault puts in the place of the right one."""
        if misbehaviour is None:
            return None
        if misbehaviour.fault is Fault.HTML:
            return page(200, "Down for maintenance")
        if not misbehaviour.fault.value.isdigit():
            return None
        wait = {} if misbehaviour.retry_after is None else {"Retry-After": str(misbehaviour.retry_after)}
        status = int(misbehaviour.fault.value)
        response = provider.failure(status) if provider else page(status, "Not now")
        return Response(response.status, response.body, response.content_type, {**response.headers, **wait})

    def _break_off(self, misbehaviour: Misbehaviour) -> None:
        self.close_connection = True
        if misbehaviour.fault is Fault.HANG:
            self.server.sandbox.closing.wait(misbehaviour.seconds)
            return
        # A linger of zero seconds turns the close into a reset.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _send(self, response: Response, *, half: bool = False, pause_s: float = 0) -> None:
        self.send_response(response.status)
        if response.status != 304:
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(response.body)))
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD" or response.status == 304:
            return
        if half:
            self.close_connection = True
            self.wfile.write(response.body[: len(response.body) // 2])
            return
        step = max(1, len(response.body) // 10) if pause_s else max(1, len(response.body))
        for start in range(0, len(response.body), step):
            self.wfile.write(response.body[start : start + step])
            if pause_s and self.server.sandbox.closing.wait(pause_s):
                return


class Server(ThreadingHTTPServer):
    """One thread a connection; a client that leaves early is no error."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, port: int, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        super().__init__(("127.0.0.1", port), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Silence for broken connections; anything else is ours and shows."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


@contextmanager
def serve(today: date, seed: int, port: int = 0, folder: Path | None = None) -> Iterator[Sandbox]:
    """A sandbox on 127.0.0.1 as of the first minute of ``today``; port 0 takes a free one.

    A ``folder`` is served as it stands (``write_files`` fills it); without one the files are written on the first request
    for one, into a temporary folder that goes at the end. Raises ``ValueError`` for a day without history.
    """
    first_day(today)
    place = folder or Path(tempfile.mkdtemp(prefix="sandbox-"))
    clock = Clock(datetime.combine(today, time(0, 1), ZONE).astimezone(UTC))
    sandbox = Sandbox(today, seed, place, files_written=folder is not None, clock=clock)
    try:
        with Server(port, sandbox) as server:
            sandbox.url = f"http://127.0.0.1:{server.server_address[1]}"
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
            thread.start()
            try:
                yield sandbox
            finally:
                sandbox.closing.set()
                server.shutdown()
                thread.join()
    finally:
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)
