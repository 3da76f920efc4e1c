# ruff: noqa: DTZ001 - labels without an offset are local
"""How people write dates in tables: years of two calendar years, month names, zones, and formats that misread."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from sources.files.cells import Unreadable
from sources.files.date_formats import DateFormat, TableDateFormat
from sources.files.dates import DateReader, Moment, YearKind, span_of
from sources.files.month_names import month_numbers
from sources.files.table_dates import TableDates
from warehouse.errors import ShapeError

LONDON = ZoneInfo("Europe/London")
APRIL = YearKind(4)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("%Y-%M", "%M is the minute: the month is %m"),
        ("%Y-%m-%d %I:%M", "needs %p"),
        ("%Y week %U", "%U is a week from Sunday"),
        ("%Y-%m-%d %H:%M %p", "only with %I"),
        ("%Y-%m-%dT%H:%M:%S.%fZ", "write %z"),
        ("%Y-%m-%d %H:%M:%S UTC", "write %z"),
        ("%Y-%m-%dT%H:%M:%S+01:00", "write %z"),
        ("%Y-%m-%d %H:%M %Z", "write %z"),
        ("%y %m %Y", "the year twice"),
        ("%d %Y", "a day without its month"),
        ("%Y-%m %H:%M", "a time without its day"),
    ],
)
def test_a_format_that_reads_something_else_than_it_seems_to_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TypeAdapter(TableDateFormat).validate_python(pattern)


@pytest.mark.parametrize("pattern", ["%Y-%m-%d %H:%M UTC%z", "%I:%M %p %d/%m/%Y", "%Y-%m-%dT%H:%M:%S%z", "W%V %G"])
def test_formats_that_read_what_they_seem_to_are_taken(pattern: str) -> None:
    assert TypeAdapter(TableDateFormat).validate_python(pattern) == pattern


@pytest.mark.parametrize("text", ["2026-06-01T12:00:00Z", "2026-06-01T12:00:00+00:00", "2026-06-01T14:00:00+0200"])
def test_a_zone_is_read_by_its_directive(text: str) -> None:
    found = DateReader(("%Y-%m-%dT%H:%M:%S%z",)).read(text)
    assert isinstance(found, Moment)
    assert found.at == datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["UTC", "GMT"])
def test_utc_and_gmt_are_zones(zone: str) -> None:
    found = DateReader(("%Y-%m-%d %H:%M %z",)).read(f"2026-06-01 12:00 {zone}")
    assert isinstance(found, Moment)
    assert found.at == datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "text", "span"),
    [
        ("%Y/%y", "2019/20", ("2019-04-01", "2020-04-01")),
        ("%Y-%Y", "2019-2020", ("2019-04-01", "2020-04-01")),
        ("FY%y/%y", "FY99/00", ("1999-04-01", "2000-04-01")),
        ("Q%q %Y/%y", "Q1 2019/20", ("2019-04-01", "2019-07-01")),
        ("Q%q %Y/%y", "Q4 2019/20", ("2020-01-01", "2020-04-01")),
        ("%B %Y/%y", "April 2019/20", ("2019-04-01", "2019-05-01")),
        ("%B %Y/%y", "March 2019/20", ("2020-03-01", "2020-04-01")),
        ("%B %Y", "March 2020", ("2020-03-01", "2020-04-01")),
    ],
)
def test_a_year_of_two_calendar_years_begins_in_its_month(pattern: str, text: str, span: tuple[str, str]) -> None:
    found = DateReader((pattern,), kind=APRIL).read(text)
    assert isinstance(found, Moment)
    days = span_of(found, found.precision, LONDON, first_month=4)  # type: ignore[arg-type]
    assert (str(days.start), str(days.end)) == span


@pytest.mark.parametrize("text", ["2019/21", "2019/2020", "2019", "12019/20"])
def test_two_years_that_do_not_follow_each_other_are_refused(text: str) -> None:
    assert isinstance(DateReader(("%Y/%y",), kind=APRIL).read(text), Unreadable)


@pytest.mark.parametrize(("named", "year"), [("first", 2020), ("last", 2019)])
def test_a_single_year_is_called_as_the_plan_says(named: str, year: int) -> None:
    """The United States' fiscal year 2020 ended in September 2020: https://www.usa.gov/federal-budget-process ."""
    found = DateReader(("FY%Y",), kind=YearKind(10, named)).read("FY2020")  # type: ignore[arg-type]
    assert found == Moment(datetime(year, 10, 1), "year")


def test_a_year_that_the_plan_does_not_explain_is_asked_for() -> None:
    with pytest.raises(ValidationError, match="reads two years: say in which month"):
        TableDates.model_validate({"date_formats": ("%Y/%y",)})
    with pytest.raises(ValidationError, match="year_named: first"):
        TableDates.model_validate({"date_formats": ("%Y",), "year_starts": 4})
    with pytest.raises(ValidationError, match="reads two years: a date has one"):
        TypeAdapter(DateFormat).validate_python("%Y/%y")


def test_months_from_april_to_march_lie_in_two_years_or_are_asked_for() -> None:
    months = ("April", "December", "January", "March")
    plain = DateReader(("%B",), 2025)
    read = [plain.read(month) for month in months]
    with pytest.raises(ShapeError, match="declare the month in which the year begins"):
        plain.require_order("visits.csv")
    declared = DateReader(("%B",), 2025, APRIL)
    read = [declared.read(month) for month in months]
    assert [found.day(LONDON) for found in read if isinstance(found, Moment)] == [
        date(2025, 4, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 3, 1),
    ]  # fmt: skip
    declared.require_order("visits.csv")


@pytest.mark.parametrize("months", [("January", "December"), ("December", "November", "January"), ("April", "January")])
def test_other_orders_of_months_are_left_alone(months: tuple[str, ...]) -> None:
    reader = DateReader(("%B",), 2025)
    years = {found.at.year for found in map(reader.read, months) if isinstance(found, Moment)}
    reader.require_order("visits.csv")
    assert years == {2025}


@pytest.mark.parametrize(
    ("language", "pattern", "text", "month"),
    [
        ("de", "%B %Y", "März 2026", 3),
        ("de", "%b %Y", "Okt. 2026", 10),
        ("fr", "%B %Y", "août 2026", 8),
        ("es", "%d de %B de %Y", "1 de enero de 2026", 1),
        ("en", "%b %Y", "Sep 2026", 9),
    ],
)
def test_month_names_are_read_in_their_language(language: str, pattern: str, text: str, month: int) -> None:
    found = DateReader((pattern,), language=language).read(text)
    assert isinstance(found, Moment)
    assert (found.at.year, found.at.month) == (2026, month)


def test_a_language_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="is not the code of a language"):
        month_numbers("xx_nowhere")


def test_a_week_of_its_year_is_read_by_its_monday() -> None:
    """``strptime`` knows the week of ``%W`` only with a day of it, and would read 1 January."""
    assert DateReader(("%Y week %W",)).read("2025 week 52") == Moment(datetime(2025, 12, 29), "week")


def test_week_53_of_a_year_that_has_52_is_no_date() -> None:
    """2025 has 52 ISO weeks and 2026 has 53: https://en.wikipedia.org/wiki/ISO_week_date#Weeks_per_year"""
    reader = DateReader(("%G-W%V",))
    assert isinstance(reader.read("2025-W53"), Unreadable)
    assert reader.read("2026-W53") == Moment(datetime(2026, 12, 28), "week")


@pytest.mark.parametrize("pattern", ["%Y/%Y", "%y/%y", "%Y–%Y"])
def test_a_text_that_is_no_pair_of_years_is_unreadable_and_ends_nothing(pattern: str) -> None:
    """With the same directive twice the format alone is no pattern, and reading raised an error of ``re``."""
    found = DateReader((pattern,), kind=APRIL).read("Total")
    assert isinstance(found, Unreadable)


def test_numbered_days_count_from_the_first_day() -> None:
    reader = TableDates(first_day=date(2024, 1, 30)).dates()
    assert reader.read("0003") == Moment(datetime(2024, 2, 2), "day")
    assert isinstance(reader.read("third"), Unreadable)
