"""The members of the forecast against statsmodels, NumPy and closed forms."""

import numpy as np
import pytest
from statsmodels.tsa.holtwinters import ExponentialSmoothing
from statsmodels.tsa.seasonal import seasonal_decompose

from transforms.forecast.autoregression import about_trend, forecast_changes
from transforms.forecast.combination import member_weights, trimmed_mean
from transforms.forecast.gaps import fill_gaps
from transforms.forecast.season import seasonal_indices
from transforms.forecast.smoothing import Grid, damped, damped_ahead, drifting, seasonal
from transforms.forecast.track import Track, fit_line

RNG = np.random.default_rng(4)
ROW = 10 + 0.1 * np.arange(48) + RNG.normal(0, 1, 48)
SEASON = np.array([3.0, -1.0, -4.0, 2.0])
LEADS = (1, 2, 3)


def track(*rows: np.ndarray) -> Track:
    """Rows of any length that end together, longest first."""
    longest = len(rows[0])
    return Track(np.stack([np.pad(row, (longest - len(row), 0)) for row in rows]), np.array([len(row) for row in rows]))


def started(row: np.ndarray) -> tuple[float, float]:
    """Value at the first period and slope of the line through the first ten."""
    slope, first = np.polyfit(np.arange(10), row[:10], 1)
    return float(first), float(slope)


@pytest.mark.parametrize(("alpha", "beta", "phi"), [(0.3, 0.1, 0.9), (0.9, 0.3, 0.98), (0.05, 0.02, 0.85)])
def test_a_damped_trend_is_that_of_statsmodels(alpha: float, beta: float, phi: float) -> None:
    states, squares = damped(track(ROW), Grid.of((alpha,), (beta,), (phi,)), LEADS)
    first, slope = started(ROW)
    model = ExponentialSmoothing(
        ROW,
        trend="add",
        damped_trend=True,
        initialization_method="known",
        initial_level=first - phi * slope,
        initial_trend=slope,
    )
    fit = model.fit(smoothing_level=alpha, smoothing_trend=beta, damping_trend=phi, optimized=False)
    result = damped_ahead(states, np.ones((1, 1)), np.array([phi]), 8)
    np.testing.assert_allclose(result[0], fit.forecast(8), rtol=1e-5)
    np.testing.assert_allclose(squares[0, 0, 0], fit.sse, rtol=1e-4)


def test_errors_at_later_leads_are_those_of_the_forecasts_made_then() -> None:
    grid, row = Grid.of((0.4,), (0.2,), (0.9,)), ROW[:24]
    _, squares = damped(track(row), grid, LEADS)
    first, slope = started(row)
    level, trend, expected, made = first - 0.9 * slope, slope, np.zeros(3), []
    for at, value in enumerate(row):
        made.append([level + trend * sum(0.9**step for step in range(1, lead + 1)) for lead in LEADS])
        expected += [(value - made[at - lead + 1][lead - 1]) ** 2 if at >= lead or lead == 1 else 0.0 for lead in LEADS]
        error = value - level - 0.9 * trend
        level, trend = level + 0.9 * trend + 0.4 * error, 0.9 * trend + 0.08 * error
    np.testing.assert_allclose(squares[:, 0, 0], expected, rtol=1e-4)


@pytest.mark.parametrize("alpha", [0.1, 0.7, 1.0])
@pytest.mark.parametrize("drift", [0.0, 0.3])
def test_a_drifting_level_smooths_what_is_left_beside_the_drift(alpha: float, drift: float) -> None:
    found = drifting(track(ROW), np.array([alpha]), [np.array([drift])], 5, LEADS)[0][0]
    rest = ROW - drift * np.arange(len(ROW))
    level = ROW[:10].mean() - drift * 4.5
    for value in rest:
        level += alpha * (value - level)
    np.testing.assert_allclose(found, level + drift * (len(ROW) + np.arange(5)), rtol=1e-9)


@pytest.mark.parametrize(("alpha", "gamma"), [(0.3, 0.2), (0.6, 0.0), (0.1, 0.5)])
def test_an_evolving_season_is_that_of_statsmodels(alpha: float, gamma: float) -> None:
    row = ROW + np.tile(SEASON, 12)
    found = np.array([[2.5, -1.5, -3.0, 2.0]])
    result = seasonal(track(row), found, np.zeros(1), 6, LEADS, (np.array([alpha]), np.array([gamma])))
    level = float((row - np.tile(found[0], 12))[:10].mean())
    model = ExponentialSmoothing(
        row,
        seasonal="add",
        seasonal_periods=4,
        initialization_method="known",
        initial_level=level,
        initial_seasonal=found[0],
    )
    fit = model.fit(smoothing_level=alpha, smoothing_seasonal=gamma * (1 - alpha), optimized=False)
    # statsmodels 0.15 forgets the last error in the place of the last period, so that one is checked by the recursion
    # itself
    np.testing.assert_allclose(result[0, [0, 1, 2, 4, 5]], fit.forecast(6)[[0, 1, 2, 4, 5]], rtol=1e-5)
    places = found[0].copy()
    for at, value in enumerate(row):
        error = value - level - places[at % 4]
        level, places[at % 4] = level + alpha * error, places[at % 4] + gamma * (1 - alpha) * error
    np.testing.assert_allclose(result[0], level + np.tile(places, 2)[:6], rtol=1e-5)


def test_shorter_rows_are_smoothed_from_their_own_start() -> None:
    short, grid = ROW[20:], Grid.of((0.1, 0.5), (0.1,), (0.9,))
    both, _ = damped(track(ROW, short), grid, LEADS)
    alone, _ = damped(track(short), grid, LEADS)
    np.testing.assert_allclose(both[:, :, 1], alone[:, :, 0], rtol=1e-9)


def test_the_line_is_that_of_numpy() -> None:
    mean, slope = fit_line(track(ROW), np.array([12]), np.array([40]))
    assert slope[0] == pytest.approx(np.polyfit(np.arange(28), ROW[12:40], 1)[0])
    assert mean[0] == pytest.approx(ROW[12:40].mean())


def test_an_autoregression_without_penalty_is_least_squares() -> None:
    drift = np.polyfit(np.arange(48), ROW, 1)[0]
    steps = np.diff(ROW) - drift / 2
    lagged = np.stack([steps[1:-1], steps[:-2]], axis=1)
    weights_found = np.linalg.lstsq(lagged, steps[2:], rcond=None)[0]
    following = weights_found @ steps[[-1, -2]]
    assert forecast_changes(track(ROW), 2, 0.0, 1)[0, 0] == pytest.approx(ROW[-1] + following + drift / 2)


def test_an_autoregression_about_the_trend_goes_back_to_it() -> None:
    slope, first = np.polyfit(np.arange(48), ROW, 1)
    result = about_trend(track(ROW), 4, 1.0, 200)[0]
    assert result[-1] == pytest.approx(first + slope * 247, rel=1e-3)


@pytest.mark.parametrize(("ratio", "model"), [(False, "additive"), (True, "multiplicative")])
@pytest.mark.parametrize("season", [4, 7, 12])
def test_the_season_is_that_of_a_classical_decomposition(ratio: bool, model: str, season: int) -> None:
    wave = 1 + 0.3 * np.sin(2 * np.pi * np.arange(season) / season)
    row = np.tile(wave, 8) * 100 if ratio else np.tile(wave, 8) * 100 + 2 * np.arange(8 * season)
    found = seasonal_indices(row[None], season, np.array([ratio]))[0]
    expected = seasonal_decompose(row, model=model, period=season).seasonal[-season:]
    np.testing.assert_allclose(found, expected, rtol=5e-3, atol=1e-9 if ratio else 0.3)


def test_a_season_that_may_be_chance_is_drawn_to_none() -> None:
    noise = RNG.normal(100, 10, (200, 60))
    found = seasonal_indices(noise, 12, np.zeros(200, dtype=bool))
    assert found.std(axis=1).mean() < 0.5 * noise.reshape(200, 5, 12).mean(axis=1).std(axis=1).mean()


def test_gaps_are_filled_with_the_season_of_their_place() -> None:
    row = np.tile(np.array([100.0, 200.0, 300.0, 200.0]), 8)
    holed = row.copy()
    holed[[9, 18]] = np.nan
    np.testing.assert_allclose(fill_gaps(holed[None], 4)[0], row, rtol=0.05)
    assert np.isnan(fill_gaps(np.array([[np.nan, 1.0, np.nan, 3.0]]), 1)[0]).tolist() == [True, False, False, False]


def test_a_better_record_weighs_more_and_none_weighs_the_same() -> None:
    errors = np.array([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]])
    found = member_weights(errors, np.array([3.0, 0.0]))
    assert (np.diff(found[:, 0]) < 0).all()
    np.testing.assert_allclose(found[:, 1], 1 / 3)
    np.testing.assert_allclose(found.sum(axis=0), 1)


def test_the_extremes_are_left_out_of_the_middle() -> None:
    result = np.array([1.0, 2.0, 3.0, 4.0, 1e9])[:, None, None]
    assert trimmed_mean(result, np.full((5, 1), 0.2))[0, 0] == pytest.approx(3.0)
