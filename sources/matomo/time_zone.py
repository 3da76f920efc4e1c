"""Compares the time zone of a site in Matomo with the plan's."""

import re
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sources.contract import RawPage
from warehouse.errors import ConfigError, ShapeError
from warehouse.schema import DAY

_OFFSET = re.compile(r"UTC([+-])(\d{1,2})(?:[.:](\d+))?")


def require_same_zone(about: Any, zone: ZoneInfo, page: RawPage) -> None:
    """Raises ``ConfigError`` if the site's days in Matomo begin at other instants than the plan's."""
    site = about[0] if isinstance(about, list) and about else about
    name = site.get("timezone") if isinstance(site, dict) else None
    if not isinstance(name, str):
        raise ShapeError("the site's settings name no time zone", where=page.url, do="check 'site' and the address")
    theirs = _zone(name)
    starts = [page.window.start + n * DAY for n in range(page.window.days + 1)]
    if theirs is None or any(_offset(day, theirs) != _offset(day, zone) for day in starts):
        do = (
            f"write time_zone: {_iana_name(name)} at this source, "
            "or change the zone of the site in Matomo, which affects new days only"
        )
        raise ConfigError(f"the site divides its days in {name}, the plan in {zone.key}", where=page.url, do=do)


def _zone(name: str) -> tzinfo | None:
    """An IANA zone, or one of Matomo's ``UTC+5.5``."""
    shift = _OFFSET.fullmatch(name)
    if shift:
        hours = int(shift[2]) + (float(f"0.{shift[3]}") if shift[3] else 0)
        return timezone(timedelta(hours=hours if shift[1] == "+" else -hours))
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return None


def _iana_name(name: str) -> str:
    """The zone as the plan takes it; Matomo's ``UTC+5`` is ``Etc/GMT-5``."""
    shift = _OFFSET.fullmatch(name)
    return f"Etc/GMT{'-' if shift[1] == '+' else '+'}{int(shift[2])}" if shift and not shift[3] else name


def _offset(day: date, zone: tzinfo) -> timedelta | None:
    return datetime(day.year, day.month, day.day, tzinfo=zone).utcoffset()
