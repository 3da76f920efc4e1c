"""How surprising a shortfall is: against statsmodels where it has the formula, and against luck itself."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.multitest import multipletests

from benchmarks.alarms import REAL, learn, series
from transforms.alerts.evidence import (
    NEVER_MOVED,
    NO_DIRECTION,
    NO_PATH,
    NO_YEARS,
    TOO_FEW,
    control_false_discoveries,
    evidence,
    path_with_season,
)
from transforms.alerts.residual_spread import (
    HUBER_BOUND,
    HUBER_MEAN_SQUARE,
    LINEAR_SCALE,
    LOG_SCALE,
    ROOT_SCALE,
    choose_scale,
    fit_spread,
    past_years,
    to_scale,
)
from transforms.arrays import FloatArray

SHAPE = np.array([0.99, 0.99, 1.04, 0.97, 1.02, 0.99, 1.01, 1.03, 1.01, 1.06, 1.02, 0.87])
YEARS = 4


def noise(series: int, together: float = 0.0, seed: int = 3, months: int = YEARS * 12 + 2) -> FloatArray:
    normal = np.random.default_rng(seed).standard_normal((series, months + 20))
    for at in range(1, normal.shape[1]):
        normal[:, at] = together * normal[:, at - 1] + np.sqrt(1 - together**2) * normal[:, at]
    return normal[:, 20:]


def visits(series: int, sigma: float = 0.04, **more: float) -> tuple[FloatArray, FloatArray]:
    """Healthy months, and a path over the last two at the mean of the year before; no season in the path."""
    normal = noise(series, **more)  # type: ignore[arg-type]
    values = 5000 * np.tile(SHAPE, YEARS + 1)[: normal.shape[1]] * np.exp(sigma * normal)
    path = np.full_like(values, np.nan)
    path[:, -2:] = values[:, -14:-2].mean(axis=1, keepdims=True)
    return values, path


def result(
    values: FloatArray, path: FloatArray, direction: float = 1.0, errors: FloatArray | None = None
) -> FloatArray:
    return evidence(values, path_with_season(values, path, 12), 12, np.full(len(values), direction), errors).p_value


@pytest.mark.parametrize(("sigma", "together"), [(0.04, 0.0), (0.04, 0.3), (0.15, 0.3), (0.02, 0.6)])
def test_luck_comes_out_no_more_often_than_said(sigma: float, together: float) -> None:
    p_values = result(*visits(6000, sigma, together=together))
    for level in (0.01, 0.05, 0.1):
        share = (p_values < level).mean()
        assert 0.3 * level < share < 1.15 * level + 2 * np.sqrt(level / 6000), (level, share)


def test_a_lasting_fall_shows_in_its_second_month_and_a_rise_never() -> None:
    values, path = visits(500)
    values[:, -2:] *= 0.8
    assert (result(values, path) < 0.0025).mean() > 0.95
    assert (result(values, path, direction=-1.0) > 0.5).mean() > 0.99


def test_one_odd_month_counts_less_than_two_usual_ones() -> None:
    values, path = visits(200)
    once, twice = values.copy(), values.copy()
    once[:, -1] *= 0.6
    twice[:, -2:] *= 0.8
    assert np.median(result(once, path)) > 5 * np.median(result(twice, path))


def test_the_season_is_no_shortfall() -> None:
    low_at_the_end = np.r_[np.full(10, 1.04), 0.8, 0.8]
    values = 5000 * np.tile(low_at_the_end, YEARS) * np.exp(0.03 * noise(300, months=YEARS * 12))
    path = np.full_like(values, np.nan)
    path[:, -2:] = 5000
    flat = evidence(values, path, 12, np.ones(300)).p_value
    assert (flat < 0.1).mean() > 0.5, "the case is one in which the season matters"
    assert (result(values, path) < 0.1).mean() < 0.15


def test_less_is_better_where_the_plan_says_so() -> None:
    values, path = visits(50, 0.05)
    values[:, -2:] *= 1.3
    assert (result(values, path, direction=-1.0) < 0.01).mean() > 0.9


def test_errors_of_a_sample_weaken_the_evidence() -> None:
    values, path = visits(200)
    values[:, -2:] *= 0.85
    errors = np.full_like(values, np.nan)
    errors[:, -2:] = 0.1 * values[:, -2:]
    assert np.all(result(values, path, errors=errors) > result(values, path))


def test_errors_that_the_past_had_too_are_not_counted_twice() -> None:
    values, path = visits(200)
    values[:, -2:] *= 0.85
    only_now, always = np.full_like(values, np.nan), 0.03 * values
    only_now[:, -2:] = always[:, -2:]
    assert np.median(result(values, path, errors=always)) < np.median(result(values, path, errors=only_now))


def test_a_small_count_that_falls_to_nothing_is_judged_and_chance_is_allowed_for() -> None:
    counts = np.random.default_rng(5).poisson(6, (4000, YEARS * 12 + 2)).astype(float)
    path = np.full_like(counts, np.nan)
    path[:, -2:] = counts[:, -14:-2].mean(axis=1, keepdims=True)
    assert (result(counts, path) < 0.01).mean() < 0.015
    counts[:, -2:] = 0
    assert np.median(result(counts, path)) < 0.002


@pytest.mark.parametrize(("season", "past"), [(1, 12), (4, 16), (7, 28), (52, 156)])
def test_other_periods_than_months(season: int, past: int) -> None:
    values = 1000 * np.exp(0.05 * noise(2000, months=past + 2))
    path = np.full_like(values, np.nan)
    path[:, -2:] = 1000
    ones = np.ones(2000)
    p_values = evidence(values, path_with_season(values, path, season), season, ones).p_value
    assert (p_values < 0.05).mean() < 0.065
    values[:, -2:] *= 0.5
    assert np.median(evidence(values, path_with_season(values, path, season), season, ones).p_value) < 0.01


def test_what_may_be_negative_is_compared_as_it_is() -> None:
    values = noise(500)
    path = np.full_like(values, np.nan)
    path[:, -2:] = 0.0
    assert (result(values, path) < 0.05).mean() < 0.065
    assert np.median(result(np.where(np.isnan(path), values, values - 5), path)) < 0.001


def test_where_nothing_can_be_said_the_reason_is_told() -> None:
    values, path = visits(6)
    path[0] = np.nan
    values[1, :-22] = np.nan
    values[2] = 5000.0
    values[3, -2:] = np.nan
    short = evidence(values[:, -14:], path[:, -14:], 12, np.ones(6))
    out = evidence(values, path, 12, np.array([1.0, 1, 1, 1, np.nan, 1]))
    assert out.reason.tolist() == [NO_PATH, NO_YEARS, NEVER_MOVED, NO_PATH, NO_DIRECTION, ""]
    assert np.isnan(out.p_value).tolist() == np.isnan(out.z).tolist() == [True, True, True, True, True, False]
    assert out.points.tolist() == [0, 0, 0, 0, 0, YEARS * 12]
    assert short.reason[5] == NO_YEARS
    assert evidence(values[:, -6:], path[:, -6:], 1, np.ones(6)).reason[5] == TOO_FEW


def test_no_series_and_no_periods_have_an_answer_too() -> None:
    assert evidence(np.zeros((0, 5)), np.zeros((0, 5)), 12, np.zeros(0)).p_value.shape == (0,)
    assert evidence(np.zeros((2, 0)), np.zeros((2, 0)), 12, np.ones(2)).reason.tolist() == [NO_PATH] * 2


@given(st.floats(0.01, 1e6), st.integers(0, 50))
def test_units_do_not_matter(scale: float, row: int) -> None:
    values, path = visits(51)
    values[:, -2:] *= 0.9
    one, other = result(values[[row]], path[[row]]), result(values[[row]] * scale, path[[row]] * scale)
    assert other[0] == pytest.approx(one[0], rel=1e-6)


@given(st.integers(0, 50), st.floats(0.3, 1.0), st.floats(0.3, 1.0))
def test_a_deeper_fall_is_never_less_surprising(row: int, one: float, other: float) -> None:
    values, path = visits(51)
    deep, slight = sorted((one, other))
    left, right = values[[row]].copy(), values[[row]].copy()
    left[:, -2:], right[:, -2:] = left[:, -2:] * deep, right[:, -2:] * slight
    assert result(left, path[[row]])[0] <= result(right, path[[row]])[0] + 1e-12


def test_series_are_judged_each_for_itself() -> None:
    values, path = visits(20)
    values[3, 5:9] = np.nan
    together = result(values, path)
    alone = [result(values[[row]], path[[row]])[0] for row in range(20)]
    assert together == pytest.approx(alone)


def test_what_comes_after_the_last_known_period_changes_nothing() -> None:
    values, path = visits(20)
    more = np.full((20, 3), np.nan)
    assert result(np.hstack([values, more]), np.hstack([path, more])) == pytest.approx(result(values, path))


def test_a_path_in_season_keeps_its_mean_over_a_year() -> None:
    values, path = visits(10)
    path[:, -12:] = 5000.0
    raised = path_with_season(values, path, 12)
    assert np.nanmean(raised, axis=1) == pytest.approx(np.full(10, 5000.0))
    assert np.isnan(raised[:, :-12]).all()
    assert (raised[:, -12:].min(axis=1) < 4700).all(), "December is low"


def test_a_path_without_two_known_years_stays_as_it_is() -> None:
    values, path = visits(3)
    np.testing.assert_array_equal(path_with_season(values[:, -20:], path[:, -20:], 12), path[:, -20:])
    np.testing.assert_array_equal(path_with_season(values, path, 1), path)


def test_the_spread_is_that_of_least_squares_over_years_and_seasons() -> None:
    signs = np.random.default_rng(4).choice([-1.0, 1.0], (1, 5, 12))  # nothing odd in them
    frame = pd.DataFrame({"value": signs.ravel(), "year": np.repeat(range(5), 12), "season": list(range(12)) * 5})
    fit = ols("value ~ C(year) + C(season)", frame).fit()
    found = fit_spread(signs.reshape(1, -1), 12)
    assert (found.degrees[0], found.points[0]) == (fit.df_resid, 60)
    assert np.abs(fit.resid).max() < HUBER_BOUND * found.sigma[0], "none is odd"
    assert found.autocorrelation[0] == 0
    assert found.sigma[0] == pytest.approx(np.sqrt(fit.mse_resid / HUBER_MEAN_SQUARE))
    assert found.shape[0] == pytest.approx(signs[0].mean(axis=0) - signs.mean())


@pytest.mark.parametrize("true", [0.0, 0.3, 0.6])
def test_spread_and_correlation_come_out_right_on_average(true: float) -> None:
    found = fit_spread(noise(4000, true, months=60), 12)
    assert np.median(found.sigma) == pytest.approx(1.0, abs=0.06)
    assert np.median(found.autocorrelation) == pytest.approx(true, abs=0.08)


def test_odd_values_hardly_widen_the_spread() -> None:
    plain = noise(500, months=60)
    odd = plain.copy()
    odd[:, 20] -= 15
    assert np.median(fit_spread(odd, 12).sigma) < 1.3
    assert fit_spread(plain, 12).shape == pytest.approx(fit_spread(odd, 12).shape, abs=2.5)


def test_the_mean_square_within_the_bound_is_that_of_a_normal_variable() -> None:
    inside = stats.norm.expect(lambda x: np.minimum(np.abs(x), HUBER_BOUND) ** 2)
    assert pytest.approx(inside, abs=1e-4) == HUBER_MEAN_SQUARE


def test_the_past_ends_before_the_tested_period_and_holds_whole_years() -> None:
    values = np.arange(100.0)[None]
    assert past_years(values, np.array([98]), 12)[0].tolist() == list(range(38, 98))
    assert np.isnan(past_years(values, np.array([10]), 12)[0, :50]).all()


def test_each_kind_of_number_has_its_scale() -> None:
    past = np.array([[200.0, 300], [20, 31], [0.2, 0.3], [-1, 4], [0, 4000], [np.nan, 500]])
    scale = choose_scale(past, past[:, :1], past[:, :1])
    assert scale.tolist() == [LOG_SCALE, ROOT_SCALE, LOG_SCALE, LINEAR_SCALE, ROOT_SCALE, LOG_SCALE]
    assert to_scale(past, scale)[:, 1] == pytest.approx(
        [np.log(300), np.sqrt(31), np.log(0.3), 4, np.sqrt(4000), np.log(500)]
    )


@pytest.mark.parametrize(("any_dependence", "method"), [(False, "fdr_bh"), (True, "fdr_by")])
def test_control_is_that_of_statsmodels_and_leaves_unknown_ones_out(any_dependence: bool, method: str) -> None:
    p_values = np.random.default_rng(9).uniform(0, 1, (40, 30)) ** 3
    p_values[5:9, 10:] = np.nan
    found = control_false_discoveries(p_values, 0.1, any_dependence=any_dependence)
    for at in range(30):
        known = ~np.isnan(p_values[:, at])
        assert found[known, at].tolist() == multipletests(p_values[known, at], 0.1, method)[0].tolist()
        assert not found[~known, at].any()
    assert (
        control_false_discoveries(p_values[:, 15], 0.1, any_dependence=any_dependence).tolist() == found[:, 15].tolist()
    )


def test_control_of_nothing_finds_nothing() -> None:
    assert control_false_discoveries(np.array([]), 0.1).tolist() == []
    assert control_false_discoveries(np.array([np.nan, np.nan]), 0.1).tolist() == [False, False]
    assert control_false_discoveries(np.array([0.04, np.nan]), 0.05).tolist() == [True, False], (
        "alone among the known ones"
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0.01, 0.5))
def test_a_smaller_p_value_is_never_left_while_a_larger_one_is_found(p_values: list[float], rate: float) -> None:
    found = control_false_discoveries(np.array(p_values), rate)
    least_left = min((p for p, one in zip(p_values, found, strict=True) if not one), default=2.0)
    assert all(p < least_left for p, one in zip(p_values, found, strict=True) if one)


def test_a_fall_of_the_real_visits_to_the_city_library_is_found(shared_data: Callable[[str], Path]) -> None:
    table = pd.read_csv(
        shared_data("newcastle-libraries") / "visitor-figures" / "2008-onwards-monthly-visits.csv", index_col="Library"
    )
    months = [f"{year}-{month:02d}" for year in range(2014, 2019) for month in range(1, 13)]
    values = table.loc[["City"], months].to_numpy(dtype=float)[:, :58]
    path = np.full_like(values, np.nan)
    path[:, -2:] = values[:, -14:-2].mean()
    fallen = values.copy()
    fallen[:, -2:] *= 0.8
    assert result(values, path)[0] > 0.05
    assert result(fallen, path)[0] < 0.0025


def test_the_figures_that_the_benchmark_stands_on_are_those_of_the_real_series(
    shared_data: Callable[[str], Path],
) -> None:
    shared_data("prophet-examples")
    found = {name: learn(values) for name, values in series(shared_data("newcastle-libraries").parent).items()}
    assert set(found) == set(REAL)
    for name, real in REAL.items():
        assert found[name].level == pytest.approx(real.level, abs=1)
        assert (found[name].sigma, found[name].together) == pytest.approx((real.sigma, real.together), abs=0.005), name
        assert found[name].seasons == pytest.approx(real.seasons, abs=0.011), name
