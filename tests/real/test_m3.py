"""The forecast against the part of the M3 series that the competition held back: a guard on every fourth series."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.forecast import PERIODS, Series, naive, score, series, total_held
from transforms.forecast import forecast

TABLES = Path(__file__).resolve().parents[2].parent / "shared" / "tables" / "m3"
EVERY = 4


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    if not TABLES.is_dir():
        pytest.skip("the series of the M3 competition are not beside this checkout")
    return pd.read_csv(TABLES / "m3_series.csv.gz")


def some(published: pd.DataFrame, period: str) -> Series:
    """Every fourth series, in the order of their names."""
    names = sorted(published.loc[published["period"] == period, "id"].unique())[::EVERY]
    return series(published[published["id"].isin(names)], period)


def test_the_seasonal_naive_forecast_has_its_known_score(published: pd.DataFrame) -> None:
    given = series(published, "MONTHLY")
    assert len(given.known) == 1428
    assert score(given, naive(given)).mase == pytest.approx(1.146, abs=0.0005)


@pytest.mark.parametrize(
    ("period", "mase", "held_80", "held_95"),
    [
        ("MONTHLY", 0.835, (76, 84), (93, 97)),
        ("QUARTERLY", 1.12, (77, 87), (93, 98)),
        ("YEARLY", 2.75, (74, 86), (92, 98)),
        ("OTHER", 2.2, (74, 93), (92, 100)),
    ],
)
def test_the_forecast_is_as_good_as_measured(
    published: pd.DataFrame, period: str, mase: float, held_80: tuple[float, float], held_95: tuple[float, float]
) -> None:
    given = some(published, period)
    told = forecast(given.known, *PERIODS[period])
    assert (told.reason == "").all()
    found = score(given, told)
    assert found.mase < mase
    assert held_80[0] < found.held_80 < held_80[1]
    assert held_95[0] < found.held_95 < held_95[1]


def test_totals_over_a_year_and_a_half_hold_what_their_paths_say(published: pd.DataFrame) -> None:
    held_80, held_95 = total_held(some(published, "MONTHLY"))
    assert 74 < held_80 < 86
    assert 90 < held_95 < 98


def test_one_series_of_the_competition_alone_is_forecast_as_among_all(published: pd.DataFrame) -> None:
    given = some(published, "QUARTERLY")
    whole = forecast(given.known, 4, 8)
    for row in range(0, len(given.known), 30):
        alone = given.known[row : row + 1, int(np.isnan(given.known[row]).sum()) :]
        np.testing.assert_allclose(forecast(alone, 4, 8).mean[0], whole.mean[row], rtol=1e-9)
