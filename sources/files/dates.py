"""Dates in files, read only by the formats that the plan declares: the order of day and month is never guessed."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from sources.files.cells import Cell, Unreadable, cell_text
from sources.files.date_formats import YEAR_PAIR, Period, Precision, has_year, is_year_pair, precision_of, with_weekday
from sources.files.month_names import in_english
from sources.zone_names import ZONE_HOURS
from warehouse.errors import ShapeError
from warehouse.schema import DAY, Window

FIRST_YEAR, LAST_YEAR = 1900, 2199
MOST_DIGITS_OF_A_DAY = 5
_END_OF_DAY = re.compile(r"(?<![0-9:])24:00(:00)?(?![0-9:])")


@dataclass(frozen=True, slots=True)
class YearKind:
    """The year of a table: the month in which it begins, and whether one that has a single number is called by the
    calendar year of its first month or of its last."""

    first_month: int = 1
    named: Literal["first", "last"] = "first"


CALENDAR_YEAR = YearKind()


@dataclass(frozen=True, slots=True)
class Moment:
    """A label that was read: ``at`` is naive local time, or aware where the label has an offset."""

    at: datetime
    precision: Precision

    def day(self, zone: ZoneInfo) -> date:
        """The local day."""
        return (self.at if self.at.tzinfo is None else self.at.astimezone(zone)).date()


class DateReader:
    """Reads cells by declared formats; each text is read once.

    ``year`` completes labels without a year; where the year does not begin in January, it is that in which it begins.
    ``language``: the code of the language of month names (``de``). ``first_day``: the day that the number 0 means.
    """

    def __init__(
        self,
        formats: tuple[str, ...],
        year: int | None = None,
        kind: YearKind = CALENDAR_YEAR,
        language: str = "en",
        *,
        first_day: date | None = None,
    ) -> None:
        self._first_day = first_day
        self._formats, self._year, self._kind, self._language = formats, year, kind, language
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

    def require_order(self, where: str) -> None:
        """Raise ``ShapeError`` where months without a year run into a second year and the plan has one."""
        if self._year is None or self._kind.first_month != 1 or all(has_year(pattern) for pattern in self._formats):
            return
        read = [found.at.month for found in self._moments.values() if isinstance(found, Moment)]
        months = list(dict.fromkeys(read))
        if months and months[0] != 1 and (12, 1) in pairwise(months):
            what = (
                f"the months run on from December to January, so January is of {self._year + 1} or the order is wrong"
            )
            do = "declare the month in which the year begins in 'year_starts', such as 4 for April"
            raise ShapeError(what, where=where, do=do)

    def _from_text(self, text: str) -> Moment | Unreadable:
        if not text:
            return Unreadable("", "the date is blank", "write the date, or remove the row")
        if self._first_day is not None and text.isdecimal() and len(text) <= MOST_DIGITS_OF_A_DAY:
            return Moment(datetime.combine(self._first_day, time()) + timedelta(days=int(text)), "day")
        if not self._formats:
            reason, action = f"'{text}' is a date written as text", "declare how dates are written in 'date_formats'"
            return Unreadable(text, reason, action)
        found = {moment for pattern in self._formats for moment in self._by_format(text, pattern)}
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

    def _by_format(self, text: str, pattern: str) -> list[Moment]:
        """The moment that one format reads, or none."""
        precision = precision_of(pattern)
        if precision is None:
            return []
        if self._language != "en":
            text = in_english(text, self._language, abbreviated="%b" in pattern)
        pair = is_year_pair(pattern)
        if pair:
            text, pattern = _first_year(text, pattern)
            if not text:
                return []
        begins = pair or (self._year is not None and not has_year(pattern))
        numbers = range(1, 5) if "%q" in pattern else (1,)
        read = [(_read(text, pattern.replace("%q", str(number)), self._year), number) for number in numbers]
        return [
            Moment(self._placed(at, precision, quarter, begins=begins), precision)
            for at, quarter in read
            if at is not None
        ]

    def _placed(self, at: datetime, precision: Precision, quarter: int, *, begins: bool) -> datetime:
        """The moment in its calendar year. begins: whether the year read is that in which the table's year begins."""
        first = self._kind.first_month
        if precision in ("year", "quarter"):
            back = first != 1 and not begins and self._kind.named == "last"
            month = first + (3 * (quarter - 1) if precision == "quarter" else 0)
            return at.replace(year=at.year - back + (month - 1) // 12, month=(month - 1) % 12 + 1)
        late = begins and at.month < first
        return at.replace(year=at.year + 1) if late else at


def _first_year(text: str, pattern: str) -> tuple[str, str]:
    """Text and format with only the first of two years; a text whose second year is not the next one reads as none."""
    found = YEAR_PAIR.search(pattern)
    first, between, second = found.groups() if found else ("Y", "", "y")
    digits = {"Y": "([0-9]{4})", "y": "([0-9]{2})"}
    years = re.search(rf"(?<![0-9]){digits[first]}{re.escape(between)}{digits[second]}(?![0-9])", text)
    size = 10_000 if first == second == "Y" else 100
    if years is None or (int(years[1]) + 1) % size != int(years[2]) % size:
        return "", pattern
    return text[: years.end(1)] + text[years.end() :], YEAR_PAIR.sub(rf"%{first}", pattern)


def _read(text: str, pattern: str, year: int | None) -> datetime | None:
    shape = with_weekday(pattern)
    given = f"{text} 1" if shape != pattern else text
    if "%z" in shape:
        given = re.sub(r"(?<=[0-9 (])([A-Z]{2,5})(?![A-Za-z+-])", _offset, given)
    if year is not None and not has_year(pattern):
        given, shape = f"{year} {given}", f"%Y {shape}"
    late = "%H" in shape and ends_a_day(given)
    try:
        read = datetime.strptime(_END_OF_DAY.sub(r"00:00\1", given) if late else given, shape)  # noqa: DTZ007 - local
    except ValueError:
        return None
    read += timedelta(days=late)
    skips = "%G" in shape and f"{read:%G}" not in given  # week 53 of a year that has 52
    return None if skips else read


def ends_a_day(text: str) -> bool:
    """Whether a label has the time 24:00, which is 00:00 of the next day (ISO 8601)."""
    return _END_OF_DAY.search(text) is not None


def _offset(name: re.Match[str]) -> str:
    """The offset that a zone's name stands for; the name itself where it is none or may be several."""
    hours = ZONE_HOURS.get(name[1])
    if hours is None:
        return name[0]
    return f"{'-' if hours < 0 else '+'}{int(abs(hours)):02d}{int(abs(hours) % 1 * 60):02d}"


def period_of(day: date, period: Period, first_month: int = 1) -> Window:
    """The day, ISO week, month, quarter or year that contains ``day``; years and quarters begin in ``first_month``."""
    if period == "day":
        return Window(day, day + DAY)
    if period == "week":
        monday = day - timedelta(days=day.weekday())
        return Window(monday, monday + timedelta(days=7))
    months = {"month": 1, "quarter": 3, "year": 12}[period]
    at = day.year * 12 + day.month - 1
    first = at - (at - (first_month - 1)) % months
    after = first + months
    return Window(date(first // 12, first % 12 + 1, 1), date(after // 12, after % 12 + 1, 1))


def span_of(moment: Moment, period: Period, zone: ZoneInfo, *, is_end: bool = False, first_month: int = 1) -> Window:
    """The span of local days that a label means.

    A label that is an end and has a time is the first instant after the span; one without a time is the span's last
    day. A week labelled by a day runs seven days from it, or up to it.
    """
    day = moment.day(zone)
    if is_end and moment.precision == "time" and local_time(moment, zone) == time():
        day -= DAY
    if period == "week" and moment.precision in ("day", "time"):
        return Window(day - 6 * DAY, day + DAY) if is_end else Window(day, day + 7 * DAY)
    return period_of(day, period, first_month)


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
