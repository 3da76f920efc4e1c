"""The providers at one address on this machine, with faults on demand and a log of requests."""

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import unquote

from sandbox import feeds
from sandbox.days import ZONE, first_day
from sandbox.faults import SIMULATED_BY_PROVIDER, Fault, FaultBoard, Misbehaviour, RequestRecord
from sandbox.files import write_files
from sandbox.http_server import Server
from sandbox.oai import Repository
from sandbox.provider import Clock, Provider, World
from sandbox.registry import PROVIDERS
from sandbox.response import Response, page, validated
from sandbox.wordpress import Site


@dataclass
class Sandbox:
    """A running sandbox: its address, its log of requests, and its faults."""

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
    """How far the Date of the responses is off."""
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
        """The next ``times`` requests to paths that begin with ``route`` get ``fault``; faults follow one another.

        ``retry_after`` (seconds or an HTTP date) goes with the statuses, ``seconds`` with HANG and SLOW, ``detail`` (a
        metric) with RETIRED_METRIC.
        """
        self.board.put(route, Misbehaviour(fault, times, retry_after, seconds, detail))

    def behave(self) -> None:
        """Clear all faults."""
        self.board.clear()

    def provider(self, path: str) -> Provider | None:
        """The simulated provider under ``path``, made at the first request; None for what is served here."""
        prefix = next((name for name in PROVIDERS if path == name or path.startswith(f"{name}/")), None)
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
        """The response of the provider behind ``path``."""
        passed = fault.value if fault in SIMULATED_BY_PROVIDER else ""
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


@contextmanager
def serve(today: date, seed: int, port: int = 0, folder: Path | None = None) -> Iterator[Sandbox]:
    """A sandbox on 127.0.0.1 as of the first minute of ``today``; port 0 takes a free one.

    A ``folder`` is served as it is (``write_files`` fills it). Without one the files are written on the first request
    into a temporary folder, which is removed at the end. Raises ``ValueError`` for a day without history.
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
