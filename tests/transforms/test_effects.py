"""The effect of an activity on one series: known effects are found, none in noise, and reasons where there is none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from statsmodels.tsa.statespace.structural import UnobservedComponents

from transforms.arrays import BoolArray, FloatArray, IntArray
from transforms.effects import WINDOW_LENGTHS, Effect, estimate_effect
from transforms.effects.aligned_series import align_series
from transforms.effects.counterfactual import (
    StandardisedSeries,
    covariance_of,
    line_weights,
    predict_by_size,
    unit_parts,
)
from transforms.effects.outcome import EffectEstimate, effect_from_estimate
from transforms.effects.window_lengths import align, in_usual_steps

MONTHS, START = 72, 60


def monthly(seed: int, count: int = 1, noise: float = 0.05) -> FloatArray:
    """Visits with a season, (count, 72); nothing happens in them."""
    rng = np.random.default_rng(seed)
    season = 0.2 * np.sin(2 * np.pi * np.arange(MONTHS) / 12)
    return np.asarray(1000 * np.exp(season + rng.normal(0, noise, (count, MONTHS))))


def at(values: FloatArray, start: int = START, season: int = 12, **more: FloatArray) -> Effect:
    return estimate_effect(values, np.full(len(values), start), season, **more)


def test_a_known_rise_is_found_with_its_size_in_the_interval() -> None:
    values = monthly(1)
    moved = values.copy()
    moved[:, START:] *= 1.3
    found = at(moved)
    true = (moved - values)[:, START:].mean()
    assert found.verdict[0] == "associated_rise"
    assert found.low[0] < true < found.high[0]
    assert found.effect[0] == pytest.approx(true, rel=0.15)
    assert found.low_pct[0] < 30 < found.high_pct[0]
    assert (found.periods_before[0], found.periods_after[0], found.reason[0]) == (60, 12, "")


def test_a_fall_is_a_fall() -> None:
    moved = monthly(2)
    moved[:, START:] *= 0.7
    found = at(moved)
    assert found.verdict[0] == "associated_fall"
    assert found.high[0] < 0


def test_nothing_added_is_no_clear_change_and_has_its_interval_all_the_same() -> None:
    found = at(monthly(3))
    assert found.verdict[0] == "no_clear_change"
    assert found.low[0] < 0 < found.high[0]


def test_a_change_that_grows_shows_in_the_slope_and_one_that_stays_in_the_level() -> None:
    growing, staying = monthly(4, noise=0.02), monthly(4, noise=0.02)
    growing[:, START:] *= 1 + 0.04 * np.arange(12)
    staying[:, START:] *= 1.3
    slow, at_once = at(growing), at(staying)
    assert slow.slope_low[0] > 0
    assert 25 < slow.slope_change[0] < 45
    assert at_once.slope_low[0] < 0 < at_once.slope_high[0]
    assert at_once.level_low[0] < 300 < at_once.level_high[0]


def test_a_series_that_wanders_is_not_called_an_effect() -> None:
    walk = 1000 * np.exp(np.cumsum(np.random.default_rng(5).normal(0, 0.05, (60, MONTHS)), axis=1))
    found = at(walk)
    told_of = found.verdict != "cannot_tell"
    assert told_of.mean() > 0.9
    assert np.char.startswith(found.verdict.astype(str), "associated").mean() <= 0.06
    assert 0.83 <= ((found.low < 0) & (found.high > 0))[told_of].mean() <= 0.98


def test_what_the_control_did_too_is_no_effect() -> None:
    rng = np.random.default_rng(6)
    common = np.cumsum(rng.normal(0, 0.05, MONTHS))
    common[START:] += 0.4
    own, other = (1000 * np.exp(common + rng.normal(0, 0.02, (1, MONTHS))) for _ in range(2))
    assert at(own).verdict[0] == "associated_rise"
    beside = at(own, controls=other)
    assert beside.verdict[0] == "no_clear_change"
    moved = own.copy()
    moved[:, START:] *= 1.3
    assert at(moved, controls=other).verdict[0] == "associated_rise"


@pytest.mark.parametrize("jump", [0.0, 1.0, 1e6])
def test_a_control_that_hardly_moves_or_leaps_changes_little(jump: float) -> None:
    control = 100 + 1e-5 * monthly(9)
    control[:, 30:] += jump
    moved = monthly(10)
    moved[:, START:] *= 1.3
    found = at(moved, controls=control)
    assert found.verdict[0] == "associated_rise"
    assert found.low_pct[0] < 30 < found.high_pct[0]


def test_a_missing_month_is_not_zero() -> None:
    values = monthly(7)
    holed = values.copy()
    holed[:, [20, START + 2, START + 5]] = np.nan
    whole, some = at(values), at(holed)
    assert some.periods_after[0] == 10
    assert abs(some.effect[0] - whole.effect[0]) < 60


def test_a_month_without_its_control_is_left_out() -> None:
    control = monthly(8)
    control[:, START + 1 :] = np.nan
    assert at(monthly(7), controls=control).reason[0] == "few_after"


@pytest.mark.parametrize(
    ("season", "start", "length", "reason"),
    [
        (12, 60, 62, "few_after"),
        (12, 23, 40, "few_before"),
        (12, 60, 60, "few_after"),
        (4, 15, 30, "few_before"),
        (1, 12, 13, "few_after"),
        (52, 103, 130, "few_before"),
        (7, 60, 73, "few_after"),
    ],
)
def test_too_little_is_said_and_not_guessed(season: int, start: int, length: int, reason: str) -> None:
    values = np.random.default_rng(9).uniform(90, 110, (1, length))
    found = at(values, start, season)
    assert (found.verdict[0], found.reason[0]) == ("cannot_tell", reason)
    assert np.isnan(
        [found.effect[0], found.low[0], found.high_pct[0], found.p_value[0], found.level_change[0], found.slope_high[0]]
    ).all()


@pytest.mark.parametrize(
    ("season", "before", "after"), [(season, span.before, span.after) for season, span in WINDOW_LENGTHS.items()]
)
def test_just_enough_is_told(season: int, before: int, after: int) -> None:
    values = np.random.default_rng(10).uniform(90, 110, (1, before + after))
    found = at(values, before, season)
    assert found.verdict[0] != "cannot_tell", found.reason
    assert found.low[0] < found.effect[0] < found.high[0]


def test_a_series_that_never_changed_says_nothing_of_how_it_strays() -> None:
    values = np.full((1, MONTHS), 100.0)
    values[:, START:] = 130
    assert at(values).reason[0] == "never_changed"


def test_a_series_without_any_figure_is_silent() -> None:
    assert at(np.full((1, MONTHS), np.nan)).verdict[0] == "cannot_tell"


def test_a_series_that_strays_beyond_all_bounds_is_silent() -> None:
    values = np.exp(np.random.default_rng(11).normal(0, 3, (1, MONTHS)))
    assert at(values).reason[0] == "varies_by_itself"


def test_effects_at_dates_without_any_are_a_failed_placebo() -> None:
    cut = align_series(monthly(12), np.array([START]), 12, None, None)
    one = np.ones(1)
    for passed, verdict in ((36, "associated_rise"), (35, "cannot_tell")):
        found = EffectEstimate(
            one, one * 0.1, one * 8, np.ones((1, 2)), np.ones((1, 2)), np.array([40]), np.array([passed])
        )
        assert effect_from_estimate(cut, found, 0.9).verdict[0] == verdict
    assert effect_from_estimate(cut, found, 0.9).reason[0] == "failed_placebo"


def test_figures_with_zeros_and_below_are_compared_as_they_are() -> None:
    values = np.random.default_rng(13).normal(0, 5, (1, MONTHS))
    values[:, START:] += 20
    found = at(values)
    assert found.verdict[0] == "associated_rise"
    assert found.low[0] < 20 < found.high[0]
    share = (found.effect_pct[0], found.low_pct[0], found.high_pct[0])
    assert np.isnan(share).all() or share[0] > 0


def test_the_error_of_sampled_values_widens_the_interval() -> None:
    values = monthly(14)
    sampled = at(values, errors=0.2 * values)
    counted = at(values, errors=0.0 * values)
    assert sampled.high[0] - sampled.low[0] > 1.3 * (counted.high[0] - counted.low[0])
    assert counted.high[0] == at(values).high[0]


def test_a_higher_level_has_a_wider_interval_and_the_same_verdict() -> None:
    values = monthly(15)
    wide, narrow = (
        estimate_effect(values, np.array([START]), 12, level=0.99),
        estimate_effect(values, np.array([START]), 12, level=0.5),
    )
    assert wide.low[0] < narrow.low[0] < narrow.high[0] < wide.high[0]
    assert wide.verdict[0] == narrow.verdict[0]


def test_each_series_is_told_by_itself_whatever_stands_beside_it() -> None:
    values = monthly(16, 15)
    values[3, 65:] = np.nan
    order = np.random.default_rng(0).permutation(15)
    whole, shuffled, alone = at(values), at(values[order]), at(values[3:4])
    np.testing.assert_allclose(shuffled.effect, whole.effect[order], rtol=1e-9)
    np.testing.assert_allclose([alone.low[0], alone.p_value[0]], [whole.low[3], whole.p_value[3]], rtol=1e-9)
    assert alone.placebo_tried[0] == whole.placebo_tried[3]


@settings(max_examples=8)
@given(factor=st.floats(1e-3, 1e6), seed=st.integers(0, 1000))
def test_another_unit_changes_the_figures_and_not_the_verdict(factor: float, seed: int) -> None:
    values = monthly(seed)
    one, other = at(values), at(values * factor)
    assert one.verdict[0] == other.verdict[0]
    np.testing.assert_allclose(
        [other.effect[0], other.low[0], other.high[0]],
        factor * np.array([one.effect[0], one.low[0], one.high[0]]),
        rtol=1e-6,
    )
    np.testing.assert_allclose([other.effect_pct[0], other.p_value[0]], [one.effect_pct[0], one.p_value[0]], rtol=1e-6)


def test_what_lies_beyond_the_window_and_the_horizon_counts_for_nothing() -> None:
    span, rng = WINDOW_LENGTHS[12], np.random.default_rng(17)
    near = rng.uniform(90, 110, (1, span.window + span.horizon))
    far = np.concatenate([rng.uniform(1, 9, (1, 10)), near, rng.uniform(1, 9, (1, 10))], axis=1)
    one, other = at(near, span.window), at(far, span.window + 10)
    assert one.effect[0] == pytest.approx(other.effect[0], rel=1e-9)
    assert other.periods_before[0] == span.window


@pytest.mark.parametrize(
    ("values", "start", "more", "said"),
    [
        (np.ones((2, 40)), np.array([30]), {}, "one entry a series"),
        (np.ones((1, 40)), np.array([30]), {"controls": np.ones((1, 39))}, "the shape of values"),
        (np.ones((1, 40)), np.array([30]), {"errors": np.ones((2, 40))}, "the shape of values"),
        (np.ones((1, 40)), np.array([30]), {"level": 1.0}, "not between 0 and 1"),
        (np.ones((1, 40)), np.array([30]), {"season": 24}, "a season of 24 periods is not known"),
    ],
)
def test_what_makes_no_sense_is_refused(
    values: FloatArray, start: IntArray, more: dict[str, object], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        estimate_effect(values, start, **({"season": 12} | more))  # type: ignore[arg-type]


def test_no_series_is_no_result() -> None:
    assert len(estimate_effect(np.empty((0, 40)), np.empty(0, dtype=np.int64), 12).effect) == 0


def test_a_local_level_is_foretold_as_by_the_kalman_filter() -> None:
    """The same model in statsmodels, its variances set: forecasts of the mean of what comes, and their variance."""
    values = np.cumsum(np.random.default_rng(18).normal(0, 1, 40)) + np.random.default_rng(19).normal(0, 1, 40)
    known = np.ones((1, 40), dtype=bool)
    known[0, 7] = False
    centred = np.where(known[0], values - values.mean(), 0.0)
    covariances = covariance_of(unit_parts(40, 1), np.array([[1.0, 0.0, 0.0, 0.0]]))
    _, gaps, variances = predict_by_size(
        StandardisedSeries(centred[None], known, None), covariances, np.zeros(1), (30,), np.array([10])
    )
    model = UnobservedComponents(np.where(known[0], values, np.nan)[:30], "llevel")
    smooth = model.smooth([0.5, 0.5])
    forecast = smooth.get_forecast(10)
    assert gaps[0, 0, 0, 0] == pytest.approx(values[30:].mean() - forecast.predicted_mean.mean(), abs=1e-3)
    level = smooth.predicted_state_cov[0, 0, -1]
    steps_ahead = np.minimum(np.arange(10)[:, None], np.arange(10)[None, :]).mean() * 0.5
    true = level + steps_ahead + 0.5 / 10
    scale = variances[0, 0, 0, 0] / true
    residual = smooth.standardized_forecasts_error[0][~np.isnan(smooth.standardized_forecasts_error[0])]
    assert scale == pytest.approx((4 + (residual**2).sum()) / (4 + 28), rel=0.05)


@given(arrays(np.bool_, (1, 9)))
def test_level_and_slope_are_those_of_least_squares(known: BoolArray) -> None:
    values = np.random.default_rng(20).normal(0, 1, 9)
    mean, level, slope = (line_weights(known) @ np.where(known, values, 0.0)[0])[0]
    if known.sum() >= 2:
        wanted = np.polyfit(np.arange(9)[known[0]], values[known[0]], 1)
        np.testing.assert_allclose([slope, level], wanted, atol=1e-9)
    assert mean == pytest.approx(values[known[0]].mean() if known.any() else 0.0)


@given(arrays(np.float64, (3, 8), elements=st.floats(-1e3, 1e3)), arrays(np.bool_, (3, 8)))
def test_the_usual_step_is_the_median_one(rows: FloatArray, known: BoolArray) -> None:
    scaled, unit = in_usual_steps(np.where(known, rows, np.nan), known)
    for row, held, got, size in zip(rows, known, scaled, unit[:, 0], strict=True):
        assert (got[~held] == 0).all()
        moves = np.abs(np.diff(row))[held[1:] & held[:-1]]
        if len(moves) and np.median(moves) > 1e-3:
            assert size == pytest.approx(np.median(moves) / 0.6745 / np.sqrt(2))
            np.testing.assert_allclose(got[held] * size, row[held] - np.median(row[held]), atol=1e-6)


def test_rows_are_cut_around_their_own_start() -> None:
    rows = np.arange(20.0).reshape(2, 10)
    span = WINDOW_LENGTHS[12]
    cut = align(rows, np.array([0, 9]), span)
    assert cut[0, span.window] == 0
    assert np.isnan(cut[0, span.window - 1])
    assert cut[1, span.window] == 19
    assert np.isnan(cut[1, span.window + 1])
