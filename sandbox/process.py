"""The sandbox in a process of its own, so that providers and pipeline do not share one interpreter."""

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path

from sandbox.files import write_files
from sandbox.server import serve


@contextmanager
def serve_in_process(today: date, seed: int, folder: Path) -> Iterator[str]:
    """The address of a sandbox that serves the sample files of ``folder``, which it writes first.

    It ends with the context, and with this process however that ends. Raises ``RuntimeError`` where it does not start.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, today, seed, folder), daemon=True)
    process.start()
    there.close()
    try:
        yield _address(here)
    finally:
        here.close()
        process.join()


def _address(connection: Connection) -> str:
    try:
        address: str = connection.recv()
    except EOFError:
        raise RuntimeError("the simulated providers did not start") from None
    return address


def _serve(connection: Connection, today: date, seed: int, folder: Path) -> None:
    """Serve until the other end of the connection is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal: the first one ends this
    write_files(folder, today, seed)
    with serve(today, seed, folder=folder) as sandbox:
        connection.send(sandbox.url)
        with suppress(EOFError):
            connection.recv()
