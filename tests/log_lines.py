"""Lines of access logs, and what the source says of them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from sources.access_log.source import AccessLog, AccessLogSettings
from sources.contract import ParseResult, Place, RawPage
from warehouse.schema import Window

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
ASKED = Window(date(2000, 1, 1), date(2026, 3, 10))
PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
OTHER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)
ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
DAY = date(2026, 3, 3)


def line(
    at: str = "03/Mar/2026:12:00:00 +0000",
    request: str = "GET /km/ HTTP/1.1",
    *,
    client: str = "192.0.2.7",
    agent: str = PERSON,
    status: int = 200,
) -> str:
    return f'{client} - - [{at}] "{request}" {status} 512 "-" "{agent}"'


def at(clock: str, day: str = "03/Mar/2026", offset: str = "+0000") -> str:
    return f"{day}:{clock} {offset}"


def whole_day(lines: Sequence[str], day: str = "03/Mar/2026") -> list[str]:
    """The same lines in a log that begins and ends with a request that is no page view, so that the day is whole."""
    return [line(at("00:00:01", day), "HEAD / HTTP/1.1"), *lines, line(at("23:59:59", day), "HEAD / HTTP/1.1")]


def parse(*files: Sequence[str] | bytes, zone: str = "UTC", window: Window = ASKED, **options: Any) -> ParseResult:
    source = AccessLog("web", AccessLogSettings(type="access_log", path="access.log", **options), Place(ZoneInfo(zone)))
    bodies = [file if isinstance(file, bytes) else "\n".join([*file, ""]).encode() for file in files]
    return source.parse([RawPage("web", window, n, f"access.log.{n}", 200, NOW, body) for n, body in enumerate(bodies)])


def value(parsed: ParseResult, metric: str, day: date = DAY, entity: str = "") -> float | None:
    frame = parsed.observations
    found = frame[(frame["metric"] == metric) & (frame["entity"] == entity) & (frame["start"] == pd.Timestamp(day))]
    assert len(found) <= 1
    return None if found.empty else float(found["value"].iloc[0])


def flags(parsed: ParseResult, metric: str, day: date) -> tuple[str, ...]:
    frame = parsed.observations
    found: tuple[str, ...] = frame[(frame["metric"] == metric) & (frame["start"] == pd.Timestamp(day))]["flags"].iloc[0]
    return found


def numbers(parsed: ParseResult) -> list[tuple[Any, ...]]:
    """All that is said but for the names of the files."""
    return list(parsed.observations.drop(columns="origin").itertuples(index=False, name=None))
