"""The spread of a series by hand: its past, its scale, its line, its neighbours; and Huber's proposal 2 in full."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols

from transforms.alerts import residual_spread
from transforms.alerts.residual_spread import (
    LINEAR_SCALE,
    LOG_SCALE,
    ROOT_SCALE,
    choose_scale,
    expected_on_scale,
    fit_spread,
    past_years,
    scale_slope,
    to_scale,
    with_seasonal_shape,
)
from transforms.arrays import BoolArray, FloatArray

UNKNOWN = np.nan
SCALES = np.array([LOG_SCALE, ROOT_SCALE, LINEAR_SCALE])


def a(*rows: object) -> FloatArray:
    return np.array(rows, dtype=float)


# --- the past


@pytest.mark.parametrize(
    ("season", "periods", "width"),
    [(12, 100, 60), (12, 30, 36), (12, 12, 12), (12, 5, 12), (4, 100, 24), (7, 100, 35), (52, 300, 260), (1, 100, 24)],
)
def test_the_past_is_five_years_or_24_periods_and_no_more_years_than_there_are(
    season: int, periods: int, width: int
) -> None:
    assert past_years(np.zeros((1, periods)), np.array([periods]), season).shape == (1, width)


def test_the_past_of_each_series_ends_before_its_own_period() -> None:
    values = a(np.arange(7), np.arange(10, 17))
    found = past_years(values, np.array([4, 7]), 4)
    assert found == pytest.approx(a([UNKNOWN] * 4 + [0, 1, 2, 3], [UNKNOWN, 10, 11, 12, 13, 14, 15, 16]), nan_ok=True)


# --- the scale

CHOSEN: dict[str, tuple[list[float], list[float], list[float], int]] = {
    "counts of 100 on average are large": ([100, 100, 100], [100], [100], LOG_SCALE),
    "counts of less are small": ([99, 100, 100], [100], [100], ROOT_SCALE),
    "unknown ones do not count": ([UNKNOWN, UNKNOWN, 99], [UNKNOWN], [UNKNOWN], ROOT_SCALE),
    "fractions are no counts": ([9, 10, 10.5], [10], [10], LOG_SCALE),
    "one may be above 0 by little": ([200, 0.5, 300], [200], [200], LOG_SCALE),
    "or by one": ([200, 1, 300], [200], [200], LOG_SCALE),
    "a large count that was 0 once": ([200, 0, 300], [200], [200], ROOT_SCALE),
    "a share that was 0 once": ([0.5, 0, 0.5], [0.5], [0.5], ROOT_SCALE),
    "one that is 0 now": ([200, 250, 300], [0], [200], ROOT_SCALE),
    "one that is to be 0": ([200, 250, 300], [200], [0], ROOT_SCALE),
    "one without a past that is 0 now": ([UNKNOWN] * 3, [0], [200], ROOT_SCALE),
    "one without a present that was 0": ([200, 0, 300], [UNKNOWN], [UNKNOWN], ROOT_SCALE),
    "one below 0": ([200, -1, 300], [200], [200], LINEAR_SCALE),
    "one that is below 0 now": ([20, 30, 40], [-0.5], [20], LINEAR_SCALE),
    "nothing is known": ([UNKNOWN] * 3, [UNKNOWN], [UNKNOWN], LOG_SCALE),
}


def test_the_scale_of_each_series() -> None:
    past, now, due, expected = (a(*column) for column in zip(*CHOSEN.values(), strict=True))
    found = dict(zip(CHOSEN, choose_scale(past, now, due), strict=True))
    assert found == dict(zip(CHOSEN, expected, strict=True))


def test_values_on_each_scale() -> None:
    row = [2, 1, 0.25, 0, -1, UNKNOWN]
    values = a(row, row, row)
    found = to_scale(values, SCALES)
    logarithms, roots = [np.log(2), 0, np.log(0.25)], [np.sqrt(2), 1, 0.5, 0]
    assert found == pytest.approx(a([*logarithms, *[UNKNOWN] * 3], [*roots, *[UNKNOWN] * 2], row), nan_ok=True)
    assert values == pytest.approx(a(row, row, row), nan_ok=True), "they themselves stay"


def test_the_mean_on_each_scale_is_lower_by_the_variance() -> None:
    """A lognormal variable has the mean exp(m + s² / 2), the square of a variable the mean m² + s²."""
    mean = a([9, 0.5, 0.1], [9, 0.5, 0.1], [9, 0.5, 0.1])
    found = expected_on_scale(mean, SCALES, a(0.6, 0.5, 0.5))
    logarithms, roots = np.log(mean[0]) - 0.18, [np.sqrt(8.75), 0.5, 0]
    assert found == pytest.approx(a(logarithms, roots, mean[2]))


def test_the_slope_of_each_scale() -> None:
    row = [9, 0.25, 0, -1]
    found = scale_slope(a(row, row, row), SCALES)
    assert found == pytest.approx(a([1 / 9, 4, UNKNOWN, UNKNOWN], [1 / 6, 1, UNKNOWN, UNKNOWN], [1] * 4), nan_ok=True)


def test_a_seasonal_shape_keeps_the_mean_of_a_year_on_each_scale() -> None:
    """Shares of 3 and 1 are 1.5 and 0.5 of the path; of 5 = 2² + 1 with 2 + 1 and 2 - 1 come 9 and 1, as 3 and -1."""
    shape = a([np.log(3), 0], [1, -1], [2, -2])
    turn = np.array([[0, 1], [0, 1], [1, 0]])
    found = with_seasonal_shape(a([10, 20], [5, 5], [1, 1]), shape, turn, SCALES)
    assert found == pytest.approx(a([15, 10], [9, 1], [-1, 3]))


def test_a_path_lower_than_its_season_goes_no_deeper_than_0() -> None:
    found = with_seasonal_shape(a([0.5, 0.5]), a([0.8, -0.8]), np.array([[0, 1]]), np.array([ROOT_SCALE]))
    assert found == pytest.approx(a([0.64, 0]))


def test_a_season_of_thousands_is_laid_over_a_path_of_any_sign() -> None:
    found = with_seasonal_shape(a([-5, 7]), a([1000, -1000]), np.array([[0, 1]]), np.array([LINEAR_SCALE]))
    assert found == pytest.approx(a([995, -993]))


# --- the fit


def test_means_weigh_and_have_a_value_without_weight() -> None:
    values, weight = a([[1, 2], [5, 6]]), a([[0.3, 0], [0.1, 0]])
    assert residual_spread._mean(values, weight, 1) == pytest.approx(a([[2, 0], [2, 0]]))
    assert residual_spread._mean(values, weight, 2) == pytest.approx(a([[1, 1], [5, 5]]))


def test_the_line_is_that_of_weighted_least_squares() -> None:
    values = a([[1, 2, 4], [3, 9, 4]], [[3, 1, 2], [0.5, 7, 1]]) / 10
    weight = a([[1, 0.5, 1], [0.2, 0.1, 1]], [[0.01, 0, 0.02], [0.01, 0.01, 0.005]])
    found = residual_spread._line(values, weight)
    for one, fit, weighed in zip(values, found, weight, strict=True):
        slope, start = np.polyfit(np.arange(6), one.ravel(), 1, w=np.sqrt(weighed.ravel()))
        assert fit.ravel() == pytest.approx(start + slope * np.arange(6))


def test_a_line_through_one_value_is_flat_and_through_none_zero() -> None:
    found = residual_spread._line(a([[5, 7]], [[5, 7]]), a([[0, 1]], [[0, 0]]))
    assert found == pytest.approx(a([[7, 7]], [[0, 0]]))


def pairs(first: float, second: float, count: int) -> tuple[FloatArray, BoolArray]:
    """Pairs of neighbours with unknown values between them, where any figure may stand."""
    row = [first, second, 0.0] * count
    return a(row), np.array([[True, True, False] * count])


def test_neighbours_within_a_block_of_three_whose_mean_was_removed() -> None:
    """With a correlation r the mean of three has (3 + 4 r + 2 r²) / 9 of the variance of one.

    So what is left shows (2 r - 3) / (2 r + 6): -2/7 for r = 1/2, and its variance is 7/12 of what it is for r = 0.
    Pairs of 1 and s show 2 s / (1 + s²), which is -2/7 for s = (√45 - 7) / 2.
    """
    s = (np.sqrt(45) - 7) / 2
    left, known = (
        np.vstack(parts) for parts in zip(pairs(0.1, 0.1 * s, 8), pairs(3, 3, 8), pairs(1, -1, 8), strict=True)
    )
    correlation, wider = residual_spread._neighbours(left[:, None], known[:, None], 3)
    assert correlation == pytest.approx([0.5, 0.9, 0])
    assert wider == pytest.approx([np.sqrt(12 / 7), np.sqrt((2 / 3) / (1 - (3 + 3.6 + 1.62) / 9)), 1])


def variance_of_a_mean(r: float, n: int) -> float:
    """Of n neighbours of correlation r, in variances of one."""
    return ((1 + r) / (1 - r) - 2 * r * (1 - r**n) / (n * (1 - r) ** 2)) / n


@pytest.mark.parametrize("block", [12, 0])
def test_the_mean_of_twelve_neighbours(block: int) -> None:
    """Where one line was removed from all it is as if two halves had lost their means: of 24 values here."""
    taken = variance_of_a_mean(0.5, 12)
    seen = (0.5 - taken) / (1 - taken)
    left, known = pairs(1, (1 - np.sqrt(1 - seen**2)) / seen, 8)
    correlation, wider = residual_spread._neighbours(left[:, None], known[:, None], block)
    assert correlation == pytest.approx([0.5])
    assert wider == pytest.approx([np.sqrt((1 - 1 / 12) / (1 - taken))])


@pytest.mark.parametrize(("values", "correlation"), [(2, 0), (4, 0), (5, 0), (6, 0.9)])
def test_so_few_values_on_a_line_have_no_neighbours_to_compare(values: int, correlation: float) -> None:
    """Of two values whose mean was removed one is always as far below it as the other is above it."""
    found, wider = residual_spread._neighbours(np.ones((2, 1, values)), np.ones((2, 1, values), dtype=bool), 0)
    assert found == pytest.approx([correlation] * 2)
    assert (wider > 1).tolist() == [correlation > 0] * 2


def test_one_pair_of_neighbours_is_compared_and_one_value_or_none_shows_nothing() -> None:
    """One pair as above; without pairs or values 0 is seen, which is more than (2 * 0.9 - 3) / (2 * 0.9 + 6)."""
    known = np.array([[1, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]], dtype=bool)
    left = np.where(known, [1, (np.sqrt(45) - 7) / 2, 0, 0, 0, 0], 0.0)
    assert residual_spread._neighbours(left[:, None], known[:, None], 3)[0] == pytest.approx([0.5, 0.9, 0.9])


def test_degrees_of_freedom_are_the_values_less_the_seasons_and_the_levels() -> None:
    """Three years of months: 36 - 12 - 2. Without the first year and May: 22 - 11 - 1. And none known."""
    past = np.random.default_rng(7).normal(5, 1, (3, 3, 12))
    past[1, 0], past[1, :, 4], past[2] = UNKNOWN, UNKNOWN, UNKNOWN
    found = fit_spread(past.reshape(3, -1), 12)
    assert (found.points.tolist(), found.degrees[:2].tolist()) == ([36, 22, 0], [22, 10])
    assert found.years.tolist() == [[3] * 12, [2] * 4 + [0] + [2] * 7, [0] * 12]
    assert np.isnan(found.shape).tolist() == [[False] * 12, [month == 4 for month in range(12)], [True] * 12]
    assert found.sigma[2] == 0


def test_a_line_and_quarters_leave_all_values_but_five() -> None:
    assert fit_spread(np.random.default_rng(7).normal(5, 1, (1, 24)), 4).degrees.tolist() == [19]
    assert fit_spread(np.random.default_rng(7).normal(5, 1, (1, 33)), 11).degrees.tolist() == [33 - 11 - 1]


def test_what_is_a_level_and_a_season_has_no_spread_and_shows_its_seasons() -> None:
    """January is 0, each month one more: without May their mean is (66 - 4) / 11."""
    past = np.arange(12.0) + a([100], [130], [90])
    whole, gaps = past.copy(), past.copy()
    gaps[1], gaps[:, 4] = UNKNOWN, UNKNOWN
    found = fit_spread(a(whole.ravel(), gaps.ravel(), [7] * 36), 12)
    assert found.sigma == pytest.approx([0, 0, 0], abs=1e-9)
    without_may = [UNKNOWN if month == 4 else month - 62 / 11 for month in range(12)]
    assert found.shape == pytest.approx(a(np.arange(12) - 5.5, without_may, [0] * 12), nan_ok=True, abs=1e-9)


def test_one_year_is_all_season_and_leaves_no_degree() -> None:
    found = fit_spread(a(np.arange(12)), 12)
    assert (found.degrees[0], found.sigma[0]) == (0, 0)
    assert found.shape[0] == pytest.approx(np.arange(12) - 5.5)


def test_three_values_around_a_line_leave_one_degree() -> None:
    """0, 1 and 0 around a third: squares of 1, 4 and 1 ninths."""
    assert fit_spread(a([0, 1, 0]), 1).sigma == pytest.approx([np.sqrt(6 / 9 / 0.9205)])


def test_the_spread_of_quarters_is_that_of_least_squares_around_a_line() -> None:
    signs = np.tile([1.0, -1, -1, 1, -1, 1, 1, -1], (1, 3)) + 0.3 * np.arange(24) + np.tile([5.0, 1, 2, 3], 6)
    frame = pd.DataFrame({"value": signs.ravel(), "at": range(24), "season": list(range(4)) * 6})
    fit = ols("value ~ at + C(season)", frame).fit()
    found = fit_spread(signs, 4)
    assert np.abs(fit.resid).max() < 2 * found.sigma[0], "none is odd"
    assert found.autocorrelation.tolist() == [0]
    assert found.sigma == pytest.approx([np.sqrt(fit.mse_resid / 0.9205)])
    assert found.shape[0] - found.shape[0, 0] == pytest.approx([0, *fit.params.iloc[1:4]], abs=1e-6)


def huber(values: FloatArray, season: int) -> tuple[float, float, FloatArray]:
    """Proposal 2 for one series: weighted least squares on dummies, until nothing moves.

    The spread within twelve neighbours, their correlation, and the seasons.
    """
    known, at = np.flatnonzero(~np.isnan(values)), np.arange(len(values))
    other = np.eye(len(values) // season)[at // season] if season >= 12 else np.c_[np.ones(len(values)), at]
    design = np.hstack([np.eye(season)[at % season], other])[known]
    weight, sigma, degrees = np.ones(len(known)), np.inf, len(known) - np.linalg.matrix_rank(design)
    for turn in range(200):
        root = np.sqrt(weight)
        fit = np.linalg.lstsq(design * root[:, None], values[known] * root, rcond=None)[0]
        left = values[known] - design @ fit
        held = np.clip(left, -2 * sigma, 2 * sigma)
        sigma = np.sqrt((held**2).sum() / degrees / (0.9205 if turn else 1.0))
        weight = np.minimum(1, 2 * sigma / np.maximum(np.abs(left), 1e-12))
    together = np.diff(known) == 1
    seen = (held[1:] * held[:-1])[together].mean() / (held**2).mean()
    rs = np.linspace(0, 0.9, 901)
    taken = np.array([variance_of_a_mean(r, 12) for r in rs])
    r = np.interp(seen, (rs - taken) / (1 - taken), rs)
    return (
        float(sigma * np.sqrt((11 / 12) / (1 - variance_of_a_mean(r, 12)))),
        float(r),
        fit[:season] - fit[:season].mean(),
    )


@pytest.mark.parametrize(("season", "years"), [(12, 5), (4, 6), (1, 24)])
def test_the_spread_is_that_of_hubers_proposal_2(season: int, years: int) -> None:
    """With odd values and gaps, neighbours that go together, and each series for itself."""
    past = np.random.default_rng(8).normal(0, 1, (5, years * season))
    past[4, 1:] += past[4, :-1]
    past[:, [3, 17]] += [[9, -6], [0.5, 30], [0, 0], [-4, -4], [0, 0]]
    past[1, [5, 6, 20]], past[3, :2] = UNKNOWN, UNKNOWN
    past[2] *= 0.01
    found = fit_spread(past + 10, season)
    for row, one in enumerate(past):
        sigma, correlation, shape = huber(one, season)
        assert found.sigma[row] == pytest.approx(sigma, rel=0.02), row
        assert found.autocorrelation[row] == pytest.approx(correlation, abs=0.02), row
        assert found.shape[row] == pytest.approx(shape, abs=0.02 * sigma), row
    assert found.autocorrelation.max() > 0.2
