"""Packed files: what gzip, bzip2, xz and ZIP archives hold."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import IO

from sources.files.calamine_book import is_open_document
from sources.files.limits import MAX_LAYERS, MAX_MEMBERS, require_unpackable
from warehouse.errors import ShapeError

ENDINGS = (".gz", ".bz2", ".xz", ".zip")
_OPENERS: dict[bytes, Callable[[IO[bytes]], io.BufferedIOBase]] = {
    b"\x1f\x8b": lambda packed: gzip.GzipFile(fileobj=packed),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ": lzma.LZMAFile,
}
_BROKEN = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError, NotImplementedError)


def opener_of(body: bytes) -> Callable[[IO[bytes]], io.BufferedIOBase] | None:
    """What unpacks a stream of gzip, bzip2 or xz, by its first bytes; None for anything else."""
    return next((opener for start, opener in _OPENERS.items() if body.startswith(start)), None)


def unpacked(name: str, body: bytes, layers: int = MAX_LAYERS) -> list[tuple[str, bytes]]:
    """The name and bytes of each file in ``body``; a file that is not packed, a workbook too, is itself.

    Raises ``ShapeError`` for an archive that is damaged, locked, packed more than ``layers`` times or too large.
    """
    opener = opener_of(body)
    try:
        if opener is not None:
            inner = name[: -len(PurePosixPath(name).suffix)] if name.casefold().endswith(ENDINGS) else name
            if not layers:
                what = f"the file is packed more than {MAX_LAYERS} times"
                raise ShapeError(what, where=name, do="deliver it packed once, or not at all")
            return unpacked(inner, _content(name, opener(io.BytesIO(body)), len(body)), layers - 1)
        if _is_archive(body):
            return _members(name, body)
    except _BROKEN as error:
        what = f"the archive is cut off, damaged or locked ({type(error).__name__})"
        raise ShapeError(what, where=name, do="deliver it again, or unpack it") from None
    return [(name, body)]


def _is_archive(body: bytes) -> bool:
    if not body.startswith(b"PK\x03\x04") or is_open_document(body):
        return False
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return not any(entry.startswith(("xl/", "[Content_Types]", "content.xml")) for entry in archive.namelist())


def _members(name: str, body: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(entries) > MAX_MEMBERS:
            raise ShapeError(f"the archive holds {len(entries):,} files", where=name, do="deliver it in parts")
        require_unpackable(name, sum(entry.file_size for entry in entries), len(body))
        return [(f"{name}/{entry.filename}", archive.read(entry)) for entry in entries]


def _content(name: str, stream: io.BufferedIOBase, packed: int) -> bytes:
    content = bytearray()
    while block := stream.read(1 << 20):
        content += block
        require_unpackable(name, len(content), packed)
    return bytes(content)
