"""Lines of JSON, as nginx (``log_format … escape=json``), Caddy, Traefik and others write them.

https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format, https://caddyserver.com/docs/caddyfile/directives/log,
https://doc.traefik.io/traefik/observability/access-logs/
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from sources.access_log.hits import NO_TIME, Hit, Reading, request_line
from sources.access_log.times import clf_minute, epoch_second, iso_second

JsonField = Literal["time", "client", "forwarded", "request", "method", "target", "status", "agent"]
NAMES: dict[JsonField, tuple[str, ...]] = {
    "time": ("time_iso8601", "time_local", "StartUTC", "@timestamp", "ts", "timestamp", "msec", "time", "datetime"),
    "client": (
        *("request.client_ip", "request.remote_ip", "request.remote_addr", "remote_addr", "ClientHost", "client_ip"),
        *("clientip", "remote_ip", "remoteAddr", "ip", "client"),
    ),
    "forwarded": (
        *("http_x_forwarded_for", "request.headers.X-Forwarded-For", "request_X-Forwarded-For", "x_forwarded_for"),
        *("http_forwarded", "request.headers.Forwarded", "request_Forwarded"),
    ),
    "request": ("request",),
    "method": ("request_method", "request.method", "RequestMethod", "method", "verb"),
    "target": ("request_uri", "request.uri", "RequestPath", "uri", "path", "url"),
    "status": ("status", "DownstreamStatus", "status_code", "response"),
    "agent": (
        *("http_user_agent", "request.headers.User-Agent", "request_User-Agent", "user_agent", "userAgent", "agent"),
    ),
}
"""Under which names servers write each field, the server's own variable first. A dot leads into a mapping."""

_BAD_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")
_HAS_ZONE = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")
_NO_JSON = "the line is not a JSON object, or breaks off"


class JsonForm:
    """Reads lines of JSON objects; ``own_names`` says where a plan's server writes a field."""

    def __init__(self, reading: Reading, own_names: Mapping[JsonField, str]) -> None:
        self._reading = reading
        self._names = {field: (own_names[field],) if field in own_names else names for field, names in NAMES.items()}
        self._used: dict[JsonField, str] = {}
        self._without_zone = False

    @property
    def label(self) -> str:
        taken = ", ".join(f"{field} from {name}" for field, name in self._used.items())
        zone = f"; times without an offset in {self._reading.zone}" if self._without_zone else ""
        return f"JSON lines ({taken}{zone})"

    def read(self, lines: Iterable[str]) -> Iterator[Hit | str]:
        for line in lines:
            record = _record(line)
            if record is None:
                yield _NO_JSON if line.strip() else ""
            else:
                yield self._hit(record)

    def _hit(self, record: Mapping[str, Any]) -> Hit | str:
        status, client, time = (self._text(record, field) for field in ("status", "client", "time"))
        request = self._request(record)
        named = (("status", status), ("client", client), ("time", time), ("request", request))
        missing = [field for field, text in named if not text]
        if missing or not status.isdecimal():
            return f"the line has no {' and no '.join(missing or ['numeric status'])} under a known name"
        at = self._second(time)
        if at is None:
            return NO_TIME
        forwarded = self._text(record, "forwarded") if self._reading.clients.reads_forwarded else ""
        agent = self._text(record, "agent") if self._reads("agent", record) else None
        return at, self._reading.clients.of_fields(client, forwarded), request, status, agent

    def _request(self, record: Mapping[str, Any]) -> str:
        whole = self._text(record, "request")
        if " " in whole:
            return whole
        method, target = self._text(record, "method"), self._text(record, "target")
        return request_line(method, target) if method and target else ""

    def _text(self, record: Mapping[str, Any], field: JsonField) -> str:
        """The field's value as text under the first of its names that the record has; empty if it has none."""
        for name in (self._used[field], *self._names[field]) if field in self._used else self._names[field]:
            value = _value(record, name)
            if value is not None and not isinstance(value, Mapping):
                self._used.setdefault(field, name)
                return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        return ""

    def _reads(self, field: JsonField, record: Mapping[str, Any]) -> bool:
        """Whether the log has the field at all: in this line, or in one before it."""
        return field in self._used or any(_value(record, name) is not None for name in self._names[field])

    def _second(self, text: str) -> int | None:
        try:
            return epoch_second(float(text))
        except ValueError:
            pass
        if len(text) > 11 and text[2] == text[6] == "/":
            minute = clf_minute(text) if len(text) == 26 else None
            return None if minute is None else minute + int(text[18:20])
        self._without_zone |= not _HAS_ZONE.search(text)
        return iso_second(text, self._reading.zone)


def _record(line: str) -> Mapping[str, Any] | None:
    for text in (line, _BAD_ESCAPE.sub(r"%\1", line)):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            continue
        return found if isinstance(found, dict) else None
    return None


def _value(record: Mapping[str, Any], name: str) -> Any:
    """The value under a name, which may lead into mappings by dots."""
    if name in record or "." not in name:
        return record.get(name)
    first, _, rest = name.partition(".")
    inner = record.get(first)
    return _value(inner, rest) if isinstance(inner, dict) else None
