"""What there is to tell, from what was published."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.alerts.notice_kinds import (
    BROKEN,
    ENDING,
    GRAVEST_FIRST,
    KINDS,
    LATE,
    PAUSED,
    REFUSING,
    WEEKLY,
    goal_candidates,
    requested_candidates,
    source_candidates,
    verdict_candidates,
)
from transforms.alerts.notices import NoticeCandidate
from transforms.alerts.state_names import FIRING, INACTIVE
from transforms.alerts.still_values import still_candidates

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
TODAY = NOW.date()
WELL: dict[str, Any] = {
    "source": "web",
    "fresh": True,
    "data_through": date(2026, 11, 23),
    "last_error": None,
    "waiting": None,
    "refused": 0,
    "access_expires_at": None,
}


def wrong(**changed: object) -> dict[str, date | None]:
    """What is said to be wrong with a source, and since when."""
    began = {("web", kind): NOW - timedelta(days=days) for kind, days in ((BROKEN, 2), (PAUSED, 3), (REFUSING, 4))}
    facts = source_candidates([WELL | changed], began, NOW, TODAY)
    return {fact.kind: fact.since for fact in facts if fact.state == FIRING and not fact.suppressed_by}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, {}),
        ({"fresh": False, "data_through": date(2026, 11, 1)}, {LATE: date(2026, 11, 2)}),
        ({"fresh": False, "data_through": None}, {}),
        ({"last_error": "refused the key"}, {BROKEN: date(2026, 11, 22)}),
        ({"waiting": "quota"}, {PAUSED: date(2026, 11, 21)}),
        ({"refused": 2}, {REFUSING: date(2026, 11, 20)}),
        ({"access_expires_at": NOW + timedelta(days=14, seconds=1)}, {}),
        ({"access_expires_at": NOW + timedelta(days=14)}, {ENDING: date(2026, 11, 24)}),
        ({"access_expires_at": NOW - timedelta(days=1)}, {ENDING: date(2026, 11, 9)}),
        ({"fresh": False, "last_error": "down"}, {BROKEN: date(2026, 11, 22)}),
    ],
)
def test_what_is_wrong_with_a_source(changed: dict[str, object], expected: dict[str, date]) -> None:
    assert wrong(**changed) == expected


@pytest.mark.parametrize(("due", "review", "expected"), [
    (date(2026, 11, 24), None, {"past_due": INACTIVE}),
    (date(2026, 11, 23), None, {"past_due": FIRING}),
    (date(2026, 12, 31), date(2026, 11, 24), {"past_due": INACTIVE, "review": FIRING}),
    (date(2026, 12, 31), date(2026, 11, 25), {"past_due": INACTIVE}),
    (date(2026, 11, 1), date(2026, 10, 1), {"past_due": FIRING}),
    (None, None, {}),
])  # fmt: skip
def test_a_target_whose_day_has_passed_and_a_review_that_is_due(
    due: date | None, review: date | None, expected: dict[str, str]
) -> None:
    facts = goal_candidates([{"indicator_id": "visits", "due": due}], {"visits": review} if review else {}, TODAY)
    assert {fact.kind: fact.state for fact in facts} == expected


def periods(*values: float | None, name: str = "visits") -> pd.DataFrame:
    starts = pd.date_range("2024-01-01", periods=len(values), freq="MS")
    return pd.DataFrame(
        {
            "indicator_id": name,
            "start": starts,
            "end": starts + pd.offsets.MonthBegin(),
            "value": pd.Series(values, dtype=float),
        }
    )


MOVING = (1, 2, 3, 4, 5, 6, 7)


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ((*MOVING, 9, 9), INACTIVE),
        ((*MOVING, 9, 9, 9), FIRING),
        ((*MOVING, 9, 9, 9, 8), INACTIVE),
        ((*MOVING, 0, 0, 0), FIRING),
        ((0, 0, 0, 1, 0, 2, 0, 0, 0), INACTIVE),
        ((0, 0, 0, 1, 0, 2, 0, 0, 0, 0), FIRING),
        ((9, 9, 9), INACTIVE),
        ((*MOVING, 9, 9, None, 9), INACTIVE),
        ((*MOVING, None, None, None), INACTIVE),
        ((*MOVING, 9, 9, 9, None), FIRING),
    ],
)
def test_the_very_same_value_as_long_as_never_before_is_told(values: tuple[float | None, ...], state: str) -> None:
    (fact,) = still_candidates(periods(*values), {"visits": "month"}, 3)
    assert fact.state == state


def test_standing_still_is_told_from_its_first_period_on() -> None:
    (fact,) = still_candidates(periods(*MOVING, 9, 9, 9, 9), {"visits": "month"}, 3)
    assert (fact.since, fact.through, fact.period) == (date(2024, 8, 1), date(2024, 11, 30), "month")


def test_each_indicator_is_looked_at_by_itself() -> None:
    both = pd.concat([periods(*MOVING, 9, 9, 9, name="a"), periods(9, 9, 9, *MOVING, name="b")]).sample(
        frac=1, random_state=1
    )
    assert {fact.subject: fact.state for fact in still_candidates(both, {"a": "month", "b": "month"}, 3)} == {
        "a": FIRING,
        "b": INACTIVE,
    }


def test_nothing_stands_still_when_nobody_asks() -> None:
    assert still_candidates(periods(*MOVING, 9, 9, 9), {"visits": "month"}, 0) == []


@given(st.lists(st.integers(0, 2), min_size=1, max_size=30), st.integers(2, 4))
def test_standing_still_by_hand(values: list[int], still: int) -> None:
    (fact,) = still_candidates(periods(*map(float, values)), {"visits": "month"}, still)
    runs: list[int] = []
    for at, value in enumerate(values):
        runs = [*runs[:-1], runs[-1] + 1] if at and value == values[at - 1] else [*runs, 1]
    stands = runs[-1] >= still and runs[-1] > max(runs[:-1], default=0) and sum(runs[:-1]) >= 2 * still
    assert (fact.state == FIRING) is stands


def change(month: int, verdict: str, through: date | None) -> dict[str, object]:
    return {
        "indicator_id": "visits",
        "as_of": datetime(2026, month, 3, tzinfo=UTC),
        "verdict": verdict,
        "through": through,
    }


def test_a_verdict_is_told_from_when_it_was_first_given() -> None:
    history = [
        change(3, "on_track", date(2026, 2, 28)),
        change(4, "at_risk", date(2026, 3, 31)),
        change(6, "at_risk", date(2026, 5, 31)),
    ]
    now = {"indicator_id": "visits", "verdict": "at_risk", "through": date(2026, 6, 30)}
    (fact,) = verdict_candidates([now], history, {"visits": "month"}, TODAY)
    assert (fact.kind, fact.since, fact.once) == ("at_risk", date(2026, 3, 31), True)


def test_behind_is_left_to_the_alert() -> None:
    assert (
        verdict_candidates(
            [{"indicator_id": "visits", "verdict": "behind", "through": TODAY}], [], {"visits": "month"}, TODAY
        )
        == []
    )


@pytest.mark.parametrize(
    ("days", "changed", "expected"),
    [
        (6.9, {}, {}),
        (7, {}, {LATE: date(2026, 11, 17)}),
        (7, {"last_error": "down"}, {BROKEN}),
        (7, {"waiting": "quota"}, {PAUSED}),
        (None, {}, {}),
    ],
)
def test_a_source_that_never_brought_anything_is_late_a_week_after_it_was_asked(
    days: float | None, changed: dict[str, object], expected: object
) -> None:
    row = WELL | {"fresh": False, "data_through": None} | changed
    facts = source_candidates([row], {} if days is None else {("web", LATE): NOW - timedelta(days=days)}, NOW, TODAY)
    standing = {fact.kind: fact.since for fact in facts if fact.state == FIRING and not fact.suppressed_by}
    assert standing == expected or set(standing) == expected


def test_every_kind_has_its_gravity() -> None:
    assert sorted(GRAVEST_FIRST) == sorted((*KINDS, WEEKLY))


def test_a_target_is_past_due_from_the_day_after_on() -> None:
    (fact,) = goal_candidates([{"indicator_id": "visits", "due": date(2026, 11, 20)}], {}, TODAY)
    assert (fact.since, fact.through) == (date(2026, 11, 21), TODAY)


def test_only_verdicts_that_nobody_asked_for_are_left_out() -> None:
    facts = [
        NoticeCandidate(kind, "visits", FIRING, TODAY, TODAY, "month") for kind in ("alert", "achieved", "on_track")
    ]
    assert [fact.kind for fact in requested_candidates(facts, {"achieved"})] == ["alert", "achieved"]
