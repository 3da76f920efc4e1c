"""This machine's clock against the dates of responses."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests

from sources.web.clock_witness import ClockWitness
from warehouse.errors import RefusedError

NOW = datetime(2027, 2, 10, 6, tzinfo=UTC)
DAY = timedelta(days=1)


def answered(host: str, date: str, age: str | None = None) -> requests.Response:
    response = requests.Response()
    response.url = f"https://{host}/answer"
    response.headers.update({"Date": date} | ({"Age": age} if age else {}))
    return response


def compare(witness: ClockWitness, host: str, ahead: timedelta) -> timedelta:
    return witness.compare(answered(host, format_datetime(NOW - ahead, usegmt=True)))


@pytest.mark.parametrize("ahead", [92 * DAY, timedelta(hours=2), -3 * DAY])
def test_a_difference_is_found(ahead: timedelta) -> None:
    assert compare(ClockWitness(lambda: NOW), "a.example", ahead) == ahead


@pytest.mark.parametrize("date", ["", "yesterday", "Tue, 10 Nov 2026 06:00:00", "Tue, 10 Feb 2027 05:55:00 GMT"])
def test_what_says_nothing_or_nearly_the_same_is_no_difference(date: str) -> None:
    assert ClockWitness(lambda: NOW).compare(answered("a.example", date)) == timedelta()


def test_the_age_of_a_cached_answer_is_counted() -> None:
    cached = answered("a.example", "Tue, 09 Feb 2027 06:00:00 GMT", age="86400")
    assert ClockWitness(lambda: NOW).compare(cached) == timedelta()


@pytest.mark.parametrize(("ahead", "word"), [(92 * DAY, "2,208 hours ahead of"), (-2 * DAY, "48 hours behind")])
def test_two_hosts_that_agree_stop_the_run(ahead: timedelta, word: str) -> None:
    witness = ClockWitness(lambda: NOW)
    for host in ("b.example", "a.example"):
        compare(witness, host, ahead)
    with pytest.raises(RefusedError, match=rf"{word} a\.example, b\.example; nothing is judged.*set the clock"):
        witness.check()


@pytest.mark.parametrize("others", [[], [timedelta()], [timedelta(), timedelta()], [-92 * DAY]])
def test_one_host_alone_may_itself_be_wrong(others: list[timedelta]) -> None:
    witness = ClockWitness(lambda: NOW)
    for number, ahead in enumerate([92 * DAY, *others]):
        compare(witness, f"{number}.example", ahead)
    assert witness.difference() == ""


def test_one_late_answer_of_a_host_does_not_count_against_its_other_answers() -> None:
    witness = ClockWitness(lambda: NOW)
    for host in ("a.example", "b.example"):
        compare(witness, host, 3 * DAY)
        compare(witness, host, timedelta())
    assert witness.difference() == ""
