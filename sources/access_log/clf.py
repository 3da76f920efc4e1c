"""Lines in the common and combined forms of Apache and nginx, and those that HAProxy and Traefik write after them.

A virtual host may come first and, in ``combined``, further fields may follow:
https://httpd.apache.org/docs/2.4/mod/mod_log_config.html. ``option httplog clf`` of HAProxy writes two empty fields for
referrer and agent, https://docs.haproxy.org/2.6/configuration.html#8.2.3; Traefik writes ``-`` for an agent that it is
not told to keep, https://doc.traefik.io/traefik/observability/access-logs/.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from sources.access_log.hits import NO_FORM, NO_TIME, Hit, Reading
from sources.access_log.times import clf_minute

_QUOTED = r'"([^"\\]*(?:\\.[^"\\]*)*)"'
_COMMON = (
    r"(\S+ \S+ [^\[]+) \[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:[0-5]\d:(?:[0-5]\d|60) [+-]\d{4})\] "
    + _QUOTED
    + r" (\d{3}) (?:\d+|-)"
)
_AGENT = r" " + _QUOTED.replace("(", "(?:", 1) + " " + _QUOTED
_LINE = {
    "common": re.compile(_COMMON + r"()\s*$"),
    "combined": re.compile(_COMMON + _AGENT + r"(?: .*)?\s*$"),
    "auto": re.compile(_COMMON + "(?:" + _AGENT + r"(?: .*)?)?\s*$"),
}
_HAPROXY = re.compile(r'"" "" \d+ \d{1,3} "[^"]*" "[^"]*" "[^"]*" ')
_TRAEFIK = re.compile(r'"(?:-|[^"]*)" "-" \d+ "[^"]*" "[^"]*" \d+ms\s*$')

_CACHE_SIZE = 50_000
"""So many minutes are remembered: a month of them."""


class CommonForm:
    """Reads ``common`` or ``combined`` lines, or in ``auto`` each line as it is."""

    def __init__(self, form: str, reading: Reading, sample: Sequence[str] = ()) -> None:
        self._match = _LINE[form].match
        self._form, self._reading = form, reading
        self._minutes: dict[str, int | None] = {}
        matches = [self._match(line) for line in sample]
        self._has_agents = any(match is not None and match[5] is not None for match in matches)
        found = [line for line, match in zip(sample, matches, strict=True) if match]
        self._haproxy = bool(found) and all(_HAPROXY.search(line) for line in found)
        self._traefik = bool(found) and all(_TRAEFIK.search(line) for line in found)

    @property
    def label(self) -> str:
        if self._haproxy or self._traefik:
            return f"{'HAProxy' if self._haproxy else 'Traefik'}'s common form, which has no user agents"
        return self._form if self._form != "auto" else "combined" if self._has_agents else "common"

    def read(self, lines: Iterable[str]) -> Iterator[Hit | str]:
        clients, match, minutes = self._reading.clients, self._match, self._minutes
        known = {} if clients.reads_forwarded else clients.known
        no_agents = self._form == "common" or self._haproxy or self._traefik
        for line in lines:
            found = match(line)
            if found is None:
                yield NO_FORM if line.strip() else ""
                continue
            lead, stamp, request, status, agent = found.groups()
            minute = stamp[:17] + stamp[20:]
            start = minutes.get(minute) or self._minute(minute, stamp)
            if start is None:
                yield NO_TIME
                continue
            client = known.get(lead) or clients.of_lead(lead, line[found.end(5) + 1 :] if agent is not None else "")
            yield start + int(stamp[18:20]), client, request, status, None if no_agents else agent

    def _minute(self, minute: str, stamp: str) -> int | None:
        if minute not in self._minutes:
            if len(self._minutes) >= _CACHE_SIZE:
                self._minutes.clear()
            self._minutes[minute] = clf_minute(stamp)
        return self._minutes[minute]
