"""Two runs at once on one warehouse: one at a time writes, on a disk and on an object store."""

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.changing_library import PLAN, expected_rows, write_library
from tests.forked_runs import CHECKOUT, clean_environment, kmi_command
from tests.loopback import ReceivedRequest, Reply, serve
from tests.object_store import object_store
from tests.warehouse_contents import observation_rows, published_contents
from warehouse.errors import RetryableError
from warehouse.lock import LOCK_PATH, hold_lock
from warehouse.object_root import ObjectRoot
from warehouse.root import open_root
from warehouse.tables import Tables

ITEM = b"<item><guid>1</guid><pubDate>Sun, 01 Mar 2026 08:00:00 GMT</pubDate></item>"
FEED = b"<?xml version='1.0'?><rss version='2.0'><channel><title>N</title>" + ITEM + b"</channel></rss>"


class Held:
    """A feed that lets the first run that asks for it wait until it is told to answer."""

    def __init__(self) -> None:
        self.received, self.may_answer = threading.Event(), threading.Event()

    def reply(self, _: ReceivedRequest) -> Reply:
        self.received.set()
        self.may_answer.wait(90)
        return Reply(FEED)


@pytest.fixture
def store() -> Iterator[tuple[str, dict[str, str]]]:
    with object_store() as (address, environment), pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield address, environment


def start(plan: Path, warehouse: str, *more: str) -> subprocess.Popen[str]:
    command = kmi_command("run", "--plan", plan, "--warehouse", warehouse, "--now", "2026-03-02T12:00:00", *more)
    return subprocess.Popen(
        command, cwd=CHECKOUT, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def two_at_once(folder: Path, warehouse: str) -> None:
    """One run holds the warehouse; one that may not wait declines, one that may wait follows; nothing is lost."""
    held = Held()
    with serve(held.reply) as site, ExitStack() as stack:
        plan = write_library(folder, 3)
        plan.write_text(
            PLAN.replace("sources:\n", f"sources:\n  news: {{type: feed, url: '{site.url}', kind: news}}\n"),
            encoding="utf-8",
        )
        first = stack.enter_context(start(plan, warehouse))
        stack.callback(held.may_answer.set)
        assert held.received.wait(60)
        declined = stack.enter_context(start(plan, warehouse, "--wait", "0"))
        waiting = stack.enter_context(start(plan, warehouse, "--source", "log", "--wait", "90"))
        _, err = declined.communicate(timeout=60)
        assert (declined.returncode, "Traceback" in err) == (1, False)
        assert f"another run is writing here (process {first.pid} on " in err
        assert "--wait" in err
        assert waiting.stdout is not None
        assert "waiting for another run to end" in waiting.stdout.readline()
        held.may_answer.set()
        (one, output), (other, other_output) = first.communicate(timeout=90), waiting.communicate(timeout=90)
    assert (first.returncode, waiting.returncode) == (0, 0), output + other_output
    assert "log: " in one
    assert f"log: {len(expected_rows(3)['log'])} observations, nothing new" in other
    found = observation_rows(Tables(open_root(warehouse)))
    assert {source: found[source] for source in ("gates", "log")} == expected_rows(3)
    assert {fact[1] for fact in found["news"]} == {"1"}
    assert len(published_contents(warehouse)) >= 7


@pytest.mark.slow
def test_on_a_disk_one_run_writes_at_a_time_and_nothing_is_lost(tmp_path: Path) -> None:
    two_at_once(tmp_path, str(tmp_path / "warehouse"))


@pytest.mark.slow
def test_on_an_object_store_one_run_writes_at_a_time_and_nothing_is_lost(
    tmp_path: Path, store: tuple[str, dict[str, str]]
) -> None:
    two_at_once(tmp_path, f"{store[0]}/warehouse")
    with pytest.raises(FileNotFoundError):
        open_root(f"{store[0]}/warehouse").read(LOCK_PATH)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_lease_outlives_a_renewal_that_failed_once(
    store: tuple[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    import obstore
    from obstore.exceptions import GenericError

    from warehouse import lock

    monkeypatch.setattr(lock, "LEASE_S", 0.8)
    root, put, failed = open_root(f"{store[0]}/renewed"), obstore.put, threading.Event()
    assert isinstance(root, ObjectRoot)

    def fails_once(*arguments: object, **options: object) -> object:
        if isinstance(options.get("mode"), dict) and not failed.is_set():
            failed.set()
            raise GenericError("the network was away for a moment")
        return put(*arguments, **options)  # type: ignore[arg-type]

    with hold_lock(root, wait_s=0, log=pytest.fail):
        assert root.read(LOCK_PATH), "a lease that is held lies where a released one is sought"
        monkeypatch.setattr(obstore, "put", fails_once)
        assert failed.wait(5)
        time.sleep(0.3)
        with (
            pytest.raises(RetryableError, match="another run is writing here"),
            hold_lock(root, wait_s=2, log=lambda _: None),
        ):
            pytest.fail("both hold the warehouse")
