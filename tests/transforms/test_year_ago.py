"""A period beside the same one a year before: by hand, with gaps, partly known periods and breaks."""

import numpy as np
import pandas as pd
import pytest

from transforms.year_ago import with_year_ago

NO_BREAKS = pd.DataFrame({"indicator_id": [], "day": [], "spliced": []})
COLUMNS = ["year_ago_value", "year_ago_completeness", "year_ago_change", "year_ago_change_pct"]


def compared(
    rows: list[tuple[str, str, float | None, float]], period: str = "month", breaks: pd.DataFrame = NO_BREAKS
) -> pd.DataFrame:
    """rows: first day, day after the last, value, completeness; indexed by the first day."""
    frame = pd.DataFrame(rows, columns=["start", "end", "value", "completeness"]).assign(indicator_id="visits")
    frame = frame.astype({"start": "datetime64[us]", "end": "datetime64[us]", "value": "float64"})
    return with_year_ago(frame, pd.Series({"visits": period}), breaks).set_index("start")[COLUMNS]


def one_break(day: str, *, spliced: bool) -> pd.DataFrame:
    return pd.DataFrame({"indicator_id": ["visits"], "day": pd.to_datetime([day]), "spliced": [spliced]})


TWO_MARCHES = [("2025-03-01", "2025-04-01", 200.0, 1.0), ("2026-03-01", "2026-04-01", 230.0, 1.0)]


def test_a_month_is_compared_with_that_of_the_year_before() -> None:
    found = compared(TWO_MARCHES)
    assert found.loc["2026-03-01"].tolist() == [200.0, 1.0, 30.0, 15.0]
    assert found.loc["2025-03-01"].isna().all()


def test_a_partly_known_period_has_no_change_but_shows_how_much_is_known() -> None:
    found = compared([("2025-03-01", "2025-04-01", 200.0, 0.5), TWO_MARCHES[1]])
    assert found.loc["2026-03-01"].tolist()[:2] == [200.0, 0.5]
    assert found.loc["2026-03-01"].iloc[2:].isna().all()
    running = compared([TWO_MARCHES[0], ("2026-03-01", "2026-04-01", 20.0, 0.1)])
    assert running.loc["2026-03-01"].iloc[2:].isna().all()


def test_an_unknown_value_gives_no_change_and_no_zero() -> None:
    found = compared([("2025-03-01", "2025-04-01", None, 1.0), TWO_MARCHES[1]])
    assert np.isnan(found.loc["2026-03-01", "year_ago_value"])
    assert np.isnan(found.loc["2026-03-01", "year_ago_change"])


def test_from_nothing_there_is_a_change_and_no_percentage() -> None:
    found = compared([("2025-03-01", "2025-04-01", 0.0, 1.0), TWO_MARCHES[1]])
    assert found.loc["2026-03-01", "year_ago_change"] == 230.0
    assert np.isnan(found.loc["2026-03-01", "year_ago_change_pct"])


@pytest.mark.parametrize(("period", "days"), [("day", 1), ("week", 7)])
def test_days_and_weeks_meet_their_weekday(period: str, days: int) -> None:
    first = pd.Timestamp("2025-03-03")  # a Monday
    then = first + pd.Timedelta(weeks=52)
    rows = [(str(day.date()), str((day + pd.Timedelta(days=days)).date()), 10.0, 1.0) for day in (first, then)]
    assert compared(rows, period).loc[then, "year_ago_value"] == 10.0


def test_the_month_of_a_leap_year_meets_that_of_an_ordinary_one() -> None:
    found = compared([("2023-02-01", "2023-03-01", 280.0, 1.0), ("2024-02-01", "2024-03-01", 290.0, 1.0)])
    assert found.loc["2024-02-01", "year_ago_change"] == 10.0


@pytest.mark.parametrize(
    ("day", "known"), [("2025-03-01", True), ("2025-03-02", False), ("2026-03-15", False), ("2026-04-01", True)]
)
def test_across_a_break_nothing_is_compared(day: str, known: bool) -> None:
    found = compared(TWO_MARCHES, breaks=one_break(day, spliced=False))
    assert bool(found.loc["2026-03-01"].iloc[[0, 2, 3]].notna().all()) is known


def test_a_spliced_break_is_no_obstacle() -> None:
    assert (
        compared(TWO_MARCHES, breaks=one_break("2025-10-01", spliced=True)).loc["2026-03-01", "year_ago_change"] == 30
    )
