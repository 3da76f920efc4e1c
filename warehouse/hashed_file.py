"""A file that is written piece by piece, with the hash of what was written: what is read again must have the same."""

import hashlib
import io
from pathlib import Path
from typing import BinaryIO

_BLOCK_BYTES = 1 << 20


class HashedFile(io.RawIOBase):
    """Passes what is written on to ``file``. Closing it leaves ``file`` open."""

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
