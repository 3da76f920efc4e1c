"""What waits for a provider's limit, what was read deep, and what a pull that stopped leaves for the next."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from hypothesis import given
from hypothesis import strategies as st

from sources.web.saved_responses import SavedResponse
from tests.observation_rows import NOON, daily_visits
from warehouse.diff import Replacement
from warehouse.kept_responses import delete_responses, keep_responses, read_responses
from warehouse.pull_history import pull_history, unfinished_windows, was_read_since
from warehouse.pulls import Pull, commit, last_pull, record_pause
from warehouse.root import open_root
from warehouse.schema import PULLS, Window
from warehouse.tables import Tables

FIRST = date(2026, 1, 1)


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(open_root(tmp_path))


def days(first: int, last: int) -> Window:
    return Window(FIRST + timedelta(days=first), FIRST + timedelta(days=last))


def pull(number: int, window: Window, expires: datetime | None = None) -> Pull:
    return Pull(f"p{number}", "gates", at(number), window, "settings", (window,), access_expires_at=expires)


def at(number: int) -> datetime:
    return NOON + timedelta(hours=number)


def committed(tables: Tables, number: int, window: Window, expires: datetime | None = None) -> None:
    commit(tables, pull(number, window, expires), daily_visits([]), Replacement(window), at(number))


def test_what_a_pause_left_is_due_until_a_later_pull_brings_it(tables: Tables) -> None:
    committed(tables, 1, days(0, 10))
    record_pause(tables, pull(2, days(10, 20)), "used up", at(2))
    record_pause(tables, pull(3, days(20, 30)), "used up", at(2))
    assert unfinished_windows(pull_history(tables, "gates")) == [days(10, 30)]
    committed(tables, 4, days(14, 22))
    assert unfinished_windows(pull_history(tables, "gates")) == [days(10, 14), days(22, 30)]
    committed(tables, 5, days(0, 40))
    assert unfinished_windows(pull_history(tables, "gates")) == []
    assert unfinished_windows(pull_history(tables, "another")) == []


def test_days_without_an_answer_are_due_until_they_are_answered_or_given_up(tables: Tables) -> None:
    """A report that was not ready must not be lost: the days were requested, committed and not answered."""
    asked = replace(pull(1, days(0, 30)), covered=(days(0, 10),), unanswered=(days(10, 30),))
    commit(tables, asked, daily_visits([]), Replacement(), at(1))
    assert unfinished_windows(pull_history(tables, "gates")) == [days(10, 30)]
    again = replace(pull(2, days(10, 30)), covered=(days(10, 20),), unanswered=(days(20, 30),))
    commit(tables, again, daily_visits([]), Replacement(), at(2))
    assert unfinished_windows(pull_history(tables, "gates")) == [days(20, 30)]
    assert unfinished_windows(pull_history(tables, "gates"), FIRST + timedelta(days=25)) == [days(25, 30)]
    committed(tables, 3, days(20, 30))
    assert unfinished_windows(pull_history(tables, "gates")) == []


def test_what_was_brought_before_the_pause_does_not_end_it(tables: Tables) -> None:
    committed(tables, 1, days(0, 40))
    record_pause(tables, pull(2, days(10, 20)), "used up", at(2))
    assert unfinished_windows(pull_history(tables, "gates")) == [days(10, 20)]
    paused = last_pull(tables, "gates", "paused")
    assert paused is not None
    assert (paused["error"], paused["covered"]) == ("used up", [])


@given(st.tuples(st.integers(0, 9), st.integers(1, 9)), st.tuples(st.integers(0, 9), st.integers(1, 9)))
def test_a_window_without_another_holds_each_other_day_once(one: tuple[int, int], other: tuple[int, int]) -> None:
    left, right = days(one[0], sum(one)), days(other[0], sum(other))
    every = [FIRST + timedelta(days=n) for n in range(40)]
    parts = left.without(right)
    assert [day for day in every if any(day in part for part in parts)] == [
        day for day in every if day in left and day not in right
    ]


def test_a_deep_reading_is_one_that_began_early_enough_and_lately_enough(tables: Tables) -> None:
    committed(tables, 1, days(0, 40))
    committed(tables, 5, days(30, 45))
    assert was_read_since(pull_history(tables, "gates"), FIRST, at(1))
    assert not was_read_since(pull_history(tables, "gates"), FIRST, at(2))
    assert was_read_since(pull_history(tables, "gates"), FIRST + timedelta(days=30), at(2))
    assert not was_read_since(pull_history(tables, "another"), FIRST, at(0))


def test_when_access_ends_is_on_the_ledger(tables: Tables) -> None:
    committed(tables, 1, days(0, 1), expires=datetime(2027, 1, 2, 3, tzinfo=UTC))
    row = last_pull(tables, "gates")
    assert row is not None
    assert row["access_expires_at"] == datetime(2027, 1, 2, 3, tzinfo=UTC)


def test_a_table_of_an_older_version_is_read_and_goes_on(tables: Tables) -> None:
    committed(tables, 1, days(0, 10))
    older = tables.read(PULLS).drop_columns(["access_expires_at"])
    write_deltalake(tables.uri(PULLS), older, mode="overwrite", schema_mode="overwrite")
    assert tables.read(PULLS)["access_expires_at"].null_count == 1
    committed(tables, 2, days(10, 20), expires=at(9))
    assert sorted(tables.read(PULLS)["access_expires_at"].to_pylist(), key=str) == [at(9), None]
    assert tables.read(PULLS).schema == PULLS.arrow
    assert isinstance(tables.read(PULLS), pa.Table)


def test_answers_are_kept_for_the_same_settings_and_not_for_long(tmp_path: Path) -> None:
    root = open_root(tmp_path)
    answer = SavedResponse("key", "https://library.example/days", 200, at(5), b"\x00body", {"Link": "<next>"})
    keep_responses(root, "web", "settings", [answer])
    assert [SavedResponse(**row) for row in read_responses(root, "web", "settings", at(5))] == [answer]
    assert read_responses(root, "web", "other settings", at(0)) == []
    assert read_responses(root, "web", "settings", at(6)) == []
    delete_responses(root, "web")
    assert read_responses(root, "web", "settings", at(0)) == []


def test_no_answers_write_no_file(tmp_path: Path) -> None:
    keep_responses(open_root(tmp_path), "web", "settings", [])
    assert not list(tmp_path.rglob("*.parquet"))
