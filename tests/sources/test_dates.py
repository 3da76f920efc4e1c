# ruff: noqa: DTZ001 - labels without an offset are local
"""Labels of dates: what a format reads, which days a label means, and the hours that the clocks skip or show twice."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from sources.files.cells import Unreadable
from sources.files.date_formats import DateFormat, has_year, precision_of, require_table_format
from sources.files.dates import (
    DateReader,
    Moment,
    is_repeated,
    is_skipped,
    local_time,
    period_of,
    span_of,
)
from warehouse.schema import Window

TORONTO = ZoneInfo("America/Toronto")
FORMAT = TypeAdapter(DateFormat)


@pytest.mark.parametrize(
    "pattern", ["%Y-%m-%d", "%d/%m", "%Y-Q%q", "%G-W%V", "%G-W%V-%u", "%A %G %V", "%a %G %V", "%H:%M"]
)
def test_a_format_that_reads_a_date_is_taken_as_it_is(pattern: str) -> None:
    assert FORMAT.validate_python(pattern) == pattern


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("%Y-%m-%d-%Y", "is not a date format"),
        ("%Y-%Q", "is not a date format"),
        ("", "does not read a date"),
        ("week", "does not read a date"),
        ("%p", "does not read a date"),
    ],
)
def test_a_format_that_reads_no_date_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        FORMAT.validate_python(pattern)


@pytest.mark.parametrize(
    ("pattern", "precision"),
    [
        ("%Y-%m-%d", "day"),
        ("%j %Y", "day"),
        ("%x", "day"),
        ("%Y %W %w", "day"),
        ("%G-W%V-%u", "day"),
        ("%A %G-W%V", "day"),
        ("%A %B %Y", "month"),
        ("%Y-%m-%d %H", "time"),
        ("%c", "time"),
        ("%G-W%V", "week"),
        ("%Y %U", "week"),
        ("%Y-%m", "month"),
        ("%b %Y", "month"),
        ("%Y-Q%q", "quarter"),
        ("%Y", "year"),
        ("%p", None),
    ],
)
def test_the_finest_part_of_a_format_is_its_precision(pattern: str, precision: str | None) -> None:
    assert precision_of(pattern) == precision


def test_a_year_is_part_of_a_format_or_it_is_not() -> None:
    assert [has_year(pattern) for pattern in ("%Y", "%y", "%G", "%c", "%x", "%d/%m", "%q")] == [True] * 5 + [False] * 2


@pytest.mark.parametrize(
    ("text", "pattern", "at"),
    [
        ("2026-W10", "%G-W%V", datetime(2026, 3, 2)),
        ("2026-W10-3", "%G-W%V-%u", datetime(2026, 3, 4)),
        ("Wednesday 2026 10", "%A %G %V", datetime(2026, 3, 4)),
        ("Wed 2026 10", "%a %G %V", datetime(2026, 3, 4)),
        ("2026-Q1", "%Y-Q%q", datetime(2026, 1, 1)),
        ("2026-Q2", "%Y-Q%q", datetime(2026, 4, 1)),
        ("2026-Q4", "%Y-Q%q", datetime(2026, 10, 1)),
    ],
)
def test_a_week_is_read_by_its_monday_and_a_quarter_by_its_first_month(text: str, pattern: str, at: datetime) -> None:
    assert DateReader((pattern,)).read(text) == Moment(at, precision_of(pattern) or "day")


@pytest.mark.parametrize("text", ["2026-Q0", "2026-Q5", "2026-13"])
def test_there_are_four_quarters_and_twelve_months(text: str) -> None:
    assert isinstance(DateReader(("%Y-Q%q", "%Y-%m")).read(text), Unreadable)


def test_a_declared_year_completes_only_a_label_without_one() -> None:
    reader = DateReader(("%d/%m", "%d/%m/%Y"), 2024)
    assert reader.read("29/02") == Moment(datetime(2024, 2, 29), "day")
    assert reader.read("28/02/2026") == Moment(datetime(2026, 2, 28), "day")


def test_a_date_of_a_workbook_needs_no_format_and_midnight_is_a_day() -> None:
    reader = DateReader(())
    assert reader.read(datetime(2026, 3, 2)) == Moment(datetime(2026, 3, 2), "day")
    assert reader.read(datetime(2026, 3, 2, 0, 0, 1)) == Moment(datetime(2026, 3, 2, 0, 0, 1), "time")
    assert reader.read(date(2026, 3, 2)) == Moment(datetime(2026, 3, 2), "day")


@pytest.mark.parametrize(("year", "believed"), [(1899, False), (1900, True), (2199, True), (2200, False)])
def test_a_year_from_1900_to_2199_is_believed(year: int, believed: bool) -> None:
    for cell in (datetime(year, 5, 1), date(year, 5, 1), f"{year}-05-01"):
        read = DateReader(("%Y-%m-%d",)).read(cell)
        assert isinstance(read, Moment) == believed
        assert believed or "1900 to 2199" in read.reason  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("formats", "text", "reason", "action"),
    [
        (("%Y-%m-%d",), "", "blank", "write the date"),
        ((), "2026-03-02", "written as text", "'date_formats'"),
        (("%Y-%m-%d",), "2.3.2026", r"declared formats (%Y-%m-%d)", "add its format"),
        (("%d/%m/%Y", "%m/%d/%Y"), "2/3/2026", "2026-02-03 or 2026-03-02", "keep one of these formats"),
    ],
)
def test_a_date_that_cannot_be_read_says_why_and_what_to_do(
    formats: tuple[str, ...], text: str, reason: str, action: str
) -> None:
    read = DateReader(formats).read(text)
    assert isinstance(read, Unreadable)
    assert (read.raw, reason in read.reason, action in read.action) == (text, True, True), read


def test_what_is_unreadable_already_stays_so() -> None:
    cell = Unreadable("#REF!", "an error of the workbook", "mend the formula")
    assert DateReader(("%Y",)).read(cell) is cell


@pytest.mark.parametrize(
    ("day", "period", "span"),
    [
        ("2026-03-04", "day", "2026-03-04..2026-03-05"),
        ("2026-03-02", "week", "2026-03-02..2026-03-09"),
        ("2026-03-08", "week", "2026-03-02..2026-03-09"),
        ("2026-01-31", "month", "2026-01-01..2026-02-01"),
        ("2026-12-01", "month", "2026-12-01..2027-01-01"),
        ("2026-03-31", "quarter", "2026-01-01..2026-04-01"),
        ("2026-04-01", "quarter", "2026-04-01..2026-07-01"),
        ("2026-12-31", "quarter", "2026-10-01..2027-01-01"),
        ("2026-01-01", "year", "2026-01-01..2027-01-01"),
        ("2026-12-31", "year", "2026-01-01..2027-01-01"),
    ],
)
def test_the_period_that_holds_a_day(day: str, period: str, span: str) -> None:
    assert str(period_of(date.fromisoformat(day), period)) == span  # type: ignore[arg-type]


MONDAY, MIDNIGHT, NOON = datetime(2026, 3, 2), datetime(2026, 3, 9), datetime(2026, 3, 9, 12)


@pytest.mark.parametrize(
    ("moment", "period", "is_end", "span"),
    [
        (Moment(MONDAY, "day"), "week", False, "2026-03-02..2026-03-09"),
        (Moment(datetime(2026, 3, 4), "day"), "week", False, "2026-03-04..2026-03-11"),
        (Moment(datetime(2026, 3, 8), "day"), "week", True, "2026-03-02..2026-03-09"),
        (Moment(MIDNIGHT, "time"), "week", True, "2026-03-02..2026-03-09"),
        (Moment(NOON, "time"), "week", True, "2026-03-03..2026-03-10"),
        (Moment(MIDNIGHT, "time"), "week", False, "2026-03-09..2026-03-16"),
        (Moment(datetime(2026, 3, 4), "week"), "week", False, "2026-03-02..2026-03-09"),
        (Moment(datetime(2026, 4, 1), "time"), "month", True, "2026-03-01..2026-04-01"),
        (Moment(datetime(2026, 4, 1), "day"), "month", True, "2026-04-01..2026-05-01"),
        (Moment(datetime(2026, 4, 1), "time"), "month", False, "2026-04-01..2026-05-01"),
        (Moment(MIDNIGHT, "time"), "day", True, "2026-03-08..2026-03-09"),
        (Moment(NOON, "time"), "day", True, "2026-03-09..2026-03-10"),
    ],
)
def test_the_days_that_a_label_means(moment: Moment, period: str, is_end: bool, span: str) -> None:
    """The end at midnight is the first instant after the span; an end that is a day is its last one."""
    assert str(span_of(moment, period, TORONTO, is_end=is_end)) == span  # type: ignore[arg-type]


def test_a_label_with_an_offset_means_the_local_day_and_time() -> None:
    """03:30 UTC is 22:30 of the day before in Toronto in winter; a naive label is local already."""
    aware, naive = Moment(datetime(2026, 3, 2, 3, 30, tzinfo=UTC), "time"), Moment(datetime(2026, 3, 2, 3, 30), "time")
    assert (aware.day(TORONTO), naive.day(TORONTO)) == (date(2026, 3, 1), date(2026, 3, 2))
    assert [local_time(moment, TORONTO).hour for moment in (aware, naive)] == [22, 3]
    assert span_of(aware, "day", TORONTO) == Window(date(2026, 3, 1), date(2026, 3, 2))
    midnight = Moment(datetime(2026, 3, 2, 5, tzinfo=UTC), "time")
    assert span_of(midnight, "day", TORONTO, is_end=True) == Window(date(2026, 3, 1), date(2026, 3, 2))


def test_the_clocks_skip_an_hour_in_spring_and_show_one_twice_in_autumn() -> None:
    """Toronto, 2026: on 8 March 2:00 becomes 3:00; on 1 November 2:00 becomes 1:00 again."""
    spring, autumn, half = datetime(2026, 3, 8), datetime(2026, 11, 1), timedelta(minutes=30)
    hours = [timedelta(hours=hour) + half for hour in range(4)]
    assert [is_skipped(spring + hour, TORONTO) for hour in hours] == [False, False, True, False]
    assert [is_repeated(spring + hour, TORONTO) for hour in hours] == [False] * 4
    assert [is_repeated(autumn + hour, TORONTO) for hour in hours] == [False, True, False, False]
    assert [is_skipped((autumn + hour).replace(fold=1), TORONTO) for hour in hours] == [False] * 4


@pytest.mark.parametrize("pattern", ["%Y-%m-%d %H:%M EST", "%Y-%m-%d %H:%M (UTC)", "%H:%M MESZ", "%Y-W%W", "KW %W %Y"])
def test_a_zone_as_a_literal_and_the_wrong_week_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"write %z|%G-W%V"):
        require_table_format(pattern if "%Y" in pattern else f"%Y-%m-%d {pattern}")


@pytest.mark.parametrize(
    ("text", "pattern", "hours"),
    [
        ("2026-08-31 23:00 EST", "%Y-%m-%d %H:%M %z", -5),
        ("2026-08-31 23:00 (UTC)", "%Y-%m-%d %H:%M (%z)", 0),
        ("2026-08-31 23:00 MESZ", "%Y-%m-%d %H:%M %z", 2),
    ],
)
def test_a_zone_that_has_a_name_is_read(text: str, pattern: str, hours: float) -> None:
    """23:00 in New York's winter time is 05:00 of the next day in London's summer."""
    read = DateReader((pattern,)).read(text)
    assert isinstance(read, Moment)
    assert read.at.utcoffset() == timedelta(hours=hours)
    assert isinstance(DateReader(("%Y-%m-%d %H:%M %z",)).read("2026-08-31 23:00 BST"), Unreadable), (
        "it has two meanings"
    )
