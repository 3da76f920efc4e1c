"""The hours that a counter usually delivers: which absent ones are noticed."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from sources.files.cells import Unreadable
from sources.files.day_times import read_time
from sources.usual_hours import UsualHours

MONDAY = date(2026, 3, 2)
HOUR = timedelta(hours=1)


def learned(weeks: int, hours: range, value: float = 10) -> UsualHours:
    usual = UsualHours(ZoneInfo("Europe/London"))
    for day in range(7 * weeks):
        usual.learn(MONDAY + timedelta(days=day), {time(hour): value for hour in hours})
    return usual


def times(hours: range | list[int]) -> list[time]:
    return [time(hour) for hour in hours]


def test_an_hour_that_all_other_days_have_is_missed() -> None:
    usual = learned(4, range(9, 19))
    assert usual.lacks(MONDAY, times(range(9, 18)))
    assert usual.lacks(MONDAY, times([9, 10, 12, 13, 14, 15, 16, 17, 18]))
    assert not usual.lacks(MONDAY, times(range(9, 19)))


def test_a_quiet_hour_that_a_counter_without_zeros_leaves_out_is_none() -> None:
    usual = learned(4, range(9, 19))
    usual.learn(MONDAY + timedelta(days=28), {time(hour): 1 if hour == 22 else 10 for hour in [*range(9, 19), 22]})
    assert not usual.lacks(MONDAY, times(range(9, 19)))


def test_a_quiet_hour_is_missed_where_the_counter_writes_zeros() -> None:
    usual = learned(4, range(24), 0)
    assert usual.lacks(MONDAY, times(range(23)))


def test_a_shorter_sunday_lacks_nothing() -> None:
    usual = UsualHours(ZoneInfo("Europe/London"))
    for day in range(28):
        hours = range(10, 16) if day % 7 == 6 else range(9, 19)
        usual.learn(MONDAY + timedelta(days=day), {time(hour): 50 for hour in hours})
    assert not usual.lacks(MONDAY + timedelta(days=6), times(range(10, 16)))
    assert usual.lacks(MONDAY + timedelta(days=6), times([10, 11, 13, 14, 15]))


def test_the_hour_that_the_clocks_skip_is_not_missed() -> None:
    """At 1:00 of 29 March 2026 the clocks of the United Kingdom go to 2:00."""
    usual = learned(8, range(24))
    assert not usual.lacks(date(2026, 3, 29), times([0, *range(2, 24)]))
    assert usual.lacks(date(2026, 3, 29), times([0, *range(3, 24)]))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("7:00 AM", 7), ("7:00 PM", 19), ("12:00 AM", 0), ("12 p.m.", 12), ("12:30 am", 0.5), ("9", 9), ("09:00", 9),
        ("9h30", 9.5), ("9h", 9), ("9 Uhr", 9), ("9.30 Uhr", 9.5), ("07:00 - 08:00", 7), ("7-8", 7),
        ("7 PM – 8 PM", 19),
        ("11:00 PM to 12:00 AM", 23), ("07:00-07:59", 7),
    ],
)  # fmt: skip
def test_times_of_day_are_read_as_people_write_them(text: str, hours: float) -> None:
    assert read_time(text, is_end=False, length=HOUR) == timedelta(hours=hours)


@pytest.mark.parametrize(("text", "hours"), [("07:00 - 08:00", 8), ("07:00-07:59", 8), ("23:00-00:00", 24), ("24", 24)])
def test_a_span_ends_at_its_second_time(text: str, hours: float) -> None:
    assert read_time(text, is_end=True, length=HOUR) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["25", "13:00 PM", "0 AM", "7.5", "noon", "", "7:60", "7-8-9", "24", "07:00 - 09:00"])
def test_what_is_not_a_time_of_day_or_not_of_the_period_is_refused(text: str) -> None:
    assert isinstance(read_time(text, is_end=False, length=HOUR), Unreadable)
