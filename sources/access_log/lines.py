"""Parses the lines of web server access logs into requests, without regard to pages, robots or visits.

The formats are Apache's ``common`` and ``combined``, which nginx writes too. A virtual host may come first and, in
``combined``, further fields may follow: https://httpd.apache.org/docs/2.4/mod/mod_log_config.html
"""

import bz2
import gzip
import hashlib
import io
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import IO, Literal

from warehouse.errors import ShapeError

LogFormat = Literal["auto", "combined", "common"]

BLOCK_BYTES = 4 * 1024 * 1024
RAW_CHARACTERS = 500

_QUOTED = r'"([^"\\]*(?:\\.[^"\\]*)*)"'
_COMMON = (
    r"(\S+ \S+ [^\[]+) \[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:[0-5]\d:(?:[0-5]\d|60) [+-]\d{4})\] "
    + _QUOTED
    + r" (\d{3}) (?:\d+|-)"
)
_AGENT = r" " + _QUOTED.replace("(", "(?:", 1) + " " + _QUOTED + r"(?: .*)?"
_LINE: dict[LogFormat, re.Pattern[str]] = {
    "common": re.compile(_COMMON + r"()\s*$"),
    "combined": re.compile(_COMMON + _AGENT + r"\s*$"),
    "auto": re.compile(_COMMON + "(?:" + _AGENT + r")?\s*$"),
}
_EXAMPLES = {
    "common": 'address identity user [10/Oct/2026:13:55:36 +0100] "request" status bytes',
    "combined": 'address identity user [10/Oct/2026:13:55:36 +0100] "request" status bytes "referrer" "user agent"',
}
_EXAMPLES["auto"] = _EXAMPLES["combined"] + ", with or without the last two"

YEARS = range(1990, 2101)
"""Plausible years of a request; any other year is a broken line or a wrong clock."""

_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}

_LEAD = re.compile(r'[^"\[]*(?=\[)|(?:\S+\s*){1,3}')
_ADDRESS = re.compile(
    r"(?<![\d.])\d{1,3}(?:[.\-]\d{1,3}){3}(?!\d)"
    r"|(?<![\w.])(?:(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}"
    r"|(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?::(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?(?:(?:\.\d{1,3}){3})?)"
)
_LOOKS_LIKE_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_QUERY = re.compile(r'\?[^\s"]*')

_OPENERS: dict[bytes, Callable[[IO[bytes]], io.BufferedIOBase]] = {
    b"\x1f\x8b": lambda packed: gzip.GzipFile(fileobj=packed),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ": lzma.LZMAFile,
}

Hit = tuple[int, str, str, str, str | None]
"""One request: seconds since 1970 UTC, client, request line, status, user agent (None in a log without agents)."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that cannot be read, without personal data. ``number`` counts from 1."""

    file: str
    number: int
    text: str
    reason: str


class LogReader:
    """Reads whole files.

    ``malformed`` (the lines that cannot be read) and ``digest`` (hash of the unpacked content) belong to the file that
    was read last.
    """

    def __init__(self, form: LogFormat) -> None:
        self.form: LogFormat = form
        self.malformed: list[Malformed] = []
        self.digest = b""
        self._minutes: dict[str, int | None] = {}
        self._clients: dict[str, str] = {}

    def read(self, name: str, body: bytes) -> Iterator[Hit]:
        """The requests of a file, in its order.

        Raises ``ShapeError`` where a packed file breaks off, and at the end when no line could be read.
        """
        digest, head, number, hits = hashlib.sha256(), b"", 0, 0
        refused: list[Malformed] = []
        match = _LINE[self.form].match
        for block in _blocks(name, body):
            head = head or block[:4096]
            digest.update(block + b"\n")
            for line in _decoded(block):
                number += 1
                found = match(line)
                hit = found and self._hit(*found.groups())
                if hit:
                    hits += 1
                    yield hit
                elif line.strip():
                    refused.append(Malformed(name, number, mask_line(line), _reason(matched=found is not None)))
        if refused and not hits:
            raise self._wrong_form(name, head)
        self.malformed, self.digest = refused, digest.digest()

    def _hit(self, lead: str, stamp: str, request: str, status: str, agent: str | None) -> Hit | None:
        minute = stamp[:17] + stamp[20:]
        if minute not in self._minutes:
            self._minutes[minute] = _seconds(stamp)
        start = self._minutes[minute]
        if start is None:
            return None
        client = self._clients.get(lead)
        if client is None:
            client = self._clients[lead] = client_of(lead)
        return start + int(stamp[18:20]), client, request, status, None if self.form == "common" else agent

    def _wrong_form(self, name: str, head: bytes) -> ShapeError:
        start, text = head.lstrip()[:1], head.strip(b"\0")
        what = f"no line has the declared format ({self.form})"
        if head[:2] in {b"\xff\xfe", b"\xfe\xff"} or text.count(b"\0") * 3 > len(text):
            what = "the file is UTF-16 text, not the bytes of a log"
        elif start == b"{":
            what = "the file has JSON lines, which this source does not read"
        elif start == b"#":
            what = "the file is a log in the W3C extended format, which this source does not read"
        only = "let 'path' name the access logs only, such as logs/access.log*"
        do = f"have the server write {_EXAMPLES[self.form]}; or {only}"
        return ShapeError(what, where=name, do=do)


def client_of(lead: str) -> str:
    """The client's address or name in the text before the time; a virtual host before it is skipped."""
    tokens = lead.strip("\0\ufeff ").split(" ")
    behind_host = (
        len(tokens) > 3
        and not _LOOKS_LIKE_ADDRESS.fullmatch(tokens[0])
        and (tokens[2] == "-" or _LOOKS_LIKE_ADDRESS.fullmatch(tokens[1]))
    )
    return tokens[1] if behind_host else tokens[0]


def mask_line(line: str) -> str:
    """A line without client, user, addresses and query strings, at most 500 characters."""
    text = _LEAD.sub("[client] ", line.strip("\0\ufeff \t\r"), count=1)
    return _QUERY.sub("?[query]", _ADDRESS.sub("[address]", text))[:RAW_CHARACTERS]


def _reason(*, matched: bool) -> str:
    return "the time does not exist or is implausible" if matched else "the line does not have the format of the log"


def _seconds(stamp: str) -> int | None:
    """Seconds since 1970 UTC of the minute in ``10/Oct/2026:13:55:36 +0100``; None where that time does not exist."""
    month, year = _MONTHS.get(stamp[3:6]), int(stamp[7:11])
    if month is None or year not in YEARS:
        return None
    offset = timedelta(hours=int(stamp[22:24]), minutes=int(stamp[24:26])) * (-1 if stamp[21] == "-" else 1)
    try:
        minute = datetime(year, month, int(stamp[:2]), int(stamp[12:14]), int(stamp[15:17]), tzinfo=timezone(offset))
    except ValueError:
        return None
    return int(minute.timestamp())


def _blocks(name: str, body: bytes) -> Iterator[bytes]:
    """The unpacked content in blocks of whole lines: a large archive is never in memory as a whole."""
    opener = next((opener for magic, opener in _OPENERS.items() if body.startswith(magic)), None)
    stream = opener(io.BytesIO(body)) if opener else io.BytesIO(body)
    rest = b""
    try:
        while chunk := stream.read(BLOCK_BYTES):
            lines, newline, tail = (rest + chunk).rpartition(b"\n")
            rest = tail
            if newline:
                yield lines
    except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
        what = f"the compressed file breaks off or is damaged ({error})"
        raise ShapeError(what, where=name, do="deliver the whole file again") from error
    if rest:
        yield rest


def _decoded(block: bytes) -> list[str]:
    """Lines as text: UTF-8, and Latin-1 for a line that is not."""
    try:
        return block.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        return [_decoded_line(line) for line in block.split(b"\n")]


def _decoded_line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")
