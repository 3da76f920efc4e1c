"""The verdict on one indicator, case by case."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.told import told
from transforms.judgement.judge import judge

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
TARGET: dict[str, Any] = {
    "indicator_id": "i",
    "unit": "visits",
    "kind": "flow",
    "over": "period",
    "period": "month",
    "better": "up",
    "min_completeness": 1.0,
    "rule": "pace",
    "limit": np.nan,
    "path": "linear",
    "due": "2026-12-31",
    "target_value": 200.0,
    "target_low": None,
    "target_high": None,
    "baseline_value": 100.0,
    "baseline_start": "2025-01-01",
    "baseline_end": "2026-01-01",
}
NUMBERS = ("target_value", "target_low", "target_high", "baseline_value")


def targets(**changes: Any) -> pd.DataFrame:
    frame = pd.DataFrame([TARGET | changes])
    return frame.astype(
        {
            **dict.fromkeys(("due", "baseline_start", "baseline_end"), "datetime64[us]"),
            **dict.fromkeys(NUMBERS, "float64"),
        }
    )


def months(first: str, *values: float | None, **changes: Any) -> pd.DataFrame:
    start = pd.Series(pd.date_range(first, periods=len(values), freq="MS")).astype("datetime64[us]")
    base = {"completeness": 1.0, "provisional": False, "as_of": pd.Timestamp(AS_OF)} | changes
    end = (start + pd.offsets.MonthBegin(1)).astype("datetime64[us]")
    return pd.DataFrame(
        {
            "indicator_id": "i",
            "start": start,
            "end": end,
            "value": pd.Series(values, dtype="float64"),
            "flags": [()] * len(values),
            **base,
        }
    )


def verdict(periods: pd.DataFrame, **changes: Any) -> pd.Series:
    return told(judge(periods, targets(**changes), AS_OF).verdicts).iloc[0]


def test_half_the_progress_due_is_behind_and_the_reason_says_all_of_it() -> None:
    row = verdict(months("2026-01-01", 100, 108))
    assert row["expected"] == pytest.approx(100 + 100 * 59 / 365)
    assert row["pace_ratio"] == pytest.approx(8 / (100 * 59 / 365))
    assert (row["verdict"], row["worsening"], row["through"].date()) == ("behind", False, date(2026, 2, 28))
    assert (
        row["reason"]
        == "108 visits in Feb 2026 against 116 expected on the linear path to 200 by 31 Dec 2026: 0.49 of the progress "
        "due"
    )


def test_who_has_moved_away_from_the_target_is_told_so_and_no_negative_share() -> None:
    row = verdict(months("2026-01-01", 100, 90))
    assert row["pace_ratio"] == pytest.approx(-10 / (100 * 59 / 365))
    result = "90 visits in Feb 2026 against 116 expected on the linear path to 200 by 31 Dec 2026"
    assert row["reason"] == f"{result}: it has moved away from the target since the baseline"


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.95, "on_track"), (0.9499, "at_risk"), (0.60, "at_risk"), (0.5999, "behind"), (-0.1, "behind")],
)
def test_a_ratio_at_exactly_a_threshold_goes_up(share: float, expected: str) -> None:
    way = 365.0  # so that the path gains one a day and the sums are exact
    row = verdict(months("2026-01-01", 0.0 + 31 * share), baseline_value=0.0, target_value=way)
    assert row["verdict"] == expected
    assert row["worsening"] == (share < 0)


def test_less_is_better_where_the_plan_says_so() -> None:
    row = verdict(months("2026-01-01", 60), better="down", target_value=50.0)
    assert row["verdict"] == "on_track"
    assert verdict(months("2026-12-01", 50), better="down", target_value=50.0)["verdict"] == "achieved"
    assert verdict(months("2026-01-01", 104), better="down", target_value=50.0)["worsening"]


LEVEL_REACHED = "200 visits in Jan 2026: the level of 200 by 31 Dec 2026 is reached; to be met, it must hold"


def test_one_period_at_the_target_before_it_is_due_has_reached_the_level_and_achieved_nothing() -> None:
    row = verdict(months("2026-01-01", 200))
    assert (row["verdict"], row["reason"]) == ("on_track", LEVEL_REACHED)


def test_a_target_is_achieved_by_the_period_that_holds_the_due_day() -> None:
    row = verdict(months("2026-11-01", 150, 200))
    assert (row["verdict"], row["reason"]) == (
        "achieved",
        "200 visits in Dec 2026: the target of 200 by 31 Dec 2026 is met",
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([200.0] * 12, "achieved"),
        ([199.0] + [200.0] * 11, "on_track"),
        ([200.0] * 6 + [None] + [200.0] * 6, "on_track"),
        ([150.0] + [200.0] * 12, "achieved"),
        ([200.0] * 12 + [199.0], "on_track"),
    ],
    ids=["a year", "eleven months", "a gap in the year", "a year after a lower month", "lost again"],
)
def test_a_level_held_for_a_year_is_achieved_before_it_is_due(values: list[float | None], expected: str) -> None:
    row = verdict(months("2026-01-01", *values), due="2027-12-31")
    assert row["verdict"] == expected


def test_a_year_at_the_target_is_a_year_that_held() -> None:
    one = months("2026-01-01", 200).assign(end=pd.Timestamp("2027-01-01"))
    assert verdict(one, period="year", due="2028-12-31")["verdict"] == "achieved"


@pytest.mark.parametrize(
    ("values", "expected", "reason"),
    [
        ((200, 180), "achieved", "200 visits in Dec 2026: {} is met; since then no longer met, 180 visits in Jan 2027"),
        ((200, 210), "achieved", "200 visits in Dec 2026: {} is met; since then still met, 210 visits in Jan 2027"),
        ((180, 210), "behind", "180 visits in Dec 2026: {} was not met; reached since, 210 visits in Jan 2027"),
        (
            (180, 190),
            "behind",
            "180 visits in Dec 2026: {} was not met; since then not met either, 190 visits in Jan 2027",
        ),
        (
            (None, 210),
            "not_assessable",
            "what it was on 31 Dec 2026, when it was due, is not known; since then 210 visits in Jan 2027",
        ),
    ],
)
def test_after_the_due_day_the_period_that_held_it_decides(
    values: tuple[float | None, ...], expected: str, reason: str
) -> None:
    row = verdict(months("2026-12-01", *values))
    assert row["verdict"] == expected
    assert row["reason"] == reason.format("the target of 200 by 31 Dec 2026")


def test_what_was_known_when_it_was_due_is_judged_whatever_comes_after() -> None:
    """All columns tell of December, so that no figure contradicts the verdict beside it."""
    when_due, later = (verdict(months("2026-12-01", *values)) for values in ((200.0,), (200.0, 50.0)))
    told = [name for name in when_due.index if name not in ("reason", "findings", "reason_parameters")]
    pd.testing.assert_series_equal(when_due[told], later[told])
    assert (later["value"], later["through"], later["worsening"]) == (200, pd.Timestamp("2026-12-31"), False)


def test_a_series_that_begins_after_the_due_day_says_nothing_about_it() -> None:
    row = verdict(months("2027-01-01", 250.0))
    assert (row["verdict"], row["findings"][0].code) == ("not_assessable", "due_unknown")


@pytest.mark.parametrize(("better", "target", "value"), [("up", 90.0, 95.0), ("down", 110.0, 105.0)])
def test_a_target_that_the_baseline_already_meets_gives_no_verdict(better: str, target: float, value: float) -> None:
    row = verdict(months("2026-01-01", value), better=better, target_value=target)
    assert row["verdict"] == "not_assessable"
    assert "the baseline already meets it" in row["reason"]


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.598, "0.59 of the progress due"),
        (0.9499, "0.94 of the progress due"),
        (1.0, "1.00 of the progress due"),
        (2.0, "2.00 of the progress due"),
        (2.01, "more than twice the progress due"),
        (-1e-12, "0.00 of the progress due"),
    ],
)
def test_the_share_told_never_looks_better_than_the_verdict(share: float, words: str) -> None:
    row = verdict(months("2026-01-01", 31 * share), baseline_value=0.0, target_value=365.0)
    assert row["reason"].endswith(words)


def test_a_target_that_is_past_and_not_met_is_behind_whatever_the_path_says() -> None:
    row = verdict(months("2026-12-01", 199.9))
    assert row["verdict"] == "behind"
    assert "was not met" in row["reason"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"completeness": 0.9}, "no complete and settled month yet; the newest, from 1 Feb 2026, is 90 % complete"),
        ({"provisional": True}, "no settled month yet; the newest, from 1 Feb 2026, is complete but may still change"),
    ],
)
def test_a_period_that_is_incomplete_or_provisional_is_not_judged(changes: dict[str, Any], reason: str) -> None:
    row = verdict(months("2026-01-01", 100, 108, **changes))
    assert (row["verdict"], row["reason"]) == ("not_assessable", reason)
    assert pd.isna(row["value"])


def test_the_last_complete_period_is_judged_when_a_newer_one_is_not() -> None:
    row = verdict(months("2026-01-01", 150, 1, completeness=[1.0, 0.1]))
    assert (row["value"], row["through"].date()) == (150, date(2026, 1, 31))


def test_a_plan_may_accept_less_than_complete() -> None:
    assert verdict(months("2026-01-01", 190, completeness=0.95), min_completeness=0.9)["verdict"] == "on_track"


def test_without_data_nothing_is_said() -> None:
    row = verdict(months("2026-01-01").astype({"start": "datetime64[us]"}))
    assert (row["verdict"], row["reason"]) == ("not_assessable", "no data yet")


def test_without_a_target_nothing_is_said() -> None:
    changes = dict.fromkeys(
        ("rule", "path", "over", "due", "target_value", "baseline_value", "baseline_start", "baseline_end")
    )
    row = verdict(months("2026-01-01", 100), **changes)
    assert (row["verdict"], row["reason"], row["rule"]) == ("not_assessable", "the plan gives no target", "none")


def test_a_baseline_is_the_mean_of_its_periods() -> None:
    judged = judge(months("2025-01-01", *range(90, 102), 150), targets(baseline_value=None), AS_OF)
    assert judged.targets["baseline_value"][0] == pytest.approx(95.5)
    assert judged.verdicts["verdict"][0] == "on_track"


def test_a_baseline_with_a_hole_gives_no_verdict_and_says_how_many() -> None:
    row = verdict(months("2025-03-01", *range(10), 150), baseline_value=None)
    assert row["verdict"] == "not_assessable"
    assert row["reason"] == "the baseline 1 Jan 2025 to 31 Dec 2025 is not whole: 10 of its 12 months are complete"


def test_before_the_first_period_after_the_baseline_nothing_is_said() -> None:
    row = verdict(months("2025-12-01", 300))
    assert row["verdict"] == "not_assessable"
    assert "no complete month after the baseline" in row["reason"]


def test_a_geometric_path_that_does_not_exist_gives_no_verdict() -> None:
    row = verdict(months("2026-01-01", 100), path="geometric", baseline_value=0.0)
    assert row["verdict"] == "not_assessable"
    assert "no geometric path" in row["reason"]


@pytest.mark.parametrize(
    ("value", "first", "expected"),
    [(50, "2026-01-01", "on_track"), (90, "2026-01-01", "behind"), (50, "2026-12-01", "achieved")],
)
def test_a_band_is_to_be_stayed_in(value: float, first: str, expected: str) -> None:
    band = {
        "better": "band",
        "target_value": None,
        "target_low": 40.0,
        "target_high": 60.0,
        "baseline_value": None,
        "baseline_start": None,
        "baseline_end": None,
    }
    row = verdict(months(first, value), **band)
    assert row["verdict"] == expected
    assert not row["worsening"]


def test_the_path_is_expected_from_the_baseline_on_and_levels_off_at_the_target() -> None:
    expected = judge(months("2025-12-01", *[1] * 14), targets(), AS_OF).expected
    assert pd.isna(expected[0])
    assert list(expected[-2:]) == [200, 200]


def test_the_grade_is_the_weakest_flag_of_the_period_judged() -> None:
    periods = months("2026-01-01", 150)
    assert verdict(periods)["grade"] == "counted"
    assert verdict(periods.assign(flags=[("estimated", "halved", "sampled")]))["grade"] == "sampled"


def verdicts_of(values: list[float], scale: float = 1.0) -> pd.DataFrame:
    """Many indicators of one month each, judged at once; in the order of ``values``."""
    periods = pd.concat(
        [months("2026-01-01", value * scale).assign(indicator_id=f"i{at:03}") for at, value in enumerate(values)],
        ignore_index=True,
    )
    aims = pd.concat(
        [
            targets(baseline_value=100 * scale, target_value=200 * scale).assign(indicator_id=f"i{at:03}")
            for at in range(len(values))
        ]
    )
    return told(judge(periods, aims.reset_index(drop=True), AS_OF).verdicts)


@settings(max_examples=5)
@given(st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=20))
def test_a_better_value_never_gets_a_worse_verdict(values: list[float]) -> None:
    order = ["behind", "at_risk", "on_track", "achieved"]
    ranks = [order.index(verdict) for verdict in verdicts_of(sorted(values))["verdict"]]
    assert ranks == sorted(ranks)


@settings(max_examples=5)
@given(st.floats(0.001, 1e6), st.lists(st.floats(0, 300), min_size=1, max_size=20))
def test_a_change_of_unit_changes_no_verdict(scale: float, values: list[float]) -> None:
    assert verdicts_of(values, scale)["pace_ratio"].to_numpy() == pytest.approx(
        verdicts_of(values)["pace_ratio"].to_numpy(), abs=1e-6
    )


NEAR_ALL = {
    "per cent": ({"unit": "per cent", "kind": "stock"}, "within 1 point"),
    "a sign": ({"unit": "%", "kind": "stock"}, "within 1 point"),
    "articles": ({"unit": "articles", "kind": "stock"}, "at this rate at least 0.95"),
    "a rate, which counts to 1": ({"unit": "%", "kind": "rate"}, "at this rate at least 0.95"),
}


@pytest.mark.parametrize("case", NEAR_ALL)
def test_unsd_takes_a_point_from_100_as_met_where_the_unit_says_per_cent(case: str) -> None:
    changes, because = NEAR_ALL[case]
    periods = months("2026-02-01", 99.2)
    row = verdict(periods, rule="unsd", target_value=100.0, baseline_value=90.0, baseline_end="2025-01-01", **changes)
    assert because in row["reason"]
    assert row["verdict"] == "on_track", "before it is due a single period achieves nothing, whatever the rule calls it"


@pytest.mark.parametrize(
    ("rule", "value", "due", "expected"),
    [
        ("sdsn", 203.0, "2027-12-31", "on_track"),
        ("statcan", 199.0, "2026-12-31", "behind"),
        ("hp2030", 199.0, "2026-12-31", "behind"),
        ("sdsn", 200.0, "2026-12-31", "achieved"),
        ("eurostat", 201.0, "2026-12-31", "achieved"),
    ],
)
def test_when_it_is_due_a_target_is_met_or_not_and_before_it_is_reached_by_any_rule(
    rule: str, value: float, due: str, expected: str
) -> None:
    row = verdict(months("2026-12-01", value), rule=rule, due=due, baseline_end="2025-01-01")
    assert row["verdict"] == expected, row["reason"]
    assert f"by {rule}@" in row["reason"]
