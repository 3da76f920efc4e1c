"""Files that come twice, in part or not at all: what they hold is counted once, and what they lack is not zero."""

import random
from collections.abc import Sequence
from datetime import date

import pandas as pd
import pytest

from tests.log_lines import ASKED, DAY, at, flags, line, numbers, parse, value


def hours(day: int, first: int = 0, end: int = 24) -> list[str]:
    """Three visitors an hour: 72 requests a day."""
    return [
        line(
            at(f"{hour:02}:{10 * who:02}:00", f"{day:02}/Mar/2026"),
            f"GET /{hour % 4} HTTP/1.1",
            client=f"192.0.2.{who}",
        )
        for hour in range(first, end)
        for who in range(3)
    ]


@pytest.mark.parametrize("cut", [0, 1, 40, 71])
def test_a_line_that_stands_in_two_files_is_one_request(cut: int) -> None:
    lines = [*hours(3), *hours(4)]
    whole, overlapping = parse(lines), parse(lines, lines[cut : cut + 70])
    assert numbers(whole) == numbers(overlapping)
    assert "70 lines stand in two files each: they count once" in overlapping.notes


def test_a_line_that_stands_twice_in_one_file_is_two_requests_and_stays_two_beside_a_copy() -> None:
    lines = [*hours(3), hours(3)[5], hours(3)[5]]
    assert value(parse(lines), "requests") == 74
    assert value(parse(lines, lines[:-1]), "requests") == 74
    assert value(parse(lines[:-1], lines), "requests") == 74


def test_a_copy_with_the_line_ends_of_another_system_is_a_copy() -> None:
    lines = [*hours(3), *hours(4)]
    assert numbers(parse(lines, [f"{text}\r" for text in lines[40:]])) == numbers(parse(lines))


def test_three_copies_that_overlap_in_parts_are_one_log_in_any_order() -> None:
    lines = [*hours(2), *hours(3), *hours(4)]
    files: list[Sequence[str]] = [lines[:100], lines[60:180], lines[90:], lines[10:30]]
    want = numbers(parse(lines))
    for _ in range(4):
        random.Random(1).shuffle(files)
        assert numbers(parse(*files, double_click_s=0)) == want


def test_a_file_that_is_missing_between_others_makes_the_days_at_both_ends_partial() -> None:
    """Rotated at 06:00; without the third file the 5th has 18 of 72 requests and the 6th has 54."""
    files = [[*hours(day, 6), *hours(day + 1, 0, 6)] for day in (3, 4, 5, 6, 7)]
    parsed = parse(files[0], files[1], files[3], files[4])
    found = {day: flags(parsed, "page_views", date(2026, 3, day)) for day in (4, 5, 6, 7)}
    assert found == {4: (), 5: ("partial",), 6: ("partial",), 7: ()}
    assert any(
        "no line for 25 hours between the end of access.log.1 and the beginning of access.log.2" in note
        for note in parsed.notes
    )


def test_a_file_that_breaks_off_at_noon_makes_its_day_partial() -> None:
    parsed = parse(hours(3), hours(4, 0, 12), hours(5))
    assert flags(parsed, "requests", date(2026, 3, 4)) == ("partial",)
    assert [flags(parsed, "requests", date(2026, 3, day)) for day in (3, 5)] == [(), ()]


def test_nights_without_a_reader_are_no_holes() -> None:
    parsed = parse(*(hours(day, 7, 23) for day in (3, 4, 5, 6)))
    assert [flags(parsed, "requests", date(2026, 3, day)) for day in (4, 5)] == [(), ()]


@pytest.mark.parametrize(("day", "count"), [(date(2025, 10, 26), 25), (date(2025, 3, 30), 23)])
def test_the_night_of_the_clock_change_is_counted_whole_in_logs_with_offsets(day: date, count: int) -> None:
    """In October the hour from two to three comes twice, with +0200 and with +0100, by HTTP/2 and over IPv6."""
    start = pd.Timestamp(day, tz="Europe/Berlin")
    hours_of = [start.tz_convert("UTC") + pd.Timedelta(hours=n) for n in range(count)]
    lines = [
        line(f"{hour.tz_convert('Europe/Berlin'):%d/%b/%Y:%H:%M:%S %z}", f"GET /{n} HTTP/2.0", client="2001:db8::7")
        for n, hour in enumerate(hours_of)
    ]
    parsed = parse(lines, zone="Europe/Berlin")
    assert (value(parsed, "page_views", day), value(parsed, "visits", day)) == (count, min(count, 24))


def test_two_pages_that_differ_by_the_last_slash_are_two_and_named() -> None:
    lines = [line(at("10:00:00"), "GET /page HTTP/1.1"), line(at("11:00:00"), "GET /page/ HTTP/1.1")]
    parsed = parse(lines, by_page=True, window=ASKED)
    assert (value(parsed, "page_views", DAY, "/page"), value(parsed, "page_views", DAY, "/page/")) == (1, 1)
    assert any("'/page' and '/page/' are two pages" in note for note in parsed.notes)


def test_one_page_in_two_spellings_within_a_double_click_is_one_view() -> None:
    lines = [line(at("10:00:00"), "GET /f%C3%BC HTTP/1.1"), line(at("10:00:05"), "GET /f%c3%bc HTTP/2.0")]
    assert value(parse(lines), "page_views") == 1


def test_a_pattern_without_a_page_is_named() -> None:
    notes = parse([line()], pages=["/km/", "/tpyo/"], exclude=["/nothing/"]).notes
    assert [word for note in notes for word in ("/km/", "/tpyo/", "/nothing/") if f"one of '{word}'" in note] == [
        "/tpyo/",
        "/nothing/",
    ]
