"""Lines of load balancers: Amazon's ALB and Classic ELB, and HAProxy's own form.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html,
https://docs.haproxy.org/2.6/configuration.html#8.2.3
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC

from sources.access_log.hits import NO_FORM, NO_TIME, Hit, Reading
from sources.access_log.times import clf_minute, iso_second

ALB = re.compile(
    r"(?:(?:https?|h2|grpcs?|wss?) )?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) \S+ (\S+) \S+ [-\d.]+ [-\d.]+ [-\d.]+ "
    r'(\d{3}|-) \S+ -?\d+ -?\d+ "([^"]*)" "((?:[^"\\]|\\.)*)" '
)
HAPROXY = re.compile(
    r"(\S+):\d+ \[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:[0-5]\d:[0-5]\d)(?:\.\d+)?\] \S+ \S+ \S+ "
    r"(-1|\d{3}) \+?\d+ \S+ \S+ \S{4} "
    r'\S+ \S+ (?:\{[^}]*\} ){0,2}"([^"]*)"?\s*$'
)


class AlbForm:
    """Reads the lines of ALB and Classic ELB; times are UTC."""

    label = "ALB or ELB"

    def __init__(self, reading: Reading) -> None:
        self._clients = reading.clients

    def read(self, lines: Iterable[str]) -> Iterator[Hit | str]:
        for line in lines:
            found = ALB.match(line)
            if found is None:
                yield NO_FORM if line.strip() and not line.startswith("#") else ""
                continue
            time, address, status, request, agent = found.groups()
            at = iso_second(time, UTC)
            if at is None:
                yield NO_TIME
            elif status == "-" or request.startswith("- "):
                yield ""
            else:
                yield at, self._clients.of_fields(address), request.strip(), status, agent


class HaproxyForm:
    """Reads HAProxy's own lines (``option httplog``), which have neither a time zone nor a user agent."""

    def __init__(self, reading: Reading) -> None:
        self._clients, self._zone = reading.clients, reading.zone

    @property
    def label(self) -> str:
        return f"HAProxy's own form, which has no user agents (times in {self._zone})"

    def read(self, lines: Iterable[str]) -> Iterator[Hit | str]:
        for line in lines:
            found = HAPROXY.match(line)
            if found is None:
                yield NO_FORM if line.strip() else ""
                continue
            address, stamp, status, request = found.groups()
            minute = clf_minute(stamp, self._zone)
            if minute is None:
                yield NO_TIME
            else:
                yield minute + int(stamp[18:20]), self._clients.of_fields(address), request, status, None
