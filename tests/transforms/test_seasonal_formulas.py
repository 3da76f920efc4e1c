"""The formulas of the season, of terms and of the year's total, on figures small enough to reckon by hand."""

import numpy as np
import pytest

from transforms.arrays import FloatArray
from transforms.pacing.seasonal import cumulative_share, projected_total, seasonal_index, term_factor

UNKNOWN = np.nan


def a(*rows: object) -> FloatArray:
    return np.array(rows, dtype=float)


# --- the index


def test_each_series_has_the_season_of_its_own_years() -> None:
    """Two halves of a year, newest year first.

    Rates of the first: 15 and 5 in a year of 10 on average, so 1.5 and 0.5; then 15 and 15, so 1 and 1. The middles
    1.25 and 0.75 weigh 0.3 and 0.2 open days: 0.525 in all for 0.5 days, so each is divided by 1.05. The second has
    no year, and the older year of the third is not complete.
    """
    amount = a([[3, 1], [6, 3]], [[UNKNOWN, 1], [5, UNKNOWN]], [[0.2, 0.6], [UNKNOWN, 7]])
    ground = a([[0.2, 0.2], [0.4, 0.2]], [[1, 1], [1, 1]], [[0.5, 0.5], [0.5, 0.5]])
    found = seasonal_index(amount, ground)
    assert found.years.tolist() == [2, 0, 1]
    assert found.index == pytest.approx(a([1.25 / 1.05, 0.75 / 1.05], [UNKNOWN] * 2, [0.5, 1.5]), nan_ok=True)
    assert found.ground == pytest.approx(a([0.3, 0.2], [UNKNOWN] * 2, [0.5, 0.5]), nan_ok=True)


def test_each_series_has_five_years_of_its_own() -> None:
    """The newest year of the second is not known, so that its sixth year counts: 3 of 5 in it, like the others."""
    amount = np.ones((2, 6, 4))
    amount[0, 5], amount[1, 0, 0] = [100, 1, 1, 1], UNKNOWN
    found = seasonal_index(amount, np.ones_like(amount))
    assert found.years.tolist() == [5, 5]
    assert found.index.tolist() == [[1] * 4] * 2


@pytest.mark.parametrize(
    ("years", "index", "counted"),
    [
        pytest.param([[-10, 30, 10, 10]], [0, 2.4, 0.8, 0.8], 1, id="an index is at least 0: 0, 3, 1 and 1 are 5"),
        pytest.param([[0, 0, 0, 0], [1, 1, 2, 4]], [0.5, 0.5, 1, 2], 1, id="a year of nothing is no year"),
        pytest.param([[0.1, 0.1, 0.1, 0.1]], [1, 1, 1, 1], 1, id="a year may count less than one"),
        pytest.param(
            [[4, 0, 0, 0], [0, 4, 0, 0], [0, 0, 4, 0]], [UNKNOWN] * 4, 0, id="years of which each has another peak"
        ),
    ],
)
def test_the_index_of_years_of_equal_ground(years: list[list[float]], index: list[float], counted: int) -> None:
    found = seasonal_index(a(years), np.ones((1, len(years), 4)))
    assert found.index[0].tolist() == pytest.approx(index, nan_ok=True)
    assert (found.years[0], np.isnan(found.ground[0]).any()) == (counted, counted == 0)


# --- terms

OPEN = [10.0, 10, 10, 10, 10, 10]
IN_TERM = [0.0, 2, 4, 6, 8, 10]


def counted(in_day: float, out_day: float, in_term: list[float], opened: list[float] = OPEN) -> list[float]:
    """Exactly so much on each day in term and between."""
    return [in_day * days + out_day * (whole - days) for days, whole in zip(in_term, opened, strict=True)]


@pytest.mark.parametrize(
    ("in_day", "out_day", "factor"),
    [(6, 2, 3), (2, 6, 1 / 3), (6e-6, 2e-6, 3), (50, 1, 10), (1, 50, 0.1), (0, 5, 1), (5, 0, 1), (-1, 5, 1)],
)
def test_a_day_in_term_over_one_between(in_day: float, out_day: float, factor: float) -> None:
    """From 0.1 to 10, and 1 where one of the two is not above 0."""
    assert term_factor(a(counted(in_day, out_day, IN_TERM)), a(OPEN), a(IN_TERM)) == pytest.approx([factor])


def test_what_is_unknown_or_closed_says_nothing_of_terms() -> None:
    """And each series is for itself."""
    amount = a([*counted(6, 2, IN_TERM), UNKNOWN, 0], [*counted(1, 4, IN_TERM[::-1]), 0, UNKNOWN])
    opened, in_term = a([*OPEN, 10, 0], [*OPEN, 0, 10]), a([*IN_TERM, 10, 0], [*IN_TERM[::-1], 0, 9])
    assert term_factor(amount, opened, in_term) == pytest.approx([3, 0.25])


def test_a_regression_on_days_in_term_and_between() -> None:
    """Least squares by the normal equations.

    Days in term 1 1 0 0 1 0, between 0 0 1 1 1 1, amounts 4 6 1 3 7 2: sums of squares 3 and 4, of products 1; with the
    amounts 17 and 13. So 4 * 17 - 13 = 55 over 3 * 13 - 17 = 22, both over 11: 5 a day in term and 2 between.
    """
    inside, outside = a([1, 1, 0, 0, 1, 0]), a([0, 0, 1, 1, 1, 1])
    assert term_factor(a([4, 6, 1, 3, 7, 2]), inside + outside, inside) == pytest.approx([2.5])


@pytest.mark.parametrize(
    ("in_term", "opened", "factor"),
    [
        pytest.param([0, 2, 4, 6, 8, 10], OPEN, 3, id="six stretches are enough"),
        pytest.param([0, 2, 4, 6, 8], OPEN[:5], 1, id="five are not"),
        pytest.param([0, 2, 4, 6, 8, 0.5], [*OPEN[:5], 0.5], 3, id="half a day is a stretch"),
        pytest.param([2, 4, 4, 4, 4, 4], OPEN, 3, id="shares in term of 0.2 and 0.4 are different enough"),
        pytest.param([2, 3.9, 3.9, 3.9, 3.9, 3.9], OPEN, 1, id="0.2 and 0.39 are not"),
        pytest.param([5, 5, 5, 5, 5, 5], OPEN, 1, id="0.5 throughout is not"),
        pytest.param([2, 4, 4, 4, 4, 4], [5, *OPEN[1:]], 1, id="it is the shares that count, not the days"),
    ],
)
def test_terms_are_told_apart_where_the_shares_in_term_differ(
    in_term: list[float], opened: list[float], factor: float
) -> None:
    """Beside a series whose terms are plain, and with stretches of which nothing is known."""
    missing = 7 - len(opened)
    amount = a([*counted(6, 2, in_term, opened), *[UNKNOWN] * missing], [*counted(6, 3, IN_TERM), 5])
    days, term = a([*opened, *[10] * missing], [*OPEN, 0]), a([*in_term, *[5] * missing], [*IN_TERM, 0])
    assert term_factor(amount, days, term) == pytest.approx([factor, 2])


# --- the year


def test_the_share_of_each_year_is_its_own() -> None:
    found = cumulative_share(a([0.1, 0.1, 0.2], [10, 0, 30], [-1, 2, 1], [0, 0, 0], [UNKNOWN, 1, 1], [-3, 1, 1]))
    expected = a([0.25, 0.5, 1], [0.25, 0.25, 1], [0, 2 / 3, 1], *[[UNKNOWN] * 3] * 3)
    assert found == pytest.approx(expected, nan_ok=True)


def test_a_projection_trusts_the_year_before_as_much_as_a_twentieth_of_this_year() -> None:
    """A tenth of the year with 100 of it: a level of (100 + 0.05 * 2000) / 0.15, of which nine tenths are to come."""
    assert projected_total(a(100), a(0.1), a(2000)) == pytest.approx([100 + 0.9 * 200 / 0.15])


def test_without_a_year_before_and_at_its_beginning_no_total_is_known() -> None:
    found = projected_total(a(0, 50, 0), a(0, 0.5, 0), a(UNKNOWN, UNKNOWN, 400))
    assert found == pytest.approx([UNKNOWN, 100, 400], nan_ok=True)
