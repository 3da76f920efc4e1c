"""The HTTP server of a sandbox: one thread a connection, with faults on the wire."""

import socket
import struct
import sys
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from sandbox.faults import SIMULATED_BY_PROVIDER, Fault, Misbehaviour, RequestRecord
from sandbox.provider import Call, Provider
from sandbox.response import Response, page

if TYPE_CHECKING:
    from sandbox.server import Sandbox


class Handler(BaseHTTPRequestHandler):
    """One connection; the server holds the sandbox."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body sent after its head would wait 40 ms for the client
    server_version = "RiversideSandbox/1"
    timeout = 30
    server: "Server"

    def do_GET(self) -> None:
        self._respond(urlsplit(self.path).query)

    def do_HEAD(self) -> None:
        self._respond(urlsplit(self.path).query)

    def do_POST(self) -> None:
        """OAI-PMH takes POST, and so do some providers."""
        body, parts = self.rfile.read(int(self.headers.get("Content-Length") or 0)), urlsplit(self.path)
        self._respond(body.decode() if parts.path == "/oai" else parts.query, body)

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 (the name is the base class's)
        """The Date of a response: the sandbox's own time, or a wrong one."""
        return format_datetime(self.server.sandbox.clock() + self.server.sandbox.skew, usegmt=True)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is the base class's)
        """Print nothing: the log is ``Sandbox.requests``."""

    def _respond(self, query_text: str, body: bytes = b"") -> None:
        sandbox, path = self.server.sandbox, urlsplit(self.path).path
        headers = {name.title(): value for name, value in self.headers.items()}
        query = parse_qs(query_text, keep_blank_values=True)
        misbehaviour = sandbox.board.take(path)
        fault = misbehaviour.fault if misbehaviour else None
        provider = sandbox.provider(path)
        response = self._fault_response(misbehaviour, provider)
        if response is None and provider is not None:
            inside, passed = (
                unquote(path.removeprefix(provider.prefix)),
                fault if fault in SIMULATED_BY_PROVIDER else None,
            )
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
    def _fault_response(misbehaviour: Misbehaviour | None, provider: Provider | None) -> Response | None:
        """The response that a fault puts in the place of the right one."""
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
    """One thread a connection; a client that leaves early is not an error."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, port: int, sandbox: "Sandbox") -> None:
        self.sandbox = sandbox
        super().__init__(("127.0.0.1", port), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing for broken connections; any other error is ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)
