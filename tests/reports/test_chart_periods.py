"""Which periods a chart shows: the newest years and the baseline, never nothing where something is known."""

from datetime import date
from typing import Any

import pytest

from reports.chart_periods import partial_ends, periods_to_chart
from tests.reports.site_rows import indicator, months


def history(count: int, known: int | None = None) -> list[dict[str, Any]]:
    """``count`` months up to February 2026, of which the oldest ``known`` ones have a value."""
    return [
        {"start": start, "end": end, "value": 1.0 if known is None or at < known else None}
        for at, (start, end) in enumerate(months(count))
    ]


def first(shown: Any) -> date:
    day: date = shown[0]["start"]
    return day


def test_a_long_history_is_shown_for_six_years() -> None:
    assert first(periods_to_chart(indicator(baseline_start=None), history(200))) == date(2020, 3, 1)


def test_an_older_baseline_is_shown_with_the_year_before_it() -> None:
    assert first(periods_to_chart(indicator(baseline_start=date(2016, 2, 29)), history(200))) == date(2015, 2, 1)
    assert first(periods_to_chart(indicator(baseline_start=date(2025, 1, 1)), history(200))) == date(2020, 3, 1)


@pytest.mark.parametrize("count", [0, 1, 30])
def test_a_short_history_is_shown_whole(count: int) -> None:
    assert len(periods_to_chart(indicator(), history(count))) == count


def test_where_only_older_values_are_known_all_are_shown() -> None:
    assert len(periods_to_chart(indicator(baseline_start=None), history(200, known=20))) == 200


@pytest.mark.parametrize(
    ("complete", "positions"),
    [
        ([1.0, 1.0, 1.0], set()),
        ([0.5, 1.0, 0.5], {0, 2}),
        ([0.89, 0.9, 0.95], {0}),
        ([0.2, 0.5, 1.0, 0.5, 1.0, 0.0], {0, 1, 5}),
        ([0.5, 0.5], set()),
        ([], set()),
    ],
)
def test_only_partial_periods_at_either_end_are_set_apart(complete: list[float], positions: set[int]) -> None:
    assert partial_ends([{"completeness": share, "value": 1.0} for share in complete]) == positions


def test_a_year_that_still_runs_is_no_fall_however_little_is_left_of_it() -> None:
    years = [{"completeness": 1.0, "value": 100.0}, {"completeness": 0.92, "value": 90.0}]
    assert partial_ends([*years, {"completeness": 0.92, "value": 91.0, "provisional": True}]) == {2}
    assert partial_ends([*years, {"completeness": 1.0, "value": 100.0, "provisional": True}]) == set(), (
        "over, not final"
    )
