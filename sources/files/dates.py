"""Dates as files write them, read only by the formats that the plan declares: the order of day and month is never guessed."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from sources.files.cells import Cell, Unreadable
from sources.files.tabular import cell_text
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
"""Which precisions of a label tell which period it means."""

FIRST_YEAR, LAST_YEAR = 1900, 2199


def _known_format(text: str) -> str:
    """A ``strptime`` format; ``%q`` is the quarter, 1 to 4."""
    try:
        shape = _strptime(text.replace("%q", "1"))
        datetime.strptime("", shape if has_year(text) else f"%Y {shape}")  # noqa: DTZ007 - only the format is tried
    except (ValueError, re.error) as error:
        if "does not match" not in str(error):
            raise ValueError(
                f"'{text}' is no date format ({error}): write one such as %Y-%m-%d, %d/%m/%Y, %Y-%m, %G-W%V or %Y-Q%q"
            ) from None
    if not text.strip() or precision_of(text) is None:
        raise ValueError(f"'{text}' reads no date: write a format such as %Y-%m-%d, %d/%m/%Y, %Y-%m, %G-W%V or %Y-Q%q")
    return text


DateFormat = Annotated[str, AfterValidator(_known_format)]


def _strptime(pattern: str) -> str:
    """An ISO week is read by its Monday."""
    return (
        f"{pattern} %u"
        if "%V" in pattern and "%u" not in pattern and "%A" not in pattern and "%a" not in pattern
        else pattern
    )


def precision_of(pattern: str) -> Precision | None:
    """How finely a format tells the time; None where it tells nothing."""
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
    return next((precision for precision, holds in tests if holds), None)


def has_year(pattern: str) -> bool:
    return bool(set(re.findall(r"%([A-Za-z])", pattern)) & set("YyGcx"))


@dataclass(frozen=True, slots=True)
class Moment:
    """A label as read: ``at`` is naive local time, or aware where the label has an offset."""

    at: datetime
    precision: Precision

    def day(self, zone: ZoneInfo) -> date:
        """The local day."""
        return (self.at if self.at.tzinfo is None else self.at.astimezone(zone)).date()


class DateReader:
    """Reads cells by declared formats; the same text is read once. ``year`` completes labels that have none."""

    def __init__(self, formats: tuple[str, ...], year: int | None = None) -> None:
        self._formats, self._year = formats, year
        self._moments: dict[str, Moment | Unreadable] = {}

    def read(self, cell: Cell) -> Moment | Unreadable:
        """The moment in a cell; a real date of a workbook needs no format."""
        if isinstance(cell, Unreadable):
            return cell
        if isinstance(cell, datetime):
            return self._believed(Moment(cell, "day" if cell.time() == time() else "time"), cell_text(cell))
        if isinstance(cell, date):
            return self._believed(Moment(datetime.combine(cell, time()), "day"), cell_text(cell))
        text = cell_text(cell)
        if text not in self._moments:
            self._moments[text] = self._from_text(text)
        return self._moments[text]

    def _from_text(self, text: str) -> Moment | Unreadable:
        if not text:
            return Unreadable("", "the date is blank", "write the date, or take the row away")
        if not self._formats:
            return Unreadable(
                text, f"'{text}' is a date written as text", "declare how dates are written in 'date_formats'"
            )
        found = {moment for pattern in self._formats for moment in _by_format(text, pattern, self._year)}
        if not found:
            return Unreadable(
                text,
                f"'{text}' is no date in the declared formats ({', '.join(self._formats)})",
                "correct it, or add its format to 'date_formats'",
            )
        if len(found) > 1:
            read = " or ".join(sorted(f"{moment.at:%Y-%m-%d}" for moment in found))
            return Unreadable(
                text,
                f"'{text}' may be {read}: two declared formats read it differently",
                "leave one format in 'date_formats', or write the date so",
            )
        return self._believed(found.pop(), text)

    def _believed(self, moment: Moment, text: str) -> Moment | Unreadable:
        if FIRST_YEAR <= moment.at.year <= LAST_YEAR:
            return moment
        return Unreadable(
            text, f"the year {moment.at.year} lies outside {FIRST_YEAR} to {LAST_YEAR}", "correct the date"
        )


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
    """The calendar day, ISO week, month, quarter or year that holds ``day``."""
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
    """The span of local days that a label means. A label that is an end and tells a time is the first instant after the span;
    one that tells only a day is the span's last day. A week labelled by a day runs seven days from it, or up to it.
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
    """Whether the clocks jump over the naive ``local`` time."""
    return local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) != local.replace(
        fold=0
    )


def is_repeated(local: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks show the naive ``local`` time twice."""
    first, second = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return first != second and not is_skipped(local, zone)
