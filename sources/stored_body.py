"""Bodies of pages: bytes, or a large file that lies on a disk and is read in blocks."""

import io
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import BinaryIO, Protocol
from weakref import finalize

from warehouse.errors import RetryableError

HELD_BYTES = 16_000_000
"""So much of a delivery is held in memory; what is beyond is read where it lies."""
_END_BYTES = 512
_BLOCK_BYTES = 1 << 20


class StoredBody(Protocol):
    """A body outside of memory: ``open`` gives the same bytes each time, from the first on, or raises."""

    @property
    def size(self) -> int:
        """How many bytes it has."""
        ...

    def open(self) -> BinaryIO:
        """Raises ``RetryableError``, as does reading, where the file is no longer what it was."""
        ...


Content = bytes | StoredBody


def opened(content: Content) -> BinaryIO:
    """The content as a stream."""
    return io.BytesIO(content) if isinstance(content, bytes) else content.open()


def whole(content: Content) -> bytes:
    """The content in memory."""
    if isinstance(content, bytes):
        return content
    with content.open() as stream:
        return stream.read()


def size_of(content: Content) -> int:
    """How many bytes the content has."""
    return len(content) if isinstance(content, bytes) else content.size


@dataclass(frozen=True, slots=True)
class FileBody:
    """What a file held when it was found: its first ``size`` bytes. What is appended later belongs to the next run.

    A file that was rotated, cut or written anew since then is noticed by ``identity`` (device and number) and
    ``ends``, its first and last bytes.
    """

    path: Path
    size: int
    identity: tuple[int, int]
    ends: tuple[bytes, bytes]

    @classmethod
    def found(cls, path: Path) -> "FileBody":
        """The file as it is now. Raises ``OSError``."""
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            return cls(path, status.st_size, (status.st_dev, status.st_ino), _ends(file, status.st_size))

    def open(self) -> BinaryIO:
        try:
            file = self.path.open("rb")
            status = os.fstat(file.fileno())
            ends = _ends(file, self.size)
        except OSError as error:
            raise _changed(self.path) from error
        if (status.st_dev, status.st_ino) != self.identity or ends != self.ends:
            file.close()
            raise _changed(self.path)
        return io.BufferedReader(_FirstBytes(file, self.path, self.size), _BLOCK_BYTES)


class _FirstBytes(io.RawIOBase):
    """The first ``size`` bytes of a file. Raises ``RetryableError`` where it ends before."""

    def __init__(self, file: BinaryIO, path: Path, size: int) -> None:
        self._file, self._path, self._left = file, path, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)[: self._left]  # type: ignore[arg-type]
        try:
            count = self._file.readinto(view) if view.nbytes else 0  # type: ignore[attr-defined]
        except OSError as error:
            raise RetryableError(
                f"the file cannot be read ({error.strerror})",
                where=str(self._path),
                do="check the disk or the share, then run again",
            ) from error
        if not count and self._left:
            raise _changed(self._path)
        self._left -= count
        return int(count)

    def close(self) -> None:
        self._file.close()
        super().close()


class SpooledBody:
    """A body in a temporary file of its own, which is deleted with it."""

    def __init__(self, write: Callable[[BinaryIO], None]) -> None:
        """``write`` writes the body."""
        folder = Path(mkdtemp(prefix="kmi-body-"))
        self._path = folder / "body"
        finalize(self, rmtree, folder, ignore_errors=True)
        with self._path.open("wb") as file:
            write(file)
        self.size = self._path.stat().st_size

    @classmethod
    def of_blocks(cls, blocks: Iterable[bytes]) -> "SpooledBody":
        return cls(lambda file: file.writelines(blocks))

    def open(self) -> BinaryIO:
        return self._path.open("rb")


def _ends(file: BinaryIO, size: int) -> tuple[bytes, bytes]:
    """The first and the last bytes of the first ``size``; the file then stands at its beginning again."""
    first = file.read(min(_END_BYTES, size))
    file.seek(max(size - _END_BYTES, 0))
    last = file.read(min(_END_BYTES, size))
    file.seek(0)
    return first, last


def _changed(path: Path) -> RetryableError:
    what = "the file was rotated, cut or written anew while the run read it"
    return RetryableError(what, where=str(path), do="run again, at an hour at which nothing writes there")
