"""Open days of small libraries, reckoned by hand: what weighs a branch and a weekday, and what a closure takes away."""

import numpy as np
import pandas as pd
import pytest

from transforms.pacing.opendays import DAYS_TO_KNOW_A_WEEK, open_days, weigh_members
from transforms.periods import MEMBER_KEY

WEEK = [str(day) for day in range(7)]
LONG_AGO = pd.Timestamp("2020-01-01")
EVERY_DAY = (1.0,) * 7


def key(entity: str, indicator: str = "visits") -> tuple[str, ...]:
    return (indicator, "of", "gates", "visits", entity)


def members(*keys: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame([(*one, LONG_AGO) for one in keys], columns=[*MEMBER_KEY, "first"])


def sums(rows: dict[tuple[str, ...], tuple[float, float]]) -> pd.DataFrame:
    """Sum and days of each member."""
    return pd.DataFrame([(*one, *two) for one, two in rows.items()], columns=[*MEMBER_KEY, "sum", "days"]).astype(
        {"sum": "float64", "days": "float64"}
    )


def means(entity: str, by_weekday: dict[int, float], days: int) -> pd.DataFrame:
    """The mean of each weekday, over ``days`` single days in all."""
    each = [days // len(by_weekday)] * len(by_weekday)
    each[0] += days - sum(each)
    rows = [(*key(entity), day, mean, count) for (day, mean), count in zip(by_weekday.items(), each, strict=True)]
    return pd.DataFrame(rows, columns=[*MEMBER_KEY, "weekday", "mean", "days"])


def hours(by_entity: dict[str, tuple[float, ...]]) -> pd.DataFrame:
    rows = [(entity, day, count) for entity, week in by_entity.items() for day, count in enumerate(week)]
    return pd.DataFrame(rows, columns=["entity", "weekday", "hours"])


NO_SUMS, NO_MEANS, NO_HOURS = sums({}), means("none", {0: 1.0}, 0).iloc[:0], hours({})


def weights(counted: pd.DataFrame, *keys: tuple[str, ...]) -> list[float]:
    found: list[float] = weigh_members(members(*keys), counted, NO_MEANS, NO_HOURS)["weight"].to_list()
    return found


def week_of(entity: str, counted: pd.DataFrame = NO_MEANS, opened: pd.DataFrame = NO_HOURS) -> list[float]:
    found = weigh_members(members(key("Quay"), key(entity)), NO_SUMS, counted, opened)
    row: list[float] = found.loc[found["entity"] == entity, WEEK].to_numpy(dtype=float).round(9)[0].tolist()
    return row


def test_a_branch_weighs_its_count_on_an_average_day() -> None:
    counted = sums({key("Central"): (300, 3), key("Hill"): (10, 1)})
    assert weights(counted, key("Central"), key("Hill")) == [100, 10]


def test_a_branch_without_a_count_weighs_next_to_nothing_beside_others() -> None:
    counted = sums({key("Central"): (300, 3), key("Hill"): (-5, 1), key("Vale"): (7, 0)})
    found = weights(counted, key("Central"), key("Hill"), key("Vale"), key("Quay"))
    assert found == pytest.approx([100, 1e-7, 1e-7, 1e-7], rel=1e-9)


def test_branches_of_which_none_has_a_count_weigh_the_same() -> None:
    counted = sums({key("Central"): (300, 3)})
    assert weights(counted, key("Hill", "loans"), key("Vale", "loans"), key("Central")) == [1, 1, 100]


def test_parts_of_less_than_one_a_day_are_weighed_too() -> None:
    assert weights(sums({key("Central"): (1, 2), key("Hill"): (1, 10)}), key("Central"), key("Hill")) == [0.5, 0.1]


def test_a_weekday_weighs_its_usual_count_and_one_on_average() -> None:
    counted = means("Hill", {0: 7, 1: 7, 2: 7, 3: 7, 4: 7}, DAYS_TO_KNOW_A_WEEK)
    assert DAYS_TO_KNOW_A_WEEK == 56, "eight weeks"
    assert week_of("Hill", counted) == [1.4] * 5 + [0, 0]


def test_a_count_below_zero_weighs_nothing() -> None:
    assert week_of("Hill", means("Hill", {0: -4, 1: 7, 2: 7}, 60)) == [0, 3.5, 3.5, 0, 0, 0, 0]


def test_a_week_that_is_hardly_known_has_its_opening_hours() -> None:
    opened = hours({"": (8, 8, 8, 8, 8, 2, 0), "Hill": (7, 7, 0, 0, 0, 0, 0)})
    counted = means("Hill", {0: 7, 1: 7, 2: 7}, DAYS_TO_KNOW_A_WEEK - 1)
    assert week_of("Hill", counted, opened) == [3.5, 3.5, 0, 0, 0, 0, 0]
    known = means("Hill", {0: 7, 1: 7, 2: 7}, DAYS_TO_KNOW_A_WEEK)
    assert week_of("Hill", known, opened) == [round(7 / 3, 9)] * 3 + [0] * 4
    assert week_of("Vale", known, opened) == [round(8 / 6, 9)] * 5 + [round(2 / 6, 9), 0]


def test_without_hours_or_in_a_week_of_zeros_each_day_is_like_the_others() -> None:
    assert week_of("Hill") == [1] * 7
    assert week_of("Hill", means("Hill", {0: 0, 1: 0}, 60)) == [1] * 7
    assert week_of("Hill", opened=hours({"Hill": (0.5, 0, 0, 0, 0, 0, 0)})) == [7, 0, 0, 0, 0, 0, 0]


# Open days ------------------------------------------------------------------------------------------------------------

MONDAY, SUNDAY, NEXT = pd.Timestamp("2026-06-01"), pd.Timestamp("2026-06-07"), pd.Timestamp("2026-06-08")
LATER = pd.Timestamp("2026-06-10")
TUESDAY_FOR_ALL_THURSDAY_AT_HILL = pd.DataFrame(
    {"entity": ["", "Hill", "Quay"], "day": pd.to_datetime(["2026-06-02", "2026-06-04", "2026-06-05"])}
)
WEDNESDAY_AND_THURSDAY = pd.DataFrame({"start": pd.to_datetime(["2026-06-03"]), "end": pd.to_datetime(["2026-06-05"])})
NEVER = TUESDAY_FOR_ALL_THURSDAY_AT_HILL.iloc[:0]


def weighed(*rows: tuple[str, float, tuple[float, ...], pd.Timestamp]) -> pd.DataFrame:
    """Branch, weight, week and first day."""
    columns = [*MEMBER_KEY, "first", "weight", *WEEK]
    return pd.DataFrame([(*key(name), first, weight, *week) for name, weight, week, first in rows], columns=columns)


def spans(*rows: tuple[str, pd.Timestamp, pd.Timestamp]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["indicator_id", "start", "end"])


def days(of: pd.DataFrame, who: pd.DataFrame, closed: pd.DataFrame = TUESDAY_FOR_ALL_THURSDAY_AT_HILL) -> list[tuple]:
    found = open_days(of, who, closed, WEDNESDAY_AND_THURSDAY)
    return list(found[["open", "potential", "term"]].round(9).itertuples(index=False, name=None))


def test_a_closure_of_one_branch_takes_its_day_from_that_branch_alone() -> None:
    central, hill = ("Central", 1.0, EVERY_DAY, LONG_AGO), ("Hill", 1.0, EVERY_DAY, LONG_AGO)
    week = spans(("visits", MONDAY, NEXT))
    assert days(week, weighed(central)) == [(6, 7, 2)]
    assert days(week, weighed(hill)) == [(5, 7, 1)]
    assert days(week, weighed(central, hill)) == [(5.5, 7, 1.5)]
    assert days(week, weighed(central), NEVER) == [(7, 7, 2)]


def test_a_larger_branch_counts_for_more() -> None:
    both = weighed(("Central", 3.0, EVERY_DAY, LONG_AGO), ("Hill", 1.0, EVERY_DAY, LONG_AGO))
    assert days(spans(("visits", MONDAY, NEXT)), both) == [(5.75, 7, 1.75)]


def test_a_weekday_counts_as_much_as_it_weighs() -> None:
    week = (0.0, 4.0, 2.0, 1.0, 0.0, 0.0, 0.0)
    assert days(spans(("visits", MONDAY, NEXT)), weighed(("Central", 5.0, week, LONG_AGO))) == [(3, 7, 3)]


def test_each_period_has_its_own_days() -> None:
    periods = spans(("visits", MONDAY, NEXT), ("visits", NEXT, LATER))
    assert days(periods, weighed(("Central", 1.0, EVERY_DAY, LONG_AGO))) == [(6, 7, 2), (2, 2, 0)]


def test_a_branch_counts_from_the_period_in_which_it_opens() -> None:
    periods = spans(("visits", MONDAY, NEXT), ("visits", NEXT, LATER))
    old, new = ("Central", 1.0, EVERY_DAY, LONG_AGO), (1.0, EVERY_DAY)
    assert days(periods, weighed(old, ("Hill", *new, NEXT))) == [(6, 7, 2), (2, 2, 0)]
    assert days(periods, weighed(old, ("Hill", *new, SUNDAY))) == [(5.5, 7, 1.5), (2, 2, 0)]


def test_a_period_without_a_branch_is_left_out() -> None:
    nobody = weighed(("Central", 1.0, EVERY_DAY, NEXT))
    found = open_days(spans(("visits", MONDAY, NEXT)), nobody, NEVER, WEDNESDAY_AND_THURSDAY)
    assert found.empty
    assert list(found.columns) == ["indicator_id", "start", "end", "open", "potential", "term"]
    assert days(spans(("loans", MONDAY, NEXT), ("visits", NEXT, LATER)), nobody) == [(2, 2, 0)]
    assert np.issubdtype(found["term"].dtype, np.floating)
