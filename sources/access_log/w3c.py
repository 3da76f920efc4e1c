"""Logs in the W3C extended format, as IIS and CloudFront write them: ``#Fields`` says what the lines after it hold.

https://www.w3.org/TR/WD-logfile.html; IIS writes ``+`` for a blank and ``-`` for nothing,
https://learn.microsoft.com/windows/win32/http/w3c-logging; CloudFront separates by tabs and escapes the agent,
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html. Times are UTC.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, timedelta
from urllib.parse import unquote

from sources.access_log.hits import NO_TIME, Hit, Reading, request_line
from sources.access_log.times import iso_second

_NAMES = {
    "client": ("c-ip",),
    "forwarded": ("x-forwarded-for", "cs(x-forwarded-for)", "s-xff"),
    "method": ("cs-method",),
    "target": ("cs-uri-stem", "cs-uri"),
    "status": ("sc-status",),
}
_VALUE = re.compile(r'"((?:[^"]|"")*)"|(\S+)')
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
HEADER = re.compile(r"#(?:Fields|Version|Software|Date|Start-Date|End-Date|Remark)\b", re.IGNORECASE)


class W3cForm:
    """Reads the lines below each ``#Fields``; what it names may change in the middle of a file."""

    def __init__(self, reading: Reading) -> None:
        self._clients, self._zone = reading.clients, reading.declared_zone or UTC
        self._names: list[str] = []
        self._at: dict[str, int] = {}
        self._day, self._time = "", ""
        self.missing: list[str] = []

    @property
    def label(self) -> str:
        zone = "UTC" if self._zone is UTC else str(self._zone)
        return f"W3C extended (times in {zone}; {' '.join(self._names)})"

    def read(self, lines: Iterable[str]) -> Iterator[Hit | str]:
        for line in lines:
            if line.lstrip("\ufeff").startswith("#"):
                self._directive(line.lstrip("\ufeff").strip())
                yield ""
            elif not line.strip():
                yield ""
            else:
                yield self._hit(line.rstrip("\r\n"))

    def _directive(self, line: str) -> None:
        name, _, value = line.partition(":")
        if name.lower() in {"#date", "#start-date"} and (day := _DAY.search(value)):
            self._day, self._time = day[0], ""
        if name.lower() != "#fields":
            return
        self._names = value.split()
        self._at = {text.lower(): at for at, text in reversed(list(enumerate(self._names)))}
        needed = {"time": ("time",), **{key: _NAMES[key] for key in ("client", "method", "target", "status")}}
        self.missing = [names[0] for names in needed.values() if not any(name in self._at for name in names)]

    def _hit(self, line: str) -> Hit | str:
        if not self._names:
            return "no #Fields stands before the line"
        if self.missing:
            return f"the log does not write {', '.join(self.missing)}"
        values = _values(line)
        if len(values) != len(self._names):
            return f"the line has {len(values)} values for {len(self._names)} fields"
        day = self._value(values, "date") or self._counted_day(self._value(values, "time"))
        at = iso_second(f"{day}T{self._value(values, 'time')}", self._zone)
        if at is None:
            return NO_TIME
        address, forwarded, method, target, status = (self._first(values, key) for key in _NAMES)
        query = self._value(values, "cs-uri-query") if "?" not in target else ""
        agent = _agent(self._value(values, "cs(user-agent)")) if "cs(user-agent)" in self._at else None
        client = self._clients.of_fields(address, unquote(forwarded.replace("+", " ")))
        return at, client, request_line(method, _target(target) + (f"?{query}" if query else "")), status, agent

    def _counted_day(self, time: str) -> str:
        """The day of a log that writes it in ``#Date`` only: the next one when the time starts anew."""
        if self._day and time < self._time:
            self._day = str(date.fromisoformat(self._day) + timedelta(days=1))
        self._time = time
        return self._day

    def _first(self, values: list[str], key: str) -> str:
        return next((found for name in _NAMES[key] if (found := self._value(values, name))), "")

    def _value(self, values: list[str], name: str) -> str:
        text = values[self._at[name]] if name in self._at else ""
        return "" if text == "-" else text


def _values(line: str) -> list[str]:
    if '"' not in line:
        return line.split("\t") if "\t" in line else line.split()
    return [quoted.replace('""', '"') if quoted or not plain else plain for quoted, plain in _VALUE.findall(line)]


def _target(text: str) -> str:
    """A path from a field that may hold an address without its scheme."""
    return text if text.startswith("/") or "://" in text[:8] else "/" + text.partition("/")[2]


def _agent(text: str) -> str:
    """Blanks are written as ``+``, as ``%20`` or, by CloudFront in older files, as ``%2520``."""
    text = text if " " in text else text.replace("+", " ")
    return unquote(unquote(text)) if "%20" in text or "%2520" in text else text
