"""What the path expects of the periods to come: by the same rules as of those that have been, and without touching
them."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.transforms.test_seasonal import AS_OF, SHAPE, calendar, day_range, judged, table, target
from transforms.judgement.judge import Judged, judge
from transforms.pacing import target_years
from transforms.pacing.target_years import MOST_PERIODS_AHEAD, spans

TERMS = [
    ("2023-09-20", "2023-12-10"),
    ("2024-01-10", "2024-03-20"),
    ("2024-09-20", "2024-12-10"),
    ("2026-09-20", "2026-12-10"),
]
CLOSED = [
    *day_range("2023-12-20", "2023-12-31"),
    *day_range("2024-12-20", "2025-01-31"),
    *day_range("2027-07-01", "2027-09-30"),
]
LENGTHS = {"day": 900, "week": 170, "month": 40, "quarter": 14}


def ahead(made: Judged, history: pd.DataFrame) -> pd.Series:
    """Expected by start, after the last period."""
    rows = made.path[made.path["start"] > history["start"].max()]
    found: pd.Series = rows.set_index("start")["expected"]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("path", ["linear", "geometric", "seasonal"])
@pytest.mark.parametrize(
    ("period", "over", "kind"),
    [("month", "period", "flow"), ("month", "year", "rate"), ("quarter", "year", "flow"), ("week", "period", "flow")],
)
def test_what_lies_ahead_changes_nothing_of_what_was(
    path: str, period: str, over: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = np.random.default_rng(4).uniform(90, 150, LENGTHS[period])
    history = table(date(2023, 1, 2), list(values), period, numerator=values * 10, denominator=10.0)
    goals = target(
        path=path,
        over=over,
        kind=kind,
        period=period,
        due="2028-12-31",
        baseline_start="2023-02-01",
        baseline_end="2024-02-01",
        baseline_value=100.0,
    )
    found = []
    for farthest in (0, MOST_PERIODS_AHEAD):
        monkeypatch.setattr(target_years, "MOST_PERIODS_AHEAD", farthest)
        found.append(judge(history, goals, AS_OF, calendar(history, goals, CLOSED, TERMS)))
    short, far = found
    assert len(far.path) > len(short.path)
    pd.testing.assert_series_equal(far.expected, short.expected)
    pd.testing.assert_frame_equal(far.verdicts, short.verdicts)
    of_the_due_period = ["open_due", "needed"]  # the calendar of a period to come is known where that period is
    pd.testing.assert_frame_equal(*(one.targets.drop(columns=of_the_due_period) for one in (far, short)))


@pytest.mark.parametrize("path", ["linear", "geometric", "seasonal"])
@pytest.mark.parametrize("over", ["period", "year"])
def test_what_is_expected_of_a_month_to_come_is_expected_of_it_when_it_has_come(path: str, over: str) -> None:
    goal: dict[str, Any] = {
        "path": path,
        "over": over,
        "due": "2027-12-31",
        "target_value": 2000.0 if over == "year" else 200.0,
    }
    now, later = (table(date(2025, 1, 1), [*SHAPE, *SHAPE[:count]]) for count in (2, 8))
    foretold, came = ahead(judged(now, **goal), now), judged(later, **goal).expected
    assert foretold.iloc[:6].tolist() == pytest.approx(came.iloc[14:20].tolist())
    assert len(foretold) == 22


@pytest.mark.parametrize("path", ["linear", "seasonal"])
def test_the_parts_of_a_year_to_come_add_up_to_its_goal(path: str) -> None:
    history = table(date(2025, 1, 1), [*SHAPE, *SHAPE[:2]])
    made = judged(history, path=path, over="year", due="2027-12-31", target_value=2400.0)
    year = ahead(made, history)["2027-01-01":]
    assert len(year) == 12
    assert year.sum() == pytest.approx(2400)


def test_nothing_is_expected_of_a_month_that_the_calendar_closes() -> None:
    history = table(date(2025, 1, 1), [*SHAPE, *SHAPE[:2]])
    result = ahead(judged(history, day_range("2026-06-01", "2026-07-15"), path="linear"), history)
    plain = ahead(judged(history, [], path="linear"), history)
    share = (result / plain)["2026-05-01":"2026-08-01"]
    assert share.tolist() == pytest.approx([1, 0, 16 / 31, 1])


def test_a_part_of_the_year_that_no_year_had_yet_is_held_against_the_rest() -> None:
    """Known from January to March; a December to come is closed for 11 of its 31 days."""
    history = table(date(2026, 1, 1), [100.0, 100.0, 100.0])
    goal: dict[str, Any] = {
        "path": "linear",
        "baseline_value": 100.0,
        "baseline_start": "2025-01-01",
        "baseline_end": "2026-01-01",
    }
    result, plain = (
        ahead(judged(history, closed, **goal), history) for closed in (day_range("2026-12-21", "2026-12-31"), [])
    )
    assert result.notna().all()
    assert (result / plain).tolist() == pytest.approx([1] * 8 + [20 / 31])


def test_a_band_has_no_path_ahead() -> None:
    history = table(date(2025, 1, 1), [*SHAPE])
    assert (
        ahead(
            judged(
                history, better="band", rule="pace", target_value=np.nan, target_low=80.0, target_high=100.0, path=None
            ),
            history,
        )
        .isna()
        .all()
    )


@pytest.mark.parametrize("period", ["day", "week", "month", "quarter", "year"])
def test_a_due_day_beyond_sight_is_looked_towards_only_so_far(period: str) -> None:
    history = table(date(2025, 1, 1), [1.0, 2.0], period)
    rows = spans(history, target(period=period, due="2200-12-31"))
    assert MOST_PERIODS_AHEAD <= rows["ahead"].sum() <= MOST_PERIODS_AHEAD * 1.05
    assert spans(history, target(period=period, due="2025-01-01")).equals(rows[~rows["ahead"]])
