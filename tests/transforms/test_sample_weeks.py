"""Weeks on the calendar: laws of the grid that cuts them at the borders of periods."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.periods import period_grid
from transforms.sampling.sample_weeks import week_grid

DAYS = st.dates(date(2000, 1, 1), date(2035, 12, 31))


@given(
    DAYS,
    st.integers(min_value=1, max_value=1500),
    st.sampled_from(["quarter", "year"]),
    st.sampled_from(["monday", "sunday"]),
)
def test_every_day_lies_in_one_week_and_every_week_in_one_period(
    first: date, days: int, period: str, week_starts: str
) -> None:
    spans = period_grid(period, first, first + timedelta(days=days))
    weeks = week_grid(period, week_starts, spans)
    assert weeks["start"].iloc[0] == spans["start"].iloc[0]
    assert weeks["end"].iloc[-1] == spans["end"].iloc[-1]
    assert (weeks["start"].iloc[1:].to_numpy() == weeks["end"].iloc[:-1].to_numpy()).all()
    assert (weeks["end"] - weeks["start"]).dt.days.between(1, 7).all()
    assert set(spans["start"]) <= set(weeks["start"])
    begins = 0 if week_starts == "monday" else 6
    cut = weeks[~weeks["start"].isin(spans["start"])]
    assert (cut["start"].dt.day_of_week == begins).all()


@pytest.mark.parametrize(
    ("week_starts", "first", "second"), [("monday", "2025-01-01", "2025-01-06"), ("sunday", "2025-01-01", "2025-01-05")]
)
def test_the_first_week_of_a_year_is_what_is_left_of_it(week_starts: str, first: str, second: str) -> None:
    weeks = week_grid("year", week_starts, period_grid("year", date(2025, 1, 1), date(2025, 6, 1)))
    assert weeks["start"].tolist()[:2] == [pd.Timestamp(first), pd.Timestamp(second)]
    assert weeks["period"].unique().tolist() == [f"year by weeks from {week_starts}"]
