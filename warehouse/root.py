"""The storage of a warehouse: a local folder or an object store. A file is written whole or not at all."""

import io
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from warehouse.errors import ConfigError, RefusedError, RetryableError
from warehouse.object_root import ObjectRoot
from warehouse.staged_file import HashedFile, file_digest, new_part
from warehouse.system_errors import os_errors, require_usable

if TYPE_CHECKING:
    import pyarrow as pa

PART = ".part"
PRIVATE = "raw"
"""The folder that only the owner may read: what providers and web servers wrote may be about people."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RENAME_TRIES = 20
STAGED_BY_TABLES = re.compile(r"#\d+$")
"""How deltalake 1.6 ends the name of a file that it has not renamed yet."""


class Root(Protocol):
    """A place for files. Paths are relative, with forward slashes."""

    address: str
    takeover: str | None
    """A mark of a run that took the warehouse over from a silent one, which may still be about to write."""

    def uri(self, path: str) -> str:
        """The address of ``path`` for other libraries."""
        ...

    def read(self, path: str) -> bytes:
        """The bytes at ``path``. Raises ``FileNotFoundError``."""
        ...

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write whole files, in order; all are staged before the first replaces an old one."""
        ...

    def write_from(self, path: str, write: Callable[[BinaryIO], None]) -> None:
        """Write one new file that is too large for the memory, whole or not at all: ``write`` gives its bytes."""
        ...

    def list(self, folder: str) -> list[str]:
        """Paths of the files under ``folder``, sorted."""
        ...

    def delete(self, path: str) -> None: ...

    def check_held(self) -> None:
        """Raise ``RetryableError`` where this run has lost the warehouse to another one."""
        ...


class LocalRoot:
    """A folder. Files are written beside, flushed, read again and renamed over the old ones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        require_usable(self.folder)
        with os_errors(self.folder, "read"):
            is_file = self.folder.exists() and not self.folder.is_dir()
        if is_file:
            raise ConfigError(
                "a warehouse is a folder, and this is a file", where=str(folder), do="name a folder with --warehouse"
            )
        self.address = str(self.folder)
        self.takeover: str | None = None

    def uri(self, path: str) -> str:
        return str(self.folder / path)

    def read(self, path: str) -> bytes:
        with os_errors(self.folder / path, "read"):
            return (self.folder / path).read_bytes()

    def write(self, files: Mapping[str, bytes]) -> None:
        staged = [(self._stage(self.folder / path, body), self.folder / path) for path, body in files.items()]
        for part, target in staged:
            _rename(part, target)
        for folder in {target.parent for _, target in staged}:
            with os_errors(folder):
                _flush_folder(folder)

    def write_from(self, path: str, write: Callable[[BinaryIO], None]) -> None:
        target = self.folder / path
        part = _part(target)
        try:
            with os_errors(target):
                with new_part(part, self.folder / PRIVATE) as file:
                    hashed = HashedFile(file)
                    write(cast("BinaryIO", hashed))
                is_same = file_digest(part) == hashed.digest()
            if not is_same:
                raise _differs(target)
            _rename(part, target)
        finally:
            part.unlink(missing_ok=True)
        with os_errors(target.parent):
            _flush_folder(target.parent)

    def _stage(self, target: Path, body: bytes) -> Path:
        part = _part(target)
        with os_errors(target):
            with new_part(part, self.folder / PRIVATE) as file:
                file.write(body)
            landed = part.read_bytes()
        if landed != body:
            raise _differs(target)
        return part

    def list(self, folder: str) -> list[str]:
        with os_errors(self.folder / folder, "read"):
            files = (p for p in (self.folder / folder).rglob("*") if p.is_file() and p.suffix != PART)
            return sorted(p.relative_to(self.folder).as_posix() for p in files)

    def delete(self, path: str) -> None:
        with os_errors(self.folder / path):
            (self.folder / path).unlink(missing_ok=True)

    def check_held(self) -> None:
        """Nothing to check: the operating system keeps the lock of a stopped process."""

    def staged(self) -> tuple[Path, ...]:
        """Half-written files of killed runs: our own, and those that the library of the tables leaves."""
        own = (self.folder / folder for folder in ("raw", "published"))
        tables = (path for path in (self.folder / "tables").rglob("*#*") if STAGED_BY_TABLES.search(path.name))
        mine = (part for folder in own for part in folder.rglob(f".*{PART}"))
        return tuple(sorted({*self.folder.glob(f".*{PART}"), *mine, *tables}))

    def sweep(self) -> None:
        """Remove half-written files of a killed run. Only under the lock of the warehouse."""
        for part in self.staged():
            with os_errors(part):
                part.unlink(missing_ok=True)


def _part(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}{PART}")


def _differs(target: Path) -> RetryableError:
    what = "what was written does not read back the same"
    return RetryableError(what, where=str(target), do="check the disk, then run again")


def _rename(part: Path, target: Path) -> None:
    for attempt in range(RENAME_TRIES):
        try:
            with os_errors(target):
                part.replace(target)
        except RefusedError as error:  # Windows refuses while a reader holds the old file open
            if attempt == RENAME_TRIES - 1:
                raise RetryableError(
                    "another program holds the file open", where=str(target), do="close it there, then run again"
                ) from error
            time.sleep(0.25)
        else:
            return


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there; NTFS journals the rename
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


SORTED_ROWS = 100_000
"""The rows of a row group of a table that is sorted while it is written."""


def parquet_bytes(table: "pa.Table", compression: str = "zstd", sort_by: Sequence[str] = ()) -> bytes:
    """The table as a Parquet file in memory, in the order of these columns. There is no sorted copy of the whole."""
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    if not sort_by:
        pq.write_table(table, buffer, compression=compression)
        return buffer.getvalue()
    import pyarrow.compute as pc

    order = pc.sort_indices(table, [(name, "ascending") for name in sort_by])
    with pq.ParquetWriter(buffer, table.schema, compression=compression) as writer:
        for first in range(0, len(order), SORTED_ROWS):
            writer.write_table(table.take(order.slice(first, SORTED_ROWS)))
    return buffer.getvalue()


def parquet_rows(body: bytes) -> list[dict[str, Any]]:
    """The rows of a Parquet file in memory.

    They are read in this thread: Arrow's threads may still hold Python's bytes when the interpreter ends, and then the
    process aborts (seen with pyarrow 26).
    """
    import pyarrow.parquet as pq

    return table_rows(pq.ParquetFile(io.BytesIO(body), pre_buffer=False).read(use_threads=False))


def is_parquet(body: bytes) -> bool:
    """Whether the bytes are a whole Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        pq.ParquetFile(io.BytesIO(body), pre_buffer=False).read(use_threads=False)
    except (pa.ArrowException, OSError, EOFError):
        return False
    return True


def table_rows(table: "pa.Table") -> list[dict[str, Any]]:
    """The rows of a table, instants as aware UTC. Unlike ``to_pylist`` it does not import pandas."""
    import pyarrow as pa

    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_timestamp(column.type):  # for these pyarrow 26 would import pandas
            counts = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_pylist()
            columns[name] = [None if count is None else EPOCH + timedelta(microseconds=count) for count in counts]
        else:
            columns[name] = column.to_pylist()
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def open_root(address: str | Path) -> LocalRoot | ObjectRoot:
    """The root at ``address``. Raises ``ConfigError`` where it is not an address."""
    text = str(address)
    return ObjectRoot(text) if "://" in text else LocalRoot(Path(text))
