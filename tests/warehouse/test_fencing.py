"""A run that lost the warehouse writes nothing more, however late it finds out."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from obstore.store import MemoryStore

from warehouse import lock
from warehouse.errors import ConfigError, RetryableError
from warehouse.object_root import ObjectRoot
from warehouse.published_files import publish
from warehouse.root import LocalRoot
from warehouse.schema import BREAKS
from warehouse.tables import Tables

BREAK = {
    "source": "gates", "metric": "visits", "entity": "", "day": date(2026, 1, 1), "kind": "retired", "reason": "gone",
    "recorded_at": datetime(2026, 1, 2, tzinfo=UTC),
}  # fmt: skip
ROWS = pa.Table.from_pylist([BREAK], schema=BREAKS.arrow)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def opened(store: MemoryStore) -> ObjectRoot:
    root = ObjectRoot("memory:///")
    root.store = store
    return root


@pytest.fixture
def silent(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectRoot]:
    """A root whose run holds the lease and never renews it, as a stopped process does."""
    monkeypatch.setattr(lock._Lease, "renew_until_stopped", lambda _: None)
    root = opened(store)
    holder = lock.hold_lock(root, wait_s=0, log=pytest.fail)
    holder.__enter__()
    monkeypatch.setattr(lock, "LEASE_S", 0.1)
    yield root
    with pytest.raises(RetryableError, match="took the warehouse over"):
        holder.__exit__(None, None, None)


def test_a_run_that_was_silent_writes_no_file_after_the_takeover(store: MemoryStore, silent: ObjectRoot) -> None:
    silent.write({"published/a": b"first"})
    with lock.hold_lock(opened(store), wait_s=5, log=lambda _: None):
        for write in (lambda: silent.write({"published/a": b"late"}), lambda: silent.delete("published/a")):
            with pytest.raises(RetryableError, match="took the warehouse over"):
                write()
    assert opened(store).read("published/a") == b"first"


def test_a_file_is_not_replaced_by_a_run_stopped_between_check_and_write(
    store: MemoryStore, silent: ObjectRoot
) -> None:
    silent.write({"published/a": b"first"})
    later = opened(store)
    silent.lease = lambda: later.write({"published/a": b"by the later run"})
    with pytest.raises(RetryableError, match="another run wrote this file"):
        silent.write({"published/a": b"late"})
    assert later.read("published/a") == b"by the later run"
    silent.lease = None
    with lock.hold_lock(opened(store), wait_s=5, log=lambda _: None):
        pass


def test_after_a_takeover_unchanged_files_are_written_anew(store: MemoryStore, silent: ObjectRoot) -> None:
    files = {"breaks": (BREAKS, ROWS)}
    assert publish(silent, files) == ["breaks.parquet"]
    assert publish(silent, files) == []
    later = opened(store)
    with lock.hold_lock(later, wait_s=5, log=lambda _: None):
        assert later.takeover
        assert publish(later, files) == ["breaks.parquet"]
    assert later.takeover is None
    assert pq.read_table(pa.BufferReader(later.read("published/breaks.parquet"))).equals(ROWS)


def test_a_table_takes_no_commit_of_a_run_that_was_checked_before_the_fence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped, later = (Tables(LocalRoot(tmp_path)) for _ in range(2))
    stopped.append(BREAKS, ROWS)
    monkeypatch.setattr(stopped.root, "check_held", lambda: later.fence(BREAKS))
    for write in (
        lambda: stopped.append(BREAKS, ROWS),
        lambda: stopped.replace(BREAKS, ROWS, "kind = 'retired'", {}),
    ):
        with pytest.raises(RetryableError, match="another run wrote to this table"):
            write()
    assert later.read(BREAKS).num_rows == 1


def test_a_table_is_created_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped, later = (Tables(LocalRoot(tmp_path)) for _ in range(2))
    monkeypatch.setattr(stopped.root, "check_held", lambda: later.append(BREAKS, ROWS))
    with pytest.raises(RetryableError):
        stopped.append(BREAKS, ROWS)
    assert later.read(BREAKS).num_rows == 1


def test_a_fence_keeps_the_metadata_of_the_last_commit(tmp_path: Path) -> None:
    tables = Tables(LocalRoot(tmp_path))
    tables.append(BREAKS, ROWS)
    tables.replace(BREAKS, ROWS, "kind = 'retired'", {"kmi_pull": "of the run before"})
    tables.fence(BREAKS)
    assert tables.last_metadata(BREAKS)["kmi_pull"] == "of the run before"


def test_a_store_that_ignores_conditions_is_refused(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    import obstore

    put = obstore.put
    monkeypatch.setattr(obstore, "put", lambda store, path, body, **_: put(store, path, body))
    root = opened(store)
    with (
        pytest.raises(ConfigError, match="conditional writes"),
        lock.hold_lock(root, wait_s=0, log=pytest.fail),
    ):
        pytest.fail("two runs could hold it")
    assert root.list("") == []


def test_a_renewal_whose_answer_was_lost_keeps_the_lease(store: MemoryStore) -> None:
    lease = lock._Lease(opened(store))
    assert lease.take(None)
    known = lease.etag
    assert lease.take(known)
    lease.etag = known  # as if the answer had not come
    assert not lease.take(known)
    assert lease._is_mine()
    lease.check()
