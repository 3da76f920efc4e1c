"""A source has a total time, and a server that sends a byte now and then cannot hold a run."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sources.web.deadline import Deadline
from sources.web.session import Session
from tests.loopback import Reply, serve
from tests.plan_texts import GATES, VISITS, plan_text, write_plan
from warehouse.errors import RetryableError

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 100000\r\n\r\n"


@contextmanager
def drip(first: bytes) -> Iterator[str]:
    """A server that sends ``first`` at once and then one byte every 50 ms, for ever."""
    stop, listener = threading.Event(), socket.create_server(("127.0.0.1", 0))

    def feed(connection: socket.socket) -> None:
        with connection:
            connection.recv(65_536)
            try:
                connection.sendall(first)
                while not stop.wait(0.05):
                    connection.sendall(b"a")
            except OSError:
                return

    def accept() -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=feed, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/visits.csv"
    finally:
        stop.set()
        listener.close()


def session(seconds: float, **policy: object) -> Session:
    return Session(lambda _: "", {"deadline": Deadline(seconds, time.monotonic)}, timeout_s=(5, 5), **policy)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "first", [HEAD, b"HTTP/1.1 200 OK\r\nX: ", b""], ids=["in the body", "in a header", "in the status"]
)
def test_a_server_that_sends_a_byte_now_and_then_ends_at_the_deadline(first: bytes) -> None:
    begun = time.monotonic()
    with (
        drip(first) as url,
        pytest.raises(RetryableError, match=r"longer than 0\.01 minutes .deadline_minutes.") as caught,
    ):
        session(0.6).get(url)
    assert time.monotonic() - begun < 3
    assert caught.value.where == url


def test_no_retry_begins_that_would_wait_beyond_the_deadline() -> None:
    begun = time.monotonic()
    with (
        serve(lambda _: Reply(b"", 503, {"Retry-After": "60"})) as site,
        pytest.raises(RetryableError, match="deadline_minutes"),
    ):
        session(30, retries=4).get(site.url)
    assert time.monotonic() - begun < 3


def test_a_request_in_time_is_answered_and_its_timer_is_gone() -> None:
    with serve(lambda _: Reply(b"yes")) as site:
        assert session(60).get(site.url).content == b"yes"
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


def test_the_clock_of_a_deadline_is_given() -> None:
    now = [100.0]
    deadline = Deadline(60, lambda: now[0])
    deadline.require("x", 59)
    now[0] = 160.0
    with pytest.raises(RetryableError, match="x: the source took longer than 1 minutes"):
        deadline.require("x")


def test_the_other_sources_publish_when_one_stalls(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from flows.cli import main

    (tmp_path / "visits.csv").write_text("Library,2025-01\nHill,10\n", encoding="utf-8")
    with drip(HEAD) as url:
        stalled = GATES.replace("gates:", "doors:").replace("visits.csv", url) + "  deadline_minutes: 0.01\n"
        plan = write_plan(tmp_path, plan_text(GATES + stalled, VISITS))
        begun = time.monotonic()
        done = CliRunner().invoke(main, ["run", "--plan", str(plan)])
    assert done.exit_code == 1
    assert time.monotonic() - begun < 20
    assert "doors: FAILED" in done.output
    assert "longer than 0.01 minutes (deadline_minutes): it is left for this run" in done.output.replace("\n", " ")
    assert "gates: 1 observation, 1 new" in done.output
    assert (tmp_path / "kmi-warehouse" / "published" / "verdicts.parquet").exists()


def test_another_deadline_changes_nothing_of_what_was_collected(tmp_path: Path) -> None:
    from plan.load import load_plan

    short, long = (
        load_plan(write_plan(tmp_path, plan_text(f"{GATES}  deadline_minutes: {minutes}\n"))) for minutes in (1, 60)
    )
    assert short.fingerprint("gates") == long.fingerprint("gates")
