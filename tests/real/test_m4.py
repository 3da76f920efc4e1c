"""The forecast against the weeks and hours that the M4 competition held back: a guard on every third series."""

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.forecast import forecast_all, score, series

TABLE = Path(__file__).resolve().parents[2].parent / "shared" / "tables" / "m4" / "m4_series.csv.gz"
EVERY = 3


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    if not TABLE.exists():
        pytest.skip("the series of the M4 competition are not beside this checkout")
    table = pd.read_csv(TABLE)
    names = sorted(table["id"].unique())[::EVERY]
    return table[table["id"].isin(names)]


@pytest.mark.parametrize(("period", "mase"), [("WEEKLY", 2.4), ("HOURLY", 1.4)])
def test_weeks_and_hours_are_forecast_as_well_as_measured(published: pd.DataFrame, period: str, mase: float) -> None:
    given = series(published, period)
    told = forecast_all(given)
    assert (told.reason == "").all()
    found = score(given, told)
    assert found.mase < mase
    assert 75 < found.held_80 < 85, "80 % intervals held 92 % of the weeks while they used the numbers of months"
    assert 92 < found.held_95 < 98
