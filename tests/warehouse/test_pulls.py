"""Pulls are committed or never happened, and every earlier state can be had back."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.interrupted_commit import interrupted_before_the_ledger
from tests.observation_rows import NOON, daily_visits, facts
from tests.vintages import as_known_on
from warehouse import pulls
from warehouse.diff import Replacement
from warehouse.pulls import (
    Outcome,
    Pull,
    commit,
    committed_windows,
    coverage,
    last_pull,
    pull_history,
    record_failure,
    recover_record,
    validators,
)
from warehouse.root import open_root
from warehouse.schema import OBSERVATIONS, Window
from warehouse.tables import Tables, to_pandas

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
