"""One writer at a time. The lock of a dead holder is released by the operating system, or when its lease runs out."""

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

from warehouse.errors import ConfigError, KmiError, RetryableError
from warehouse.object_root import ObjectRoot
from warehouse.root import LocalRoot
from warehouse.system_errors import os_errors

LEASE_S = 60.0
LOCK_PATH = "kmi.lock"
Log = Callable[[str], None]


@contextmanager
def hold_lock(root: LocalRoot | ObjectRoot, *, wait_s: float, log: Log) -> Iterator[None]:
    """Hold the warehouse for writing. Raises ``RetryableError`` when another run holds it longer than ``wait_s``."""
    with _file_lock(root, wait_s, log) if isinstance(root, LocalRoot) else _lease(root, wait_s, log):
        yield


def _busy(root: LocalRoot | ObjectRoot, holder: str) -> RetryableError:
    return RetryableError(
        f"another run is writing here ({holder})",
        where=root.address,
        do="wait for it to end, or give --wait more seconds",
    )


def _me() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"


@contextmanager
def _file_lock(root: LocalRoot, wait_s: float, log: Log) -> Iterator[None]:
    from filelock import FileLock, Timeout

    note = root.folder / f"{LOCK_PATH}.holder"
    with os_errors(root.folder):
        root.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(root.folder / LOCK_PATH, thread_local=False)
    try:
        with os_errors(root.folder / LOCK_PATH):
            lock.acquire(timeout=0)
    except Timeout:
        holder = note.read_text(encoding="utf-8") if note.exists() else "unknown"
        log(f"{root.address}: waiting for another run to end ({holder})")
        try:
            lock.acquire(timeout=wait_s)
        except Timeout:
            raise _busy(root, holder) from None
    try:
        with os_errors(note):
            note.write_text(_me(), encoding="utf-8")
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _body() -> bytes:
    """The content of the object of the lease, different each time."""
    return json.dumps({"holder": _me(), "run": uuid4().hex}).encode()


class _Lease:
    """An object that names the writer, who renews it. Who sees it unchanged for ``LEASE_S`` may take it over.

    Only the watcher's own monotonic clock counts, so clocks that differ between machines do no harm. The holder reads
    the object again before each write: a process that was stopped longer than its lease does not write.
    """

    def __init__(self, root: ObjectRoot) -> None:
        self.root, self.body = root, _body()
        self.etag: str | None = None
        self.lost = threading.Event()
        self._stop = threading.Event()
        self._renewing = threading.Lock()

    def take(self, seen: str | None) -> bool:
        """Create the object (``seen`` None) or replace the version ``seen``; False when another was quicker."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        try:
            with self.root.translated_errors(LOCK_PATH):
                result = obstore.put(
                    self.root.store, LOCK_PATH, self.body, mode="create" if seen is None else {"e_tag": seen}
                )
        except RetryableError as error:
            if isinstance(error.__context__, AlreadyExistsError | PreconditionError):
                return False
            raise
        self.etag = result["e_tag"]
        return True

    def current(self) -> tuple[str | None, str]:
        """The version and the holder of the object; (None, "") when there is none."""
        import obstore

        try:
            with self.root.translated_errors(LOCK_PATH, missing=FileNotFoundError(LOCK_PATH)):
                found = obstore.get(self.root.store, LOCK_PATH)
                body = bytes(found.bytes())
        except FileNotFoundError:
            return None, ""
        return found.meta["e_tag"], str(json.loads(body).get("holder", "unknown"))

    def renew_until_stopped(self) -> None:
        """Renew until stopped. The lease is lost when another run took it, or when it was not renewed in time."""
        renewed = time.monotonic()
        while not self._stop.wait(LEASE_S / 4):
            self.body = _body()
            try:
                with self._renewing:
                    kept = self.take(self.etag) or self._is_mine()
            except KmiError:
                kept = time.monotonic() - renewed < LEASE_S
            else:
                renewed = time.monotonic()
            if not kept:
                self.lost.set()
                return

    def _is_mine(self) -> bool:
        """Whether the object holds what was put last: the first try of a put may have succeeded unnoticed."""
        import obstore

        with self.root.translated_errors(LOCK_PATH):
            found = obstore.get(self.root.store, LOCK_PATH)
            mine = bytes(found.bytes()) == self.body
        self.etag = found.meta["e_tag"] if mine else self.etag
        return mine

    def check(self) -> None:
        """Raise ``RetryableError`` where another run holds the warehouse now."""
        with self._renewing:
            if not self.lost.is_set() and self.current()[0] != self.etag:
                self.lost.set()
        if self.lost.is_set():
            raise RetryableError(
                "another run took the warehouse over while this one was silent; nothing more is written",
                where=self.root.address,
                do="run again",
            )

    def prove_exclusive(self) -> None:
        """Raise ``ConfigError`` where the store lets a second run create or replace the object that this one holds."""
        older = self.etag
        self.body = _body()
        if self.take(older) and (self.take(None) or self.take(older)):
            raise ConfigError(
                "this store does not keep conditional writes, so two runs could write at the same time",
                where=self.root.address,
                do="use a store that does: Amazon S3, Google Cloud Storage, Azure Blob Storage or SeaweedFS are tested"
                " or documented to; docs/running.md names the variables",
            )

    def release(self, renewer: threading.Thread) -> None:
        self._stop.set()
        renewer.join()
        if not self.lost.is_set() and self.current()[0] == self.etag:
            self.root.delete(LOCK_PATH)


@contextmanager
def _lease(root: ObjectRoot, wait_s: float, log: Log) -> Iterator[None]:
    lease = _Lease(root)
    took_over = _acquire(lease, wait_s, log)
    try:
        lease.prove_exclusive()
    except KmiError:
        root.delete(LOCK_PATH)
        raise
    renewer = threading.Thread(target=lease.renew_until_stopped, daemon=True)
    renewer.start()
    root.lease, root.takeover = lease.check, uuid4().hex if took_over else None
    try:
        yield
        lease.check()
    finally:
        root.lease, root.takeover = None, None
        lease.release(renewer)


def _acquire(lease: _Lease, wait_s: float, log: Log) -> bool:
    """Wait for the lease; True where it was taken over from a silent run."""
    began = watched = time.monotonic()
    seen, holder = lease.current()
    waiting_logged = False
    while not (seen is None and lease.take(None)):
        if seen is not None and time.monotonic() - watched >= LEASE_S and lease.take(seen):
            log(f"{lease.root.address}: took over from {holder}, which has been silent for {LEASE_S:.0f} s")
            return True
        if time.monotonic() - began >= wait_s:
            raise _busy(lease.root, holder)
        if not waiting_logged:
            log(f"{lease.root.address}: waiting for another run to end ({holder})")
            waiting_logged = True
        time.sleep(min(1.0, LEASE_S / 10))
        version, holder = lease.current()
        if version != seen:
            seen, watched = version, time.monotonic()
    return False
