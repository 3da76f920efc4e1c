"""Takes the visitors out of log lines before they are kept: an address becomes a pseudonym that holds for one day.

COUNTER counts visits and double clicks by address and user agent within a day, so a key of its own for each local day
keeps every figure and joins no two days. The key is random, belongs to one pull and is stored nowhere: nobody can find
the address again, not even by trying all of them.

A pseudonym looks like an address of 2001:db8::/32, which belongs to nobody (RFC 3849), so that a kept log is read as
the log itself is. Addresses of the plan's own proxies stay.
"""

import gzip
import hashlib
import io
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from datetime import date, datetime
from ipaddress import IPv6Address, ip_address, ip_network
from typing import BinaryIO
from zoneinfo import ZoneInfo

from sources.access_log.archives import decoded_lines, is_packed, unpacked_blocks
from sources.access_log.hits import Hit
from sources.access_log.lines import LogReader
from sources.access_log.local_time import QUARTER_S
from sources.stored_body import Content, SpooledBody

_ADDRESS = re.compile(
    r"(?<![\w./:-])(?:\[(?P<bracketed>[0-9A-Fa-f:.]+)\]|(?P<plain>\d{1,3}(?:\.\d{1,3}){3}"
    r"|(?:[0-9A-Fa-f]{0,4}:){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4})))(?P<port>:\d{1,5}(?!\d))?(?![\w.])"
)
"""Not after a slash, where it is a version or a part of a path."""
_USER = re.compile(r"(?<= - )[^\s\[\"][^\[\"]*(?= \[\d\d/[A-Z][a-z]{2}/\d{4}:)")
"""The name of a user who logged in, in the common form."""
_PREFIX = bytes.fromhex("20010db8")
_SECRET_BYTES = 32
_CACHE_SIZE = 200_000


class LogPseudonyms:
    """Pseudonyms of one pull. ``zone``: whose midnight divides the days; ``own``: networks of the plan's proxies."""

    def __init__(self, zone: ZoneInfo, own: Sequence[str] = (), secret: bytes = b"") -> None:
        self._zone, self._own = zone, [ip_network(text, strict=False) for text in own]
        self._secret = secret or secrets.token_bytes(_SECRET_BYTES)
        self._days: dict[int, date] = {}
        self._known: dict[tuple[date, str], str] = {}

    def replace_in(self, name: str, body: Content, reader: LogReader) -> Content:
        """The log with pseudonyms, packed with gzip if it was packed. Raises ``ShapeError``."""
        if not isinstance(body, bytes):
            return SpooledBody(lambda target: self._write(target, name, body, reader))
        target = io.BytesIO()
        self._write(target, name, body, reader)
        return target.getvalue()

    def _write(self, target: BinaryIO, name: str, body: Content, reader: LogReader) -> None:
        packer = gzip.GzipFile(fileobj=target, mode="wb", compresslevel=1, mtime=0) if is_packed(body) else None
        with packer or nullcontext(target) as file:
            for line in self._lines(name, body, reader):
                file.write(line.encode("utf-8"))

    def _lines(self, name: str, body: Content, reader: LogReader) -> Iterator[str]:
        day = date.min
        read: Callable[[Sequence[str]], Iterator[Hit | str]] | None = None
        for block, ends_whole in unpacked_blocks(name, body):
            lines = decoded_lines(block)
            read = read or reader.line_reader(lines)
            last = len(lines) - 1
            for at, (line, hit) in enumerate(zip(lines, read(lines), strict=True)):
                client = ""
                if isinstance(hit, tuple):
                    day, client = self._day(hit[0]), hit[1]
                yield self._masked(line, client, day) + ("\n" if ends_whole or at < last else "")
        self._known.clear()

    def _day(self, at: int) -> date:
        quarter = at // QUARTER_S
        if quarter not in self._days:
            self._days[quarter] = datetime.fromtimestamp(quarter * QUARTER_S, self._zone).date()
        return self._days[quarter]

    def _masked(self, line: str, client: str, day: date) -> str:
        masked = _ADDRESS.sub(lambda found: self._replacement(found, day), _USER.sub("-", line))
        if client and client not in {"-", "unknown"} and not _is_address(client):  # the server logs names of hosts
            masked = re.sub(rf"(?<![\w.\-]){re.escape(client)}(?![\w.\-])", self._pseudonym(client, day), masked)
        return masked

    def _replacement(self, found: re.Match[str], day: date) -> str:
        text, port = found["bracketed"] or found["plain"], found["port"] or ""
        if not _is_address(text):
            return found[0]
        if any(ip_address(text) in network for network in self._own):
            return found[0]
        pseudonym = self._pseudonym(str(ip_address(text)), day)
        return f"[{pseudonym}]{port}" if port or found["bracketed"] else pseudonym

    def _pseudonym(self, client: str, day: date) -> str:
        key = (day, client)
        if key not in self._known:
            day_key = hashlib.blake2b(day.isoformat().encode(), key=self._secret).digest()
            if len(self._known) >= _CACHE_SIZE:
                self._known.clear()
            digest = hashlib.blake2b(client.encode("utf-8"), key=day_key, digest_size=12).digest()
            self._known[key] = str(IPv6Address(_PREFIX + digest))
        return self._known[key]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
