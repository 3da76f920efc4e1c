"""Parses the lines of web server access logs into requests, without regard to pages, robots or visits.

The form of a file is found from its first lines, unless the plan declares it.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal, get_args

from sources.access_log.archives import decoded_lines, unpacked_blocks
from sources.access_log.balancers import AlbForm, HaproxyForm
from sources.access_log.clf import CommonForm
from sources.access_log.hits import Hit, LineForm, Reading
from sources.access_log.json_lines import JsonField, JsonForm
from sources.access_log.w3c import HEADER, W3cForm
from sources.stored_body import Content
from warehouse.errors import ShapeError

LogFormat = Literal["auto", "combined", "common", "json", "w3c", "alb", "haproxy"]

RAW_CHARACTERS = 500
SHOWN_LINES = 20
"""So many lines of a file that cannot be read are listed one by one."""
SAMPLE_LINES = 50

_SYSLOG = re.compile(
    r"(?:<\d{1,3}>)?(?:\d )?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) \S+ [^\s:\[]+(?:\[\d+\])?: "
)
"""What the system's logger writes before a line: https://www.rfc-editor.org/rfc/rfc3164#section-4.1"""
_BREAKS_OFF = "the file breaks off in the middle of the line"

_WANTED = (
    'address identity user [10/Oct/2026:13:55:36 +0100] "request" status bytes "referrer" "user agent", '
    "with or without the last two"
)
_LEAD = re.compile(r'[^"\[]*(?=\[)|(?:\S+\s*){1,3}')
_ADDRESS = re.compile(
    r"(?<![\d.])\d{1,3}(?:[.\-]\d{1,3}){3}(?!\d)"
    r"|(?<![\w.])(?:(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}"
    r"|(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?::(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?(?:(?:\.\d{1,3}){3})?)"
)
_QUERY = re.compile(r'\?[^\s"]*')
_KEY_OR_LETTER = re.compile(r'"[\w@.()-]{1,40}"\s*:|\w')


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that cannot be read, without personal data. ``number`` counts from 1."""

    file: str
    number: int
    text: str
    reason: str


@dataclass
class FileFacts:
    """What a file turned out to be.

    form: how it was read. digest: hash of the unpacked content. requests: how many lines are one.
    malformed: the first lines that cannot be read, of ``unread`` in all.
    """

    form: str = ""
    digest: bytes = b""
    requests: int = 0
    malformed: list[Malformed] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def unread(self) -> int:
        return self.reasons.total()


class LogReader:
    """Reads whole files; ``facts`` belong to the file that was read last."""

    def __init__(self, form: LogFormat, reading: Reading, own_names: Mapping[JsonField, str] | None = None) -> None:
        self._form: LogFormat = form
        self._reading, self._own_names = reading, own_names or {}
        self.facts = FileFacts()

    def read(self, name: str, body: Content) -> Iterator[tuple[list[Hit], list[int]]]:
        """The requests of a file, in its order, in blocks: each request, and the hash of its line.

        Raises ``ShapeError`` where a packed file breaks off, and at the end when no line could be read.
        """
        facts = self.facts = FileFacts()
        digest, head, number = hashlib.sha256(), b"", 0
        form: LineForm | None = None
        agent: str | None = None
        syslog = False
        for block, ends_whole in unpacked_blocks(name, body):
            head = head or block[:4096]
            digest.update(block)
            digest.update(b"\n")
            lines = decoded_lines(block)
            if form is None:
                syslog = _is_syslog(lines)
                form = self._form_of(_without_syslog(lines) if syslog else lines)
            texts, without, hits = _without_syslog(lines) if syslog else lines, set[int](), list[Hit]()
            for at, hit in enumerate(form.read(texts)):
                if hit.__class__ is tuple and (ends_whole or hit[4] is not None or agent is None):
                    agent = hit[4]
                    hits.append(hit)
                else:
                    without.add(at)
                    reason = hit if isinstance(hit, str) else _BREAKS_OFF
                    if reason:
                        self._refuse(Malformed(name, number + at + 1, lines[at], reason))
            number += len(lines)
            facts.requests += len(hits)
            yield hits, [*map(hash, (line for at, line in enumerate(lines) if at not in without) if without else lines)]
        facts.form, facts.digest = form.label if form else "", digest.digest()
        if facts.unread and not facts.requests:
            raise _wrong_form(name, head, self._form, facts)

    def line_reader(self, first: Sequence[str]) -> Callable[[Sequence[str]], Iterator[Hit | str]]:
        """Reads lines of a file that begins with ``first``: of each line the request, or why there is none."""
        syslog = _is_syslog(first)
        form = self._form_of(_without_syslog(first) if syslog else first)
        return lambda lines: form.read(_without_syslog(lines) if syslog else lines)

    def _refuse(self, line: Malformed) -> None:
        self.facts.reasons[line.reason] += 1
        if len(self.facts.malformed) < SHOWN_LINES:
            self.facts.malformed.append(Malformed(line.file, line.number, mask_line(line.text), line.reason))

    def _form_of(self, lines: Sequence[str]) -> LineForm:
        """The declared form, or the one that reads most of the first lines."""
        sample = list(islice((line for line in lines if line.strip()), SAMPLE_LINES))
        if self._form != "auto":
            return self._new_form(self._form, sample)
        read = {form: self._read_of(form, sample) for form in get_args(LogFormat) if form not in {"combined", "common"}}
        best = max(read, key=lambda form: read[form])
        if not read[best] and sample:
            best = "json" if sample[0].startswith("{") else "w3c" if any(map(HEADER.match, sample)) else "auto"
        return self._new_form(best, sample)

    def _read_of(self, form: LogFormat, sample: Sequence[str]) -> int:
        return sum(isinstance(hit, tuple) for hit in self._new_form(form, sample).read(sample))

    def _new_form(self, form: LogFormat, sample: Sequence[str]) -> LineForm:
        if form == "json":
            return JsonForm(self._reading, self._own_names)
        if form == "w3c":
            return W3cForm(self._reading)
        if form == "alb":
            return AlbForm(self._reading)
        return HaproxyForm(self._reading) if form == "haproxy" else CommonForm(form, self._reading, sample)


def _is_syslog(lines: Iterable[str]) -> bool:
    sample = list(islice((line for line in lines if line.strip()), SAMPLE_LINES))
    return bool(sample) and sum(bool(_SYSLOG.match(line)) for line in sample) * 2 > len(sample)


def _without_syslog(lines: Iterable[str]) -> list[str]:
    return [_SYSLOG.sub("", line, count=1) for line in lines]


def _wrong_form(name: str, head: bytes, form: LogFormat, facts: FileFacts) -> ShapeError:
    start, text = head.lstrip()[:1], head.strip(b"\0")
    reason = facts.reasons.most_common(1)[0][0]
    what = f"no line has the declared format ({form})"
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"} or text.count(b"\0") * 3 > len(text):
        what = "the file is UTF-16 text, not the bytes of a log"
    elif start == b"{":
        what = f"no line of JSON of this form can be read: {reason}"
    elif start == b"#":
        what = f"no line in the W3C extended format can be read: {reason}"
    only = "let 'path' name the access logs only, such as logs/access.log*"
    own = "; name the fields of JSON lines in 'fields'" if start == b"{" else ""
    return ShapeError(what, where=name, do=f"have the server write {_WANTED}{own}; or {only}")


def mask_line(line: str) -> str:
    """A line without client, user, addresses and query strings, at most 500 characters.

    Of JSON and of lines that begin otherwise than the common form only keys and signs are left.
    """
    if line.lstrip("\ufeff \t").startswith("{") or re.match(r"\S*\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d", line):
        return _KEY_OR_LETTER.sub(lambda found: found[0] if len(found[0]) > 1 else "x", line[:RAW_CHARACTERS])
    text = _LEAD.sub("[client] ", line.strip("\0\ufeff \t\r"), count=1)
    return _QUERY.sub("?[query]", _ADDRESS.sub("[address]", text))[:RAW_CHARACTERS]
