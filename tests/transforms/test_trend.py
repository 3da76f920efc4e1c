"""The trend beside pymannkendall, scipy and the definitions written out; edge cases; laws by Hypothesis."""

import math

import numpy as np
import pymannkendall
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, rankdata, theilslopes

from transforms.arrays import FloatArray
from transforms.outlook import serial_correlation
from transforms.outlook import trend as module
from transforms.outlook.trend import sen_pairs, trend

NONE = math.nan


def drawn(
    seed: int, series: int, periods: int, *, ties: bool = False, gaps: float = 0.0, phi: float = 0.0
) -> FloatArray:
    """Random series; with ``ties`` whole numbers, with ``gaps`` a share of NaN, with ``phi`` each value like the one
    before."""
    random = np.random.default_rng(seed)
    values = random.standard_normal((series, periods))
    for period in range(1, periods):
        values[:, period] += phi * values[:, period - 1]
    values = np.round(3 * values) if ties else values
    values[random.random(values.shape) < gaps] = np.nan
    return values


CASES = [(season, ties, gaps) for season in (1, 4, 12) for ties in (False, True) for gaps in (0.0, 0.15)]


@pytest.mark.parametrize(("season", "ties", "gaps"), CASES)
def test_slope_score_and_variance_equal_pymannkendall(season: int, ties: bool, gaps: float) -> None:
    values = drawn(season, 12, 50, ties=ties, gaps=gaps)
    _, score, variance = sen_pairs(values, season)
    result = trend(values, season)
    for row, series in enumerate(values):
        peer = (
            pymannkendall.original_test(series) if season == 1 else pymannkendall.seasonal_test(series, period=season)
        )
        per_period = peer.slope / season  # its seasonal slope is the change per year
        assert (score[row], variance[row]) == pytest.approx((peer.s, peer.var_s), rel=1e-12)
        assert result.slope[row] == pytest.approx(per_period, rel=1e-12, abs=1e-15)
        assert result.slope[row] * season == pytest.approx(
            pymannkendall.sens_slope(series).slope
            if season == 1
            else pymannkendall.seasonal_sens_slope(series, period=season).slope,
            rel=1e-12,
            abs=1e-15,
        )


@pytest.mark.parametrize("season", [1, 4])
def test_p_value_equals_pymannkendall_but_for_the_correction(season: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "variance_inflation", lambda values, slope, season, table: np.ones(len(values)))
    values = drawn(5, 12, 40, ties=True, gaps=0.1)
    peers = [
        pymannkendall.original_test(series) if season == 1 else pymannkendall.seasonal_test(series, period=season)
        for series in values
    ]
    assert trend(values, season).p_value == pytest.approx([peer.p for peer in peers], rel=1e-9)


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95])
@pytest.mark.parametrize("ties", [False, True])
def test_interval_equals_that_of_scipy_but_for_the_correction(
    level: float, ties: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "variance_inflation", lambda values, slope, season, table: np.ones(len(values)))
    values = drawn(2, 20, 30, ties=ties, gaps=0.2)
    result = trend(values, 1, level=level)
    for row, series in enumerate(values):
        known = ~np.isnan(series)
        peer = theilslopes(series[known], np.flatnonzero(known), alpha=level)
        assert (result.slope[row], result.low[row], result.high[row]) == pytest.approx(
            (peer.slope, peer.low_slope, peer.high_slope), rel=1e-12, abs=1e-15
        )


@pytest.mark.parametrize(("season", "gaps"), [(1, 0.0), (1, 0.2), (12, 0.0), (12, 0.2)])
def test_correction_is_the_quadratic_form_of_its_definition(season: int, gaps: float) -> None:
    values = drawn(9, 6, 60, gaps=gaps, phi=0.6)
    table = module.expected_lag_1(60, season)
    slope = trend(values, season).slope
    found = module.variance_inflation(values, slope, season, table)
    _, score, variance = sen_pairs(values, season)
    p_value = trend(values, season).p_value
    for row, series in enumerate(values):
        factor = written_out(series, slope[row], season, table)
        assert found[row] == pytest.approx(factor, rel=1e-9)
        assert p_value[row] == pytest.approx(
            2 * norm.sf(max(abs(score[row]) - 1, 0) / math.sqrt(factor * variance[row])), rel=1e-9
        )


def written_out(series: FloatArray, slope: float, season: int, table: FloatArray) -> float:
    """The correction for one series, term by term."""
    places = [np.flatnonzero(~np.isnan(series) & (np.arange(series.size) % season == first)) for first in range(season)]
    weight, rest = np.zeros(series.size), series - slope * np.arange(series.size)
    for place in places:
        weight[place] = np.arange(place.size) - (place.size - 1) / 2
        rest[place] -= rest[place].mean() if place.size else 0
    known = ~np.isnan(series)
    weight, rest, n = weight[known], rest[known], int(known.sum())
    ranks = rankdata(np.round(rest, 9)) - (n + 1) / 2  # the two values whose slope is the median leave equal rests
    raw = [float(ranks[lag:] @ ranks[: n - lag] / (ranks @ ranks)) for lag in (1, 2)]
    bias = (np.interp(raw[0], table[0], table[1]) - raw[0]) * series.size / n
    first = min(max(raw[0] + bias, -0.5 if n >= 24 else 0), 0.95)
    decay = min(max((raw[1] + bias) / first, first), 0.95) if first > 1.64 / math.sqrt(n) else first
    lag = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    correlation = np.where(lag == 0, 1.0, first * decay ** np.maximum(lag - 1, 0))
    return float(weight @ correlation @ weight / (weight @ weight))


def test_correction_with_one_decay_is_the_variance_of_a_weighted_sum_of_an_ar1_process() -> None:
    weight, phi = np.arange(20.0) - 9.5, 0.6
    correlation = phi ** np.abs(np.subtract.outer(np.arange(20), np.arange(20)))
    found = serial_correlation._quadratic(weight[None], np.array([phi]), np.array([phi]))
    assert found[0] == pytest.approx(weight @ correlation @ weight / (weight @ weight), rel=1e-12)


def test_correction_has_the_form_of_hamed_and_rao_for_many_values() -> None:
    """1 + 2 / (n(n-1)(n-2)) sum of (n-i)(n-i-1)(n-i-2) r(i); theirs leaves out what is small against n."""
    n, phi = 2000, 0.5
    lag = np.arange(1, n - 2)
    theirs = 1 + 2 / (n * (n - 1) * (n - 2)) * float(((n - lag) * (n - lag - 1.0) * (n - lag - 2) * phi**lag).sum())
    ours = serial_correlation._quadratic((np.arange(float(n)) - (n - 1) / 2)[None], np.array([phi]), np.array([phi]))
    assert ours[0] == pytest.approx(theirs, rel=2e-3)


@pytest.mark.parametrize("season", [1, 12])
def test_expected_autocorrelation_of_residuals_is_that_of_a_simulation(season: int) -> None:
    """From an AR(1) process of 60 periods with a phi of 0.5, straight line and season taken out by least squares."""
    table = module.expected_lag_1(60, season)
    values = drawn(3, 4000, 160, phi=0.5)[:, 100:]
    time = np.arange(60)
    design = np.column_stack([time[:, None] % season == np.arange(season), time - 29.5])
    rest = values - values @ design @ np.linalg.pinv(design.T @ design) @ design.T
    lag_1 = (rest[:, 1:] * rest[:, :-1]).sum() / (rest**2).sum()
    assert np.interp(lag_1, table[0], table[1]) == pytest.approx(0.5, abs=0.02)


def test_hirsch_and_slack_s_covariance_would_hide_a_trend() -> None:
    """Why it is not used: over five years it grows with the trend itself, so that even a straight line has no p-value
    below 0.014."""
    line = np.arange(60.0)
    assert pymannkendall.correlated_seasonal_test(line, period=12).p == pytest.approx(0.0143, abs=1e-4)
    assert trend(line[None], 12).p_value[0] < 1e-6


def test_season_is_not_taken_for_a_trend() -> None:
    summers = np.tile([0.0, 0, 0, 0, 0, 50, 90, 80, 0, 0, 0, 0], 5)
    begun_in_winter, ends_in_summer = summers[:55], summers[7:] + 0.01 * np.arange(53)
    assert trend(begun_in_winter[None], 12).slope[0] == 0
    assert trend(ends_in_summer[None], 12).slope[0] == pytest.approx(0.01)


def test_serial_correlation_widens_the_interval_and_raises_p() -> None:
    random = np.random.default_rng(4)
    shocks = random.standard_normal((200, 60))
    alike = shocks.copy()
    for period in range(1, 60):
        alike[:, period] += 0.7 * alike[:, period - 1]
    alike += 0.02 * np.arange(60)
    corrected = trend(alike, 12)
    plain = np.array([pymannkendall.seasonal_test(series, period=12).p for series in alike[:20]])
    assert np.mean(corrected.p_value[:20] > plain) >= 0.9
    assert np.median((corrected.high - corrected.low) / alike.std(axis=1)) > 1.5 * np.median(
        (trend(shocks, 12).high - trend(shocks, 12).low) / shocks.std(axis=1)
    )


REFUSALS = {
    "nothing": ([], 1, "no_trend_few_values"),
    "three values": ([1, 2, NONE, 4], 1, "no_trend_few_values"),
    "fourteen months": (
        range(14),
        12,
        "no_trend_season",
    ),
    "ten days": (
        range(10),
        7,
        "no_trend_season",
    ),
    "two years of which the first begins late": (
        [NONE] * 3 + list(range(21)),
        12,
        "no_trend_season",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_too_little_gives_no_trend_and_says_why(name: str) -> None:
    values, season, reason = REFUSALS[name]
    result = trend(np.array([values], dtype=float), season)
    assert np.isnan([result.slope[0], result.low[0], result.high[0], result.p_value[0]]).all()
    assert result.reason[0] == reason
    assert not result.seasonal[0]


def test_seven_years_give_a_slope_with_an_interval_but_no_p_value() -> None:
    result = trend(np.array([[10.0, 12, 11, 14, 15, 15, 18]]), 1)
    assert result.slope[0] == pytest.approx(1.25)
    assert result.low[0] < 1.25 < result.high[0]
    assert np.isnan(result.p_value[0])
    assert result.reason[0] == ""


def test_eight_years_give_a_p_value() -> None:
    result = trend(np.array([[10.0, 12, 11, 14, 15, 15, 18, 19]]), 1)
    assert (result.p_value[0], result.reason[0]) == (pytest.approx(0.0013, abs=0.02), "")


def test_a_level_that_few_values_cannot_reach_gives_no_interval() -> None:
    result = trend(np.array([[1.0, 2, 4, 3]]), 1, level=0.99)
    assert result.slope[0] == pytest.approx(0.75, abs=0.3)
    assert np.isnan([result.low[0], result.high[0]]).all()
    assert result.reason[0] == "trend_few_values"


def test_missing_month_is_not_zero() -> None:
    values = np.arange(36.0)
    values[[5, 17, 30]] = np.nan
    result = trend(values[None], 12)
    assert (result.slope[0], result.low[0], result.high[0], result.points[0]) == (1.0, 1.0, 1.0, 33)


def test_infinite_value_counts_as_missing() -> None:
    values = np.arange(12.0)
    values[3] = np.inf
    assert trend(values[None], 1).points[0] == 11


@pytest.mark.parametrize("season", [1, 12])
def test_constant_series_has_no_slope_and_no_evidence(season: int) -> None:
    result = trend(np.full((1, 60), 0.1), season)
    assert (result.slope[0], result.low[0], result.high[0], result.p_value[0]) == (0, 0, 0, 1)


def test_values_every_second_year_give_a_slope_per_year() -> None:
    values = np.full(21, np.nan)
    values[::2] = 3.0 * np.arange(0, 21, 2)
    assert trend(values[None], 1).slope[0] == pytest.approx(3.0)


def test_one_month_of_each_year_gives_a_slope_per_month() -> None:
    values = np.full(72, np.nan)
    values[11::12] = [12, 24, 36, 48, 60, 72]
    result = trend(values[None], 12)
    assert (result.slope[0], result.seasonal[0]) == (1.0, True)


def test_small_errors_change_nothing_and_large_ones_widen() -> None:
    values = drawn(6, 5, 20)
    plain = trend(values, 1)
    small, large = (
        trend(values, 1, errors=np.full(values.shape, 0.01)),
        trend(values, 1, errors=np.full(values.shape, 8.0)),
    )
    assert (small.low == plain.low).all()
    assert (small.high == plain.high).all()
    by_errors = 1.6448536269514722 * 8.0 / math.sqrt(((np.arange(20) - 9.5) ** 2).sum())
    assert large.high - plain.slope == pytest.approx(np.full(5, by_errors), rel=1e-12)
    assert plain.slope - large.low == pytest.approx(np.full(5, by_errors), rel=1e-12)
    assert (large.slope == plain.slope).all()


def test_value_without_a_stated_error_counts_as_counted() -> None:
    values, errors = np.arange(12.0)[None], np.full((1, 12), np.nan)
    assert trend(values, 1, errors=errors).high[0] == 1.0


@pytest.mark.parametrize(
    ("values", "season", "level", "errors"),
    [
        (np.zeros(5), 1, 0.9, None),
        (np.zeros((1, 5)), 0, 0.9, None),
        (np.zeros((1, 5)), 1, 1.0, None),
        (np.zeros((1, 5)), 1, 0.9, np.zeros((1, 4))),
    ],
)
def test_wrong_shapes_are_refused(values: FloatArray, season: int, level: float, errors: FloatArray | None) -> None:
    with pytest.raises(ValueError, match="trend needs"):
        trend(values, season, level, errors)


def test_no_series_give_no_rows() -> None:
    result = trend(np.empty((0, 60)), 12)
    assert result.slope.shape == result.reason.shape == (0,)


def test_chunks_do_not_change_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    values = drawn(8, 40, 36, gaps=0.1)
    whole = trend(values, 12)
    monkeypatch.setattr(module, "HELD_BYTES", 30_000)
    parted = trend(values, 12)
    for name in ("slope", "low", "high", "p_value"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parted, name))


@pytest.mark.parametrize("season", [1, 12])
def test_interval_holds_no_trend_in_nine_of_ten_series_without_one(season: int) -> None:
    """Coarse, to catch a mistake; the figures are measured by benchmarks/verdicts.py."""
    for phi in (0.0, 0.5):
        result = trend(drawn(10, 1500, 160, phi=phi)[:, 100:], season)
        assert 0.85 <= np.mean((result.low <= 0) & (result.high >= 0)) <= 0.95
        assert 0.02 <= np.mean(result.p_value < 0.05) <= 0.08


series_of = st.lists(st.one_of(st.integers(-50, 50).map(float), st.just(NONE)), min_size=0, max_size=40)


@given(series_of, st.sampled_from([1, 4, 12]))
def test_turning_the_series_round_turns_the_trend_round(values: list[float], season: int) -> None:
    there, back = trend(np.array([values], dtype=float), season), trend(-np.array([values], dtype=float), season)
    np.testing.assert_allclose([there.slope, there.low, there.high], [-back.slope, -back.high, -back.low])
    np.testing.assert_allclose(there.p_value, back.p_value)


@given(series_of, st.sampled_from([1, 4, 12]), st.floats(0.01, 100), st.integers(-100, 100))
def test_unit_and_level_do_not_matter(values: list[float], season: int, factor: float, shift: int) -> None:
    result, other = (
        trend(np.array([values], dtype=float), season),
        trend((np.array([values], dtype=float) + shift) * factor, season),
    )
    np.testing.assert_allclose(result.slope * factor, other.slope, atol=1e-9)
    np.testing.assert_array_equal(result.reason, other.reason)


@given(series_of, st.sampled_from([1, 4, 12]))
def test_slope_lies_in_its_interval_and_something_is_said(values: list[float], season: int) -> None:
    result = trend(np.array([values], dtype=float), season)
    if not np.isnan(result.low[0]):
        assert result.low[0] <= result.slope[0] <= result.high[0]
    assert (result.reason[0] == "") == (not np.isnan([result.slope[0], result.low[0]]).any())
    assert np.isnan(result.p_value[0]) or 0 <= result.p_value[0] <= 1


@given(series_of, st.integers(0, 30), st.sampled_from([1, 4, 12]))
def test_missing_values_at_the_end_change_nothing(values: list[float], more: int, season: int) -> None:
    result = trend(np.array([values], dtype=float), season)
    padded = trend(np.array([values + [NONE] * more], dtype=float), season)
    np.testing.assert_array_equal(result.slope, padded.slope)
    np.testing.assert_array_equal(result.points, padded.points)
