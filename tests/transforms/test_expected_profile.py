"""What is usual in a part of the year, and what a period may be expected to reach: small calendars, by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd
import pytest

from tests.transforms.test_seasonal import table, target
from transforms.pacing.expected_profile import build_profile
from transforms.pacing.target_years import spans

PLAIN = {"path": "linear", "baseline_start": "2025-01-01", "baseline_end": "2026-01-01"}


@dataclass(frozen=True)
class Case:
    """One indicator from ``first`` on, with so many known periods.

    own: by first day the share of a period's usual open days that is open, of "else" in all others.
    """

    first: str
    known: int
    own: Mapping[str, float] = field(default_factory=dict)
    potential: float = 20.0
    changes: Mapping[str, Any] = field(default_factory=dict)

    def history(self) -> pd.DataFrame:
        return table(date.fromisoformat(self.first), [100.0] * self.known, self.changes.get("period", "month"))

    def opened(self, days: pd.DataFrame) -> pd.DataFrame:
        shares = [self.own.get(str(day.date()), self.own.get("else", 1.0)) for day in days["start"]]
        calendar = days[["indicator_id", "start"]].assign(potential=self.potential, term=3.0)
        return calendar.assign(open=self.potential * pd.Series(shares, index=days.index))


def profiles(cases: Mapping[str, Case]) -> pd.DataFrame:
    """All cases at once, each as an indicator of its name; by name and first day."""
    history = pd.concat([case.history().assign(indicator_id=name) for name, case in cases.items()], ignore_index=True)
    named = [target(**(PLAIN | case.changes)).assign(indicator_id=name) for name, case in cases.items()]
    targets = pd.concat(named, ignore_index=True)
    days = spans(history, targets)
    opened = pd.concat([case.opened(days[days["indicator_id"] == name]) for name, case in cases.items()])
    rows = build_profile(history, targets, opened)
    return rows.set_index(["indicator_id", rows["start"].dt.strftime("%Y-%m-%d")])


def profile(first: str, known: int, own: Mapping[str, float], potential: float = 20.0, **changes: Any) -> pd.DataFrame:
    """One case alone; by first day."""
    return profiles({"i": Case(first, known, own, potential, changes)}).loc["i"]


# --- what is usual

USUAL: dict[str, tuple[str, int, dict[str, float], str, float]] = {
    "of two years the greater share is usual": ("2024-01-01", 24, {"2024-12-01": 0.5}, "2024-12-01", 0.5),
    "half a month in both years is usual": ("2024-01-01", 24, {"2024-12-01": 0.5, "2025-12-01": 0.5}, "2025-12-01", 1),
    "and not the middle of two": ("2024-01-01", 24, {"2024-12-01": 0.5, "2025-12-01": 0.6}, "2024-12-01", 0.5 / 0.6),
    "of three years the middle one is usual": (
        "2023-01-01",
        36,
        {"2023-12-01": 0.4, "2024-12-01": 0.5, "2025-12-01": 0.8},
        "2025-12-01",
        1.6,
    ),
    "a closed month is no year of that month": (
        "2024-01-01",
        24,
        {"2024-12-01": 0, "2025-12-01": 0.5},
        "2025-12-01",
        0.5,
    ),
    "one December alone is held against the other months": ("2025-01-01", 12, {"2025-12-01": 0.5}, "2025-12-01", 0.5),
    "unless it was open more than they": ("2025-01-01", 12, {"else": 0.5, "2025-12-01": 1}, "2025-12-01", 1),
    "so is the December after it": (
        "2025-01-01",
        12,
        {"else": 0.8, "2025-12-01": 0.5, "2026-12-01": 1},
        "2026-12-01",
        1.25,
    ),
    "a month ahead changes nothing before it": (
        "2025-01-01",
        12,
        {"2025-12-01": 0.5, "2026-12-01": 0.5},
        "2025-12-01",
        0.5,
    ),
    "a part of the year never seen is like the others": (
        "2025-01-01",
        6,
        {"else": 0.8, "2025-07-01": 0.4},
        "2025-07-01",
        0.5,
    ),
    "or counts for itself where it is open more": ("2025-01-01", 6, {"else": 0.8, "2025-07-01": 1}, "2025-07-01", 1),
}


@pytest.fixture(scope="module")
def usual() -> pd.DataFrame:
    return profiles({name: Case(first, known, own) for name, (first, known, own, _, _) in USUAL.items()})


@pytest.mark.parametrize("name", USUAL)
def test_a_share_of_open_days_is_held_against_the_usual_one(name: str, usual: pd.DataFrame) -> None:
    *_, month, expected = USUAL[name]
    assert usual["open_share"][name, month] == pytest.approx(expected)


def test_the_usual_share_of_a_year_is_the_upper_middle_of_its_months() -> None:
    """0.40, 0.45 and so on to 0.95: the seventh of the twelve is 0.70."""
    own = {f"2025-{month:02d}-01": 0.35 + 0.05 * month for month in range(1, 13)}
    found = profile("2025-01-01", 12, own)["open_share"]
    assert found[["2025-01-01", "2025-06-01", "2025-08-01"]].tolist() == pytest.approx([0.40 / 0.70, 0.65 / 0.70, 1])


def test_the_usual_share_of_a_part_of_the_year_is_the_middle_of_its_days() -> None:
    """1 to 31 of 31: the sixteenth is the middle one."""
    own = {f"2026-01-{day:02d}": day / 31 for day in range(1, 32)}
    found = profile("2026-01-01", 31, own, period="day", due="2026-01-31")["open_share"]
    assert found[["2026-01-08", "2026-01-16"]].tolist() == pytest.approx([0.5, 1])


def test_a_weekday_that_is_open_for_half_a_day_counts_too() -> None:
    found = profile("2026-01-01", 31, {"2026-01-08": 0.5}, potential=0.5, period="day", due="2026-01-31")
    assert found["open_share"][["2026-01-07", "2026-01-08"]].tolist() == pytest.approx([1, 0.5])
    assert not found["closed"].any()


# --- open, closed, known


def test_a_closed_month_of_a_flow_expects_nothing_and_is_not_known_whatever_it_counted() -> None:
    rows = profile("2025-01-01", 12, {"2025-03-01": 0, "2025-04-01": 0.05})
    march, april = rows.loc["2025-03-01"], rows.loc["2025-04-01"]
    assert (march["closed"], march["known"], march["open_share"], march["scale"]) == (True, False, 0, 0)
    assert (april["closed"], april["known"], april["open"]) == (False, True, 1), "one open day"
    assert rows["known"].tolist() == [month != 3 for month in range(1, 13)] + [False] * 12


def test_closures_change_nothing_in_a_rate() -> None:
    rows = profile("2025-01-01", 12, {"2025-03-01": 0, "2025-04-01": 0.5}, kind="rate")
    found = rows.loc[["2025-03-01", "2025-04-01"], ["closed", "known", "open_share", "scale"]]
    assert found.to_numpy().tolist() == [[False, True, 1, 1]] * 2


def test_without_a_calendar_every_day_is_open_and_none_in_term() -> None:
    rows = build_profile(table(date(2025, 1, 1), [1.0] * 3), target(**PLAIN), None)
    assert rows[["open", "potential", "term"]].head(3).to_numpy().tolist() == [[31, 31, 0], [28, 28, 0], [31, 31, 0]]
    assert rows["open_share"].tolist() == [1] * 24


def test_a_period_that_the_calendar_lacks_is_open_throughout() -> None:
    history, targets = table(date(2025, 1, 1), [1.0] * 3), target(**PLAIN)
    two = spans(history, targets)[["indicator_id", "start"]].head(2).assign(open=20.0, potential=25.0, term=5.0)
    rows = build_profile(history, targets, two)
    assert rows[["open", "potential", "term"]].head(3).to_numpy().tolist() == [[20, 25, 5], [20, 25, 5], [31, 31, 0]]
    assert len(rows) == 24


# --- parts and years

PLACES: dict[str, tuple[dict[str, Any], str, int, float, str]] = {
    "a month": ({}, "2025-03-01", 2, 0, "2025-01-01"),
    "the year after the baseline": ({}, "2026-03-01", 2, -1, "2026-01-01"),
    "a quarter": ({"period": "quarter"}, "2025-10-01", 3, 0, "2025-01-01"),
    "the first quarter": ({"period": "quarter"}, "2025-01-01", 0, 0, "2025-01-01"),
    "a year": ({"period": "year"}, "2025-01-01", 0, 0, "2025-01-01"),
    "a week is where its Thursday is": ({"period": "week"}, "2025-12-29", 0, -1, "2026-01-01"),
    "and not its Friday": ({"period": "week"}, "2026-04-27", 3, -1, "2026-01-01"),
    "a target of a year counts from its due day": (
        {"over": "year", "due": "2026-06-30"},
        "2026-06-01",
        5,
        0,
        "2025-07-01",
    ),
    "and the year before": ({"over": "year", "due": "2026-06-30"}, "2025-06-01", 5, 1, "2024-07-01"),
    "a target of a period does not": ({"due": "2026-06-30"}, "2026-06-01", 5, -1, "2026-01-01"),
}


@pytest.fixture(scope="module")
def places() -> pd.DataFrame:
    return profiles({name: Case("2025-01-01", 1, changes=row[0]) for name, row in PLACES.items()})


@pytest.mark.parametrize("name", PLACES)
def test_each_period_has_its_part_of_its_year(name: str, places: pd.DataFrame) -> None:
    _, first, part, year, start = PLACES[name]
    row = places.loc[(name, first)]
    assert (row["class"], row["year"]) == (part, year)
    assert (row["year_start"], row["year_end"]) == (pd.Timestamp(start), pd.Timestamp(start) + pd.DateOffset(years=1))


def test_the_parts_of_a_year_are_its_open_days_without_a_season() -> None:
    """January is open for 10 days, each other month for 20: 10 and 20 of 230."""
    rows = profile("2025-01-01", 12, {"2025-01-01": 0.5})
    assert rows["part"].head(3).tolist() == pytest.approx([10 / 230, 20 / 230, 20 / 230])
    assert rows["share"].iloc[[0, 1, 11, 12]].tolist() == pytest.approx([10 / 230, 30 / 230, 1, 1 / 12])


def test_the_parts_of_a_rate_in_season_are_those_of_what_is_above_its_line() -> None:
    """It was 10 and 20 of 100 by turns, then 30 and 60 of 300: 360 in the year before January."""
    above, below = [10.0, 20.0] * 3 + [30.0, 60.0] * 3 + [1.0], [100.0] * 6 + [300.0] * 6 + [100.0]
    rates = [one / other for one, other in zip(above, below, strict=True)]
    history = table(date(2025, 1, 1), list(rates), numerator=above, denominator=below)
    rows = build_profile(history, target(kind="rate", over="year", due="2026-12-31"), None)
    assert rows.loc[rows["year"] == 0, "part"].tolist() == pytest.approx([one / 360 for one in above[:12]])


def test_indicators_of_other_lengths_have_parts_of_their_own() -> None:
    months, years = table(date(2025, 1, 1), [1.0] * 12), table(date(2025, 1, 1), [1.0], "year")
    targets = pd.concat([target(**PLAIN), target(**PLAIN, period="year").assign(indicator_id="y")], ignore_index=True)
    rows = build_profile(pd.concat([months, years.assign(indicator_id="y")], ignore_index=True), targets, None)
    assert rows.loc[rows["indicator_id"] == "y", "part"].tolist() == [1, 1]
    assert rows.loc[rows["indicator_id"] == "i", "part"].head(2).tolist() == pytest.approx([31 / 365, 28 / 365])


def test_without_a_baseline_or_a_due_day_all_periods_are_one_year() -> None:
    rows = build_profile(
        table(date(2025, 1, 1), [1.0] * 2), target(**PLAIN | {"baseline_end": None, "due": None}), None
    )
    assert rows["part"].tolist() == pytest.approx([31 / 59, 28 / 59])


def test_no_periods_have_no_profile() -> None:
    rows = build_profile(table(date(2025, 1, 1), [1.0]).iloc[:0], target(**PLAIN), None)
    assert (len(rows), {"open_share", "scale", "part", "share"} <= set(rows.columns)) == (0, True)
