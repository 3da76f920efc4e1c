"""What a pull makes of the observations that stand."""

from datetime import date

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from tests.observation_rows import daily_visits, facts
from warehouse.diff import Replacement, difference
from warehouse.schema import Window

FEBRUARY = Replacement(Window(date(2026, 2, 1), date(2026, 3, 1)))
DAYS = st.sampled_from([f"2026-0{month}-0{day}" for month in (1, 2, 3) for day in range(1, 6)])
ROWS = st.dictionaries(
    st.tuples(DAYS, st.sampled_from(["Hill", "Quay"])), st.one_of(st.none(), st.integers(0, 9).map(float)), max_size=12
)


def rows(cells: dict[tuple[str, str], float | None]) -> list[tuple[str, str, float | None]]:
    return [(day, entity, value) for (day, entity), value in cells.items()]


def test_a_day_that_is_no_longer_delivered_is_dropped_only_inside_the_window() -> None:
    old = daily_visits([("2026-01-31", "Hill", 1), ("2026-02-01", "Hill", 2), ("2026-03-01", "Hill", 3)])
    diff = difference(old, daily_visits([("2026-02-02", "Hill", 4)], pull_id="p2"), FEBRUARY)
    assert facts(diff.state) == {
        ("Hill", date(2026, 1, 31), 1),
        ("Hill", date(2026, 2, 2), 4),
        ("Hill", date(2026, 3, 1), 3),
    }
    assert (diff.count("added"), diff.count("altered"), diff.count("dropped")) == (1, 0, 1)


def test_an_unchanged_row_keeps_the_pull_that_first_brought_it() -> None:
    old = daily_visits([("2026-02-01", "Hill", 2)])
    diff = difference(old, daily_visits([("2026-02-01", "Hill", 2)], pull_id="p2"), FEBRUARY)
    assert list(diff.state["pull_id"]) == ["p1"]
    assert diff.changes.empty
    assert diff.touched is None


def test_an_unknown_value_equals_an_unknown_value_and_differs_from_zero() -> None:
    old = daily_visits([("2026-02-01", "Hill", None), ("2026-02-02", "Hill", None)])
    diff = difference(
        old, daily_visits([("2026-02-01", "Hill", None), ("2026-02-02", "Hill", 0)], pull_id="p2"), FEBRUARY
    )
    assert diff.count("altered") == 1


def test_a_flag_alone_is_a_change() -> None:
    old = daily_visits([("2026-02-01", "Hill", 2)])
    diff = difference(old, daily_visits([("2026-02-01", "Hill", 2)], flags=("provisional",)), FEBRUARY)
    assert diff.count("altered") == 1


def test_a_part_of_a_day_never_replaces_the_whole_day() -> None:
    old = daily_visits([("2026-02-01", "Hill", 20)])
    diff = difference(old, daily_visits([("2026-02-01", "Hill", 3)], flags=("partial",)), FEBRUARY)
    assert facts(diff.state) == {("Hill", date(2026, 2, 1), 20)}


def test_a_part_of_a_day_is_kept_where_nothing_better_is_known() -> None:
    old = daily_visits([("2026-02-01", "Hill", 2)], flags=("partial",))
    diff = difference(old, daily_visits([("2026-02-01", "Hill", 3)], flags=("partial",)), FEBRUARY)
    assert facts(diff.state) == {("Hill", date(2026, 2, 1), 3)}


def test_an_item_that_is_delivered_with_another_date_moves() -> None:
    old = daily_visits([("2026-01-05", "post:1", 1), ("2026-01-06", "post:2", 1)])
    diff = difference(old, daily_visits([("2026-03-01", "post:1", 1)]), Replacement(None, keyed_by_entity=True))
    assert facts(diff.state) == {("post:1", date(2026, 3, 1), 1), ("post:2", date(2026, 1, 6), 1)}


def test_an_item_stored_under_another_spelling_is_the_same_item() -> None:
    """What an older version stored as written is neither counted twice nor lost when its canonical name arrives."""
    old = daily_visits([("2026-01-05", "A", 1), ("2026-01-06", "B", 1), ("2026-01-07", "C", 1), ("2026-01-07", "c", 1)])
    replaces = Replacement(None, keyed_by_entity=True, canonical=str.lower)
    diff = difference(old, daily_visits([("2026-01-05", "a", 1)]), replaces)
    assert facts(diff.state) == {("a", date(2026, 1, 5), 1), ("B", date(2026, 1, 6), 1), ("c", date(2026, 1, 7), 1)}


@given(ROWS, ROWS)
def test_the_state_is_the_delivery_inside_the_window_and_the_past_outside(
    old: dict[tuple[str, str], float | None], new: dict[tuple[str, str], float | None]
) -> None:
    new = {key: value for key, value in new.items() if key[0].startswith("2026-02")}
    diff = difference(daily_visits(rows(old)), daily_visits(rows(new), pull_id="p2"), FEBRUARY)
    kept = {key: value for key, value in old.items() if not key[0].startswith("2026-02")}
    assert facts(diff.state) == facts(daily_visits(rows({**kept, **new})))
    assert not diff.state.duplicated(["metric", "entity", "start", "end"]).any()


@given(ROWS)
def test_the_same_delivery_twice_changes_nothing(cells: dict[tuple[str, str], float | None]) -> None:
    everything = Replacement(Window(date(2026, 1, 1), date(2027, 1, 1)))
    first = difference(daily_visits([]), daily_visits(rows(cells)), everything)
    assert difference(first.state, daily_visits(rows(cells), pull_id="p2"), everything).changes.empty


def test_a_delivery_that_only_adds_leaves_what_stands() -> None:
    old = daily_visits([("2026-01-01", "Hill", 10), ("2026-01-02", "Hill", 20)])
    new = daily_visits([("2026-01-02", "Hill", 99), ("2026-01-03", "Hill", 30)], pull_id="p2")
    found = difference(old, new, Replacement(adds_only=True))
    assert facts(found.state) == {
        ("Hill", date(2026, 1, 1), 10),
        ("Hill", date(2026, 1, 2), 20),
        ("Hill", date(2026, 1, 3), 30),
    }
    assert (found.count("added"), found.count("altered"), found.count("dropped")) == (1, 0, 0)


def test_days_that_are_read_again_do_not_take_the_week_that_ends_after_them() -> None:
    old = daily_visits([("2026-02-02", "Hill", 50)]).assign(metric="visitors_week", end=pd.Timestamp("2026-02-09"))
    days = daily_visits([("2026-02-02", "Hill", 10), ("2026-02-03", "Hill", 20)], pull_id="p2")
    both = pd.concat([old, days.assign(pull_id="p1")], ignore_index=True)
    days_only = Replacement(Window(date(2026, 2, 2), date(2026, 2, 4)))
    assert difference(both, days, days_only).count("dropped") == 0
    assert difference(both, days, Replacement(days_only.window, full_delivery=True)).count("dropped") == 1
    assert difference(both, days, FEBRUARY).count("dropped") == 1
