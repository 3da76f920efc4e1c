"""Trend, forecast and probability of each indicator, from the right figures and in careful words."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from reports.language import english
from reports.sentences import outlook_sentences
from transforms.formatting import rounded_probability
from transforms.matrix import calendar_matrices, end_aligned_matrices, longest_gap
from transforms.outlook.outlook_findings import OutlookFacts, outlook_findings
from transforms.outlook.outlook_table import FAN_COLUMNS, OUTLOOK_COLUMNS, build_outlook
from transforms.pacing.target_years import MOST_PERIODS_AHEAD

APART = pd.DataFrame({"indicator_id": [], "day": pd.Series([], dtype="datetime64[us]"), "reason": []}).astype(
    {"indicator_id": "str"}
)
TARGET: dict[str, Any] = {
    "indicator_id": "visits",
    "unit": "visits",
    "kind": "flow",
    "period": "month",
    "over": "period",
    "better": "up",
    "min_completeness": 1.0,
    "target_value": 1300.0,
    "season_due": 1.0,
    "open_due": 1.0,
    "target_low": np.nan,
    "target_high": np.nan,
    "due": "2027-12-31",
    "least": 0.0,
    "year_start": None,
    "year_end": None,
    "until": None,
    "done": np.nan,
}


def targets(**changes: Any) -> pd.DataFrame:
    frame = pd.DataFrame([TARGET | changes])
    return frame.astype(dict.fromkeys(("due", "year_start", "year_end", "until"), "datetime64[us]"))


def months(first: str, values: np.ndarray, name: str = "visits", **changes: Any) -> pd.DataFrame:
    start = pd.Series(pd.date_range(first, periods=len(values), freq="MS")).astype("datetime64[us]")
    end = (start + pd.offsets.MonthBegin(1)).astype("datetime64[us]")
    base = {
        "completeness": 1.0,
        "provisional": False,
        "standard_error": np.nan,
        "expected": np.nan,
        "base": np.nan,
        "scale": 1.0,
    } | changes
    return pd.DataFrame(
        {
            "indicator_id": name,
            "start": start,
            "end": end,
            "value": values,
            "flags": pd.Series([()] * len(values), dtype=object),
            **base,
        }
    )


def seasonal(periods: int, level: float = 1000.0, growth: float = 0.0, noise: float = 0.02) -> np.ndarray:
    at = np.arange(periods)
    drawn = np.random.default_rng(3).normal(0, noise, periods)
    return np.asarray((level + growth * at) * (1 + 0.2 * np.sin(2 * np.pi * at / 12)) * (1 + drawn))


def seen(periods: pd.DataFrame, apart: pd.DataFrame = APART, **changes: Any) -> pd.Series:
    out, _ = build_outlook(periods, targets(**changes), apart)
    assert list(out.columns) == OUTLOOK_COLUMNS
    assert len(out) == 1
    row = out.iloc[0]
    return pd.concat([row, pd.Series({"outlook": outlook_sentences(row["outlook_findings"], english())})])


def fan(periods: pd.DataFrame, **changes: Any) -> pd.DataFrame:
    rows = build_outlook(periods, targets(**changes), APART)[1]
    assert list(rows.columns) == FAN_COLUMNS
    return rows


def test_every_series_ends_with_its_own_last_usable_period() -> None:
    rows = pd.concat(
        [months("2026-01-01", np.array([1.0, 2.0, 3.0])), months("2026-01-01", np.array([4.0, 5.0]), "loans")],
        ignore_index=True,
    )
    rows.loc[2, "provisional"] = True
    both = pd.concat([targets(), targets(indicator_id="loans")], ignore_index=True)
    (matrix,) = end_aligned_matrices(rows, both, APART)
    assert matrix.ids == ["loans", "visits"]
    np.testing.assert_array_equal(matrix.values, [[4, 5], [1, 2]])


def test_an_incomplete_month_is_a_gap_and_not_a_small_figure() -> None:
    rows = months("2026-01-01", np.array([1.0, 2.0, 3.0]))
    rows.loc[1, "completeness"] = 0.9
    (matrix,) = end_aligned_matrices(rows, targets(), APART)
    np.testing.assert_array_equal(matrix.values, [[1, np.nan, 3]])


def test_nothing_before_an_unspliced_break_counts() -> None:
    apart = pd.DataFrame({"indicator_id": ["visits"], "day": [pd.Timestamp("2026-02-01")], "reason": ["new gates"]})
    (matrix,) = end_aligned_matrices(months("2026-01-01", np.array([1.0, 2.0, 3.0])), targets(), apart)
    np.testing.assert_array_equal(matrix.values, [[2, 3]])


def test_a_board_has_a_column_for_each_period_of_the_calendar() -> None:
    rows = pd.concat(
        [months("2026-01-01", np.array([1.0, 2.0])), months("2026-03-01", np.array([4.0]), "loans")], ignore_index=True
    )
    (board,) = calendar_matrices(rows, pd.concat([targets(), targets(indicator_id="loans")], ignore_index=True), APART)
    np.testing.assert_array_equal(board.values, [[np.nan, np.nan, 4], [1, 2, np.nan]])
    np.testing.assert_array_equal(board.counts, [[False, False, True], [True, True, False]])


def test_a_growth_of_ten_a_month_is_a_trend_of_120_a_year() -> None:
    row = seen(months("2021-01-01", 1000 + 10 * np.arange(60) + np.random.default_rng(1).normal(0, 5, 60)))
    assert row["trend_per_year"] == pytest.approx(120, abs=4)
    assert row["trend_low"] < 120 < row["trend_high"]
    assert row["trend_p_value"] < 0.01
    assert "Rising by about" in row["outlook"]


def test_a_target_within_reach_is_likely_and_one_far_off_is_not() -> None:
    history = months("2021-01-01", seasonal(60))
    easy, hard = (
        seen(history, target_value=700.0, due="2026-12-31"),
        seen(history, target_value=2000.0, due="2026-12-31"),
    )
    assert easy["probability"] > 0.9
    assert hard["probability"] < 0.1
    assert easy["probability_cases"] > 0
    assert 0 <= easy["probability_covered"] <= 1
    assert easy["forecast_low"] < easy["forecast_due"] < easy["forecast_high"]


def test_a_seasonal_target_is_held_against_its_season() -> None:
    """In December twice the average is needed, and half of it in July: a target of 1,000 becomes 2,000 and 500."""
    history = months("2021-01-01", seasonal(60))
    hard = seen(history, target_value=1000.0, season_due=2.0, due="2026-12-31")
    easy = seen(history, target_value=1000.0, season_due=0.5, due="2026-12-31")
    assert hard["probability"] == seen(history, target_value=2000.0, due="2026-12-31")["probability"] < 0.1
    assert easy["probability"] == seen(history, target_value=500.0, due="2026-12-31")["probability"] > 0.9


@pytest.mark.parametrize("over", ["period", "year"])
def test_an_announced_closure_takes_its_share_of_the_forecast(over: str) -> None:
    """Half of the due month is closed: half is needed and forecast of it; of a year the whole target stays needed."""
    history = months("2021-01-01", seasonal(60))
    of_year = {"year_start": "2026-01-01", "year_end": "2027-01-01", "done": 0.0}
    goal: dict[str, Any] = {"due": "2026-12-31", "target_value": 1000.0} | (of_year if over == "year" else {})
    goal["target_value"] *= 12 if over == "year" else 1
    half = pd.DataFrame(
        {"indicator_id": ["visits"], "start": pd.Series(["2026-12-01"], dtype="datetime64[us]"), "open_share": [0.5]}
    )
    whole, whole_fan = build_outlook(history, targets(**goal), APART)
    partly, partly_fan = build_outlook(history, targets(open_due=0.5 if over == "period" else 1.0, **goal), APART, half)
    (before,), (after,) = whole.to_dict("records"), partly.to_dict("records")
    means = whole_fan["mean"].to_numpy()
    assert partly_fan["mean"].to_numpy() == pytest.approx(means * np.r_[np.ones(11), 0.5])
    if over == "period":
        assert after["probability"] == pytest.approx(before["probability"])
        assert after["forecast_low"] == pytest.approx(before["forecast_low"] / 2)
    else:
        assert after["probability"] < before["probability"]
        assert after["forecast_due"] == pytest.approx(before["forecast_due"] * (1 - means[-1] / 2 / means.sum()))


def test_nothing_is_forecast_of_the_closed_months_of_a_year() -> None:
    history = months("2021-01-01", seasonal(60))
    of_year = {"year_start": "2026-01-01", "year_end": "2027-01-01", "done": 0.0, "target_value": 12000.0}
    closed = pd.DataFrame({"indicator_id": "visits", "start": pd.date_range("2026-07-01", periods=6, freq="MS")})
    closed = closed.astype({"start": "datetime64[us]"}).assign(open_share=0.0)
    whole, fan = build_outlook(history, targets(due="2026-12-31", **of_year), APART)
    half, _ = build_outlook(history, targets(due="2026-12-31", **of_year), APART, closed)
    share = fan["mean"].to_numpy()[:6].sum() / fan["mean"].sum()
    assert half["forecast_due"].tolist() == pytest.approx((whole["forecast_due"] * share).tolist())


def test_less_is_better_turns_the_probability_round() -> None:
    history = months("2021-01-01", seasonal(60))
    up, down = (
        seen(history, target_value=1000.0, due="2026-06-30", better=better)["probability"] for better in ("up", "down")
    )
    assert up + down == pytest.approx(1, abs=0.02)


def test_the_probability_of_a_band_is_that_of_lying_between_its_ends() -> None:
    history = months("2021-01-01", seasonal(60))
    wide = seen(history, better="band", target_value=np.nan, target_low=500.0, target_high=1600.0, due="2026-06-30")
    none = seen(history, better="band", target_value=np.nan, target_low=1500.0, target_high=1600.0, due="2026-06-30")
    assert wide["probability"] > 0.9
    assert none["probability"] < 0.1


@pytest.mark.parametrize(("gap", "torn"), [(11, False), (12, True)])
def test_no_trend_leads_across_a_year_of_which_nothing_is_known(gap: int, torn: bool) -> None:
    values = np.linspace(5000, 1000, 60)
    values[30 : 30 + gap] = np.nan
    row = seen(months("2021-01-01", values))
    assert np.isnan(row["trend_per_year"]) == np.isnan(row["trend_p_value"]) == torn
    assert ("a year or more is unknown in the middle" in row["outlook"]) == torn


def test_what_is_unknown_at_the_end_is_no_gap_in_the_middle() -> None:
    values = np.full((1, 6), np.nan)
    values[0, [1, 4]] = 1.0
    assert longest_gap(values).tolist() == [2]
    assert longest_gap(np.full((2, 3), np.nan)).tolist() == [0, 0]


def test_a_band_beside_a_target_with_the_same_due_day_has_its_own_forecast() -> None:
    history = months("2021-01-01", seasonal(60))
    band = {"better": "band", "target_value": np.nan, "target_low": 500.0, "target_high": 1600.0, "due": "2026-06-30"}
    both = pd.concat([history, history.assign(indicator_id="loans")], ignore_index=True)
    goals = pd.concat([targets(due="2026-06-30"), targets(indicator_id="loans", **band)], ignore_index=True)
    beside = build_outlook(both, goals, APART)[0].set_index("indicator_id")
    for name, alone in (("loans", seen(history, **band)), ("visits", seen(history, due="2026-06-30"))):
        assert beside.loc[name, OUTLOOK_COLUMNS[1:-1]].astype(float).tolist() == pytest.approx(
            alone[OUTLOOK_COLUMNS[1:-1]].astype(float).tolist()
        )
        assert beside.loc[name, "outlook_findings"] == alone["outlook_findings"]


def test_a_year_sums_what_is_counted_and_what_is_still_to_come() -> None:
    """A flat series of 1000 a month: half the year is 6000, and the whole about 12,000."""
    history = months("2020-01-01", np.random.default_rng(2).normal(1000, 10, 66))
    year = {
        "due": "2025-12-31",
        "year_start": "2025-01-01",
        "year_end": "2026-01-01",
        "done": 6000.0,
        "target_value": 11900.0,
    }
    row = seen(history, **year)
    assert row["forecast_due"] == pytest.approx(12000, rel=0.01)
    assert row["probability"] > 0.8
    assert seen(history, **(year | {"target_value": 12500.0}))["probability"] < 0.05
    gap = seen(history, **(year | {"done": np.nan}))
    assert np.isnan(gap["probability"])


def test_a_year_that_has_not_begun_is_forecast_whole() -> None:
    history = months("2020-01-01", np.random.default_rng(2).normal(1000, 10, 66))
    row = seen(
        history, due="2026-12-31", year_start="2026-01-01", year_end="2027-01-01", done=0.0, target_value=11000.0
    )
    assert row["forecast_due"] == pytest.approx(12000, rel=0.02)


def test_the_rate_of_a_year_is_not_forecast_as_a_sum() -> None:
    row = seen(
        months("2020-01-01", seasonal(66)),
        kind="rate",
        due="2025-12-31",
        year_start="2025-01-01",
        year_end="2026-01-01",
        done=0.5,
    )
    assert np.isnan(row["probability"])
    assert np.isnan(row["forecast_due"])
    assert "the rate of a year is not forecast" in row["outlook"]


def test_too_little_history_is_said_and_not_guessed() -> None:
    row = seen(months("2026-01-01", seasonal(5)))
    assert np.isnan(row["probability"])
    assert "no probability of meeting the target is given" in row["outlook"].lower()


def test_after_the_due_date_nothing_is_forecast() -> None:
    row = seen(months("2021-01-01", seasonal(60)), due="2025-06-30")
    assert np.isnan(row["forecast_due"])
    assert "orecast" not in row["outlook"]


def test_an_indicator_without_any_figure_has_a_row_that_says_so() -> None:
    assert seen(months("2026-01-01", np.array([np.nan])))["outlook"].startswith(
        "No trend: no complete and settled period yet"
    )


FACTS = OutlookFacts(
    *("visits", "month", pd.Timestamp("2026-12-31"), pd.NaT, 120.0, 20.0, 220.0, ""),
    *(1000.0, 800.0, 1200.0, 0.43, 12, 0.75, None),
)


def test_the_sentences_carry_the_intervals_and_the_record() -> None:
    assert outlook_sentences(outlook_findings(FACTS), english()) == (
        "Rising by about 120 visits a year (90 % interval +20 to +220 visits a year). Forecast for 31 Dec 2026: 800 to "
        "1,200 visits (80 % interval); "
        "the probability of meeting the target is about 45 %; of 12 past forecasts of this length 9 held within their "
        "80 % interval."
    )


@pytest.mark.parametrize(
    ("probability", "words"), [(0.001, "below 5 %"), (0.999, "above 95 %"), (0.5, "about 50 %"), (0.0499, "below 5 %")]
)
def test_a_probability_is_told_no_finer_than_it_is_known(probability: float, words: str) -> None:
    assert rounded_probability(probability) == words


def test_the_fan_leads_period_by_period_from_the_last_known_to_the_due_one() -> None:
    rows = fan(months("2021-01-01", seasonal(60)), due="2026-05-15")
    assert rows["start"].tolist() == list(pd.date_range("2026-01-01", periods=5, freq="MS"))
    assert rows["end"].tolist() == list(pd.date_range("2026-02-01", periods=5, freq="MS"))
    order = rows[["low_95", "low_80", "mean", "high_80", "high_95"]].to_numpy()
    assert (np.diff(order, axis=1) > 0).all()


def test_the_fan_of_days_far_ahead_ends_before_the_due_date() -> None:
    start = pd.Series(pd.date_range("2025-01-01", periods=90)).astype("datetime64[us]")
    days = months("2021-01-01", 100 + np.random.default_rng(6).normal(0, 5, 90)).assign(
        start=start, end=start + pd.Timedelta(days=1)
    )
    rows = fan(days, period="day", due="2025-12-31")
    assert rows["start"].tolist() == list(pd.date_range("2025-04-01", periods=MOST_PERIODS_AHEAD))


def test_nothing_is_fanned_out_where_nothing_can_be_forecast() -> None:
    assert fan(months("2026-01-01", seasonal(3))).empty
    assert fan(months("2021-01-01", seasonal(60)), due=None).empty
    assert fan(months("2021-01-01", np.full(3, np.nan))).empty
