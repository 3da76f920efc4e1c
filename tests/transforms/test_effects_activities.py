"""Activities of a plan and the periods of its indicators: what stands too near, what is left out, and the sentence."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.steps.activity_effects import with_sentences
from reports.language import english
from reports.sentences import effect_sentence
from transforms.effects import WINDOW_LENGTHS, Activities
from transforms.effects import estimate_effects as estimate
from transforms.effects.effect_findings import EffectFacts, effect_finding
from transforms.effects.event_window import common_control, locate_event
from transforms.periods import period_grid
from warehouse.frames import to_arrow
from warehouse.schema import PUBLISHED_EFFECTS

FIRST = "2020-01-01"
MEANT = ["activity_id", "date", "title", "indicator_id", "controls"]


def months(
    name: str = "visits", lift: float = 1.0, since: str = "2025-01-01", seed: int = 1, count: int = 72, **changes: Any
) -> pd.DataFrame:
    """Six years of complete and settled months, ``lift`` times as many from ``since`` on."""
    start = pd.Series(pd.date_range(FIRST, periods=count, freq="MS")).astype("datetime64[us]")
    season = 0.2 * np.sin(2 * np.pi * np.arange(count) / 12)
    value = pd.Series(1000 * np.exp(season + np.random.default_rng(seed).normal(0, 0.04, count)))
    base = {"indicator_id": name, "completeness": 1.0, "provisional": False, "flags": [()] * count} | changes
    end = (start + pd.offsets.MonthBegin(1)).astype("datetime64[us]")
    return pd.DataFrame({"start": start, "end": end, "value": value.where(start < since, value * lift), **base})


def activity(
    name: str = "week",
    date: str = "2025-01-06",
    title: str = "Open week",
    indicator: str = "visits",
    controls: tuple[str, ...] = (),
) -> tuple[Any, ...]:
    return name, pd.Timestamp(date), title, indicator, controls


def plan(*meant: tuple[Any, ...], breaks: tuple[tuple[str, str], ...] = (), period: str = "month") -> Activities:
    known = [
        (name, title, unit, period, 1.0)
        for name, title, unit in (("visits", "Visits", "visits"), ("loans", "Loans", "loans"))
    ]
    indicators = pd.DataFrame(known, columns=["indicator_id", "indicator", "unit", "period", "min_completeness"])
    days = pd.DataFrame([(name, pd.Timestamp(day)) for name, day in breaks], columns=["indicator_id", "day"])
    return Activities(pd.DataFrame(meant or [activity()], columns=MEANT), indicators, days)


def estimate_effects(periods: pd.DataFrame, given_plan: Activities) -> pd.DataFrame:
    """As they are published, with their sentences."""
    return with_sentences(estimate(periods, given_plan))


def one(periods: pd.DataFrame, given_plan: Activities) -> pd.Series:
    return estimate_effects(periods, given_plan).iloc[0]


def test_a_rise_is_associated_and_never_caused() -> None:
    row = one(months(lift=1.3), plan())
    assert (row["verdict"], row["grade"], row["periods_after"]) == ("associated_rise", "estimated", 12)
    assert row["sentence"].startswith("associated with a rise: +")
    assert "visits a month against what was expected (90 % interval +" in row["sentence"]
    assert row["sentence"].endswith("over the 12 complete months after it; estimated")
    assert "caus" not in row["sentence"]
    assert row["low_pct"] < 30 < row["high_pct"]


def test_no_change_is_said_with_its_interval() -> None:
    row = one(months(), plan())
    assert row["verdict"] == "no_clear_change"
    assert row["sentence"].startswith("no clear change: ")


def test_two_months_since_are_too_few() -> None:
    row = one(months(), plan(activity(date="2025-11-03")))
    assert (row["verdict"], row["grade"]) == ("cannot_tell", "none")
    assert row["sentence"] == "cannot tell: 2 complete months after it, needs 3"
    assert np.isnan(row["effect"])


def test_provisional_incomplete_and_closed_months_do_not_count() -> None:
    periods = months(lift=1.3)
    periods.loc[71, "provisional"] = True
    periods.loc[70, "completeness"] = 0.9
    periods.at[69, "flags"] = ("closed",)
    periods.loc[69, "value"] = 0.0
    assert one(periods, plan())["periods_after"] == 9


@pytest.mark.parametrize(
    ("date", "after"),
    [("2025-01-01", 12), ("2025-01-16", 12), ("2025-01-18", 11), ("2025-01-31", 11), ("2024-12-31", 12)],
)
def test_a_month_counts_as_after_when_half_of_it_is(date: str, after: int) -> None:
    row = one(months(), plan(activity(date=date)))
    assert row["periods_after"] == after


def test_a_month_of_which_less_than_half_is_after_belongs_to_neither_side() -> None:
    periods = months()
    result = one(periods, plan(activity(date="2025-01-28")))
    periods.loc[60, "value"] = 9e6
    assert one(periods, plan(activity(date="2025-01-28")))["effect"] == pytest.approx(result["effect"])
    assert result["periods_before"] == 60


def test_an_earlier_activity_within_a_year_overlaps() -> None:
    found = estimate_effects(months(lift=1.3), plan(activity(), activity("talk", "2024-06-10", "Talk")))
    row = found.set_index("activity_id").loc["week"]
    assert row["sentence"] == "cannot tell: overlaps with 'Talk' of 10 Jun 2024"
    assert np.isnan(row[["effect", "low", "p_value", "level_change"]].astype(float)).all()


def test_an_activity_more_than_a_year_before_does_not_overlap() -> None:
    found = estimate_effects(months(lift=1.3), plan(activity(), activity("talk", "2023-12-20", "Talk")))
    assert found.set_index("activity_id").loc["week", "verdict"] == "associated_rise"


def test_two_activities_of_one_month_cannot_be_told_apart() -> None:
    found = estimate_effects(months(lift=1.3), plan(activity(), activity("talk", "2025-01-09", "Talk")))
    assert list(found["sentence"]) == [
        "cannot tell: overlaps with 'Open week' of 6 Jan 2025",
        "cannot tell: overlaps with 'Talk' of 9 Jan 2025",
    ]


@pytest.mark.parametrize("date", ["2018-01-09", "2019-02-05"])
def test_where_no_figures_are_before_two_activities_that_is_the_reason(date: str) -> None:
    found = estimate_effects(months(), plan(activity(date=date), activity("talk", date, "Talk")))
    assert list(found["sentence"]) == ["cannot tell: 0 complete months before it, needs 24"] * 2


def test_an_activity_on_another_indicator_does_not_overlap() -> None:
    found = estimate_effects(months(lift=1.3), plan(activity(), activity("talk", "2025-01-09", "Talk", "loans")))
    assert found.set_index("activity_id").loc["week", "verdict"] == "associated_rise"


def test_a_later_activity_ends_what_is_compared() -> None:
    found = (
        estimate_effects(months(lift=1.3), plan(activity(), activity("talk", "2025-07-03", "Talk")))
        .set_index("activity_id")
        .loc["week"]
    )
    assert (found["verdict"], found["periods_after"]) == ("associated_rise", 6)
    assert "over the 6 complete months after it, up to 'Talk' of 3 Jul 2025; estimated" in found["sentence"]


@pytest.mark.parametrize("date", ["2025-10-02", "2026-02-03", "2030-01-01"])
def test_an_activity_after_the_last_figure_ends_nothing(date: str) -> None:
    found = (
        estimate_effects(months(lift=1.3, count=69), plan(activity(), activity("talk", date, "Talk")))
        .set_index("activity_id")
        .loc["week"]
    )
    assert found["periods_after"] == 9
    assert "up to" not in found["sentence"]


def test_a_later_activity_too_soon_overlaps() -> None:
    found = (
        estimate_effects(months(lift=1.3), plan(activity(), activity("talk", "2025-03-03", "Talk")))
        .set_index("activity_id")
        .loc["week"]
    )
    assert found["sentence"] == "cannot tell: overlaps with 'Talk' of 3 Mar 2025"


def test_a_break_just_before_parts_the_past_from_it() -> None:
    row = one(months(lift=1.3), plan(breaks=(("visits", "2024-01-01"),)))
    assert row["sentence"] == "cannot tell: the break of 1 Jan 2024 is too near: 12 complete months between, needs 24"


def test_nothing_before_a_break_is_compared() -> None:
    periods = months(lift=1.3)
    result = one(periods, plan(breaks=(("visits", "2022-01-01"),)))
    assert (result["verdict"], result["periods_before"]) == ("associated_rise", 36)
    periods.loc[:23, "value"] *= 50
    assert one(periods, plan(breaks=(("visits", "2022-01-01"),)))["effect"] == pytest.approx(result["effect"])


def test_a_break_after_it_ends_what_is_compared() -> None:
    row = one(months(), plan(breaks=(("visits", "2025-06-10"),)))
    assert row["periods_after"] == 5
    assert "up to the break of 10 Jun 2025" in row["sentence"]
    soon = one(months(), plan(breaks=(("visits", "2025-03-01"),)))
    assert soon["sentence"] == "cannot tell: overlaps with the break of 1 Mar 2025"


def test_a_spliced_break_parts_nothing() -> None:
    asked = plan(breaks=(("visits", "2024-06-01"),))
    spliced = Activities(asked.activities, asked.indicators, asked.breaks.assign(spliced=True))
    assert one(months(lift=1.3), spliced)["verdict"] == "associated_rise"


def test_a_break_of_the_control_counts_too() -> None:
    periods = pd.concat([months(lift=1.3), months("loans", seed=2)])
    row = one(periods, plan(activity(controls=("loans",)), breaks=(("loans", "2024-01-01"),)))
    assert row["verdict"] == "cannot_tell"


def test_what_the_controls_did_too_is_no_effect_and_they_are_named() -> None:
    periods = pd.concat([months(lift=1.5), months("loans", lift=1.5)])
    assert one(periods, plan())["verdict"] == "associated_rise"
    row = one(periods, plan(activity(controls=("loans",))))
    assert row["verdict"] == "no_clear_change"
    assert row["sentence"].endswith("after it, compared with Loans; estimated")
    assert list(row["controls"]) == ["loans"]


def test_a_spliced_or_sampled_period_brings_its_error() -> None:
    counted = one(months(lift=1.3), plan())
    sampled = one(months(lift=1.3, standard_error=300.0), plan())
    assert sampled["high"] - sampled["low"] > counted["high"] - counted["low"]


def test_no_data_is_said() -> None:
    row = one(months().iloc[:0], plan())
    assert row["sentence"] == "cannot tell: 0 complete months after it, needs 3"


def test_an_activity_in_the_future_is_said() -> None:
    assert (
        one(months(), plan(activity(date="2031-01-01")))["sentence"]
        == "cannot tell: 0 complete months after it, needs 3"
    )


def test_no_activity_gives_no_row_and_the_columns_all_the_same() -> None:
    none = Activities(pd.DataFrame(columns=MEANT), plan().indicators, plan().breaks)
    assert to_arrow(estimate_effects(months(), none), PUBLISHED_EFFECTS).num_rows == 0


def test_the_rows_fit_the_published_table_whatever_can_be_told() -> None:
    found = estimate_effects(
        months(lift=1.3), plan(activity(), activity("late", "2025-11-20"), activity("loans_week", indicator="loans"))
    )
    table = to_arrow(found, PUBLISHED_EFFECTS)
    assert table.num_rows == 3
    assert table["effect"].null_count == 2


@pytest.mark.parametrize(
    ("period", "count", "frequency"),
    [("week", 130, "W-MON"), ("quarter", 24, "QS"), ("year", 16, "YS"), ("day", 90, "D")],
)
def test_each_length_of_period_has_its_own_minima(period: str, count: int, frequency: str) -> None:
    spans = period_grid(period, pd.Timestamp("2010-01-04").date(), pd.Timestamp("2040-01-01").date()).iloc[:count]
    values = np.random.default_rng(3).uniform(90, 110, count)
    periods = pd.DataFrame(
        {"indicator_id": "visits", "value": values, "completeness": 1.0, "provisional": False, "flags": [()] * count}
    )
    late = spans["start"].iloc[int(count * 0.85)]
    row = one(
        periods.assign(start=spans["start"], end=spans["end"]), plan(activity(date=str(late.date())), period=period)
    )
    assert row["verdict"] == "no_clear_change", (row["sentence"], frequency)
    assert f"complete {period}s after it" in row["sentence"]


@settings(max_examples=50)
@given(st.dates(pd.Timestamp("2020-01-01").date(), pd.Timestamp("2020-12-31").date()))
def test_the_periods_of_an_event_are_those_before_and_after_it(date: Any) -> None:
    spans = period_grid("month", pd.Timestamp("2020-01-01").date(), pd.Timestamp("2021-01-01").date())
    placed = locate_event("", pd.Timestamp(date), spans)
    assert (spans["end"].iloc[: placed.whole] <= pd.Timestamp(date)).all()
    assert (spans["start"].iloc[placed.first :] >= pd.Timestamp(date) - pd.Timedelta(days=16)).all()
    assert placed.first - placed.whole in {0, 1}


def test_controls_in_other_units_move_together_by_their_shares() -> None:
    together = common_control([np.array([1.0, 2.0, 3.0, np.nan]), np.array([100.0, 200.0, 300.0, 400.0])])
    assert together[1] / together[0] == pytest.approx(2)
    assert np.isnan(together[3])


def test_without_a_share_the_interval_is_in_the_unit() -> None:
    bare = EffectFacts(
        *("no_clear_change", "", "points", -2.0, np.nan, -5.5, 1.25, np.nan, np.nan),
        *(24, 6, 12, 12, None, ("Loans", "Talks")),
    )
    assert effect_sentence(effect_finding(bare, WINDOW_LENGTHS[12]), english()) == (
        "no clear change: -2 points a month against what was expected (90 % interval -5.5 to +1.25) "
        "over the 6 complete months after it, compared with Loans and Talks; estimated"
    )
