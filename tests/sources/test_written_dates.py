"""Dates as programs write them."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from sources.files.cells import Unreadable
from sources.written_dates import ZONE_HOURS, WrittenDate, WrittenDateReader

BERLIN = ZoneInfo("Europe/Berlin")


def day(text: str, zone: str = "Europe/Berlin") -> date | str:
    """The day that was read, or the reason why none was."""
    found = WrittenDateReader(ZoneInfo(zone)).read(text)
    return found.reason if isinstance(found, Unreadable) else found.span.start


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 15 Jun 2026 22:30:00 +0200",
        "Mon, 15 Jun 2026 22:30:00 CEST",
        "15 June 2026 22:30 MESZ",
        "Mon, 15 Jun 2026 22:30:00 MEST",
        "Mon, 15 Jun 2026 22:30:00 GMT+2",
        "Mon, 15 Jun 2026 22:30:00 UTC+02:00",
        "Mon, 15 Jun 26 16:30:00 EDT",
        "Mon Jun 15 2026 22:30:00 GMT+0200 (Central European Summer Time)",
        "Mon Jun 15 22:30:00 CEST 2026",
        "June 15, 2026 8:30 PM GMT",
        "2026-06-15T22:30:00+02:00",
        "2026-06-15T22:30:00+02:00[Europe/Berlin]",
        "2026-06-15 22:30:00 Europe/Berlin",
        "2026-06-15 22:30:00.123 +0200",
        "20260615T203000Z",
        "2026-W25-1T20:30Z",
        "2026-166T20:30:00Z",
        "2026-06-15",
        "20260615",
        "2026-W25-1",
        "2026W251",
        "2026-166",
        "2026-06-15+02:00",
        "15-Jun-2026",
    ],
)
def test_a_late_evening_in_berlin_is_the_fifteenth_of_june(text: str) -> None:
    """22:30 at +0200 is 20:30 UTC; read as UTC it would fall on the 16th. It is day 166 and a Monday of week 25."""
    assert day(text) == date(2026, 6, 15)


@pytest.mark.parametrize(
    "text",
    [
        *("2026/6/15", "2026.06.15", "15-06-2025", "06/15/2025", "15.06.2025", "15. Juni 2026", "202606", "26-06-15"),
        *(
            "2026-W25",
            "2026W25",
            "2026-W54-1",
            "2026-366",
            "2026-000",
            "31 Feb 2026",
            "2026-13-01",
            "2026-06-15T25:00Z",
        ),
        *(
            "Mon, 15 Jun 2026 22:30 IST",
            "Mon, 15 Jun 2026 22:30 BST",
            "15 Jun 2026 22:30 XYZ",
            "15 Jun 2026 22:30 +1500",
        ),
        *("yesterday", "", "June 2026", "15 Jun", "0000-00-00T00:00:00Z", "15 Jun 2026 13:30 PM"),
    ],
)
def test_what_no_standard_reads_is_unreadable_with_its_text(text: str) -> None:
    found = WrittenDateReader(BERLIN).read(text)
    assert isinstance(found, Unreadable)
    assert text in found.reason


def test_a_name_with_several_meanings_counts_where_the_source_is() -> None:
    """BST is summer time in Britain, IST in Ireland, and standard time in India; CST is Chinese or American."""
    assert day("15 Jun 2026 23:30 BST", "Europe/London") == date(2026, 6, 15)
    assert day("15 Jun 2026 23:30 IST", "Asia/Kolkata") == date(2026, 6, 15)
    assert day("15 Jan 2026 23:30 CST", "America/Chicago") == date(2026, 1, 15)
    assert "several meanings" in str(day("15 Jun 2026 23:30 CST", "Asia/Shanghai"))
    assert "several meanings" in str(day("15 Dec 2026 23:30 BST", "Europe/London")), (
        "there is no summer time in December"
    )


def test_a_month_or_year_is_the_whole_of_it() -> None:
    found = WrittenDateReader(BERLIN).read("2026-06")
    assert isinstance(found, WrittenDate)
    assert (found.span.start, found.span.end) == (date(2026, 6, 1), date(2026, 7, 1))


def test_a_time_without_zone_says_so() -> None:
    reader = WrittenDateReader(BERLIN)
    missing = [
        found.zone_missing
        for found in map(reader.read, ("15 Jun 2026 22:30", "15 Jun 2026 22:30 Z", "15 Jun 2026"))
        if isinstance(found, WrittenDate)
    ]
    assert missing == [True, False, False]


def test_the_end_of_a_day_is_the_next_midnight_and_a_leap_second_is_its_last_one() -> None:
    """ISO 8601, 4.2.3, and RFC 5322, 3.3."""
    assert day("2026-06-14T24:00:00+02:00") == date(2026, 6, 15)
    assert day("31 Dec 2016 23:59:60 GMT", "UTC") == date(2016, 12, 31)


def test_stamps_sort_by_instant() -> None:
    reader = WrittenDateReader(BERLIN)
    found = [reader.read(text) for text in ("15 Jun 2026 22:30 CEST", "15 Jun 2026 21:00 GMT", "16 Jun 2026")]
    stamps = [written.stamp for written in found if isinstance(written, WrittenDate)]
    assert len(stamps) == 3
    assert stamps == sorted(stamps)


def test_no_name_of_the_table_contradicts_the_zones_that_use_it() -> None:
    """The names that tzdata itself gives to zones have the offset of the table."""
    for zone, text in (
        ("Europe/Berlin", "CET"),
        ("Europe/Berlin", "CEST"),
        ("Africa/Johannesburg", "SAST"),
        ("Australia/Adelaide", "ACDT"),
        ("Pacific/Auckland", "NZDT"),
        ("America/St_Johns", "NDT"),
        ("Asia/Karachi", "PKT"),
        ("Europe/Moscow", "MSK"),
        ("Pacific/Honolulu", "HST"),
    ):
        for month in ("Jan", "Jul"):
            assert day(f"15 {month} 2026 12:00 {text}", zone) == date(2026, 1 if month == "Jan" else 7, 15), text
        assert text in ZONE_HOURS
