"""The season, the open days and the year's total: cases worked out by hand, and laws."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from flows.steps import reduction
from tests.told import told
from transforms.judgement.judge import Judged, judge
from transforms.pacing.expected_profile import build_profile
from transforms.pacing.opendays import open_days, weigh_members
from transforms.pacing.seasonal import cumulative_share, projected_total, seasonal_index, term_factor
from transforms.pacing.target_years import anniversary, spans, years_left
from transforms.periods import MEMBER_KEY, period_grid
from warehouse.schema import OBSERVATIONS

AS_OF = datetime(2026, 11, 24, tzinfo=UTC)
SHAPE = (120.0, 80.0, 100.0, 90.0, 110.0, 100.0, 60.0, 40.0, 100.0, 130.0, 140.0, 130.0)
"""A year of months with a mean of 100."""
DAYS = tuple(pd.date_range("2025-01-01", periods=12, freq="MS").days_in_month)


def target(**changes: Any) -> pd.DataFrame:
    row = {
        **{
            "indicator_id": "i",
            "unit": "visits",
            "kind": "flow",
            "period": "month",
            "better": "up",
            "min_completeness": 1.0,
            "rule": "pace",
        },
        **{
            "limit": np.nan,
            "path": "seasonal",
            "over": "period",
            "due": "2026-12-31",
            "target_value": 200.0,
            "target_low": np.nan,
            "target_high": np.nan,
        },
        **{"baseline_value": np.nan, "baseline_start": "2025-01-01", "baseline_end": "2026-01-01"},
    }
    return pd.DataFrame([row | changes]).astype(
        dict.fromkeys(("due", "baseline_start", "baseline_end"), "datetime64[us]")
    )


def table(first: date, values: list[float | None], period: str = "month", **changes: Any) -> pd.DataFrame:
    spans = period_grid(period, first, date(2030, 12, 31)).head(len(values)).drop(columns="period")
    base = {
        "completeness": 1.0,
        "provisional": False,
        "numerator": np.nan,
        "denominator": np.nan,
        "as_of": pd.Timestamp(AS_OF),
    }
    return spans.assign(
        indicator_id="i", value=np.array(values, dtype=float), flags=[()] * len(values), **(base | changes)
    )


def calendar(
    table: pd.DataFrame, targets: pd.DataFrame, closed: list[str], terms: list[tuple[str, str]] | None = None
) -> pd.DataFrame:
    member = pd.DataFrame(
        [["i", "of", "s", "m", "", pd.Timestamp("2000-01-01"), 1.0, *[1.0] * 7]],
        columns=[*MEMBER_KEY, "first", "weight", *map(str, range(7))],
    )
    shut = pd.DataFrame({"entity": "", "day": pd.to_datetime(closed)}).astype(
        {"entity": "str", "day": "datetime64[us]"}
    )
    held = pd.DataFrame(terms or [], columns=["start", "end"]).astype("datetime64[us]")
    return open_days(spans(table, targets), member, shut, held)


def judged(
    table: pd.DataFrame, closed: list[str] | None = None, terms: list[tuple[str, str]] | None = None, **changes: Any
) -> Judged:
    targets = target(**changes)
    out = judge(table, targets, AS_OF, None if closed is None else calendar(table, targets, closed, terms))
    return replace(out, verdicts=told(out.verdicts))


def day_range(first: str, last: str) -> list[str]:
    return [str(day.date()) for day in pd.date_range(first, last)]


# --- the season, by hand


def test_two_years_give_the_middle_of_their_indexes() -> None:
    amount = np.array([[[30.0, 10.0, 20.0, 20.0], [24.0, 8.0, 16.0, 32.0]]])
    found = seasonal_index(amount, np.ones_like(amount))
    # indexes 1.5 0.5 1 1 and 1.2 0.4 0.8 1.6; their middles 1.35 0.45 0.9 1.3 are 1 on average
    assert found.index[0] == pytest.approx([1.35, 0.45, 0.9, 1.3])
    assert found.years[0] == 2


def test_amounts_are_measured_against_open_days() -> None:
    amount, ground = np.array([[[30.0, 30.0, 30.0, 30.0]]]), np.array([[[10.0, 20.0, 30.0, 30.0]]])
    assert seasonal_index(amount, ground).index[0] == pytest.approx(np.array([3, 1.5, 1, 1]) / (120 / 90))


@pytest.mark.parametrize("spoilt", [np.nan, 0.0])
def test_a_year_with_a_gap_or_a_closed_month_gives_no_season(spoilt: float) -> None:
    amount, ground = np.ones((1, 2, 4)), np.ones((1, 2, 4))
    (amount if np.isnan(spoilt) else ground)[0, 0, 2] = spoilt
    assert seasonal_index(amount, ground).years[0] == 1
    assert seasonal_index(amount[:, :1], ground[:, :1]).years[0] == 0
    assert np.isnan(seasonal_index(amount[:, :1], ground[:, :1]).index).all()


def test_one_wild_year_in_three_moves_nothing() -> None:
    plain = np.tile(np.array(SHAPE), (1, 3, 1))
    wild = plain.copy()
    wild[0, 1, 3:6] = 1.0
    assert seasonal_index(wild, np.ones_like(wild)).index[0, [0, 6, 11]] == pytest.approx(
        np.array(SHAPE)[[0, 6, 11]] / 100, rel=0.04
    )


def test_the_five_newest_years_count() -> None:
    amount = np.ones((1, 10, 4))
    amount[0, 5:, 0] = 100.0
    found = seasonal_index(amount, np.ones_like(amount))
    assert (found.years[0], found.index[0].tolist()) == (5, [1, 1, 1, 1])


@given(arrays(float, (3, 4, 12), elements=st.floats(0.1, 1e5)), st.floats(0.01, 1e4))
def test_a_season_is_one_on_average_and_has_no_unit(amount: np.ndarray, scale: float) -> None:
    ground = np.linspace(20, 31, 12) * np.ones_like(amount)
    found, scaled = seasonal_index(amount, ground), seasonal_index(amount * scale, ground)
    assert (found.index * found.ground).sum(axis=1) == pytest.approx(found.ground.sum(axis=1))
    assert scaled.index == pytest.approx(found.index, rel=1e-6)


@given(arrays(float, (4, 12), elements=st.floats(0, 1e6)))
def test_the_share_of_a_year_never_falls_and_ends_at_one(weight: np.ndarray) -> None:
    share = cumulative_share(weight)
    some = weight.sum(axis=1) > 0
    assert (np.diff(share[some], axis=1, prepend=0) >= 0).all()
    assert (share[some, -1] == 1).all()
    assert np.isnan(share[~some]).all()


def test_a_term_day_sees_three_times_a_day_between() -> None:
    opened = np.array([[20.0, 20, 20, 20, 20, 20, 20]])
    in_term = np.array([[20.0, 10, 0, 0, 15, 20, 5]])
    assert term_factor(2 * (opened - in_term) + 6 * in_term, opened, in_term) == pytest.approx([3.0])
    assert term_factor(np.full((1, 7), 40.0), opened, np.zeros((1, 7))) == pytest.approx([1.0])


def test_a_projection_begins_at_the_last_year_and_ends_at_what_was_counted() -> None:
    share, prior = np.array([0.0, 0.25, 1.0, 0.25]), np.array([1000.0, 1000.0, 1000.0, np.nan])
    out = projected_total(np.array([0.0, 300.0, 900.0, 300.0]), share, prior, trust=0.25)
    assert out == pytest.approx([1000, 300 + 0.75 * (300 + 250) / 0.5, 900, 1200])


# --- years and spans


@pytest.mark.parametrize(
    ("day", "until", "left"),
    [
        ("2026-01-01", "2027-01-01", 0),
        ("2026-12-31", "2027-01-01", 0),
        ("2025-12-31", "2027-01-01", 1),
        ("2027-01-01", "2027-01-01", -1),
        ("2026-07-16", "2027-07-16", 0),
        ("2026-07-15", "2027-07-16", 1),
    ],
)
def test_whole_years_are_counted_back(day: str, until: str, left: int) -> None:
    assert years_left(pd.Series([pd.Timestamp(day)]), pd.Series([pd.Timestamp(until)]))[0] == left


def test_an_anniversary_of_a_leap_day_is_the_first_of_march() -> None:
    out = anniversary(pd.Series([pd.Timestamp("2028-02-29"), pd.Timestamp("2028-03-01"), pd.NaT]), pd.Series([1, 1, 1]))
    assert [str(day)[:10] for day in out] == ["2027-03-01", "2027-03-01", "NaT"]


def test_a_target_of_a_year_has_every_month_of_its_years() -> None:
    out = spans(table(date(2025, 5, 1), [1.0, 2.0]), target(over="year", due="2026-06-30"))
    assert (len(out), str(out["start"].min())[:10], str(out["end"].max())[:10]) == (24, "2024-07-01", "2026-07-01")
    assert out["ahead"].tolist() == [False] * 12 + [True] * 12, "the year that is due has not begun"


# --- open days


def test_a_closure_of_a_branch_closes_its_share() -> None:
    members = pd.DataFrame(
        [["i", "of", "s", "m", name, pd.Timestamp("2025-01-01")] for name in ("Big", "Small")],
        columns=[*MEMBER_KEY, "first"],
    )
    series = members[MEMBER_KEY].assign(sum=[300.0, 100.0], days=[10.0, 10.0])
    none = pd.DataFrame(columns=[*MEMBER_KEY, "weekday", "mean", "days"])
    weights = weigh_members(members, series, none, pd.DataFrame(columns=["entity", "weekday", "hours"]))
    shut = pd.DataFrame({"entity": "Big", "day": pd.to_datetime(day_range("2025-06-01", "2025-06-15"))}).astype(
        {"entity": "str", "day": "datetime64[us]"}
    )
    out = open_days(
        period_grid("month", date(2025, 5, 1), date(2025, 7, 1)).assign(indicator_id="i"),
        weights,
        shut,
        pd.DataFrame(columns=["start", "end"]).astype("datetime64[us]"),
    )
    assert out["open"].tolist() == pytest.approx([31, 30 * (0.25 + 0.75 / 2)])
    assert out["potential"].tolist() == pytest.approx([31, 30])


def test_weekdays_weigh_what_they_count_or_what_they_are_open() -> None:
    members = pd.DataFrame(
        [["i", "of", "s", "m", name, pd.Timestamp("2025-01-01")] for name in ("Daily", "Hours", "Plain")],
        columns=[*MEMBER_KEY, "first"],
    )
    series = members[MEMBER_KEY].assign(sum=7.0, days=7.0)
    daily = pd.DataFrame(
        [["i", "of", "s", "m", "Daily", day, 10.0 * (day < 5), 20] for day in range(7)],
        columns=[*MEMBER_KEY, "weekday", "mean", "days"],
    )
    hours = pd.DataFrame(
        [["Hours", day, 8.0 if day == 0 else 2.0 * (day < 4)] for day in range(7)],
        columns=["entity", "weekday", "hours"],
    )
    out = weigh_members(members, series, daily, hours).set_index("entity")[[str(day) for day in range(7)]]
    assert out.loc["Daily"].tolist() == pytest.approx([1.4] * 5 + [0, 0])
    assert out.loc["Hours"].tolist() == pytest.approx(np.array([8, 2, 2, 2, 0, 0, 0]) / 2)
    assert out.loc["Plain"].tolist() == [1] * 7


# --- a period on the seasonal path


def test_august_is_held_against_an_august() -> None:
    out = judged(table(date(2025, 1, 1), [*SHAPE, *SHAPE[:8]]))
    row = out.verdicts.iloc[0]
    share = (date(2026, 9, 1) - date(2026, 1, 1)).days / 365
    open_days_matter = 0.40 * (31 / DAYS[7])
    assert row["expected"] == pytest.approx((100 + 100 * share) * open_days_matter)
    assert row["pace_ratio"] == pytest.approx(0, abs=1e-9)
    assert (
        "against 66.63 expected on the seasonal path to 200 by 31 Dec 2026 (40 % of an average month by the season of "
        "1 complete year)" in row["reason"]
    )


def test_a_peak_is_not_the_target_met_and_a_trough_may_be() -> None:
    november = judged(table(date(2025, 1, 1), [*SHAPE, *SHAPE[:10], 210.0])).verdicts.iloc[0]
    assert november["verdict"] == "behind"
    august = judged(table(date(2025, 1, 1), [*SHAPE, *SHAPE[:7], 80.0])).verdicts.iloc[0]
    assert (august["verdict"], august["reason"][:66]) == (
        "on_track",
        "80 visits in Aug 2026: the level of 200 by 31 Dec 2026, 80 in this",
    )


@pytest.mark.parametrize(("due", "season"), [("2026-12-31", 1.3), ("2027-08-31", 0.4), ("2045-08-31", 0.4)])
def test_what_is_needed_when_it_is_due_is_the_target_in_its_season(due: str, season: float) -> None:
    found = judged(table(date(2025, 1, 1), [*SHAPE, *SHAPE[:6]]), due=due).targets.iloc[0]
    assert (found["season_due"], found["needed"]) == (pytest.approx(season), pytest.approx(200 * season))


def test_an_announced_closure_of_the_due_period_leaves_less_to_reach_there() -> None:
    """A day and more of a month of 31 days and of one of 30 is closed: the path ends at what is needed."""
    for path, due, usual in (("linear", "2026-08-31", 200.0), ("seasonal", "2026-08-31", 80.0)):
        history = table(date(2025, 1, 1), [*SHAPE, *SHAPE[:6]])
        out = judged(history, day_range("2026-08-01", "2026-08-14"), due=due, path=path)
        found = out.targets.iloc[0]
        assert found["open_due"] == pytest.approx(17 / 31)
        assert found["needed"] == pytest.approx(usual * 17 / 31)
        assert out.path.iloc[-1]["expected"] == pytest.approx(found["needed"])


def test_where_the_due_period_is_closed_throughout_the_next_one_is_judged() -> None:
    history = table(date(2025, 1, 1), [*SHAPE, *SHAPE[:6]])
    found = judged(history, day_range("2026-08-01", "2026-08-31"), due="2026-08-31", path="linear").targets.iloc[0]
    assert (found["open_due"], found["needed"]) == (1, 200)


def test_a_week_is_due_in_the_season_of_its_thursday() -> None:
    """Sunday 2 August 2026 ends a week whose Thursday lies in July; in August the weeks have a tenth."""
    values = [10.0 if (date(2025, 1, 2) + timedelta(weeks=at)).month == 8 else 100.0 for at in range(74)]
    history = table(date(2024, 12, 30), values, "week")
    goal = {"period": "week", "baseline_start": "2024-12-30", "baseline_end": "2025-12-29"}
    july, august = (judged(history, due=due, **goal) for due in ("2026-08-02", "2026-08-03"))
    for out in (july, august):
        assert out.path.iloc[-1]["expected"] == pytest.approx(out.targets.iloc[0]["needed"])
    assert july.targets.iloc[0]["needed"] == pytest.approx(10 * august.targets.iloc[0]["needed"], rel=0.05)


def test_off_the_seasonal_path_the_target_itself_is_needed() -> None:
    found = judged(table(date(2025, 1, 1), [*SHAPE, *SHAPE[:6]]), path="linear").targets.iloc[0]
    assert (found["season_due"], found["needed"]) == (1, 200)


def test_without_a_complete_year_a_month_is_not_held_against_an_average_one() -> None:
    """January is a month above the average: on a linear path it would be far ahead."""
    out = judged(table(date(2025, 7, 1), [*SHAPE[6:], 110.0]), baseline_value=100.0)
    row = out.verdicts.iloc[0]
    assert (row["verdict"], row["reason"]) == (
        "not_assessable",
        "no complete year before shows the season, which the seasonal path needs",
    )
    assert pd.isna(row["expected"])
    assert out.expected.isna().all()
    assert np.isnan(out.targets.iloc[0]["needed"])


@pytest.mark.parametrize("anchor", ["2026-01-05", "2026-01-02"])
def test_weeks_without_a_season_are_expected_as_on_the_linear_path(anchor: str) -> None:
    """The year of weeks before the first day has 52 Thursdays, that before the second 53."""
    history = table(date(2024, 12, 30), [100.0] * 58, "week")
    goal = {"period": "week", "baseline_value": 100.0, "target_value": 102.0, "due": "2026-12-31"}
    goal |= {"baseline_start": "2025-01-01", "baseline_end": anchor}
    seasonal, linear = (judged(history, path=path, **goal).verdicts.iloc[0] for path in ("seasonal", "linear"))
    assert "by the season of 1 complete year" in seasonal["reason"]
    assert seasonal["expected"] == pytest.approx(linear["expected"], rel=1e-9)


@pytest.mark.parametrize("anchor", ["2024-01-01", "2025-01-01"])
def test_an_average_week_does_not_depend_on_the_months_that_had_five(anchor: str) -> None:
    """August has a tenth of the visits, and five Thursdays in 2024, four in 2025."""
    days = pd.date_range("2023-01-02", periods=52 * 3 + 8, freq="7D")
    values = [10.0 if (day + pd.Timedelta(days=3)).month == 8 else 100.0 for day in days]
    goal = {"period": "week", "baseline_value": 1.0, "target_value": 1.0001, "due": "2027-12-31"}
    goal |= {"baseline_start": "2022-01-01", "baseline_end": anchor}
    row = judged(table(days[0].date(), values, "week"), **goal).verdicts.iloc[0]
    assert row["expected"] == pytest.approx(100 / (100 - 90 * 31 / 365.2425), rel=1e-4)


def test_a_later_easter_moves_what_is_expected() -> None:
    closed = [
        *day_range("2025-04-18", "2025-04-21"),
        *day_range("2026-04-03", "2026-04-06"),
        *day_range("2024-03-29", "2024-04-01"),
    ]
    open_of = {2024: (28, 29), 2025: (31, 26), 2026: (31, 26)}
    values: list[float | None] = []
    for year in (2024, 2025, 2026):
        months = list(SHAPE)
        months[2], months[3] = (10.0 * days for days in open_of[year])
        values += months
    out = judged(table(date(2024, 1, 1), values[:28]), closed, baseline_value=100.0, target_value=100.0001)
    march, april = out.expected.iloc[26:28]
    assert march / april == pytest.approx(31 / 26, rel=0.01)


def test_a_term_that_starts_later_leaves_less_to_expect() -> None:
    months = period_grid("month", date(2024, 1, 1), date(2026, 11, 1))
    terms = [
        ("2024-01-08", "2024-03-25"),
        ("2024-09-16", "2024-12-15"),
        ("2025-01-06", "2025-03-24"),
        ("2025-09-15", "2025-12-14"),
        ("2026-01-05", "2026-03-23"),
        ("2026-09-28", "2026-12-20"),
    ]
    in_term = [
        sum(max(0, (min(end, pd.Timestamp(to)) - max(start, pd.Timestamp(first))).days) for first, to in terms)
        for start, end in zip(months["start"], months["end"], strict=True)
    ]
    values = [
        100.0 * days + 40.0 * ((end - start).days - days)
        for days, start, end in zip(in_term, months["start"], months["end"], strict=True)
    ]
    history = table(date(2024, 1, 1), list(values))
    later = judged(history.head(33), [], terms, target_value=1e6, baseline_value=1.0)
    blind = judged(history.head(33), [], None, target_value=1e6, baseline_value=1.0)
    september = values[32]
    goal = later.expected.iloc[32] / blind.expected.iloc[32]
    assert september < values[20]
    assert goal == pytest.approx(september / values[20], rel=0.03)


# --- closures


def test_a_half_closed_month_is_expected_to_reach_half() -> None:
    out = judged(
        table(date(2025, 1, 1), [100.0] * 12 + [60.0] * 6), day_range("2026-06-01", "2026-06-15"), path="linear"
    ).verdicts.iloc[0]
    assert out["expected"] == pytest.approx((100 + 100 * 181 / 365) / 2)
    assert "(with 50 % of its usual open days)" in out["reason"]


def test_a_closed_month_is_neither_judged_nor_missing() -> None:
    closed = day_range("2026-04-01", "2026-05-31")
    out = judged(table(date(2025, 1, 1), [100.0] * 12 + [150.0, 150.0, 150.0, None, None]), closed, path="linear")
    assert str(out.verdicts["through"][0])[:10] == "2026-03-31"
    assert out.expected.iloc[-2:].tolist() == [0, 0]


def test_a_closure_that_comes_every_year_is_no_surprise() -> None:
    closed = [day for year in range(2024, 2027) for day in day_range(f"{year}-12-24", f"{year}-12-31")]
    out = judged(
        table(date(2024, 1, 1), [100.0] * 36),
        closed,
        path="linear",
        baseline_start="2024-01-01",
        baseline_end="2025-01-01",
    )
    assert out.expected.iloc[23] == pytest.approx(100 + 100 * 365 / 730)


def test_closed_months_of_the_baseline_are_left_out_of_its_mean() -> None:
    values: list[float | None] = [100.0] * 3 + [None] * 3 + [100.0] * 5 + [50.0, 120.0]
    closed = [*day_range("2025-04-01", "2025-06-30"), *day_range("2025-12-17", "2025-12-31")]
    out = judged(table(date(2025, 1, 1), values), closed, path="linear")
    assert out.targets["baseline_value"][0] == pytest.approx((800 + 50) / (8 + 16 / 31))
    assert (out.targets["baseline_known"][0], out.targets["baseline_of"][0]) == (9, 9)


# --- the total of a year

YEAR: dict[str, Any] = {"over": "year", "target_value": 1500.0}


def test_a_year_is_held_against_its_usual_course() -> None:
    out = judged(table(date(2025, 1, 1), [*SHAPE, *[1.1 * one for one in SHAPE[:8]]]), **YEAR)
    row, goals = out.verdicts.iloc[0], out.targets.iloc[0]
    share = sum(SHAPE[:8]) / 1200
    assert (row["value"], row["expected"]) == pytest.approx((770, 1500 * share))
    assert row["pace_ratio"] == pytest.approx((770 - 1200 * share) / (300 * share))
    assert (str(goals["year_start"])[:10], str(goals["year_end"])[:10], goals["done"]) == (
        "2026-01-01",
        "2027-01-01",
        770,
    )
    assert goals["baseline_value"] == 1200
    assert row["reason"].startswith(
        "770 visits from Jan to Aug 2026 against 875 expected by then (58 % of the year) on the seasonal path to 1,500 "
        "in the year to 31 Dec 2026"
    )
    assert row["reason"].endswith("at this pace the year ends at about 1,316")
    assert out.expected.iloc[-8:].sum() == pytest.approx(1500 * share)


def test_without_a_past_year_the_total_goes_by_open_days() -> None:
    closed = day_range("2026-02-01", "2026-02-28")
    out = judged(table(date(2026, 1, 1), [100.0, None, 100.0]), closed, baseline_value=1000.0, **YEAR)
    assert out.verdicts["reason"][0] == "no complete year before shows the season, which the seasonal path needs"
    assert out.verdicts["value"][0] == 200
    assert pd.isna(out.verdicts["expected"][0])
    assert out.expected.iloc[0] == pytest.approx(1500 * 31 / 337)


def test_a_gap_in_the_year_leaves_no_total() -> None:
    row = judged(table(date(2025, 1, 1), [*SHAPE, 100.0, None, 100.0]), **YEAR).verdicts.iloc[0]
    assert (row["verdict"], row["reason"]) == (
        "not_assessable",
        "Feb 2026 is not complete, so the year has no total yet: what is missing is not zero",
    )
    assert pd.isna(row["value"])


def test_a_year_whose_first_months_were_not_collected_has_no_total() -> None:
    row = judged(table(date(2026, 3, 1), [100.0]), baseline_value=1000.0, **YEAR).verdicts.iloc[0]
    assert row["reason"].startswith("Jan 2026 is not complete")


def test_a_total_that_is_reached_early_stays_reached() -> None:
    row = judged(table(date(2025, 1, 1), [*SHAPE, 800.0, 700.0]), **YEAR).verdicts.iloc[0]
    assert (row["verdict"], row["reason"]) == (
        "achieved",
        "1,500 visits from Jan to Feb 2026: the target of 1,500 in the year to 31 Dec 2026 is met",
    )


def test_a_limit_can_be_lost_any_day_and_is_kept_only_at_the_end() -> None:
    fewer = {"over": "year", "better": "down", "target_value": 900.0}
    on_way = judged(table(date(2025, 1, 1), [*SHAPE, 70.0]), **fewer).verdicts.iloc[0]
    assert on_way["verdict"] == "on_track"
    lost = judged(table(date(2025, 1, 1), [*SHAPE, 901.0]), **fewer).verdicts.iloc[0]
    assert (lost["verdict"], lost["reason"]) == (
        "behind",
        "901 visits in Jan 2026: more already than the target of 900 in the year to 31 Dec 2026 allows",
    )
    kept = judged(table(date(2025, 1, 1), [*SHAPE, *[75.0] * 12]), **fewer).verdicts.iloc[0]
    assert kept["verdict"] == "achieved"


def test_a_year_that_ended_short_is_behind_also_later() -> None:
    row = judged(table(date(2025, 1, 1), [*SHAPE, *SHAPE, 900.0, 900.0]), **YEAR).verdicts.iloc[0]
    assert (row["value"], row["verdict"], str(row["through"])[:10]) == (1200, "behind", "2026-12-31")


def test_a_year_before_the_last_one_is_a_step_on_the_way() -> None:
    out = judged(table(date(2025, 1, 1), [*SHAPE, *SHAPE[:6]]), **(YEAR | {"due": "2027-12-31"}))
    share = sum(SHAPE[:6]) / 1200
    goal = 1200 + 300 * 365 / 730
    assert out.verdicts["expected"][0] == pytest.approx(goal * share)
    assert "for which this year is a step on the way" in out.verdicts["reason"][0]
    assert (out.targets["done"][0], str(out.targets["year_start"][0])[:10]) == (0, "2027-01-01")


def test_before_the_first_month_of_the_year_nothing_is_said() -> None:
    row = judged(table(date(2025, 1, 1), list(SHAPE)), **YEAR).verdicts.iloc[0]
    assert (row["verdict"], row["reason"]) == (
        "not_assessable",
        "no complete month yet of a year after the baseline; the last one is Dec 2025",
    )


def test_a_rate_adds_up_above_and_below_the_line() -> None:
    above, below = [10.0] * 12 + [30.0, 1.0], [100.0] * 12 + [100.0, 100.0]
    out = table(
        date(2025, 1, 1), [a / b for a, b in zip(above, below, strict=True)], numerator=above, denominator=below
    )
    row = judged(out, kind="rate", over="year", path="linear", target_value=0.2).verdicts.iloc[0]
    assert (row["value"], row["expected"]) == pytest.approx((31 / 200, 0.2))
    assert row["pace_ratio"] == pytest.approx((31 / 200 - 0.1) / 0.1)


def test_a_rate_on_the_seasonal_path_is_held_against_its_usual_course() -> None:
    above, below = [10.0, 20.0] * 6 + [10.0], [100.0] * 13
    out = table(
        date(2025, 1, 1), [a / b for a, b in zip(above, below, strict=True)], numerator=above, denominator=below
    )
    row = judged(out, kind="rate", over="year", target_value=0.3).verdicts.iloc[0]
    assert row["expected"] == pytest.approx(0.3 * 10 / 15)
    assert row["pace_ratio"] == pytest.approx(0, abs=1e-9)


def test_quarters_and_days_have_a_season_too() -> None:
    quarters = judged(
        table(date(2025, 1, 1), [100.0, 200.0, 50.0, 50.0, 110.0], "quarter"),
        period="quarter",
        over="year",
        target_value=440.0,
    ).verdicts.iloc[0]
    assert quarters["expected"] == pytest.approx(110)
    per_day = [2.0 if day.month == 1 else 1.0 for day in pd.date_range("2025-01-01", "2026-01-31")]
    days = judged(
        table(date(2025, 1, 1), list(per_day), "day"), period="day", over="year", target_value=396.0 * 2
    ).verdicts.iloc[0]
    assert days["expected"] == pytest.approx(2 * 62)


@settings(max_examples=4)
@given(st.floats(1e-3, 1e5), st.integers(1, 11))
def test_a_change_of_unit_changes_no_verdict_of_a_year(scale: float, months: int) -> None:
    values = [*SHAPE, *[1.1 * one for one in SHAPE[:months]]]
    plain, scaled = (
        judged(table(date(2025, 1, 1), [k * v for v in values]), over="year", target_value=1500.0 * k).verdicts.iloc[0]
        for k in (1.0, scale)
    )
    assert scaled["pace_ratio"] == pytest.approx(plain["pace_ratio"], rel=1e-6)
    assert scaled["verdict"] == plain["verdict"]


@settings(max_examples=6)
@given(st.integers(0, 330), st.integers(1, 30))
def test_a_closure_moves_what_is_expected_to_the_other_months(first: int, length: int) -> None:
    closed = [
        str(day.date()) for day in pd.date_range(pd.Timestamp("2026-01-01") + pd.Timedelta(days=first), periods=length)
    ]
    history = table(date(2025, 1, 1), [*SHAPE, *SHAPE])
    targets = target(**YEAR)
    rows, plain = (build_profile(history, targets, calendar(history, targets, days)) for days in (closed, []))
    rows, plain = rows[rows["year"] == 0], plain[plain["year"] == 0]
    assert rows["part"].sum() == pytest.approx(1)
    touched = rows["open"].to_numpy() < plain["open"].to_numpy()
    assert (rows["part"].to_numpy()[~touched] >= plain["part"].to_numpy()[~touched] - 1e-12).all()
    assert rows["part"].to_numpy()[touched].sum() <= plain["part"].to_numpy()[touched].sum() + 1e-12


def test_a_weekday_is_what_single_open_days_count_on_it() -> None:
    days = pd.date_range("2026-01-05", "2026-01-18")  # two weeks from a Monday
    rows = pd.DataFrame({"start": days, "value": [10.0, 1, 1, 1, 1, 5, 0, 30.0, 1, 1, 1, 1, 5, 0], "days": 1})
    month = pd.DataFrame({"start": [days[0]], "value": [900.0], "days": [28]})
    seen = pd.concat([rows, month]).assign(source="s", metric="m", entity="East", pull_id="p", retrieved_at=AS_OF)
    seen = seen.assign(end=seen["start"] + pd.to_timedelta(seen["days"], unit="D"), flags=[[]] * len(seen))
    schema = pa.schema([OBSERVATIONS.arrow.field(name) for name in reduction.OBSERVATION_COLUMNS])
    observed = reduction.Observed(pa.Table.from_pandas(seen[schema.names], schema, preserve_index=False))
    metrics = pd.DataFrame([("s", "m", "flow", None, 1, None, False)], columns=reduction.METRICS.names)
    part = ("i", "of", "s", "m", None, False, False, "month")
    parts = pd.DataFrame([part], columns=reduction.PARTS.names)
    shut = pd.DataFrame({"entity": ["East", "West"], "day": [days[7], days[0]]})
    grid = period_grid("month", date(2026, 1, 1), date(2026, 3, 1))
    out = reduction.reduce(observed, metrics, parts, shut, grid).weekdays.sort_values("weekday")
    assert out["mean"].tolist() == [10, 1, 1, 1, 1, 5, 0]
    assert out["days"].tolist() == [1, 2, 2, 2, 2, 2, 2]
