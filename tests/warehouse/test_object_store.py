"""The same warehouse on an S3-compatible server, over real HTTP on loopback."""

import multiprocessing
import threading
import time
from collections.abc import Iterator
from datetime import date

import pytest

from tests.object_store import object_store
from tests.observation_rows import NOON, daily_visits, facts
from warehouse import lock
from warehouse.diff import Replacement
from warehouse.errors import RetryableError
from warehouse.frames import to_pandas
from warehouse.object_root import ObjectRoot
from warehouse.pulls import Pull, commit
from warehouse.root import open_root
from warehouse.schema import OBSERVATIONS, Window
from warehouse.tables import Tables

pytestmark = pytest.mark.slow
YEAR = Window(date(2026, 1, 1), date(2027, 1, 1))


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with object_store() as (address, environment), pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield address


@pytest.fixture
def root(bucket: str, request: pytest.FixtureRequest) -> ObjectRoot:
    opened = open_root(f"{bucket}/{request.node.name}")
    assert isinstance(opened, ObjectRoot)
    return opened


def test_files_read_back_and_a_missing_one_is_not_found(root: ObjectRoot) -> None:
    root.write({"published/a.parquet": b"one"})
    assert root.list("published") == ["published/a.parquet"]
    assert root.read("published/a.parquet") == b"one"
    with pytest.raises(FileNotFoundError):
        root.read("published/b.parquet")


def test_a_window_is_replaced_in_one_commit(root: ObjectRoot) -> None:
    tables = Tables(root)
    for number, value in enumerate((1.0, 2.0)):
        commit(
            tables,
            Pull(f"p{number}", "gates", NOON, YEAR, "s"),
            daily_visits([("2026-01-01", "Hill", value)]),
            Replacement(YEAR),
            NOON,
        )
    assert facts(to_pandas(tables.read(OBSERVATIONS))) == {("Hill", date(2026, 1, 1), 2)}


def test_a_second_writer_waits_for_the_lease(root: ObjectRoot) -> None:
    order: list[str] = []

    def second() -> None:
        with lock.hold_lock(root, wait_s=20, log=lambda _: order.append("waits")):
            order.append("second")

    with lock.hold_lock(root, wait_s=0, log=pytest.fail):
        thread = threading.Thread(target=second)
        thread.start()
        while "waits" not in order:
            time.sleep(0.01)
        order.append("first")
    thread.join()
    assert order == ["waits", "first", "second"]


def test_a_lease_that_nobody_renews_is_taken_over(root: ObjectRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "LEASE_S", 0.5)
    assert lock._Lease(root).take(None)
    lines: list[str] = []
    with lock.hold_lock(root, wait_s=10, log=lines.append):
        assert "took over" in lines[-1]


def test_a_lease_that_is_renewed_is_not_taken_over(root: ObjectRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "LEASE_S", 0.5)
    second = lock.hold_lock(root, wait_s=1.5, log=lambda _: None)
    with (
        lock.hold_lock(root, wait_s=0, log=pytest.fail),
        pytest.raises(RetryableError, match="another run is writing here"),
    ):
        second.__enter__()


def test_a_run_whose_lease_was_taken_says_so(root: ObjectRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "LEASE_S", 0.2)
    first = lock.hold_lock(root, wait_s=0, log=pytest.fail)
    first.__enter__()
    root.write({lock.LOCK_PATH: b'{"holder": "someone else"}'})
    time.sleep(0.3)
    with pytest.raises(RetryableError, match="took the warehouse over"):
        first.__exit__(None, None, None)


def _write_some(address: str, source: str) -> None:
    root = open_root(address)
    tables = Tables(root)
    for number in range(4):
        with lock.hold_lock(root, wait_s=60, log=lambda _: None):
            rows = daily_visits(
                [(f"2026-01-0{number + 1}", "Hill", number)], source=source, pull_id=f"{source}{number}"
            )
            commit(tables, Pull(f"{source}{number}", source, NOON, YEAR, "s"), rows, Replacement(), NOON)


def test_two_writers_at_once_lose_nothing(root: ObjectRoot) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write_some, args=(root.address, source)) for source in ("gates", "web")]
    for process in writers:
        process.start()
    for process in writers:
        process.join()
    assert [process.exitcode for process in writers] == [0, 0]
    assert Tables(root).read(OBSERVATIONS).num_rows == 8
