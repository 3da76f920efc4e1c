"""A file that is written beside its place before it takes it, piece by piece if it is large."""

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

OWNER_ONLY = 0o700
_BLOCK_BYTES = 1 << 20


class HashedFile(io.RawIOBase):
    """Passes what is written on to ``file``, with its hash: what is read again must have the same.

    Closing it leaves ``file`` open.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hash = file, hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, piece: object) -> int:
        view = memoryview(piece)  # type: ignore[arg-type]
        self._hash.update(view)
        self._file.write(view)
        return view.nbytes

    def digest(self) -> bytes:
        """The hash of what was written so far."""
        return self._hash.digest()


def file_digest(path: Path) -> bytes:
    """The hash of a file, as ``HashedFile.digest``."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            found.update(block)
    return found.digest()


@contextmanager
def new_part(part: Path, private: Path) -> Iterator[BinaryIO]:
    """The new file ``part``; at the end all is on the disk. Below ``private`` only the owner may read it."""
    is_private = part.is_relative_to(private)
    part.parent.mkdir(parents=True, exist_ok=True)
    if is_private:
        _close_to_others(private, part.parent)
    with open(part, "wb", opener=_for_the_owner if is_private else None) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _close_to_others(*folders: Path) -> None:
    """Let only the owner of these folders look into them. Windows has other rights, which the folder inherits."""
    for folder in folders if os.name != "nt" else ():
        if stat.S_IMODE(folder.stat().st_mode) != OWNER_ONLY:
            folder.chmod(OWNER_ONLY)
