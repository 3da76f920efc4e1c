"""Two real runs on real object stores: one is stopped for longer than its lease, another takes over and publishes."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.changing_library import PLAN, write_library
from tests.forked_runs import CHECKOUT, clean_environment
from tests.loopback import ReceivedRequest, Reply, serve
from tests.real_stores import Store, azurite, s3rver, seaweedfs
from tests.warehouse_contents import observation_rows, published_contents
from warehouse.errors import ConfigError, RetryableError
from warehouse.lock import hold_lock
from warehouse.object_root import ObjectRoot
from warehouse.root import open_root
from warehouse.tables import Tables

pytestmark = pytest.mark.slow
SHORT_LEASE = "from warehouse import lock; lock.LEASE_S = 2.0; from flows.cli import main; main()"


def feed(*days: int) -> bytes:
    items = [f"<item><guid>{day}</guid><pubDate>{day} Feb 2026 08:00:00 GMT</pubDate></item>" for day in days]
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>N</title>{''.join(items)}</channel></rss>".encode()


class GrowingFeed:
    """Keeps the first request waiting, to answer it later with an older list than it gave to the others."""

    def __init__(self) -> None:
        self.received, self.may_answer, self.count = threading.Event(), threading.Event(), 0

    def reply(self, _: ReceivedRequest) -> Reply:
        self.count += 1
        if self.count > 1:
            return Reply(feed(1, 2))
        self.received.set()
        self.may_answer.wait(120)
        return Reply(feed(1))


@pytest.fixture(params=[seaweedfs])
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    opened: Callable[[Path], AbstractContextManager[Store]] = request.param
    with opened(tmp_path_factory.mktemp("store")) as (address, environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield address


def start(plan: Path, warehouse: str, hour: int, *more: str) -> subprocess.Popen[str]:
    arguments = ["run", "--plan", str(plan), "--warehouse", warehouse, "--now", f"2026-03-02T{hour}:00:00", *more]
    return subprocess.Popen(
        [sys.executable, "-c", SHORT_LEASE, *arguments],
        cwd=CHECKOUT,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_run_that_was_stopped_longer_than_its_lease_commits_and_publishes_nothing(tmp_path: Path, store: str) -> None:
    warehouse, growing = f"{store}/stopped", GrowingFeed()
    with serve(growing.reply) as site:
        plan = write_library(tmp_path, 3)
        news = f"sources:\n  news: {{type: feed, url: '{site.url}', kind: news}}\n"
        plan.write_text(PLAN.replace("sources:\n", news), encoding="utf-8")
        with start(plan, warehouse, 12) as stopped:
            try:
                assert growing.received.wait(60)
                os.kill(stopped.pid, signal.SIGSTOP)
                with start(plan, warehouse, 13, "--wait", "60") as later:
                    output, errors = later.communicate(timeout=120)
                assert later.returncode == 0, output + errors
                assert "took over from process" in output
                kept = published_contents(warehouse), observation_rows(Tables(open_root(warehouse)))
                growing.may_answer.set()
                os.kill(stopped.pid, signal.SIGCONT)
                output, errors = stopped.communicate(timeout=60)
            finally:
                growing.may_answer.set()
                stopped.kill()
        assert stopped.returncode == 1
        assert "took the warehouse over while this one was silent" in errors
        assert "Traceback" not in errors
        assert {fact[1] for fact in kept[1]["news"]} == {"1", "2"}
        assert (published_contents(warehouse), observation_rows(Tables(open_root(warehouse)))) == kept
        with start(plan, warehouse, 14) as after:
            output, errors = after.communicate(timeout=60)
        assert after.returncode == 0, output + errors


@pytest.mark.parametrize("store", [azurite, seaweedfs], indirect=True)
def test_the_lease_and_the_files_are_fenced(store: str) -> None:
    first, second = open_root(f"{store}/fenced"), open_root(f"{store}/fenced")
    assert isinstance(first, ObjectRoot)
    with hold_lock(first, wait_s=0, log=pytest.fail):
        first.write({"published/a": b"1"})
        first.write({"published/a": b"2"})
        with pytest.raises(RetryableError, match="another run is writing here"), hold_lock(second, wait_s=0, log=print):
            pytest.fail("both hold it")
        first.lease = lambda: second.write({"published/a": b"3"})
        with pytest.raises(RetryableError, match="another run wrote this file"):
            first.write({"published/a": b"4"})
    assert second.read("published/a") == b"3"


@pytest.mark.parametrize("store", [s3rver], indirect=True)
def test_a_store_without_conditional_writes_is_refused_before_anything_is_written(tmp_path: Path, store: str) -> None:
    plan = write_library(tmp_path, 3)
    with start(plan, f"{store}/open", 12) as run:
        _, errors = run.communicate(timeout=60)
    assert run.returncode in (1, 2)
    assert "does not keep conditional writes" in errors
    assert "Traceback" not in errors
    assert open_root(f"{store}/open").list("") == []
    with pytest.raises(ConfigError, match="Amazon S3"), hold_lock(open_root(f"{store}/open"), wait_s=0, log=print):
        pytest.fail("nobody may hold it")
