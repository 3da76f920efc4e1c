"""A verdict that hangs on what is missing is not given, and names it."""

import pandas as pd
import pytest

from tests.told import told
from tests.transforms.test_verdicts import AS_OF, months, targets
from transforms.judgement.judge import judge
from transforms.judgement.missing_bounds import missing_bounds
from transforms.judgement.precedence import decide


def again(periods: pd.DataFrame, goals: pd.DataFrame) -> pd.DataFrame:
    return judge(periods, goals, AS_OF).verdicts


def bounded(periods: pd.DataFrame, goals: pd.DataFrame) -> pd.Series:
    """The verdict where the periods with a whole_error miss Hill's month."""
    months_and_errors = zip(periods["start"], periods["whole_error"], strict=True)
    cells = [(f"{start:%Y-%m-%d} Hill",) if error else () for start, error in months_and_errors]
    periods = periods.assign(missing=pd.Series(cells, dtype=object), counted=0.0)
    first = judge(periods, goals, AS_OF)
    return told(decide(first.verdicts, missing_bounds(first.verdicts, periods, goals, again).findings)).iloc[0]


def january(error: float) -> pd.Series:
    """The verdict on 25 in January, where 31 are due."""
    return bounded(months("2026-01-01", 25.0, whole_error=error), targets(baseline_value=0.0, target_value=365.0))


def test_where_the_missing_part_cannot_change_the_verdict_it_stands() -> None:
    row = january(1.0)
    assert (row["verdict"], row["reason"][-23:]) == ("at_risk", "missing: Hill, Jan 2026")


def test_where_it_can_there_is_none_and_the_cell_is_named() -> None:
    row = january(10.0)
    assert (row["verdict"], row["worsening"]) == ("not_assessable", False)
    assert row["reason"] == "between behind and on track, depending on what is missing: Hill, Jan 2026"


@pytest.mark.parametrize(("error", "verdict"), [(0.5, "on_track"), (10.0, "not_assessable")])
def test_a_missing_part_of_the_baseline_counts_too(error: float, verdict: str) -> None:
    """Of the 334 due in 334 days, 28 are due by the end of February."""
    goal = targets(target_value=334.0, baseline_value=None, baseline_start="2026-01-01", baseline_end="2026-02-01")
    assert bounded(months("2026-01-01", 0.0, 28.0, whole_error=[error, 0.0]), goal)["verdict"] == verdict


def test_the_gaps_of_a_year_count_together() -> None:
    """24 of 24.3 expected in two months; each may be off by 1.6 at most, both together by 2.3."""
    goal = targets(over="year", baseline_value=0.0, target_value=146.0, baseline_start="2025-01-01")
    row = bounded(months("2026-01-01", 12.0, 12.0, whole_error=1.0), goal)
    assert row["verdict"] == "not_assessable"
    assert row["reason"] == "between at risk and on track, depending on what is missing: Hill, Jan 2026; Hill, Feb 2026"
    assert bounded(months("2026-01-01", 12.0, 12.0, whole_error=[0.1, 0.1]), goal)["verdict"] == "on_track"


def test_what_was_missing_when_it_was_due_decides_whatever_came_after() -> None:
    """December reaches 200 or does not, by what Hill had; February 2027 is whole and tells nothing about it."""
    periods = months("2026-12-01", 201.0, 150.0, 190.0, whole_error=[10.0, 0.0, 0.0])
    row = bounded(periods, targets())
    assert (row["verdict"], row["reason"]) == (
        "not_assessable",
        "between behind and achieved, depending on what is missing: Hill, Dec 2026",
    )


def test_a_level_held_for_a_year_depends_on_each_of_its_periods() -> None:
    periods = months("2026-01-01", *[201.0] * 12, whole_error=[10.0, *[0.0] * 11])
    row = bounded(periods, targets(due="2027-12-31"))
    assert row["reason"] == "between on track and achieved, depending on what is missing: Hill, Jan 2026"
    sure = bounded(periods.assign(whole_error=[0.1, *[0.0] * 11]), targets(due="2027-12-31"))
    assert sure["verdict"] == "achieved"


def test_what_may_lie_above_the_baseline_is_not_called_worsening() -> None:
    periods = months("2026-02-01", 99.0, whole_error=3.0).assign(counted=0.0, missing=[("2026-02-01 Hill",)])
    first = judge(periods, targets(), AS_OF)
    assert bool(first.verdicts["worsening"].iloc[0])
    for error, unsure in ((3.0, {"i"}), (0.1, set())):
        bounds = missing_bounds(first.verdicts, periods.assign(whole_error=error), targets(), again)
        assert bounds.unsure_worsening == unsure


def test_without_anything_missing_nothing_is_judged_again() -> None:
    periods = months("2026-01-01", 25.0).assign(whole_error=0.0, counted=25.0)
    goal = targets()
    first = judge(periods, goal, AS_OF)
    found = missing_bounds(first.verdicts, periods, first.targets, lambda *_: pytest.fail("judged again")).findings
    assert found == {}


def test_the_gap_of_a_step_year_counts_too() -> None:
    """The target is due in 2027; what is judged is the year 2026, of which January is in doubt."""
    goal = targets(over="year", baseline_value=0.0, target_value=292.0, due="2027-12-31", baseline_start="2025-01-01")
    row = bounded(months("2026-01-01", 12.0, 12.0, whole_error=[3.0, 0.0]), goal)
    assert row["verdict"] == "not_assessable"
    assert bounded(months("2026-01-01", 12.0, 12.0, whole_error=[0.01, 0.0]), goal)["verdict"] == "on_track"


def test_the_rate_of_a_year_moves_with_its_numerator() -> None:
    """10 of 100 in January and in February, where 0.1 is due; a doubt of 2 in January's numerator decides."""
    goal = targets(kind="rate", over="year", baseline_value=0.05, target_value=0.1, baseline_start="2025-01-01")
    rates = months("2026-01-01", 0.1, 0.1, numerator=10.0, denominator=100.0)
    assert bounded(rates.assign(whole_error=[0.02, 0.0]), goal)["verdict"] == "not_assessable"
    assert bounded(rates.assign(whole_error=[0.0001, 0.0]), goal)["verdict"] == "on_track"


def test_where_it_may_not_be_assessable_at_all_there_is_no_verdict() -> None:
    """At the upper end of its interval the baseline already meets the target."""
    goal = targets(target_value=110.0, baseline_value=None, baseline_start="2026-01-01", baseline_end="2026-02-01")
    row = bounded(months("2026-01-01", 100.0, 101.0, whole_error=[8.0, 0.0]), goal)
    assert (row["verdict"], row["reason"][:30]) == ("not_assessable", "between not assessable and on ")
