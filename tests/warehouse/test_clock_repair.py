"""Which clock is wrong: that of an earlier run, or this machine's own."""

from datetime import UTC, date, datetime

import pytest

from warehouse.clock_repair import FutureEntries

FEBRUARY, NOVEMBER = datetime(2027, 2, 10, tzinfo=UTC), datetime(2026, 11, 10, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days_after", "days_before", "own_clock"),
    [(1, 1, False), (1, 0, True), (2, 1, True), (2, 2, False), (9, 3, True)],
)
def test_most_days_of_runs_decide_and_now_is_one_of_them(days_after: int, days_before: int, own_clock: bool) -> None:
    found = FutureEntries(FEBRUARY, NOVEMBER if days_before else None, days_after, days_before)
    assert found.is_own_clock_behind is own_clock


def test_only_days_that_were_over_everywhere_are_certain() -> None:
    assert FutureEntries(FEBRUARY, NOVEMBER, 1, 1).certain_until == date(2026, 11, 9)
    assert FutureEntries(FEBRUARY, None, 1, 0).certain_until == date.min
