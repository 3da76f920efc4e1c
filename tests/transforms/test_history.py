"""Which evaluations are new, why, and what stood on a day."""

from typing import Any

import pandas as pd
import pytest

from transforms.judgement.history import alerts_raised, rows_to_record, verdict_changes, verdicts_as_of
from warehouse.frames import to_arrow, to_pandas
from warehouse.schema import EVALUATIONS, VERDICT_LEDGER, Table

ROW: dict[str, Any] = {
    "indicator_id": "visits",
    "as_of": pd.Timestamp("2026-03-01T06:00Z"),
    "through": "2026-02-28",
    "verdict": "at_risk",
    "worsening": False,
    "reason": "because",
    "value": 108.0,
    "expected": 116.0,
    "rule": "pace@1",
    "grade": "counted",
    "title": "Visits",
    "target_value": 200.0,
    "due": "2026-12-31",
    "baseline_value": 100.0,
    "path": "linear",
    "plan_hash": "a",
    "version": "1",
}


def table(schema: Table, *rows: dict[str, Any]) -> pd.DataFrame:
    dated = ("through", "due", "alert_since", "chart_since")
    days = {field: "datetime64[us]" for field in dated if field in schema.names}
    filled = [{"cause": "new_data", **row} for row in rows]
    frame = pd.DataFrame(filled).reindex(columns=schema.names).astype(days)
    if "alert_raised_at" in frame:
        frame["alert_raised_at"] = pd.to_datetime(frame["alert_raised_at"], utc=True)
    return to_pandas(to_arrow(frame, schema))


def evaluation(at: int = 1, **changes: Any) -> pd.DataFrame:
    return table(VERDICT_LEDGER, ROW | {"as_of": pd.Timestamp(f"2026-03-{at:02}T06:00Z")} | changes).drop(
        columns=["cause", "plan_change"]
    )


def nothing() -> pd.DataFrame:
    return to_pandas(VERDICT_LEDGER.arrow.empty_table())


def recorded(evaluations: pd.DataFrame, kept: pd.DataFrame, unsettled_until: str | None = None) -> pd.DataFrame:
    """What is new; unsettled_until: the day after a period that may still change."""
    ends = [] if unsettled_until is None else [("visits", pd.Timestamp(unsettled_until))]
    unsettled = pd.DataFrame(ends, columns=["indicator_id", "end"]).astype({"end": "datetime64[us]"})
    return rows_to_record(evaluations, kept, unsettled)


def ledger(*evaluations: pd.DataFrame) -> pd.DataFrame:
    kept = nothing()
    for one in evaluations:
        kept = pd.concat([kept, recorded(one, kept)], ignore_index=True)
    return kept


@pytest.mark.parametrize(
    ("changes", "causes"),
    [
        ({}, []),
        ({"value": 120.0}, ["restated"]),
        ({"value": 108.00000000000001}, []),  # the same sum, added up in another order
        ({"probability": 0.4}, ["restated"]),
        ({"through": "2026-03-31"}, ["new_data"]),
        ({"through": "2026-01-31"}, ["restated"]),
        ({"through": None}, ["restated"]),
        ({"value": 120.0, "plan_hash": "b"}, ["plan_changed"]),
        ({"plan_hash": "b"}, ["plan_changed"]),
        ({"expected": 117.0, "version": "2"}, ["method_changed"]),
        ({"version": "2"}, []),
        ({"alert": "firing"}, ["restated"]),
    ],
)
def test_each_change_names_its_cause_and_no_change_is_recorded(changes: dict[str, Any], causes: list[str]) -> None:
    before = ledger(evaluation())
    assert list(before["cause"]) == ["new_data"]
    assert list(recorded(evaluation(2, **changes), before)["cause"]) == causes


@pytest.mark.parametrize("through", ["2026-01-31", None])
def test_a_period_judged_too_early_goes_back_with_its_cause(through: str | None) -> None:
    found = recorded(evaluation(2, through=through), ledger(evaluation()), "2026-03-01")
    assert list(found["cause"]) == ["settling_learned"]


def test_a_period_that_stays_judged_was_not_judged_too_early() -> None:
    found = recorded(evaluation(2, value=120.0), ledger(evaluation()), "2026-03-01")
    assert list(found["cause"]) == ["restated"]


def test_moved_goal_posts_are_named_and_stay_in_the_history_although_the_verdict_is_the_same() -> None:
    kept = ledger(evaluation(), evaluation(2, plan_hash="b", target_value=180.0, due="2027-06-30"))
    history = verdict_changes(kept)
    assert list(history["cause"]) == ["new_data", "plan_changed"]
    assert history["plan_change"].iloc[1] == "target value from 200 to 180; due from 31 Dec 2026 to 30 Jun 2027"


def test_a_goal_given_up_is_named() -> None:
    kept = ledger(
        evaluation(),
        evaluation(2, plan_hash="b", target_value=None, due=None, rule="none", path=None, verdict="not_assessable"),
    )
    assert (
        kept["plan_change"].iloc[1]
        == "target value from 200 to none; due from 31 Dec 2026 to none; path from linear to none; rule from pace@1 to "
        "none"
    )


def test_a_change_beside_the_goal_says_so() -> None:
    assert "not the goal" in ledger(evaluation(), evaluation(2, plan_hash="b"))["plan_change"].iloc[1]


def test_the_history_holds_changes_of_verdict_only() -> None:
    result = [("at_risk", 108.0), ("at_risk", 107.0), ("on_track", 190.0), ("on_track", 191.0), ("behind", 50.0)]
    kept = ledger(*(evaluation(at, verdict=verdict, value=value) for at, (verdict, value) in enumerate(result, 1)))
    assert len(kept) == 5
    assert list(verdict_changes(kept)["verdict"]) == ["at_risk", "on_track", "behind"]


def made(*rows: tuple[str, list[str]]) -> pd.DataFrame:
    return table(EVALUATIONS, *({"as_of": pd.Timestamp(at), "indicators": names, "version": "1"} for at, names in rows))


def test_what_was_told_on_a_day_is_told_again_with_the_instant_of_that_evaluation() -> None:
    kept = ledger(evaluation(1), evaluation(3, value=120.0))
    evaluations = made(
        ("2026-03-01T06:00Z", ["visits"]), ("2026-03-02T06:00Z", ["visits"]), ("2026-03-03T06:00Z", ["visits"])
    )
    then = verdicts_as_of(kept, evaluations, pd.Timestamp("2026-03-02T23:59Z"))
    assert list(then["value"]) == [108.0]
    assert list(then["as_of"]) == [pd.Timestamp("2026-03-02T06:00Z")]
    assert list(verdicts_as_of(kept, evaluations, pd.Timestamp("2026-03-09T00:00Z"))["value"]) == [120.0]
    assert verdicts_as_of(kept, evaluations, pd.Timestamp("2026-02-28T00:00Z")).empty


def test_an_indicator_that_left_the_plan_is_no_longer_told_and_one_that_came_is() -> None:
    kept = ledger(evaluation(1), evaluation(2, indicator_id="loans"))
    evaluations = made(("2026-03-01T06:00Z", ["visits"]), ("2026-03-02T06:00Z", ["loans"]))
    assert list(verdicts_as_of(kept, evaluations, pd.Timestamp("2026-03-01T12:00Z"))["indicator_id"]) == ["visits"]
    assert list(verdicts_as_of(kept, evaluations, pd.Timestamp("2026-03-02T12:00Z"))["indicator_id"]) == ["loans"]


@pytest.mark.parametrize(
    ("before", "now", "raised"),
    [
        ([], "firing", 9),
        (["firing", "firing"], "firing", 1),
        (["firing", "resolved"], "firing", 9),
        (["pending", "firing"], "firing", 2),
        (["inactive", "firing", "no_data", "source_failed"], "firing", 2),
        (["firing", "inactive", "no_data"], "firing", 9),
        (["firing"], None, None),
    ],
)
def test_an_alert_is_raised_when_a_run_first_finds_its_state(
    before: list[str], now: str | None, raised: int | None
) -> None:
    kept = pd.concat([nothing(), *(evaluation(at, alert=state) for at, state in enumerate(before, start=1))])
    (found,) = alerts_raised(evaluation(9, alert=now), kept)
    assert (None if pd.isna(found) else found.day) == raised


def test_a_change_too_small_for_the_rounded_figures_is_told_with_more_digits() -> None:
    kept = ledger(evaluation())
    again = evaluation(2, plan_hash="b", target_value=200.00001)
    assert recorded(again, kept)["plan_change"].tolist() == ["target value from 200 to 200.00001"]


def test_another_direction_or_span_of_the_target_is_told_as_a_change_of_the_goal() -> None:
    kept = ledger(evaluation(better="up", over="period"))
    again = evaluation(2, plan_hash="b", better="down", over="year")
    assert recorded(again, kept)["plan_change"].tolist() == ["better from up to down; over from period to year"]


def test_what_an_older_version_did_not_record_is_no_change() -> None:
    again = evaluation(2, plan_hash="b", better="down", over="year")
    assert recorded(again, ledger(evaluation()))["plan_change"].tolist() == [
        "not the goal: the calendar, the breaks, or how the number is made or when it is final"
    ]
