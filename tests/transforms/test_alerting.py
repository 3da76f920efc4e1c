"""From periods to the state of each alert."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from plan.alerts import Alerts
from tests.transforms.test_outlook import APART, months, targets
from transforms.alerts.evaluate import ALERT_COLUMNS, evaluate_alerts

SETTINGS = Alerts()
HISTORY, PATH = 48, 12


def noisy(periods: int, seed: int = 5, noise: float = 0.02) -> np.ndarray:
    at = np.arange(periods)
    return np.asarray(
        1000 * (1 + 0.2 * np.sin(2 * np.pi * at / 12)) * (1 + np.random.default_rng(seed).normal(0, noise, periods))
    )


def path(values: np.ndarray, name: str = "visits", goal: float = 1.1) -> pd.DataFrame:
    """Four years of history and a straight path from 1000 to goal times as much."""
    rows = months("2021-01-01", values, name)
    share = np.clip((np.arange(len(values)) - HISTORY + 1) / PATH, 0, None)
    rows["expected"] = np.where(share > 0, 1000 * (1 + (goal - 1) * share), np.nan)
    rows["base"] = np.where(share > 0, 1000.0, np.nan)
    return rows


def state(rows: pd.DataFrame, settings: Alerts = SETTINGS, failed: tuple[str, ...] = (), **changes: Any) -> pd.Series:
    out = evaluate_alerts(rows, targets(path="linear", **changes), APART, settings, failed)
    assert list(out.columns) == ALERT_COLUMNS
    return out.iloc[0]


def grown(factor: float) -> np.ndarray:
    """A history and half a year on the path, its last two months times ``factor``."""
    values = noisy(HISTORY + 6)
    values[HISTORY:] *= 1 + 0.1 * np.arange(1, 7) / PATH
    values[-2:] *= factor
    return values


def test_on_its_path_there_is_no_alert() -> None:
    row = state(path(grown(1.0)))
    assert row["alert"] == "inactive"
    assert pd.isna(row["alert_since"])
    assert row["luck_p_value"] > 0.01


def test_a_fall_of_a_fifth_fires_and_says_since_when() -> None:
    row = state(path(grown(0.8)))
    assert (row["alert"], row["alert_since"]) == ("firing", pd.Timestamp("2025-05-01"))
    assert row["luck_p_value"] < 0.001


def test_the_season_is_no_alert_on_a_path_without_one() -> None:
    """September is a fifth below the mean of the year, every year."""
    values = noisy(HISTORY + 9)
    values[HISTORY:] *= 1 + 0.1 * np.arange(1, 10) / PATH
    assert values[-1] < 930
    assert state(path(values))["alert"] == "inactive"


def test_behind_by_no_more_than_luck_explains_is_no_alert() -> None:
    values = noisy(HISTORY + 6, noise=0.15)
    values[-1] = 1000 * (1 + 0.2 * np.sin(2 * np.pi * (len(values) - 1) / 12))
    assert state(path(values))["alert"] == "inactive"


def test_a_month_that_is_missing_is_no_data_and_one_of_a_failed_source_says_so() -> None:
    rows = path(grown(1.0))
    rows.loc[rows.index[-1], ["value", "completeness"]] = [np.nan, 0.0]
    assert state(rows)["alert"] == "no_data"
    assert state(rows, failed=("visits",))["alert"] == "source_failed"


def test_a_month_that_is_not_settled_yet_moves_nothing() -> None:
    rows = path(grown(0.8))
    rows.loc[rows.index[-1], "provisional"] = True
    assert state(rows)["alert"] == "firing"
    rows.loc[rows.index[-2], "provisional"] = True
    assert state(rows)["alert"] == "inactive"


def test_a_closed_month_moves_nothing() -> None:
    rows = path(grown(0.8))
    more = months("2025-07-01", np.array([np.nan]), completeness=1.0)
    more["flags"] = pd.Series([("closed",)], dtype=object)
    row = state(pd.concat([rows, more], ignore_index=True))
    assert (row["alert"], row["alert_since"]) == ("firing", pd.Timestamp("2025-05-01"))


def test_with_a_wait_the_first_months_are_pending() -> None:
    assert state(path(grown(0.8)), Alerts(wait=1))["alert"] == "firing"
    assert state(path(grown(0.8)), Alerts(wait=2))["alert"] == "pending"


@pytest.mark.parametrize(
    ("last", "expected"), [((1.0, 1.0), "inactive"), ((1.0, 3.0), "pending"), ((3.0, 3.0), "firing")]
)
def test_a_band_is_left_for_two_months_before_anyone_hears(last: tuple[float, float], expected: str) -> None:
    rows = months("2021-01-01", np.r_[np.full(24, 1000.0), 1000.0 * np.array(last)])
    assert state(rows, better="band", target_low=900.0, target_high=1200.0, target_value=np.nan)["alert"] == expected


def test_without_a_history_an_alert_waits_for_it_is_not_known_what_luck_explains() -> None:
    rows = path(noisy(HISTORY + 6)).iloc[HISTORY:].reset_index(drop=True)
    rows["value"] = 700.0
    row = state(rows)
    assert np.isnan(row["luck_p_value"])
    assert (row["alert"], row["alert_since"]) == ("pending", pd.Timestamp("2025-01-01"))


def test_a_year_behind_is_told_at_once() -> None:
    start = pd.Series(pd.to_datetime(["2023-01-01", "2024-01-01"])).astype("datetime64[us]")
    rows = months("2023-01-01", np.array([1000.0, 1010.0])).assign(
        start=start, end=start + pd.DateOffset(years=1), expected=[np.nan, 1100.0], base=1000.0
    )
    assert state(rows, period="year")["alert"] == "firing"


def test_an_indicator_without_a_target_has_no_alert() -> None:
    assert evaluate_alerts(path(grown(0.8)), targets(path=None, due=None), APART, SETTINGS, ()).empty
