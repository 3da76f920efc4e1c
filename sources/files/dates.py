"""Dates in files, read only by the formats that the plan declares: the order of day and month is never guessed."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from sources.files.cells import Cell, Unreadable, cell_text
from warehouse.schema import DAY, Window

Precision = Literal["year", "quarter", "month", "week", "day", "time"]
Period = Literal["day", "week", "month", "quarter", "year"]

PRECISIONS_OF_PERIOD: dict[str, tuple[Precision, ...]] = {
    "year": ("year", "quarter", "month", "day", "time"),
    "quarter": ("quarter", "month", "day", "time"),
    "month": ("month", "day", "time"),
    "week": ("week", "day", "time"),
    "day": ("day", "time"),
}
"""The precisions of a label that are enough to know its period."""

FIRST_YEAR, LAST_YEAR = 1900, 2199


def _require_format(text: str) -> str:
    """A ``strptime`` format; ``%q`` is the quarter, 1 to 4."""
    do = "write a format such as %Y-%m-%d, %d/%m/%Y, %Y-%m, %G-W%V or %Y-Q%q"
    try:
        shape = _strptime(text.replace("%q", "1"))
        datetime.strptime("", shape if has_year(text) else f"%Y {shape}")  # noqa: DTZ007 - only the format is tried
    except (ValueError, re.error) as error:
        if "does not match" not in str(error):
            raise ValueError(f"'{text}' is not a date format ({error}): {do}") from None
    if not text.strip() or precision_of(text) is None:
        raise ValueError(f"'{text}' does not read a date: {do}")
    return text


DateFormat = Annotated[str, AfterValidator(_require_format)]


def _strptime(pattern: str) -> str:
    """The pattern, completed with a weekday: an ISO week without one is read by its Monday."""
    needs_weekday = "%V" in pattern and not any(weekday in pattern for weekday in ("%u", "%A", "%a"))
    return f"{pattern} %u" if needs_weekday else pattern


def precision_of(pattern: str) -> Precision | None:
    """The precision of a format; None where it reads no part of a date."""
    found = set(re.findall(r"%([A-Za-z])", pattern))
    weeks = found & {"V", "W", "U"}
    tests: tuple[tuple[Precision, bool], ...] = (
        ("time", bool(found & set("HIMSfXc"))),
        ("day", bool(found & set("djx")) or bool(weeks and found & set("uwaA"))),
        ("week", bool(weeks)),
        ("month", bool(found & set("mbB"))),
        ("quarter", "q" in found),
        ("year", bool(found & set("YyG"))),
    )
    return next((precision for precision, passed in tests if passed), None)


def has_year(pattern: str) -> bool:
    return bool(set(re.findall(r"%([A-Za-z])", pattern)) & set("YyGcx"))


@dataclass(frozen=True, slots=True)
class Moment:
    """A label that was read: ``at`` is naive local time, or aware where the label has an offset."""

    at: datetime
    precision: Precision

    def day(self, zone: ZoneInfo) -> date:
        """The local day."""
        return (self.at if self.at.tzinfo is None else self.at.astimezone(zone)).date()


class DateReader:
    """Reads cells by declared formats; each text is read once. ``year`` completes labels without a year."""

    def __init__(self, formats: tuple[str, ...], year: int | None = None) -> None:
        self._formats, self._year = formats, year
        self._moments: dict[str, Moment | Unreadable] = {}

    def read(self, cell: Cell) -> Moment | Unreadable:
        """The moment in a cell; a date cell of a workbook needs no format."""
        if isinstance(cell, Unreadable):
            return cell
        if isinstance(cell, datetime):
            return self._in_range(Moment(cell, "day" if cell.time() == time() else "time"), cell_text(cell))
        if isinstance(cell, date):
            return self._in_range(Moment(datetime.combine(cell, time()), "day"), cell_text(cell))
        text = cell_text(cell)
        if text not in self._moments:
            self._moments[text] = self._from_text(text)
        return self._moments[text]

    def _from_text(self, text: str) -> Moment | Unreadable:
        if not text:
            return Unreadable("", "the date is blank", "write the date, or remove the row")
        if not self._formats:
            reason, action = f"'{text}' is a date written as text", "declare how dates are written in 'date_formats'"
            return Unreadable(text, reason, action)
        found = {moment for pattern in self._formats for moment in _by_format(text, pattern, self._year)}
        if not found:
            reason = f"'{text}' is not a date in the declared formats ({', '.join(self._formats)})"
            return Unreadable(text, reason, "correct it, or add its format to 'date_formats'")
        if len(found) > 1:
            dates = " or ".join(sorted(f"{moment.at:%Y-%m-%d}" for moment in found))
            reason = f"'{text}' may be {dates}: two declared formats read it differently"
            return Unreadable(
                text, reason, "keep one of these formats in 'date_formats', or write the date as YYYY-MM-DD"
            )
        return self._in_range(found.pop(), text)

    def _in_range(self, moment: Moment, text: str) -> Moment | Unreadable:
        if FIRST_YEAR <= moment.at.year <= LAST_YEAR:
            return moment
        reason = f"the year {moment.at.year} lies outside {FIRST_YEAR} to {LAST_YEAR}"
        return Unreadable(text, reason, "correct the date")


def _by_format(text: str, pattern: str, year: int | None) -> list[Moment]:
    """The moment that one format reads, or none."""
    precision = precision_of(pattern)
    if precision is None:
        return []
    if "%q" in pattern:
        return [_quarter(m, q) for q in range(1, 5) for m in _by_format(text, pattern.replace("%q", str(q)), year)]
    shape = _strptime(pattern)
    given = f"{text} 1" if shape != pattern else text
    if year is not None and not has_year(pattern):
        given, shape = f"{year} {given}", f"%Y {shape}"
    try:
        at = datetime.strptime(given, shape)  # noqa: DTZ007 - labels without an offset are local
    except ValueError:
        return []
    return [Moment(at, precision)]


def _quarter(moment: Moment, quarter: int) -> Moment:
    return Moment(moment.at.replace(month=3 * quarter - 2), "quarter")


def period_of(day: date, period: Period) -> Window:
    """The calendar day, ISO week, month, quarter or year that contains ``day``."""
    if period == "day":
        return Window(day, day + DAY)
    if period == "week":
        monday = day - timedelta(days=day.weekday())
        return Window(monday, monday + timedelta(days=7))
    months = {"month": 1, "quarter": 3, "year": 12}[period]
    first = (day.month - 1) // months * months
    after = day.year * 12 + first + months
    return Window(date(day.year, first + 1, 1), date(after // 12, after % 12 + 1, 1))


def span_of(moment: Moment, period: Period, zone: ZoneInfo, *, is_end: bool = False) -> Window:
    """The span of local days that a label means.

    A label that is an end and has a time is the first instant after the span; one without a time is the span's last
    day. A week labelled by a day runs seven days from it, or up to it.
    """
    day = moment.day(zone)
    if is_end and moment.precision == "time" and local_time(moment, zone) == time():
        day -= DAY
    if period == "week" and moment.precision in ("day", "time"):
        return Window(day - 6 * DAY, day + DAY) if is_end else Window(day, day + 7 * DAY)
    return period_of(day, period)


def local_time(moment: Moment, zone: ZoneInfo) -> time:
    return (moment.at if moment.at.tzinfo is None else moment.at.astimezone(zone)).time()


def is_skipped(local: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks skip the naive ``local`` time."""
    there_and_back = local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return there_and_back.replace(tzinfo=None, fold=0) != local.replace(fold=0)


def is_repeated(local: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks show the naive ``local`` time twice."""
    first, second = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return first != second and not is_skipped(local, zone)
