"""The control chart: published example, the rules written out value by value, the season, edge cases."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.arrays import FloatArray
from transforms.outlook import control_chart as module
from transforms.outlook.control_chart import control_chart

NONE = math.nan
VISCOSITY = [33.75, 33.05, 34.00, 33.81, 33.46, 34.02, 33.68, 33.27, 33.49, 33.20, 33.62, 33.00, 33.54, 33.12, 33.84]
"""Montgomery, Introduction to Statistical Quality Control, 6th edition, example 6.5: centre 33.52, limits 32.24 and
34.80."""


def one(values: list[float], season: int = 1) -> tuple[module.ControlChart, list[str], list[int]]:
    told = control_chart(np.array([values], dtype=float), season)
    return told, list(told.signal[0]), list(told.side[0])


def test_published_example_has_its_published_limits() -> None:
    told, signal, _ = one(VISCOSITY)
    assert (told.centre[0], told.lower[0], told.upper[0]) == pytest.approx((33.52, 32.24, 34.80), abs=0.006)
    assert set(signal) == {""}


def test_a_freak_range_is_screened_once() -> None:
    values = [10.0, 11] * 8 + [60.0] + [10.0, 11] * 8
    told, signal, side = one(values)
    assert told.upper[0] - told.centre[0] == pytest.approx(2.66)
    assert (signal[16], side[16]) == ("outside", 1)


def written_out(values: FloatArray) -> tuple[float, float, list[str]]:
    """Centre, upper limit and signals of one series, rule by rule, value by value."""
    n = len(values)
    ranges = [abs(values[i] - values[i - 1]) for i in range(1, n) if not math.isnan(values[i] - values[i - 1])]
    kept = [found for found in ranges if found < 3.267 * np.mean(ranges) or found == 0]
    centre, reach = float(np.nanmean(values)), 2.66 * float(np.mean(kept))
    off = [value - centre for value in values]
    held: list[set[str]] = [set() for _ in values]
    for i in range(n):
        if abs(off[i]) > reach:
            held[i].add("outside")
        window = [off[j] for j in range(i, min(i + 7, n))]
        steps = [values[j] - values[j - 1] for j in range(i + 1, min(i + 7, n))]
        for name, holds in (
            ("run_of_7_rising", all(step > 0 for step in steps)),
            ("run_of_7_falling", all(step < 0 for step in steps)),
            ("seven_on_one_side", all(x > 0 for x in window) or all(x < 0 for x in window)),
        ):
            for j in range(i, i + 7) if holds and len(window) == 7 else ():
                held[j].add(name)
        three = off[i : i + 3]
        near = [2 / 3 * reach < abs(x) <= reach for x in three]
        if len(three) == 3 and sum(near) >= 2 and (all(x > 0 for x in three) or all(x < 0 for x in three)):
            for j in range(3):
                held[i + j] |= {"two_of_three_near_limit"} if near[j] else set()
    return centre, centre + reach, [next((name for name in module.SIGNALS[1:] if name in found), "") for found in held]


@pytest.mark.parametrize("gaps", [0.0, 0.05])
def test_signals_are_those_of_the_rules_written_out(gaps: float) -> None:
    random = np.random.default_rng(1)
    values = random.standard_normal((150, 40)) + np.cumsum(0.5 * random.standard_normal((150, 40)), axis=1)
    values[:10] = np.round(values[:10])
    values[10:30] += 0.5 * np.arange(40) * np.repeat([1, -1], 10)[:, None]
    values[random.random(values.shape) < gaps] = np.nan
    told = control_chart(values)
    for row, series in enumerate(values):
        centre, upper, signals = written_out(series)
        assert (told.centre[row], told.upper[row]) == pytest.approx((centre, upper), rel=1e-12)
        assert list(told.signal[row]) == signals
    assert set(told.signal.ravel()) == set(module.SIGNALS)


NOISE = [0.0, 5, -5, 4, -4, 5, -5, 3, -3, 5, -5, 4, -4, 5, -5, 3, -3]


def test_seven_rising_are_a_signal_and_six_are_not() -> None:
    _, six, _ = one([*NOISE, -6, -4, -2, 0, 2, 4, -1])
    _, seven, side = one([*NOISE, -6, -4, -2, 0, 2, 4, 6, -1])
    assert set(six) == {""}
    assert [at for at, signal in enumerate(seven) if signal] == list(range(17, 24))
    assert set(seven) == {"", "run_of_7_rising"}
    assert set(side[17:24]) == {1}


def test_seven_rising_must_rise_each_time() -> None:
    _, signal, _ = one([*NOISE, -6, -4, -2, -2, 2, 4, 6, -1])
    assert set(signal) == {""}


def test_falling_is_on_the_side_below_wherever_it_begins() -> None:
    _, signal, side = one([*NOISE, 6, 4, 2, 0, -2, -4, -6, 1])
    assert set(signal[17:24]) == {"run_of_7_falling"}
    assert set(side[17:24]) == {-1}


def test_missing_month_ends_a_run() -> None:
    _, signal, _ = one([*NOISE, -6, -4, -2, NONE, 0, 2, 4, 6, -1])
    assert set(signal) == {""}


@pytest.mark.parametrize(
    ("values", "season", "reason"),
    [
        ([1.0, 2] * 5, 1, "no chart: fewer than 12 values are known"),
        ([], 1, "no chart: fewer than 12 values are known"),
        (
            [NONE] * 30,
            12,
            "no chart: fewer than 12 values are known, counting only the seasons known in two years or more",
        ),
        (
            list(range(20)),
            12,
            "no chart: fewer than 12 values are known, counting only the seasons known in two years or more",
        ),
        (
            [0.0] * 30 + [1.0] + [0.0] * 20,
            1,
            "no chart: nearly all values equal the one before, so there is no noise to measure",
        ),
        ([1.0, NONE] * 12, 1, "no chart: nearly all values equal the one before, so there is no noise to measure"),
    ],
)
def test_too_little_gives_no_limits_and_says_why(values: list[float], season: int, reason: str) -> None:
    told, signal, side = one(values, season)
    assert np.isnan([told.centre[0], told.lower[0], told.upper[0]]).all()
    assert told.reason[0] == reason
    assert set(signal) <= {""}
    assert set(side) <= {0}


@pytest.mark.parametrize("season", [1, 12])
def test_constant_series_has_no_signal(season: int) -> None:
    told, signal, _ = one([0.1] * 36, season)
    assert (told.centre[0], told.upper[0]) == (pytest.approx(0.1), pytest.approx(0.1))
    assert set(signal) == {""}


SUMMERS = [0.0, 0, 0, 5, 10, 50, 90, 80, 20, 10, 0, 0]


def test_season_alone_is_no_signal() -> None:
    _, signal, _ = one([100 + value for value in SUMMERS] * 5, 12)
    assert set(signal) == {""}


def test_summer_that_fails_to_come_is_a_signal_with_the_season_only() -> None:
    random = np.random.default_rng(2)
    values = np.tile(SUMMERS, 5) + 100 + 3 * random.standard_normal(60)
    values[54] -= 60
    _, with_season, side = one(list(values), 12)
    _, without, _ = one(list(values), 1)
    assert (with_season[54], side[54]) == ("outside", -1)
    assert without[54] == ""


def test_closure_in_one_year_does_not_make_that_month_a_signal_in_the_others() -> None:
    random = np.random.default_rng(3)
    values = np.tile(SUMMERS, 5) + 500 + 3 * random.standard_normal(60)
    values[27:30] -= 60
    _, signal, _ = one(list(values), 12)
    assert set(signal[27:30]) == {"outside"}
    assert all("outside" not in signal[at : at + 3] for at in (3, 15, 39, 51))


def test_noise_with_a_season_raises_few_more_signals_than_noise_without() -> None:
    random = np.random.default_rng(4)
    values = random.standard_normal((2000, 60))
    told, plain = control_chart(values + np.tile(SUMMERS, 5), 12), control_chart(values)
    share, plain_share = (float((one.signal[:, -1] != "").mean()) for one in (told, plain))
    assert plain_share < 0.025
    assert share < 0.035


def test_a_season_that_multiplies_is_divided_out() -> None:
    """Subtracted, the large months would leave more noise than the limits allow: 5 % of the values outside."""
    random, months = np.random.default_rng(6), np.array([0.5, 0.6, 1, 1.2, 1.5, 0.4, 0.2, 0.2, 0.8, 2, 2.2, 1.4])
    told = control_chart(1000 * np.exp(0.1 * random.standard_normal((500, 60))) * np.tile(months, 5), 12)
    assert (told.signal == "outside").mean() < 0.01
    assert np.median(told.centre) == pytest.approx(1000 * np.exp(np.log(months).mean()), rel=0.02)


def test_a_season_with_negative_values_is_subtracted() -> None:
    random = np.random.default_rng(7)
    told = control_chart(random.standard_normal((500, 60)) + np.tile(SUMMERS, 5) - 30, 12)
    assert (told.signal == "outside").mean() < 0.01
    assert np.median(told.centre) == pytest.approx(np.mean(SUMMERS) - 30, abs=0.1)


def test_a_month_that_is_always_zero_is_not_a_signal() -> None:
    random = np.random.default_rng(8)
    values = np.round(200 * np.exp(0.1 * random.standard_normal((100, 60))))
    values[:, 7::12] = 0
    assert (control_chart(values, 12).signal[:, 7::12] == "outside").mean() < 0.02


def test_wrong_shapes_are_refused() -> None:
    for values, season in ((np.zeros(5), 1), (np.zeros((1, 5)), 0)):
        with pytest.raises(ValueError, match="a chart needs"):
            control_chart(values, season)


def test_chunks_do_not_change_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(5).standard_normal((30, 40))
    whole = control_chart(values, 4)
    monkeypatch.setattr(module, "CHUNK", 7)
    parted = control_chart(values, 4)
    np.testing.assert_array_equal(whole.upper, parted.upper)
    np.testing.assert_array_equal(whole.signal, parted.signal)


series_of = st.lists(st.one_of(st.integers(-50, 50).map(float), st.just(NONE)), min_size=0, max_size=40)


@given(series_of)
def test_turning_the_series_round_turns_the_signals_round(values: list[float]) -> None:
    there, back = control_chart(np.array([values], dtype=float)), control_chart(-np.array([values], dtype=float))
    np.testing.assert_array_equal(there.side, -back.side)
    np.testing.assert_allclose(there.lower, -back.upper, atol=1e-9)
    mirrored = {"run_of_7_rising": "run_of_7_falling", "run_of_7_falling": "run_of_7_rising"}
    assert [mirrored.get(signal, signal) for signal in there.signal[0]] == list(back.signal[0])


@given(series_of, st.sampled_from([1, 4, 12]))
def test_a_signal_has_a_side_and_a_missing_value_has_neither(values: list[float], season: int) -> None:
    told, signal, side = one(values, season)
    assert [name != "" for name in signal] == [found != 0 for found in side]
    assert all(name == "" for name, value in zip(signal, values, strict=True) if math.isnan(value))
    assert (told.reason[0] == "") == (not math.isnan(told.centre[0]))
