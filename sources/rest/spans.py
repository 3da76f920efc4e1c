"""The days that a record covers, the days to request, and the format of a day."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sources.items import month_span, one_day, year_span
from sources.observations import parse_number
from sources.rest.settings import Incremental, RecordMapping
from warehouse.schema import DAY, Window

_HOURS = ("%H", "%I", "%c", "%X")


def span_of(day: date, period: str) -> Window:
    """The days that a record covers from ``day`` on; for months and years the whole month or year."""
    if period == "month":
        return month_span(day.year, day.month)
    if period == "year":
        return year_span(day.year)
    return one_day(day) if period == "day" else Window(day, day + 7 * DAY)


def day_of(raw: Any, mapping: RecordMapping, zone: ZoneInfo) -> date | None:
    """The local day of a date or instant, or None. A date without an hour is that day in any zone."""
    try:
        if mapping.format in {"unix_s", "unix_ms"}:
            return _unix_day(raw, 1000 if mapping.format == "unix_ms" else 1, zone)
        text = str(raw)
        if mapping.format != "iso":
            moment = datetime.strptime(text, mapping.format)  # noqa: DTZ007 - the zone is given below
            has_hour = any(sign in mapping.format for sign in _HOURS)
            return _local_day(moment, mapping, zone) if has_hour else moment.date()
        if len(text) <= len("2026-12-31"):
            return date.fromisoformat(text)
        return _local_day(datetime.fromisoformat(text.replace("Z", "+00:00")), mapping, zone)
    except (ValueError, TypeError, OverflowError):
        return None


def _unix_day(raw: Any, per_second: int, zone: ZoneInfo) -> date | None:
    number = parse_number(raw)
    if number is None:
        return None
    # Not fromtimestamp, which does not take instants before 1970 on every system.
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number / per_second)
    return instant.astimezone(zone).date()


def _local_day(moment: datetime, mapping: RecordMapping, zone: ZoneInfo) -> date:
    own_zone = ZoneInfo(mapping.zone) if mapping.zone else zone
    return (moment if moment.tzinfo else moment.replace(tzinfo=own_zone)).astimezone(zone).date()


def requested_days(window: Window, mapping: RecordMapping, incremental: Incremental | None) -> Window:
    """The days to request: those of the window, from the start of the period in which it begins, plus the margin."""
    margin = timedelta(days=incremental.margin_days if incremental else 0)
    begins = window.start - 6 * DAY if mapping.period == "week" else span_of(window.start, mapping.period).start
    return Window(begins - margin, window.end + margin)


def format_day(day: date, pattern: str, zone: ZoneInfo) -> str:
    """The midnight at which ``day`` begins in ``zone``, in the service's format."""
    midnight = datetime.combine(day, time(), zone)
    if pattern in {"unix_s", "unix_ms"}:
        return str(int(midnight.timestamp()) * (1000 if pattern == "unix_ms" else 1))
    return midnight.strftime(pattern)
