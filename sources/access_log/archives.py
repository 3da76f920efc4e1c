"""Unpacks log files and cuts them into lines: a large archive is never in memory as a whole."""

import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import IO

from sources.files.limits import MAX_LINE_BYTES
from sources.files.packing import opener_of
from sources.stored_body import Content, opened
from warehouse.errors import ShapeError

BLOCK_BYTES = 4 * 1024 * 1024
_MAGIC_BYTES = 16


def unpacked_blocks(name: str, body: Content) -> Iterator[tuple[bytes, bool]]:
    """The unpacked content in blocks of whole lines, each without its last line break.

    False beside the last block of a file whose last line has no line break: a copy may have broken off there.
    Raises ``ShapeError`` where a packed file breaks off.
    """
    opener, rest = _opener(body), b""
    try:
        with opened(body) as packed, opener(packed) if opener else nullcontext(packed) as stream:
            while chunk := stream.read(BLOCK_BYTES):
                lines, newline, tail = (rest + chunk).rpartition(b"\n")
                rest = tail
                if len(rest) > MAX_LINE_BYTES:
                    what = f"a line is longer than {MAX_LINE_BYTES:,} bytes: this is not a log of a web server"
                    raise ShapeError(what, where=name, do="look at the file; remove it if it is something else")
                if newline:
                    yield lines, True
    except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
        what = f"the compressed file breaks off or is damaged ({error})"
        raise ShapeError(what, where=name, do="deliver the whole file again") from error
    if rest:
        yield rest, False


def is_packed(body: Content) -> bool:
    """Whether a log is packed with gzip, bzip2 or xz."""
    return _opener(body) is not None


def _opener(body: Content) -> Callable[[IO[bytes]], io.BufferedIOBase] | None:
    with opened(body) as stream:
        return opener_of(stream.read(_MAGIC_BYTES))


def decoded_lines(block: bytes) -> list[str]:
    """Lines as text, without a carriage return: UTF-8, and Latin-1 for a line that is not."""
    block = block.replace(b"\r\n", b"\n").removesuffix(b"\r")
    try:
        return block.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        return [_decoded_line(line) for line in block.split(b"\n")]


def _decoded_line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")
