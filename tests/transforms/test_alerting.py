"""From periods to the state of each alert."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from plan.alerts import Alerts
from tests.transforms.test_outlook import APART, months, targets
from transforms.alerts import evaluate
from transforms.alerts.evaluate import ALERT_COLUMNS, evaluate_alerts
from transforms.matrix import calendar_matrices

SETTINGS = Alerts()
HISTORY, PATH = 48, 12


def noisy(periods: int, seed: int = 5, noise: float = 0.02) -> np.ndarray:
    at = np.arange(periods)
    return np.asarray(
        1000 * (1 + 0.2 * np.sin(2 * np.pi * at / 12)) * (1 + np.random.default_rng(seed).normal(0, noise, periods))
    )


def path(values: np.ndarray, name: str = "visits", goal: float = 1.1, history: int = HISTORY) -> pd.DataFrame:
    """Four years of history and a straight path from 1000 to goal times as much."""
    rows = months("2021-01-01", values, name)
    share = np.clip((np.arange(len(values)) - history + 1) / PATH, 0, None)
    rows["expected"] = np.where(share > 0, 1000 * (1 + (goal - 1) * share), np.nan)
    rows["base"] = np.where(share > 0, 1000.0, np.nan)
    return rows


def state(rows: pd.DataFrame, settings: Alerts = SETTINGS, failed: tuple[str, ...] = (), **changes: Any) -> pd.Series:
    out = evaluate_alerts(rows, targets(path="linear", **changes), APART, settings, failed)
    assert list(out.columns) == ALERT_COLUMNS
    return out.iloc[0]


def grown(factor: float, goal: float = 1.1, noise: float = 0.02) -> np.ndarray:
    """A history and half a year on the path, its last two months times ``factor``."""
    values = noisy(HISTORY + 6, noise=noise)
    values[HISTORY:] *= 1 + (goal - 1) * np.arange(1, 7) / PATH
    values[-2:] *= factor
    return values


def test_months_that_fall_short_of_a_year_that_is_ahead_raise_no_alert() -> None:
    values = grown(0.9)
    values[HISTORY + 1 :] *= 0.8
    values[HISTORY] = 3000.0
    whole_year = {"over": "year", "kind": "flow", "due": pd.Timestamp("2025-12-31")}
    assert state(path(values))["alert"] == "firing"
    assert state(path(values), **whole_year)["alert"] == "inactive"
    weighted = path(values).assign(denominator=np.where(np.arange(len(values)) == HISTORY, 0.1, 1.0))
    assert state(weighted, **whole_year)["alert"] == "firing", "the month ahead is a tenth as heavy in the year's rate"
    values[HISTORY] = 800.0
    assert state(path(values), **whole_year)["alert"] == "firing"


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
    ("last", "expected"),
    [
        ((1.0, 1.0), "inactive"),
        ((1.0, 3.0), "pending"),
        ((3.0, 3.0), "firing"),
        ((3.0, 3.0, 1.0), "firing"),
        ((3.0, 3.0, 1.0, 1.0), "resolved"),
    ],
)
def test_a_band_is_left_for_two_months_before_anyone_hears(last: tuple[float, ...], expected: str) -> None:
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


# --- several at once, long ones, and each at its edge


def both(rows: pd.DataFrame, first: dict[str, Any], second: dict[str, Any]) -> pd.DataFrame:
    goals = pd.concat([targets(path="linear", **changes) for changes in (first, second)], ignore_index=True)
    out = evaluate_alerts(rows, goals, APART, SETTINGS, ())
    assert out.index.tolist() == [0, 1]
    return out.set_index("indicator_id")


def test_each_indicator_has_its_own_alert() -> None:
    """Loans have no history, so they wait for it from the first month in which they are behind."""
    loans = path(noisy(HISTORY + 6), "loans").iloc[HISTORY + 1 : HISTORY + 5]
    loans["value"] = 700.0
    out = both(pd.concat([loans, path(grown(0.8))], ignore_index=True), {"indicator_id": "loans"}, {})
    assert out["alert"].to_dict() == {"loans": "pending", "visits": "firing"}
    assert out["alert_since"].dt.strftime("%Y-%m").to_dict() == {"loans": "2025-02", "visits": "2025-05"}
    assert np.isnan(out["luck_p_value"]["loans"])
    assert out["luck_p_value"]["visits"] == state(path(grown(0.8)))["luck_p_value"] < 0.001


def test_the_p_value_is_that_of_the_last_known_month_of_each() -> None:
    loans = path(grown(0.8), "loans")
    loans.loc[loans.index[-2:], ["value", "completeness"]] = [np.nan, 0.0]
    out = both(pd.concat([loans, path(grown(0.8))], ignore_index=True), {"indicator_id": "loans"}, {})
    assert out["luck_p_value"]["loans"] == state(path(grown(0.8)).iloc[:-2])["luck_p_value"] > 0.01
    assert out["luck_p_value"]["visits"] == state(path(grown(0.8)))["luck_p_value"]
    (board,) = calendar_matrices(loans, targets(indicator_id="loans", path="linear"), APART)
    grounds = evaluate._grounds(board, targets(path="linear"))
    assert [np.isnan(table[0, -3:]).tolist() for table in grounds] == [[False, True, True]] * 2


def test_months_and_years_are_judged_side_by_side() -> None:
    start = pd.Series(pd.to_datetime(["2023-01-01", "2024-01-01"])).astype("datetime64[us]")
    yearly = months("2023-01-01", np.array([1000.0, 1010.0]), "members").assign(
        start=start, end=start + pd.DateOffset(years=1), expected=[np.nan, 1100.0], base=1000.0
    )
    years = {"indicator_id": "members", "period": "year"}
    out = both(pd.concat([yearly, path(grown(0.8))], ignore_index=True), {}, years)
    assert out["alert"].to_dict() == {"visits": "firing", "members": "firing"}


def test_less_is_better_where_the_plan_says_so() -> None:
    rising, falling = (path(grown(factor, goal=0.9), goal=0.9) for factor in (1.2, 0.8))
    row = state(rising, better="down")
    assert (row["alert"], row["luck_p_value"] < 0.001) == ("firing", True)
    assert state(falling, better="down")["alert"] == "inactive"


def test_an_alert_ends_after_two_clear_months() -> None:
    """Low from February to April: one low month beside a usual one is held to be luck, so it is since March."""
    values = grown(1.0, noise=0.002)
    values[HISTORY + 1 : HISTORY + 4] *= 0.8
    row = state(path(values))
    assert (row["alert"], row["alert_since"]) == ("resolved", pd.Timestamp("2025-03-01"))
    assert state(path(values).iloc[:-1])["alert"] == "firing"
    assert state(path(values), Alerts(keep=0))["alert"] == "inactive", "it was resolved in the first one"


@pytest.mark.parametrize(
    ("value", "expected"), [(900.0, "inactive"), (899.0, "firing"), (1200.0, "inactive"), (1201.0, "firing")]
)
def test_both_ends_of_a_band_belong_to_it(value: float, expected: str) -> None:
    rows = months("2021-01-01", np.r_[np.full(24, 1000.0), value, value])
    assert state(rows, better="band", target_low=900.0, target_high=1200.0, target_value=np.nan)["alert"] == expected


def test_an_alert_is_followed_for_sixty_months() -> None:
    """It has been outside its band since January 2021, and 65 months later is said to be since the 6th of them."""
    rows = months("2021-01-01", np.full(65, 2000.0))
    row = state(rows, better="band", target_low=900.0, target_high=1200.0, target_value=np.nan)
    assert (row["alert"], row["alert_since"]) == ("firing", pd.Timestamp("2021-06-01"))


def test_a_long_history_counts_and_only_the_last_sixty_months_are_followed() -> None:
    values = noisy(72 + 6)
    values[72:] *= 1 + 0.1 * np.arange(1, 7) / PATH
    values[-2:] *= 0.8
    row = state(path(values, history=72))
    assert (row["alert"], row["alert_since"]) == ("firing", pd.Timestamp("2027-05-01"))
    assert row["luck_p_value"] < 0.001


PACES: dict[str, tuple[float, float, int, float]] = {
    "half of the way, in a high month": (1000.0, 1100.0, 36, 0.5),
    "a tenth, in a low month": (1000.0, 1100.0, 42, 0.1),
    "none, in a low month": (1000.0, 1300.0, 41, 0.0),
    "half of the way down to 1": (2.2, 1.0, 42, 0.5),
}
"""Base, path, the first month on it, and the share of the way that it has come."""


def test_the_pace_of_a_month_is_the_better_of_the_path_with_and_without_its_season() -> None:
    """Half of the year at 1.5 times the mean and half at 0.5, with no noise. A verdict on a linear path calls a high
    month on track, so no alert begins in it; in a low month the season says how far the indicator really has come.
    """
    season = np.tile(np.repeat([1.5, 0.5], 6), 4)
    frames = []
    for name, (base, goal, first, share) in PACES.items():
        values = season[: first + 1] * np.r_[np.full(first, base), base + share * (goal - base)]
        frames.append(months("2021-01-01", values, name).assign(base=base))
        frames[-1].loc[first, "expected"] = goal
    goals = pd.concat([targets(indicator_id=name, path="linear") for name in PACES], ignore_index=True)
    (board,) = calendar_matrices(pd.concat(frames, ignore_index=True), goals, APART)
    ratio, _ = evaluate._grounds(board, goals.set_index("indicator_id").loc[board.ids])
    found = {name: row[np.isfinite(row)].tolist() for name, row in zip(board.ids, ratio, strict=True)}
    plain = {
        name: (season[first] * (base + share * (goal - base)) - base) / (goal - base)
        for name, (base, goal, first, share) in PACES.items()
    }
    wanted = {name: max(share, plain[name]) for name, (*_, share) in PACES.items()}
    assert found == {name: [pytest.approx(one, abs=1e-6)] for name, one in wanted.items()}
    assert plain["half of the way, in a high month"] > 1 > PACES["a tenth, in a low month"][-1] > 0


def test_a_path_to_nothing_has_the_base_as_it_is() -> None:
    """Low months of a count: in season 0 is still 0, and 30 left of 60 are half of the way."""
    rows = months("2021-01-01", np.r_[np.tile(np.repeat([100.0, 60.0], 6), 3), np.full(6, 50.0), np.full(6, 30.0)])
    rows = rows.assign(base=60.0, expected=np.where(np.arange(48) < 36, np.nan, 0.0))
    (board,) = calendar_matrices(rows, targets(path="linear", better="down"), APART)
    ratio, _ = evaluate._grounds(board, targets(path="linear", better="down"))
    assert ratio[0, 42:] == pytest.approx(np.full(6, 0.5))


def test_a_band_is_as_narrow_as_what_closures_leave_of_the_month() -> None:
    """500 of 1,000 in a month that was open for half of its usual days lies inside 900 to 1,100."""
    rows = months("2024-01-01", np.r_[np.full(12, 1000.0), 500.0, 500.0]).assign(scale=np.r_[np.ones(12), 0.5, 0.5])
    band = {"better": "band", "target_low": 900.0, "target_high": 1100.0, "target_value": np.nan}
    assert state(rows, **band)["alert"] == "inactive"
    assert state(rows.assign(scale=1.0), **band)["alert"] == "firing"


def test_nothing_is_followed_after_a_target_is_met_or_missed() -> None:
    rows = path(np.r_[grown(1.0), np.full(4, 100.0)])
    last = rows["end"].iloc[HISTORY + 5] - pd.Timedelta(days=1)
    assert state(rows)["alert"] == "firing"
    assert state(rows, due=str(last.date()), until=last)["alert"] == "inactive"
