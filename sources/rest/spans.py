"""Which days a record is about, which days are asked for, and how a day is written."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sources.items import month_span, one_day, year_span
from sources.observations import parse_number
from sources.rest.settings import Incremental, RecordMapping
from warehouse.schema import DAY, Window

_HOURS = ("%H", "%I", "%c", "%X")


def span_of(day: date, period: str) -> Window:
    """What a record covers from ``day`` on; for months and years the whole one."""
    if period == "month":
        return month_span(day.year, day.month)
    if period == "year":
        return year_span(day.year)
    return one_day(day) if period == "day" else Window(day, day + 7 * DAY)


def day_of(raw: Any, mapping: RecordMapping, zone: ZoneInfo) -> date | None:
    """The local day of a date or instant, or None. A date without an hour is that day in any zone."""
    try:
        if mapping.format in {"unix_s", "unix_ms"}:
            told = parse_number(raw)
            if told is None:
                return None
            return (
                (
                    datetime(1970, 1, 1, tzinfo=UTC)
                    + timedelta(seconds=told / (1000 if mapping.format == "unix_ms" else 1))
                )
                .astimezone(zone)
                .date()
            )
        text = str(raw)
        if mapping.format != "iso":
            moment = datetime.strptime(text, mapping.format)  # noqa: DTZ007 - the zone is given below
            return _local(moment, mapping, zone) if any(sign in mapping.format for sign in _HOURS) else moment.date()
        return (
            date.fromisoformat(text)
            if len(text) <= 10
            else _local(datetime.fromisoformat(text.replace("Z", "+00:00")), mapping, zone)
        )
    except (ValueError, TypeError, OverflowError):
        return None


def _local(moment: datetime, mapping: RecordMapping, zone: ZoneInfo) -> date:
    told = ZoneInfo(mapping.zone) if mapping.zone else zone
    return (moment if moment.tzinfo else moment.replace(tzinfo=told)).astimezone(zone).date()


def requested_days(window: Window, mapping: RecordMapping, incremental: Incremental | None) -> Window:
    """The days to ask for: those of the window from the beginning of the period in which it begins, and the margin."""
    margin = timedelta(days=incremental.margin_days if incremental else 0)
    begins = window.start - 6 * DAY if mapping.period == "week" else span_of(window.start, mapping.period).start
    return Window(begins - margin, window.end + margin)


def format_day(day: date, pattern: str, zone: ZoneInfo) -> str:
    """The midnight with which ``day`` begins, as a service takes it."""
    midnight = datetime.combine(day, time(), zone)
    if pattern in {"unix_s", "unix_ms"}:
        return str(int(midnight.timestamp()) * (1000 if pattern == "unix_ms" else 1))
    return midnight.strftime(pattern)
