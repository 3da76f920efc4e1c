"""Dates that programs write into feeds and repositories, read strictly: RFC 822 and ISO 8601, or by a declared format.

RFC 822 and its successor: https://www.rfc-editor.org/rfc/rfc5322#section-3.3 . What neither standard reads is
unreadable: the order of day and month is never guessed, a part of a date is never completed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from sources.files.cells import Unreadable
from sources.files.dates import DateReader, period_of
from sources.files.month_names import SHORT_ENGLISH
from sources.items import iso_span, one_day
from sources.zone_names import ZONE_HOURS
from warehouse.schema import Window

_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_TIME = r"(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)(?:\s*(?P<half>[ap])\.?m\.?)?"
_ZONE = r"(?P<zone>[a-z]{1,5}|(?:UTC?|GMT)?\s*[+\-\u2212]\d{1,2}(?::?\d{2})?|[a-z]+/[a-z_/\-]+)"
_COMMENT = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\])\s*$")
_CLOCK = rf"(?:(?:,?\s+|\s*T\s*){_TIME}(?:\s*{_ZONE})?)?"
_ISO_CLOCK = rf"(?:(?:\s+|T){_TIME}(?:\s*{_ZONE})?|T(?P<basic>\d{{6}}|\d{{4}})(?P<zone2>Z|[+\-]\d{{2}}(?:\d{{2}})?)?)?"
_SHAPES = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})[\s\-]+{_MONTH}[\s\-,]+(?P<year>\d{{4}}|\d{{2}}){_CLOCK}",
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}}){_CLOCK}",
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})\s+{_TIME}(?:\s+{_ZONE})?\s+(?P<year>\d{{4}})",
        rf"(?P<iso>\d{{4}}-\d{{2}}-\d{{2}}|\d{{8}}|\d{{4}}-W\d{{2}}-\d|\d{{4}}W\d{{3}}|\d{{4}}-\d{{3}}){_ISO_CLOCK}",
        r"(?P<iso>\d{4}-\d{2}-\d{2})(?:Z|[+\-]\d{2}:\d{2})",  # xs:date with a zone: the day is the one that is written
    )
)
_WEEK = re.compile(r"\d{4}-?W\d{2}")
_ACTION = "have it written as in RFC 822 (Mon, 15 Jun 2026 09:00:00 +0200) or ISO 8601, or declare it in 'date_formats'"


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """The local day that a text names, or the month or year; ``at`` is the instant, aware, where it has a time.

    ``zone_missing``: the time has no zone, and the one that the reader was given was taken.
    """

    span: Window
    at: datetime | None = None
    zone_missing: bool = False

    @property
    def stamp(self) -> str:
        """The instant in UTC, or else the first day, as text that sorts by time."""
        moment = self.at.astimezone(UTC) if self.at else datetime.combine(self.span.start, time(), UTC)
        return f"{moment:%Y%m%dT%H%M%S}"


class WrittenDateReader:
    """Reads texts as days of ``zone``: by the declared formats first, then by the standards.

    ``unzoned``: the zone of times that name none.
    """

    def __init__(self, zone: ZoneInfo, formats: Iterable[str] = (), unzoned: tzinfo = UTC) -> None:
        self._zone, self._unzoned = zone, unzoned
        self._declared = DateReader(tuple(formats)) if formats else None

    def read(self, text: str) -> WrittenDate | Unreadable:
        """What the text names, or why it cannot be read."""
        stripped = text.strip()
        moment = self._declared.read(stripped) if self._declared and stripped else None
        if moment is not None and not isinstance(moment, Unreadable):
            period = "day" if moment.precision == "time" else moment.precision
            return WrittenDate(period_of(moment.day(self._zone), period))
        plain = iso_span(stripped)
        if plain is not None:
            return WrittenDate(plain)
        bare = _COMMENT.sub("", stripped)
        for shape in _SHAPES:
            match = shape.fullmatch(bare)
            if match is not None:
                return self._from_match({k: v for k, v in match.groupdict().items() if v}, stripped)
        if _WEEK.fullmatch(stripped):
            return Unreadable(text, f"'{stripped}' names a week and no day", _ACTION)
        return Unreadable(text, f"'{stripped[:80]}' is not a readable date", _ACTION)

    def _from_match(self, parts: dict[str, str], text: str) -> WrittenDate | Unreadable:
        try:
            day = _iso_day(parts["iso"]) if "iso" in parts else _named_day(parts)
            clock = _clock(parts)
            local = None if clock is None else datetime.combine(day, time()) + clock
        except (ValueError, OverflowError):
            return Unreadable(text, f"'{text[:80]}' is not a readable date: there is no such day or time", _ACTION)
        if day == date.max:
            return Unreadable(text, f"'{text[:80]}' is not a readable date", _ACTION)
        if local is None:
            return WrittenDate(one_day(day))
        name = parts.get("zone") or parts.get("zone2") or ""
        zone = self._zone_of(name, local) if name else self._unzoned
        if zone is None:
            reason = f"'{text[:80]}': the time zone {name} is not known, or has several meanings"
            return Unreadable(text, reason, "have the offset written, such as +0200")
        try:
            at = local.replace(tzinfo=zone)
            return WrittenDate(one_day(at.astimezone(self._zone).date()), at, zone_missing=not name)
        except OverflowError:
            return Unreadable(text, f"'{text[:80]}' is not a readable date", _ACTION)

    def _zone_of(self, name: str, local: datetime) -> tzinfo | None:
        """The zone of an offset or a name. None where it is unknown, or means another one in the source's own zone."""
        offset = re.fullmatch(r"(?:UTC?|GMT)?\s*([+\-\u2212])(\d{1,2}):?(\d{2})?", name, re.IGNORECASE)
        if offset is not None:
            hours, minutes = int(offset[2]), int(offset[3] or 0)
            ahead = timedelta(hours=hours, minutes=minutes)
            return timezone(ahead if offset[1] == "+" else -ahead) if hours <= 14 and minutes < 60 else None
        if "/" in name:
            try:
                return ZoneInfo(name)
            except (KeyError, ValueError, OSError):
                return None
        known = ZONE_HOURS.get(name.upper())
        found = set() if known is None else {timedelta(hours=known)}
        for moment in (local.replace(tzinfo=self._zone, fold=fold) for fold in (0, 1)):
            if (moment.tzname() or "").upper() == name.upper():
                found.add(moment.utcoffset() or timedelta())
        return timezone(found.pop()) if len(found) == 1 else None


def _iso_day(text: str) -> date:
    if "W" in text.upper():
        year, week, weekday = re.sub(r"[^\d]", "", text)[:4], text.upper().partition("W")[2][:2], text[-1]
        return date.fromisocalendar(int(year), int(week), int(weekday))
    digits = text.replace("-", "")
    if len(digits) == len("2026166"):
        first = date(int(digits[:4]), 1, 1)
        day = first + timedelta(days=int(digits[4:]) - 1)
        if day.year != first.year or digits[4:] == "000":
            raise ValueError(text)
        return day
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))


def _named_day(parts: dict[str, str]) -> date:
    """A day with the month by name; a year of two digits as in RFC 5322, 4.3."""
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year += 2000 if year < 50 else 1900
    return date(year, SHORT_ENGLISH.index(parts["month"][:3].lower()) + 1, int(parts["day"]))


def _clock(parts: dict[str, str]) -> timedelta | None:
    """The time since midnight; None without a time. 24:00 is the end of the day, and a leap second its last one."""
    if "basic" in parts:
        numbers = [int(parts["basic"][at : at + 2]) for at in range(0, len(parts["basic"]), 2)]
    elif "time" in parts:
        numbers = [int(float(part.replace(",", "."))) for part in parts["time"].split(":")]
    else:
        return None
    hour, minute, second = (*numbers, 0)[:3]
    if "half" in parts:
        if not 1 <= hour <= 12:
            raise ValueError(parts["time"])
        hour = hour % 12 + (12 if parts["half"].lower() == "p" else 0)
    if hour > 24 or (hour == 24 and (minute or second)) or minute > 59 or second > 60:
        raise ValueError("there is no such time")
    return timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
