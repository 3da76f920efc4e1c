"""What the error of a sample leaves of a verdict: by a judge whose thresholds are known."""

from collections.abc import Hashable

import numpy as np
import pandas as pd
import pytest

from tests.told import SAID, by_pace, told
from transforms.judgement.precedence import decide
from transforms.judgement.sample_bounds import sample_bounds
from transforms.sampling.errors import baseline_errors, change_errors

NAN = float("nan")
NO_CHANGES = pd.DataFrame({"indicator_id": [], "day": [], "reason": []}).astype(
    {"indicator_id": "str", "day": "datetime64[us]"}
)


def table(*rows: tuple[int, float, float, tuple[str, ...]], df: float = NAN) -> pd.DataFrame:
    """Year, value, standard error and flags of each period."""
    years, values, errors, flags = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "indicator_id": "visits",
            "start": pd.to_datetime([f"{year}-01-01" for year in years]).as_unit("us"),
            "end": pd.to_datetime([f"{year + 1}-01-01" for year in years]).as_unit("us"),
            "value": values,
            "standard_error": errors,
            "df": df,
            "flags": pd.Series(list(flags), dtype=object),
            "note": pd.Series([()] * len(rows), dtype=object),
        }
    )


def targets(value: float, *, baseline: float = NAN, due: str = "2027-12-31") -> pd.DataFrame:
    days = {"baseline_start": "2024-01-01", "baseline_end": "2025-01-01", "due": due}
    frame = pd.DataFrame({"indicator_id": ["visits"], "target_value": [value], "baseline_value": [baseline]})
    return frame.assign(**{name: pd.Timestamp(day) for name, day in days.items()})


def judge(periods: pd.DataFrame, goals: pd.DataFrame, rule: str = "pace@1") -> pd.DataFrame:
    """Achieved from the target on, on track from 100 above the baseline (2024, or the plan's), behind below."""
    last = periods.sort_values("start").iloc[-1]
    given = goals["baseline_value"].iloc[0]
    base = periods.loc[periods["start"].dt.year == 2024, "value"].mean() if np.isnan(given) else given
    verdict = (
        "achieved"
        if last["value"] >= goals["target_value"].iloc[0]
        else "on_track"
        if last["value"] - base >= 100
        else "behind"
    )
    row = {
        "indicator_id": "visits",
        "verdict": verdict,
        "worsening": bool(last["value"] < base),
        "findings": by_pace(verdict),
        "value": last["value"],
        "rule": rule,
    }
    return pd.DataFrame([row | {"through": last["end"] - pd.Timedelta(days=1)}])


def decided(
    verdicts: pd.DataFrame, periods: pd.DataFrame, goals: pd.DataFrame, changes: pd.DataFrame = NO_CHANGES
) -> dict[Hashable, object]:
    bounds = sample_bounds(verdicts, periods, goals.assign(period="year"), changes, judge)
    sure = verdicts.assign(worsening=verdicts["worsening"] & ~verdicts["indicator_id"].isin(bounds.unsure_worsening))
    (row,) = told(decide(sure, bounds.findings)).to_dict("records")
    return row


def result(
    periods: pd.DataFrame, goals: pd.DataFrame, changes: pd.DataFrame = NO_CHANGES, rule: str = "pace@1"
) -> dict[str, object]:
    row = decided(judge(periods, goals, rule), periods, goals, changes)
    return {str(name): value for name, value in row.items()}


SAMPLED = ("estimated",)


def test_a_counted_period_is_left_as_it_is() -> None:
    row = result(table((2024, 1000, 0, ()), (2025, 1105, 0, ())), targets(2000))
    assert (row["verdict"], row["reason"]) == ("on_track", SAID)


def test_the_interval_of_the_value_alone_may_open_the_verdict() -> None:
    """1,150 +- 1.645 * 40 reaches from 1,084 to 1,216: behind to on track, never achieved."""
    row = result(table((2024, 1000, NAN, ()), (2025, 1150, 40, SAMPLED)), targets(2000, baseline=1000))
    assert row["verdict"] == "on_track"
    assert str(row["reason"]).endswith("between behind and on track within the error of the sample")


def test_the_error_of_the_baseline_counts_where_the_value_alone_would_be_sure() -> None:
    """The change is 150 +- 1.645 * hypot(20, 30) = 91 to 209; by the value alone 117 to 183."""
    alone = result(table((2024, 1000, NAN, ()), (2025, 1150, 20, SAMPLED)), targets(2000, baseline=1000))
    both = result(table((2024, 1000, 30, SAMPLED), (2025, 1150, 20, SAMPLED)), targets(2000))
    assert "between" not in str(alone["reason"])
    assert "between behind and on track within the error of the sample" in str(both["reason"])


def test_a_baseline_that_the_plan_states_has_no_error() -> None:
    row = result(table((2024, 1000, 30, SAMPLED), (2025, 1150, 20, SAMPLED)), targets(2000, baseline=1000))
    assert "between" not in str(row["reason"])


def test_few_degrees_of_freedom_widen_the_interval() -> None:
    few = result(table((2024, 1000, NAN, ()), (2025, 1150, 20, SAMPLED), df=1), targets(2000, baseline=1000))
    assert "between behind and on track" in str(few["reason"]), "t(1) is 6.3, so 126 either way"


def test_worsening_is_said_only_where_the_whole_interval_lies_below() -> None:
    assert (
        result(table((2024, 1000, NAN, ()), (2025, 980, 40, SAMPLED)), targets(2000, baseline=1000))["worsening"]
        is False
    )
    assert (
        result(table((2024, 1000, NAN, ()), (2025, 900, 40, SAMPLED)), targets(2000, baseline=1000))["worsening"]
        is True
    )


@pytest.mark.parametrize(("due", "verdict"), [("2027-12-31", "on_track"), ("2025-12-30", "not_assessable")])
def test_achieved_within_the_error_is_taken_back(due: str, verdict: str) -> None:
    row = result(table((2024, 1000, NAN, ()), (2025, 2010, 40, SAMPLED)), targets(2000, baseline=1000, due=due))
    assert row["verdict"] == verdict
    assert " is met cannot be told from this sample" in str(row["reason"])


def test_a_published_rule_keeps_achieved() -> None:
    row = result(
        table((2024, 1000, NAN, ()), (2025, 2010, 40, SAMPLED)), targets(2000, baseline=1000), rule="unsd@2023"
    )
    assert row["verdict"] == "achieved"
    assert "between on track and achieved" in str(row["reason"])


def test_a_baseline_from_one_week_says_that_its_error_is_not_known() -> None:
    row = result(table((2024, 1000, NAN, ("estimate_no_error", "estimated")), (2025, 1150, 0, ())), targets(2000))
    assert str(row["reason"]) == f"{SAID}; how far its baseline may be off is not known"


def test_several_periods_judged_together_claim_no_interval() -> None:
    periods, goals = table((2024, 1000, NAN, ()), (2025, 1150, 40, SAMPLED)), targets(2000, baseline=1000)
    whole = judge(periods, goals).assign(value=2300.0)
    row = decided(whole, periods, goals)
    assert row["reason"] == f"{SAID}; made of estimates from sample weeks, whose error together is not worked out"


@pytest.mark.parametrize(("day", "said"), [("2025-01-01", True), ("2024-01-01", False), ("2026-01-01", False)])
def test_a_change_of_method_is_told_where_it_lies_between_baseline_and_value(day: str, *, said: bool) -> None:
    changes = pd.DataFrame(
        {"indicator_id": ["visits"], "day": [pd.Timestamp(day)], "reason": ["counted before, sampled since"]}
    )
    row = result(table((2024, 1000, 0, ()), (2025, 1150, 1, SAMPLED)), targets(2000), changes)
    assert ("a change of method in" in str(row["reason"])) == said


def errors(periods: pd.DataFrame, goals: pd.DataFrame, value: float | None = None) -> float:
    last = periods.iloc[[-1]][["indicator_id", "start", "value"]]
    board = last if value is None else last.assign(value=value)
    return float(change_errors(board, periods, baseline_errors(periods, goals))[0])


def test_the_error_of_a_change_adds_both_errors_in_squares() -> None:
    assert errors(table((2024, 1000, 30, SAMPLED), (2025, 1150, 40, SAMPLED)), targets(2000)) == pytest.approx(50)
    assert errors(
        table((2024, 1000, 30, SAMPLED), (2025, 1150, 40, SAMPLED)), targets(2000, baseline=1000)
    ) == pytest.approx(40)
    assert errors(table((2024, 1000, 30, SAMPLED), (2025, 1150, NAN, ())), targets(2000)) == pytest.approx(30)


def test_the_error_of_a_change_is_unknown_where_one_of_them_is() -> None:
    one_week = ("estimate_no_error", "estimated")
    assert np.isnan(errors(table((2024, 1000, NAN, one_week), (2025, 1150, 40, SAMPLED)), targets(2000)))
    assert np.isnan(errors(table((2024, 1000, 30, SAMPLED), (2025, 1150, NAN, one_week)), targets(2000)))
    assert np.isnan(errors(table((2024, 1000, 0, ()), (2025, 1150, 0, ())), targets(2000))), (
        "between two counts no error is claimed"
    )
    assert np.isnan(errors(table((2024, 1000, 30, SAMPLED), (2025, 1150, 40, SAMPLED)), targets(2000), value=2300)), (
        "nor of several periods together"
    )


def test_a_baseline_of_two_sampled_years_has_the_error_of_their_mean() -> None:
    goals = targets(2000).assign(baseline_start=pd.Timestamp("2023-01-01"))
    assert errors(
        table((2023, 900, 30, SAMPLED), (2024, 1000, 40, SAMPLED), (2025, 1150, 0, ())), goals
    ) == pytest.approx(25)
