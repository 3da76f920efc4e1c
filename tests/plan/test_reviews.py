"""The days of regular reviews."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.reviews import Reviews


def test_a_review_every_quarter_falls_on_the_same_day_of_the_month() -> None:
    quarterly = Reviews(first=date(2026, 1, 20))
    assert [quarterly.day(number) for number in range(5)] == [
        date(2026, 1, 20), date(2026, 4, 20), date(2026, 7, 20), date(2026, 10, 20), date(2027, 1, 20),
    ]  # fmt: skip


def test_a_month_that_is_too_short_has_its_review_on_its_last_day() -> None:
    monthly = Reviews(first=date(2027, 10, 31), every="month")
    assert [monthly.day(number) for number in (1, 4, 5)] == [date(2027, 11, 30), date(2028, 2, 29), date(2028, 3, 31)]


@pytest.mark.parametrize(
    ("day", "newest", "coming"),
    [
        (date(2026, 1, 19), None, date(2026, 1, 20)),
        (date(2026, 1, 20), date(2026, 1, 20), date(2026, 7, 20)),
        (date(2026, 7, 19), date(2026, 1, 20), date(2026, 7, 20)),
        (date(2026, 7, 20), date(2026, 7, 20), date(2027, 1, 20)),
        (date(2027, 12, 31), date(2027, 7, 20), date(2028, 1, 20)),
    ],
)
def test_the_newest_and_the_next_review_of_a_day(day: date, newest: date | None, coming: date) -> None:
    half_yearly = Reviews(first=date(2026, 1, 20), every="half_year")
    assert half_yearly.newest_until(day) == newest
    assert half_yearly.next_after(day) == coming


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 3000), st.sampled_from(["month", "quarter", "year"])
)
def test_no_review_lies_between_the_newest_and_the_next(first: date, days: int, every: str) -> None:
    reviews = Reviews.model_validate({"first": first, "every": every})
    day = first + timedelta(days=days)
    newest, coming = reviews.newest_until(day), reviews.next_after(day)
    assert newest is not None
    assert newest <= day < coming
    planned = [reviews.day(number) for number in range(200)]
    assert planned.index(coming) == planned.index(newest) + 1
