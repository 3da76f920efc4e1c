"""A run whose clock was wrong loses no day, and the next run sets right what it recorded."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from flows.steps.pull_windows import windows_to_pull
from flows.steps.refresh import RefreshRequest, RefreshResult, _collect_all, refresh, run_directly
from flows.steps.warehouse_lock import hold_warehouse
from sandbox.faults import Fault
from sandbox.server import Sandbox, serve
from sources.web.clock_witness import ClockWitness
from tests.providers.matrix import NAME, Provider, Workspace, at_hour
from tests.warehouse_contents import observation_rows
from warehouse.errors import RefusedError
from warehouse.pulls import coverage
from warehouse.schema import CHANGES, EVALUATIONS, OBSERVATIONS, PULLS, VERDICT_LEDGER
from warehouse.tables import Tables


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve(date(2026, 11, 24), seed=5) as server:
        yield server


def workspace(sandbox: Sandbox, folder: Path) -> Workspace:
    return Workspace(Provider("ga4"), sandbox, folder, at_hour("2026-11-10"), since=date(2026, 10, 1))


def run(place: Workspace, true: str, clock: str | None = None) -> RefreshResult:
    """A run on the day ``true`` with a clock that says ``clock``; the provider's clock is right."""
    place.sandbox.clock.now = at_hour(true)
    place.now = at_hour(clock or true)
    place.said.clear()
    return refresh(place.context(), RefreshRequest())


def collect(place: Workspace, clock: str) -> None:
    """Only the collecting of a run, which is quicker; the provider says that it is 10 November."""
    place.sandbox.clock.now, place.now = at_hour("2026-11-10"), at_hour(clock)
    context = place.context()
    with hold_warehouse(context, 5):
        _collect_all(context, NAME, windows_to_pull(context, NAME, None), run_directly)


def newest(tables: Tables) -> datetime:
    columns = ((PULLS, "recorded_at"), (EVALUATIONS, "as_of"), (VERDICT_LEDGER, "as_of"), (CHANGES, "recorded_at"),
               (OBSERVATIONS, "retrieved_at"))  # fmt: skip
    return max(max(tables.read(table, None, [name])[name].to_pylist()) for table, name in columns)


def published(place: Workspace, name: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = pq.read_table(place.folder / "warehouse" / "published" / name).to_pylist()
    return rows


@pytest.mark.slow
def test_a_clock_ahead_for_one_run_costs_no_day(sandbox: Sandbox, tmp_path: Path) -> None:
    hurt, twin = (workspace(sandbox, tmp_path / name) for name in ("hurt", "twin"))
    for place in (hurt, twin):
        collect(place, "2026-11-10")
    collect(hurt, "2027-02-10")
    for place in (hurt, twin):
        assert not run(place, "2026-11-20").failed
    tables = hurt.context().tables
    assert observation_rows(tables) == observation_rows(twin.context().tables)
    assert newest(tables) <= at_hour("2026-11-20") + timedelta(hours=1)
    (covered,) = coverage(tables).to_dict("records")
    assert covered["end"].date() == date(2026, 11, 20)
    for name in ("periods.parquet", "verdicts.parquet"):
        ignored = {"as_of", "pulls"}
        mine, other = (
            [{key: row[key] for key in row if key not in ignored} for row in published(place, name)]
            for place in (hurt, twin)
        )
        assert mine == other


@pytest.mark.slow
def test_the_run_says_that_a_clock_was_ahead(sandbox: Sandbox, tmp_path: Path) -> None:
    place = workspace(sandbox, tmp_path)
    run(place, "2026-11-10")
    run(place, "2026-11-10", clock="2027-02-10")
    assert "the last run ended on 2026-11-10, 92 days ago" in "\n".join(place.said)
    run(place, "2026-11-20")
    assert newest(place.context().tables) <= at_hour("2026-11-20") + timedelta(hours=1)
    assert "recorded 2027-02-10 06:00 UTC, which has not come: its clock was ahead" in "\n".join(place.said)
    run(place, "2026-11-21")
    assert "ahead" not in "\n".join(place.said)


@pytest.mark.slow
def test_a_source_that_fails_after_a_clock_ahead_is_not_fresh(sandbox: Sandbox, tmp_path: Path) -> None:
    place = workspace(sandbox, tmp_path)
    run(place, "2026-11-10")
    run(place, "2026-11-10", clock="2027-02-10")
    with serve(date(2026, 11, 24), seed=5) as failing:
        failing.misbehave("/", Fault.EXPIRED_TOKEN, times=99)
        place.sandbox = failing
        assert run(place, "2026-11-24").failed
    (source,) = published(place, "sources.parquet")
    assert (source["data_through"], source["fresh"]) == (date(2026, 11, 9), False)


@pytest.mark.slow
def test_a_clock_behind_is_refused_and_changes_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    place = workspace(sandbox, tmp_path)
    run(place, "2026-11-10")
    run(place, "2026-11-11")
    before = observation_rows(place.context().tables), published(place, "verdicts.parquet")
    with pytest.raises(RefusedError, match=r"this machine's clock says 2025-01-01 06:00 UTC.*set the clock"):
        run(place, "2026-11-12", clock="2025-01-01")
    assert (observation_rows(place.context().tables), published(place, "verdicts.parquet")) == before
    assert not run(place, "2026-11-12").failed


def test_no_day_is_covered_that_is_not_over_by_the_providers_clock(sandbox: Sandbox, tmp_path: Path) -> None:
    place = workspace(sandbox, tmp_path)
    place.sandbox.clock.now, place.now = at_hour("2026-11-10"), at_hour("2026-11-12")
    context = place.context()
    pulled = refresh(replace(context, witness=ClockWitness(context.clock)), RefreshRequest()).collected
    assert [pull.window.end for pull in pulled][-1] == date(2026, 11, 10)
    assert "this machine's clock is 48 hours ahead of the provider's: days from 2026-11-10 on" in "\n".join(place.said)
    (covered,) = coverage(context.tables).to_dict("records")
    assert covered["end"].date() == date(2026, 11, 10)
    assert all(end <= date(2026, 11, 10) for _, _, _, end, *_ in observation_rows(context.tables)[NAME])


@pytest.mark.slow
def test_clocks_that_differ_by_minutes_are_left_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    place = workspace(sandbox, tmp_path)
    run(place, "2026-11-10")
    place.now -= timedelta(minutes=50)
    assert not refresh(place.context(), RefreshRequest()).failed
    assert newest(place.context().tables) == datetime(2026, 11, 10, 6, tzinfo=UTC)
