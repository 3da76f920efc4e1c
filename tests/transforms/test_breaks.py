"""Figures before and after a break are joined by a splice, or never compared."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.told import by_pace, told
from transforms.breaks import (
    breaks_in_the_way,
    collect_breaks,
    comparable,
    last_unspliced_breaks,
    splice,
    splice_factor,
)
from transforms.findings import found
from transforms.judgement.precedence import decide

DAY = pd.Timestamp("2026-03-01")
NOTHING = pd.DataFrame(columns=["indicator_id", "day", "reason", "factor", "factor_error", "old"])


def months(name: str, first: str, *values: float | None) -> pd.DataFrame:
    start = pd.Series(pd.date_range(first, periods=len(values), freq="MS")).astype("datetime64[us]")
    end = (start + pd.offsets.MonthBegin(1)).astype("datetime64[us]")
    rows = {
        "indicator_id": name,
        "start": start,
        "end": end,
        "value": pd.Series(values, dtype="float64"),
        "standard_error": np.nan,
    }
    return pd.DataFrame(
        {**rows, "completeness": 1.0, "provisional": False, "flags": pd.Series([()] * len(values), dtype=object)}
    )


def declared(**changes: Any) -> pd.DataFrame:
    row = {
        "indicator_id": "visits",
        "day": DAY,
        "reason": "new gates",
        "factor": np.nan,
        "factor_error": np.nan,
        "old": "",
    }
    return pd.DataFrame([row | changes])


def recorded(**changes: Any) -> pd.DataFrame:
    row = {
        "source": "web",
        "metric": "views",
        "entity": "",
        "day": DAY,
        "kind": "redefined",
        "reason": "bots are left out",
    }
    return pd.DataFrame([row | changes])


def members(entity: str | None = None) -> pd.DataFrame:
    return pd.DataFrame([{"indicator_id": "visits", "source": "web", "metric": "views", "entity": entity}])


def of(
    declared_rows: pd.DataFrame, recorded_rows: pd.DataFrame | None = None, entity: str | None = None
) -> pd.DataFrame:
    return collect_breaks(
        declared_rows, recorded().iloc[:0] if recorded_rows is None else recorded_rows, members(entity)
    )


def test_what_a_source_recorded_is_a_break_of_every_indicator_made_of_it() -> None:
    found = of(NOTHING, recorded())
    assert found[["indicator_id", "day", "reason", "origin"]].to_numpy().tolist() == [
        ["visits", DAY, "bots are left out", "recorded"]
    ]


@pytest.mark.parametrize(("broken", "wanted", "count"), [("a", "a", 1), ("a", "b", 0), ("a", None, 1), ("", "b", 1)])
def test_a_break_of_one_entity_concerns_what_holds_that_entity(broken: str, wanted: str | None, count: int) -> None:
    assert len(of(NOTHING, recorded(entity=broken), wanted)) == count


def test_a_retired_metric_breaks_nothing_it_only_ends() -> None:
    assert of(NOTHING, recorded(kind="retired")).empty


def test_a_declared_break_takes_the_place_of_the_recorded_one_of_that_day() -> None:
    found = of(declared(factor=1.5), recorded())
    assert list(found["origin"]) == ["declared"]
    assert list(found["factor"]) == [1.5]


def test_a_known_factor_brings_the_past_to_what_the_number_means_now() -> None:
    joined = splice(months("visits", "2026-01-01", 100, 200, 90), of(declared(factor=0.5, factor_error=0.01)))
    assert list(joined.periods["value"]) == [50.0, 100.0, 90.0]
    assert list(joined.periods["flags"]) == [("spliced",), ("spliced",), ()]
    assert joined.periods["standard_error"].tolist()[:2] == pytest.approx([1.0, 2.0])
    assert np.isnan(joined.periods["standard_error"].iloc[2])
    assert joined.breaks["spliced"].all()


def test_the_period_that_holds_the_break_is_neither() -> None:
    joined = splice(
        months("visits", "2026-01-01", 100, 200, 90), of(declared(day=pd.Timestamp("2026-02-10"), factor=0.5))
    )
    assert joined.periods["value"].isna().tolist() == [False, True, False]


def test_an_overlap_gives_factor_and_error_and_the_old_series_the_past() -> None:
    """Ratio of totals 300 / 200 = 1.5; residuals 5 and -5 give sqrt(50 / 2) / 100 = 0.05."""
    old = months("visits~0", "2026-01-01", 80, 60, 100, 100)
    joined = splice(
        pd.concat([months("visits", "2026-03-01", 155, 145), old], ignore_index=True), of(declared(old="visits~0"))
    )
    assert joined.periods["value"].tolist() == pytest.approx([120.0, 90.0, 155.0, 145.0])
    assert joined.periods["standard_error"].tolist()[:2] == pytest.approx([4.0, 3.0])
    row = joined.breaks.iloc[0]
    assert (row["factor"], row["factor_error"], row["overlap_periods"], row["spliced"]) == (
        1.5,
        pytest.approx(0.05),
        2,
        True,
    )
    assert set(joined.periods["indicator_id"]) == {"visits"}


def test_one_month_of_overlap_gives_a_factor_without_an_error() -> None:
    old = months("visits~0", "2026-01-01", 80, 60, 100)
    joined = splice(
        pd.concat([months("visits", "2026-03-01", 150), old], ignore_index=True), of(declared(old="visits~0"))
    )
    assert joined.periods["value"].tolist() == [120.0, 90.0, 150.0]
    assert joined.periods["standard_error"].isna().all()


def test_without_an_overlap_nothing_is_joined() -> None:
    old = months("visits~0", "2026-01-01", 80, 60)
    joined = splice(
        pd.concat([months("visits", "2026-03-01", 150), old], ignore_index=True), of(declared(old="visits~0"))
    )
    assert joined.periods["value"].tolist() == [150.0]
    assert not joined.breaks["spliced"].any()
    assert last_unspliced_breaks(joined.breaks)["day"].tolist() == [DAY]


def test_two_breaks_lead_step_by_step_to_what_the_number_means_now() -> None:
    both = pd.concat([declared(factor=2.0), declared(day=pd.Timestamp("2026-02-01"), factor=10.0)], ignore_index=True)
    joined = splice(months("visits", "2026-01-01", 1, 10, 20), of(both))
    assert joined.periods["value"].tolist() == [20.0, 20.0, 20.0]


@given(st.lists(st.floats(1, 1e6), min_size=2, max_size=12), st.floats(0.01, 100))
def test_a_constant_factor_is_found_with_no_error(old: list[float], factor: float) -> None:
    found, error = splice_factor(np.array(old), np.array(old) * factor)
    assert found == pytest.approx(factor)
    assert error == pytest.approx(0, abs=1e-6 * factor)


def verdict(**changes: Any) -> pd.DataFrame:
    row = {
        "indicator_id": "visits",
        "through": pd.Timestamp("2026-04-30"),
        "verdict": "behind",
        "worsening": True,
        "findings": by_pace("behind"),
    }
    return pd.DataFrame([row | {"value": 5.0, "expected": 9.0, "pace_ratio": 0.1, "rule_value": 0.1} | changes])


def held(verdicts: pd.DataFrame, targets: pd.DataFrame, breaks: pd.DataFrame) -> pd.DataFrame:
    return told(decide(verdicts, breaks_in_the_way(verdicts, targets, breaks)))


def target(start: str = "2025-01-01") -> pd.DataFrame:
    return pd.DataFrame({"indicator_id": ["visits"], "baseline_start": [pd.Timestamp(start)], "year_start": [pd.NaT]})


def test_no_verdict_reaches_across_a_break_and_the_reason_says_what_to_do() -> None:
    out = held(verdict(), target(), splice(months("visits", "2026-01-01", 1), of(declared())).breaks).iloc[0]
    assert (out["verdict"], out["worsening"], out["value"]) == ("not_assessable", False, 5.0)
    assert out["reason"].startswith(
        "the number has had another meaning since 1 Mar 2026 (new gates) and its baseline lies before"
    )
    assert np.isnan(out["pace_ratio"])


@pytest.mark.parametrize(
    ("through", "start", "found"),
    [
        ("2026-02-28", "2025-01-01", declared()),
        ("2026-04-30", "2026-03-01", declared()),
        ("2026-04-30", "2025-01-01", declared(factor=2.0)),
    ],
    ids=["judged before it", "a baseline since", "spliced"],
)
def test_a_verdict_on_one_side_of_the_break_stands(through: str, start: str, found: pd.DataFrame) -> None:
    breaks = splice(months("visits", "2026-01-01", 1), of(found)).breaks
    assert held(verdict(through=pd.Timestamp(through)), target(start), breaks)["verdict"].tolist() == ["behind"]


def test_a_verdict_without_a_period_is_left_as_it_is() -> None:
    breaks = splice(months("visits", "2026-01-01", 1), of(declared())).breaks
    nothing = verdict(through=pd.NaT, findings=(found("no_period", "not_assessable", period="month"),))
    assert held(nothing, target(), breaks)["reason"].tolist() == ["no data yet"]


def test_old_values_are_left_out_once_a_month_since_the_break_is_known() -> None:
    rows, breaks = (
        months("visits", "2026-01-01", 1, 2, 3),
        splice(months("visits", "2026-01-01", 1), of(declared())).breaks,
    )
    goal = pd.DataFrame({"indicator_id": ["visits"], "min_completeness": [1.0], "due": [pd.Timestamp("2026-12-31")]})
    assert comparable(rows, goal, breaks)["value"].isna().tolist() == [True, True, False]
    over = goal.assign(due=pd.Timestamp("2026-02-28"))
    assert comparable(rows, over, breaks)["value"].isna().tolist() == [False, False, True], (
        "it was due before the break"
    )
    rows.loc[2, "provisional"] = True
    assert comparable(rows, goal, breaks)["value"].tolist() == [1.0, 2.0, 3.0]
