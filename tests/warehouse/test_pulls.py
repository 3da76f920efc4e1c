"""Pulls are committed or never happened, and every earlier state can be had back."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.interrupted_commit import interrupted_before_the_ledger
from tests.observation_rows import NOON, daily_visits, facts
from tests.vintages import as_known_on
from warehouse import pulls
from warehouse.diff import Replacement
from warehouse.frames import to_pandas
from warehouse.pull_history import PullRecord, committed_windows, pull_history, unfinished_windows, was_read_since
from warehouse.pulls import (
    Outcome,
    Pull,
    commit,
    committed_ids,
    coverage,
    last_pull,
    record_failure,
    recover_record,
    validators,
)
from warehouse.root import open_root
from warehouse.schema import OBSERVATIONS, Window
from warehouse.tables import Tables

YEAR = Window(date(2026, 1, 1), date(2027, 1, 1))


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(open_root(tmp_path))


def pull(number: int, window: Window = YEAR, covered: tuple[Window, ...] = (YEAR,)) -> Pull:
    return Pull(f"p{number}", "gates", at(number), window, "settings", covered)


def at(number: int) -> datetime:
    return NOON + timedelta(hours=number)


def load(tables: Tables, number: int, rows: list[tuple[str, str, float | None]]) -> Outcome:
    return commit(
        tables, pull(number), daily_visits(rows, pull_id=f"p{number}", at=at(number)), Replacement(YEAR), at(number)
    )


def test_a_commit_counts_what_it_did(tables: Tables) -> None:
    load(tables, 1, [("2026-01-01", "Hill", 1), ("2026-02-01", "Hill", 2)])
    assert load(
        tables, 2, [("2026-01-01", "Hill", 1), ("2026-02-01", "Hill", 5), ("2026-02-02", "Hill", 9)]
    ) == Outcome(3, 1, 1, 0)


def test_each_vintage_says_what_was_known_then(tables: Tables) -> None:
    states = [
        [("2026-01-01", "Hill", 1.0), ("2026-02-01", "Hill", 2.0)],
        [("2026-01-01", "Hill", 1.0), ("2026-02-01", "Hill", 3.0), ("2026-02-02", "Quay", None)],
        [("2026-02-01", "Hill", 2.0)],
        [],
    ]
    for number, state in enumerate(states, 1):
        load(tables, number, state)  # type: ignore[arg-type]
    assert facts(as_known_on(tables, at(0))) == set()
    for number, state in enumerate(states, 1):
        assert facts(as_known_on(tables, at(number))) == facts(daily_visits(state)), number  # type: ignore[arg-type]


ROWS = st.dictionaries(
    st.tuples(st.sampled_from([f"2026-0{m}-01" for m in range(1, 6)]), st.sampled_from("ab")),
    st.integers(0, 3).map(float),
    max_size=5,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROWS, min_size=1, max_size=4))
def test_any_run_of_pulls_can_be_undone_step_by_step(
    tmp_path_factory: pytest.TempPathFactory, states: list[dict[tuple[str, str], float]]
) -> None:
    tables = Tables(open_root(tmp_path_factory.mktemp("warehouse")))
    snapshots = []
    for number, state in enumerate(states, 1):
        load(tables, number, [(day, entity, value) for (day, entity), value in state.items()])
        snapshots.append(to_pandas(tables.read(OBSERVATIONS)))
    columns, key = OBSERVATIONS.names, ["metric", "entity", "start", "end"]
    for number, snapshot in enumerate(snapshots, 1):
        known = as_known_on(tables, at(number))[columns].sort_values(key, ignore_index=True)
        assert known.to_dict("records") == snapshot[columns].sort_values(key, ignore_index=True).to_dict("records")


def test_a_kill_before_the_commit_leaves_the_old_state_and_changes_that_count_for_nothing(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(tables, 1, [("2026-01-01", "Hill", 1)])

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Tables, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            load(tables, 2, [("2026-01-01", "Hill", 7)])
    assert recover_record(tables) is None
    assert facts(as_known_on(tables, at(9))) == facts(as_known_on(tables, at(1))) == {("Hill", date(2026, 1, 1), 1)}
    load(tables, 3, [("2026-01-01", "Hill", 7)])
    assert facts(as_known_on(tables, at(1))) == {("Hill", date(2026, 1, 1), 1)}


def test_a_kill_after_the_commit_is_mended(tables: Tables) -> None:
    load(tables, 1, [("2026-01-01", "Hill", 1)])
    with interrupted_before_the_ledger(), pytest.raises(KeyboardInterrupt):
        load(tables, 2, [("2026-01-01", "Hill", 7)])
    assert recover_record(tables) == "p2"
    assert recover_record(tables) is None
    assert facts(as_known_on(tables, at(1))) == {("Hill", date(2026, 1, 1), 1)}
    record = last_pull(tables, "gates")
    assert record is not None
    assert (record["pull_id"], record["altered"], record["window_end"]) == ("p2", 1, YEAR.end)


def test_a_failed_pull_is_on_the_ledger_and_moves_nothing(tables: Tables) -> None:
    load(tables, 1, [("2026-01-01", "Hill", 1)])
    record_failure(tables, pull(2, Window(date(2027, 1, 1), date(2027, 2, 1))), "gates: the gate is broken", at(2))
    failure = last_pull(tables, "gates", "failed")
    assert failure is not None
    assert failure["error"] == "gates: the gate is broken"
    assert [failure[name] for name in ("rows", "added", "altered", "dropped", "refused", "covered")] == [0] * 5 + [[]]
    assert committed_windows(pull_history(tables, "gates")) == [YEAR]
    assert len(coverage(tables)) == 1


def test_coverage_joins_windows_that_touch_and_keeps_gaps(tables: Tables) -> None:
    january, february, may = (Window(date(2026, m, 1), date(2026, m + 1, 1)) for m in (1, 2, 5))
    for number, window in enumerate((may, january, february), 1):
        commit(tables, pull(number, covered=(window,)), daily_visits([]), Replacement(), at(number))
    assert [(row.start.date(), row.end.date()) for row in coverage(tables).itertuples()] == [
        (january.start, february.end),
        (may.start, may.end),
    ]


def test_validators_are_forgotten_when_the_settings_change(tables: Tables) -> None:
    known = Pull("p1", "gates", NOON, YEAR, "settings", validators=(("http://x/feed", '"e1"', None),))
    commit(tables, known, daily_visits([]), Replacement(), NOON)
    assert validators(tables, "gates", "settings") == {"http://x/feed": ('"e1"', None)}
    assert validators(tables, "gates", "others") == {}


def test_a_source_with_a_quote_in_its_value_is_no_injection() -> None:
    assert pulls._predicate("o'brien", YEAR).startswith("source = 'o''brien' AND ")


def test_two_sources_do_not_touch_each_other(tables: Tables) -> None:
    load(tables, 1, [("2026-01-01", "Hill", 1)])
    other = Pull("q1", "web", datetime(2026, 3, 3, tzinfo=UTC), YEAR, "s")
    commit(
        tables, other, daily_visits([("2026-01-01", "Hill", 5)], source="web", pull_id="q1"), Replacement(YEAR), at(5)
    )
    assert {(r.source, r.value) for r in to_pandas(tables.read(OBSERVATIONS)).itertuples()} == {
        ("gates", 1),
        ("web", 5),
    }


def day(number: int) -> date:
    return date(2026, 1, number)


def ended(status: str, first: int, last: int, hour: int) -> PullRecord:
    return PullRecord(Window(day(first), day(last)), status, at(hour))


def test_only_committed_pulls_have_asked_and_only_paused_ones_are_unfinished() -> None:
    pulls_of = [ended("committed", 1, 5, 1), ended("failed", 5, 9, 2), ended("paused", 9, 12, 3)]
    assert committed_windows(pulls_of) == [Window(day(1), day(5))]
    assert unfinished_windows(pulls_of) == [Window(day(9), day(12))]
    assert unfinished_windows([*pulls_of, ended("failed", 9, 12, 4)]) == [Window(day(9), day(12))]


def test_a_source_was_read_from_a_day_on_only_by_a_committed_pull_that_begins_there_and_is_recent_enough() -> None:
    pulls_of = [ended("committed", 3, 5, 2), ended("failed", 1, 5, 4)]
    asked = [(day(3), at(2)), (day(2), at(2)), (day(3), at(3)), (day(4), at(1)), (day(3), at(1))]
    assert [was_read_since(pulls_of, first, since) for first, since in asked] == [True, False, False, True, True]


def test_the_history_is_in_the_order_in_which_pulls_were_recorded(tables: Tables) -> None:
    for number in (3, 1, 2):
        commit(tables, pull(number, Window(day(number), day(number + 1))), daily_visits([]), Replacement(), at(number))
    assert [record.window.start.day for record in pull_history(tables, "gates")] == [1, 2, 3]
    newest = last_pull(tables, "gates")
    assert newest is not None
    assert newest["pull_id"] == "p3"


def test_rows_of_another_month_than_the_window_are_replaced_where_they_stand(tables: Tables) -> None:
    """A delivery without a window of its own speaks for its days: those before, on and after them stay."""
    first = [("2026-01-31", "Hill", 1), ("2026-02-01", "Hill", 2), ("2026-02-28", "Hill", 3), ("2026-03-01", "Hill", 4)]
    load(tables, 1, first)
    window = Window(date(2026, 2, 1), date(2026, 3, 1))
    rows = daily_visits([("2026-02-01", "Hill", 9)], pull_id="p2", at=at(2))
    assert commit(tables, pull(2, window), rows, Replacement(window), at(2)) == Outcome(1, 0, 1, 1)
    assert facts(to_pandas(tables.read(OBSERVATIONS))) == {
        ("Hill", date(2026, 1, 31), 1),
        ("Hill", date(2026, 2, 1), 9),
        ("Hill", date(2026, 3, 1), 4),
    }


def test_a_pull_that_changes_nothing_writes_no_rows_and_is_on_the_ledger(tables: Tables) -> None:
    load(tables, 1, [("2026-01-01", "Hill", 1)])
    version = tables.version(OBSERVATIONS)
    assert load(tables, 2, [("2026-01-01", "Hill", 1)]) == Outcome(1, 0, 0, 0)
    assert tables.version(OBSERVATIONS) == version
    assert committed_ids(tables) == {"p1", "p2"}


def test_a_pull_whose_record_a_kill_left_out_is_committed_all_the_same(tables: Tables) -> None:
    load(tables, 1, [("2026-01-01", "Hill", 1)])
    with interrupted_before_the_ledger(), pytest.raises(KeyboardInterrupt):
        load(tables, 2, [("2026-01-01", "Hill", 7)])
    record_failure(tables, pull(3), "the gate is broken", at(3))
    assert committed_ids(tables) == {"p1", "p2"}


def test_the_ledger_says_all_of_a_pull(tables: Tables) -> None:
    one = Pull("p1", "gates", at(1), YEAR, "settings", (YEAR,), 4, access_expires_at=at(9), rows_hash="a5")
    commit(tables, one, daily_visits([("2026-01-01", "Hill", 1)], pull_id="p1", at=at(1)), Replacement(YEAR), at(2))
    row = last_pull(tables, "gates")
    assert row is not None
    names = ("rows", "added", "altered", "dropped", "refused", "error", "covered", "rows_hash")
    known = {name: row[name] for name in names}
    assert known == {
        "rows": 1,
        "added": 1,
        "altered": 0,
        "dropped": 0,
        "refused": 4,
        "error": None,
        "covered": ["2026-01-01..2027-01-01"],
        "rows_hash": "a5",
    }
    assert (row["started_at"], row["recorded_at"], row["access_expires_at"]) == (at(1), at(2), at(9))
    assert (row["window_start"], row["window_end"]) == (YEAR.start, YEAR.end)


def test_instants_of_any_zone_are_on_the_ledger_as_they_were(tables: Tables) -> None:
    """Ten in the morning in Toronto in summer is two in the afternoon by UTC."""
    toronto = timezone(timedelta(hours=-4))
    one = Pull("p1", "gates", datetime(2026, 7, 1, 10, tzinfo=toronto), YEAR, "settings")
    commit(tables, one, daily_visits([]), Replacement(), datetime(2026, 7, 1, 10, 5, tzinfo=toronto))
    row = last_pull(tables, "gates")
    assert row is not None
    assert row["started_at"] == datetime(2026, 7, 1, 14, tzinfo=UTC)
    assert row["recorded_at"] == datetime(2026, 7, 1, 14, 5, tzinfo=UTC)
    assert (row["access_expires_at"], row["rows_hash"]) == (None, None)


def test_the_day_after_those_that_changed_stays_and_stays_once(tables: Tables) -> None:
    load(tables, 1, [("2026-02-01", "Hill", 1), ("2026-02-02", "Hill", 2), ("2026-02-03", "Hill", 3)])
    load(tables, 2, [("2026-02-01", "Hill", 1), ("2026-02-02", "Hill", 9), ("2026-02-03", "Hill", 3)])
    assert sorted(to_pandas(tables.read(OBSERVATIONS))["value"]) == [1, 3, 9]


def test_without_a_committed_pull_a_request_has_no_conditions(tables: Tables) -> None:
    assert validators(tables, "gates", "settings") == {}
    failed = Pull("p1", "gates", NOON, YEAR, "settings", validators=(("http://x/feed", '"e1"', None),))
    record_failure(tables, failed, "broken", NOON)
    assert validators(tables, "gates", "settings") == {}


@pytest.mark.parametrize(
    ("days", "replaces", "months", "first", "after"),
    [
        (["2026-02-03", "2026-02-28"], Replacement(), "02 02", "2026-02-03", "2026-03-01"),
        (["2026-02-03"], Replacement(Window(day(5), day(31))), "01 02", "2026-01-05", "2026-02-04"),
        ([], Replacement(Window(day(1), date(2026, 2, 1))), "01 01", "2026-01-01", "2026-02-01"),
    ],
)
def test_no_more_of_the_table_is_read_than_a_delivery_can_change(
    days: list[str], replaces: Replacement, months: str, first: str, after: str
) -> None:
    rows, (low, high) = daily_visits([(text, "Hill", 1) for text in days]), months.split()
    assert pulls._affected_predicate("gates", rows, replaces) == (
        f"source = 'gates' AND month >= '2026-{low}' AND month <= '2026-{high}'"
        f" AND start >= '{first}' AND start < '{after}'"
    )


@pytest.mark.parametrize(
    ("days", "replaces"),
    [([], Replacement()), (["2026-02-03"], Replacement(Window(day(5), day(31)), keyed_by_entity=True))],
)
def test_all_of_a_source_is_read_where_nothing_says_which_days_can_change(
    days: list[str], replaces: Replacement
) -> None:
    rows = daily_visits([(text, "Hill", 1) for text in days])
    assert pulls._affected_predicate("gates", rows, replaces) == "source = 'gates'"
