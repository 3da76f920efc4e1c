"""Times as logs write them, in seconds since 1970 UTC."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo

YEARS = range(1990, 2101)
"""Plausible years of a request; any other year is a broken line or a wrong clock."""

_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_EARLIEST, _LATEST = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (YEARS.start, YEARS.stop))


def clf_minute(stamp: str, zone: tzinfo | None = None) -> int | None:
    """The minute of ``10/Oct/2026:13:55:36 +0100``, or of the same without an offset in ``zone``.

    None where that time does not exist or the year is not plausible.
    """
    month, year = _MONTHS.get(stamp[3:6]), int(stamp[7:11])
    if month is None or year not in YEARS:
        return None
    if zone is None:
        offset = timedelta(hours=int(stamp[22:24]), minutes=int(stamp[24:26])) * (-1 if stamp[21] == "-" else 1)
    try:
        place = timezone(offset) if zone is None else zone
        minute = datetime(year, month, int(stamp[:2]), int(stamp[12:14]), int(stamp[15:17]), tzinfo=place)
    except ValueError:
        return None
    return int(minute.timestamp())


def iso_second(text: str, zone: tzinfo) -> int | None:
    """The second of ``2026-10-10T13:55:36.123+01:00``; a time without an offset is one of ``zone``."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    at = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
    return int(at // 1) if _EARLIEST <= at < _LATEST else None


def epoch_second(number: float) -> int | None:
    """The second of a number of seconds, milliseconds, microseconds or nanoseconds since 1970."""
    for divisor in (1, 1_000, 1_000_000, 1_000_000_000):
        if _EARLIEST <= number / divisor < _LATEST:
            return int(number // divisor)
    return None
