"""The probability of a target: laws that hold for any series, what cannot be said, and what past forecasts say of
it."""

import functools
import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from transforms.arrays import FloatArray
from transforms.probability import (
    ForecastDistribution,
    TargetProbability,
    TargetSpec,
    backtest,
    build_distribution,
    estimate_probability,
    evaluate_target,
    forecast_distribution,
    quantile_curve,
)

LEVEL, YEAR = 1000.0, 12


def visits(series: int, months: int = 72, seed: int = 1, noise: float = 60.0) -> FloatArray:
    """Months with a season and noise around a level of 1,000."""
    season = 150 * np.sin(2 * np.pi * np.arange(months) / YEAR)
    return LEVEL + season + noise * np.random.default_rng(seed).standard_normal((series, months))


@functools.cache
def seen_of(data: bytes, series: int, least: float) -> ForecastDistribution:
    values = np.frombuffer(data).reshape(series, -1) if series else np.zeros((0, 60))
    return build_distribution(values, YEAR, (YEAR, YEAR), least)


def year_total(
    values: FloatArray, target: float | FloatArray, direction: float = 1.0, done: float = 0.0, least: float = -np.inf
) -> TargetProbability:
    """As ``estimate_probability`` tells it, but each history is forecast once for all tests."""
    one = np.ones(len(values))
    return evaluate_target(seen_of(values.tobytes(), len(values), least), target * one, direction * one, done * one)


def same(one: TargetProbability, other: TargetProbability, rows: slice) -> None:
    for field in fields(TargetProbability):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)[rows]
        if field.name == "reason":
            assert list(mine) == list(theirs)
        else:
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-9)


def test_a_target_far_below_is_near_certain_and_one_far_above_is_near_hopeless() -> None:
    result = year_total(visits(2), np.array([9_000.0, 15_000.0]))
    assert result.probability[0] > 0.99
    assert result.probability[1] < 0.01
    assert np.all((result.probability > 0) & (result.probability < 1)), "a simulation proves nothing for certain"


def test_the_forecast_itself_is_an_even_chance() -> None:
    values = visits(3)
    middle = year_total(values, 0.0).mean
    assert year_total(values, middle).probability == pytest.approx([0.5] * 3, abs=0.06)


@pytest.mark.parametrize(("edge", "probability"), [("low", 0.9), ("high", 0.1)])
def test_the_ends_of_the_interval_are_the_targets_met_nine_times_in_ten_and_once(edge: str, probability: float) -> None:
    values = visits(3)
    target = getattr(year_total(values, 0.0), edge)
    assert year_total(values, target).probability == pytest.approx([probability] * 3, abs=1e-6)
    assert year_total(values, target, -1.0).probability == pytest.approx([1 - probability] * 3, abs=1e-6)


def test_a_total_varies_less_than_added_quantiles_would_say() -> None:
    values = visits(1, months=120)
    total, month = year_total(values, 0.0), estimate_probability(values, YEAR, YEAR, TargetSpec(0.0, 1, 0.0, 1))
    assert total.high[0] - total.low[0] < 0.8 * YEAR * (month.high[0] - month.low[0]), (
        "errors of single months cancel out in part"
    )


def test_what_is_counted_already_moves_the_figure_by_as_much() -> None:
    values = visits(2)
    bare, with_some = year_total(values, 12_000.0), year_total(values, 17_000.0, done=5_000.0)
    np.testing.assert_allclose(with_some.probability, bare.probability)
    np.testing.assert_allclose(with_some.mean, bare.mean + 5_000)


def test_one_series_alone_is_told_the_same_as_among_others() -> None:
    values = visits(3)
    values[0, :30] = np.nan
    values[2, 50] = np.nan
    together = year_total(values, 12_100.0)
    for at in range(len(values)):
        alone = values[at : at + 1, 30:] if at == 0 else values[at : at + 1]
        same(year_total(alone, 12_100.0), together, slice(at, at + 1))


def test_chunks_and_shared_forecasts_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast_distribution, "CHUNK", 3)
    targets = np.linspace(11_000, 13_000, 4)
    same(
        estimate_probability(visits(4), YEAR, YEAR, TargetSpec(targets, 1.0, 0.0, YEAR)),
        year_total(visits(4), targets),
        slice(None),
    )


def test_one_seed_gives_one_answer_and_another_hardly_differs() -> None:
    values, spec = visits(3), TargetSpec(12_100.0, 1.0, 0.0, YEAR)
    one, again, other = (estimate_probability(values, YEAR, YEAR, spec, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.probability, again.probability)
    assert np.all(np.abs(one.probability - other.probability) < 0.08)


@given(st.floats(-5_000, 30_000), st.floats(-5_000, 30_000))
def test_a_harder_target_is_never_likelier(one: float, other: float) -> None:
    easy, hard = sorted((one, other))
    up, down = year_total(visits(1), np.array([easy])), year_total(visits(1), np.array([hard]))
    assert up.probability[0] >= down.probability[0]


@pytest.mark.parametrize("scale", [1e-6, 1e9])
def test_units_do_not_matter(scale: float) -> None:
    one, other = year_total(visits(2), 12_100.0), year_total(visits(2) * scale, 12_100.0 * scale)
    np.testing.assert_allclose(one.probability, other.probability, atol=1e-5)
    np.testing.assert_allclose(one.brier, other.brier, atol=1e-5)


def test_at_most_is_the_rest_of_at_least() -> None:
    values = visits(3)
    np.testing.assert_allclose(
        year_total(values, 12_200.0, 1.0).probability + year_total(values, 12_200.0, -1.0).probability, 1.0
    )


def test_nothing_is_certain_unless_no_period_can_fall_below_something() -> None:
    values = visits(1)
    over = {"done": 13_000.0}
    assert 0.99 < year_total(values, 12_500.0, **over).probability[0] < 1
    assert year_total(values, 12_500.0, least=0.0, **over).probability[0] == 1.0
    assert year_total(values, 12_500.0, -1.0, least=0.0, **over).probability[0] == 0.0
    assert year_total(values, 13_000.0, -1.0, least=0.0, **over).probability[0] > 0, (
        "at most 13,000 is kept if nobody comes any more"
    )


def test_no_simulated_month_falls_below_the_least() -> None:
    values = np.maximum(visits(2, noise=900.0), 0.0)
    result = estimate_probability(values, YEAR, YEAR, TargetSpec(0.0, 1.0, 0.0, 1, least=0.0))
    assert np.all(result.low >= 0)


def test_too_little_history_is_said() -> None:
    result = year_total(visits(2, months=12), 12_000.0)
    assert list(result.reason) == ["no_probability_short"] * 2
    assert np.isnan(result.probability).all()
    assert np.isnan(result.low).all()
    assert list(result.cases) == [0, 0]


@pytest.mark.parametrize(("months", "given"), [(35, False), (36, True)])
def test_three_years_are_just_enough_for_a_year_of_months(months: int, given: bool) -> None:
    result = year_total(visits(1, months=months), 12_000.0)
    assert (not math.isnan(result.probability[0])) is given
    assert result.cases[0] == int(given)


def test_what_is_unknown_is_named() -> None:
    result = estimate_probability(
        visits(3), YEAR, YEAR, TargetSpec(np.array([math.nan, 1.0, 1.0]), 1.0, np.array([0.0, math.nan, 0.0]), YEAR)
    )
    assert list(result.reason) == ["no_probability_target", "no_probability_count", ""]
    assert list(np.isnan(result.probability)) == [True, True, False]


def test_a_series_without_a_value_is_told_nothing() -> None:
    values = visits(2)
    values[1] = np.nan
    result = year_total(values, 12_000.0)
    assert result.reason[1] == "no_probability_short"
    assert result.reason[0] == ""


def test_a_past_year_with_a_gap_is_no_case() -> None:
    values = visits(2, months=48)
    whole = year_total(values, 12_000.0).cases
    values[1, 40] = np.nan
    result = year_total(values, 12_000.0)
    assert result.cases[0] == whole[0]
    assert result.cases[1] < whole[1]


def test_a_series_that_never_changed_is_expected_to_stay_but_not_for_certain() -> None:
    result = year_total(np.full((2, 60), 100.0), np.array([1_200.0, 1_201.0]))
    assert result.probability == pytest.approx([1 - 1 / 62, 1 / 62])
    assert list(result.reason) == ["", ""]


def test_no_series_at_all_is_no_answer() -> None:
    assert len(year_total(np.zeros((0, 60)), np.zeros(0)).probability) == 0


@pytest.mark.parametrize("length", [0, 13])
def test_a_figure_outside_the_horizon_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="horizon of 12"):
        estimate_probability(visits(1), YEAR, YEAR, TargetSpec(1.0, 1.0, 0.0, length))


def test_a_direction_is_up_or_down() -> None:
    with pytest.raises(ValueError, match="direction"):
        estimate_probability(visits(1), YEAR, YEAR, TargetSpec(1.0, 0.5, 0.0, YEAR))


def test_past_forecasts_that_missed_by_far_widen_the_interval() -> None:
    steady, wild = (
        backtest.PastCases(np.full((1, 6), error) * [1, -1, 1, -1, 1, -1], np.zeros((1, 6, len(quantile_curve.LEVELS))))
        for error in (0.3, 3.0)
    )
    assert backtest.correction(steady)[1] < 1 < backtest.correction(wild)[1]


def test_without_a_case_nothing_is_corrected() -> None:
    none = backtest.PastCases(np.full((1, 3), np.nan), np.zeros((1, 3, len(quantile_curve.LEVELS))))
    assert backtest.correction(none) == ([0.0], [backtest.PRIOR.scale])


def test_a_case_does_not_judge_itself() -> None:
    errors = np.array([[0.5, -0.5, 0.2, 4.0]])
    past = backtest.PastCases(errors, np.zeros((1, 4, len(quantile_curve.LEVELS))))
    left = backtest.PastCases(errors[:, :3], np.zeros((1, 3, len(quantile_curve.LEVELS))))
    *_, (at, shift, scale) = backtest.corrections_without_one(past)
    assert at == 3
    np.testing.assert_allclose((shift, scale), backtest.correction(left))


def test_origins_count_back_from_the_end() -> None:
    assert backtest.origin_ends(60, 12, 24) == [48, 36, 24]
    assert [one - 40 for one in backtest.origin_ends(100, 12, 64)] == backtest.origin_ends(60, 12, 24)
    assert backtest.origin_ends(9, 1, 6) == [8, 7, 6]
    assert backtest.origin_ends(30, 12, 24) == []


def test_the_shape_reads_the_same_both_ways() -> None:
    quantiles = quantile_curve.blend_with_pool(np.zeros((1, len(quantile_curve.LEVELS))), 0.0)
    for level, at in zip(quantile_curve.LEVELS, quantiles[0], strict=True):
        assert quantile_curve.probability_below(quantiles, np.array([at]))[0] == pytest.approx(level, abs=1e-9)
    far = [quantile_curve.probability_below(quantiles, np.array([at]))[0] for at in (-1e6, -50.0, -5.0, 5.0, 50.0, 1e6)]
    assert far == sorted(far)
    assert 0 < far[0] < 1e-6


def test_many_draws_of_a_known_law_give_its_probabilities() -> None:
    draws = np.random.default_rng(3).normal(50, 8, (1, 200_000))
    middle, width, own = quantile_curve.summarise_draws(draws)
    for at in (30.0, 45.0, 50.0, 62.0):
        found = quantile_curve.probability_below(own, (at - middle) / width)[0]
        assert found == pytest.approx(stats.norm.cdf(at, 50, 8), abs=0.006)


def test_what_is_said_of_stable_series_comes_true_as_often() -> None:
    values = visits(200, months=72, seed=5)
    known, came = values[:, :60], values[:, 60:].sum(axis=1)
    result = year_total(known, 12_050.0)
    assert result.probability.mean() == pytest.approx((came >= 12_050).mean(), abs=0.1)
    assert ((came >= result.low) & (came <= result.high)).mean() > 0.72
    assert np.nanmean(result.covered) > 0.7
