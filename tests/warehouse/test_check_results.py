"""The results of the checks are kept with their pull, and those of the newest pull are published."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.interrupted_commit import interrupted_before_the_ledger
from tests.observation_rows import NOON, daily_visits
from warehouse.check_results import CheckResult, newest_results
from warehouse.diff import Replacement
from warehouse.frames import to_arrow
from warehouse.pulls import Pull, commit, record_failure, recover_record
from warehouse.root import open_root
from warehouse.schema import PUBLISHED_CHECKS, Window
from warehouse.tables import Tables

YEAR = Window(NOON.date().replace(month=1, day=1), NOON.date().replace(year=NOON.year + 1, month=1, day=1))
READ, KNOWN = (
    CheckResult("it can be read", "", 5, 1),
    CheckResult("value is finite", "ExpectColumnValuesToBeBetween", 4, 0),
)


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(open_root(tmp_path))


def pull(name: str, source: str = "gates", *checks: CheckResult) -> Pull:
    return Pull(name, source, NOON, YEAR, "settings", checks=checks)


def newest(tables: Tables, *sources: str) -> list[tuple[object, ...]]:
    found = to_arrow(newest_results(tables, sources), PUBLISHED_CHECKS).to_pylist()
    return [
        (row["source"], row["pull_id"], row["expectation"], row["expectation_type"], row["rows"], row["failed"])
        for row in found
    ]


def load(tables: Tables, one: Pull, hours: int) -> None:
    rows = daily_visits([(f"{YEAR.start}", "Hill", hours)], pull_id=one.pull_id, at=NOON).assign(source=one.source)
    commit(tables, one, rows, Replacement(YEAR), NOON.replace(hour=hours))


def test_the_newest_pull_with_rows_of_each_source_of_the_plan_is_told(tables: Tables) -> None:
    load(tables, pull("p1", "gates", READ), 13)
    load(tables, pull("p2", "gates", READ, KNOWN), 14)
    load(tables, pull("p3", "left", READ), 14)
    load(tables, pull("p4", "gates"), 15)  # nothing came: the stored rows were checked by p2
    assert newest(tables, "web", "gates") == [
        ("gates", "p2", "it can be read", None, 5, 1),
        ("gates", "p2", "value is finite", "ExpectColumnValuesToBeBetween", 4, 0),
    ]


def test_nothing_pulled_is_an_empty_table(tables: Tables) -> None:
    assert newest(tables, "gates") == []


def test_a_pull_that_was_refused_whole_tells_what_its_rows_failed(tables: Tables) -> None:
    load(tables, pull("p1", "gates", READ), 13)
    record_failure(
        tables, pull("p2", "gates", replace(READ, failed=5)), "too much of it is refused", NOON.replace(hour=14)
    )
    assert newest(tables, "gates") == [("gates", "p2", "it can be read", None, 5, 5)]


def test_a_kill_after_the_commit_loses_no_result(tables: Tables) -> None:
    with interrupted_before_the_ledger(), pytest.raises(KeyboardInterrupt):
        load(tables, pull("p1", "gates", READ), 13)
    assert recover_record(tables) == "p1"
    assert newest(tables, "gates") == [("gates", "p1", "it can be read", None, 5, 1)]
