"""What was lost or damaged in a warehouse is found, and comes back where the sources still have it."""

import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.cli import main
from flows.steps.refresh import RefreshRequest, refresh
from sandbox.server import Sandbox, serve
from tests.changing_library import ObservationRow, expected_rows, write_library
from tests.providers.matrix import Provider, Workspace, at_hour
from tests.warehouse_contents import observation_rows
from warehouse.lost_rows import missing_rows
from warehouse.pulls import coverage
from warehouse.root import LocalRoot, open_root
from warehouse.tables import Tables

NOW = "2026-03-02T12:00:00"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve(date(2026, 11, 24), seed=5) as server:
        yield server


@pytest.fixture
def place(sandbox: Sandbox, tmp_path: Path) -> Workspace:
    return Workspace(Provider("ga4"), sandbox, tmp_path, at_hour("2026-11-10"), since=date(2026, 10, 20))


def kmi(folder: Path, *arguments: str) -> Result:
    command, *more = arguments
    places = ["--plan", str(folder / "plan.yaml"), "--warehouse", str(folder / "warehouse"), "--now", NOW]
    return CliRunner().invoke(main, [command, *places, *more])


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collected")
    assert write_library(folder, 3) == folder / "plan.yaml"
    assert kmi(folder, "run").exit_code == 0
    return folder


@pytest.fixture
def library(collected: Path, tmp_path: Path) -> Path:
    copy: Path = shutil.copytree(collected, tmp_path / "library")
    return copy


def rows(folder: Path) -> object:
    return observation_rows(Tables(open_root(str(folder / "warehouse"))))


def keys(found: dict[str, set[ObservationRow]]) -> set[tuple[object, ...]]:
    """Without the values: the provider revises those of the newest days."""
    return {row[:4] for row in found["subject"]}


def next_day(place: Workspace) -> None:
    place.now += timedelta(days=1)


@pytest.mark.parametrize("went_on", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_lost_table_of_observations_comes_back(place: Workspace, went_on: bool) -> None:
    """``went_on``: runs of a version that did not notice have written the newest days since."""
    place.run()
    whole = observation_rows(place.context().tables)
    shutil.rmtree(place.folder / "warehouse" / "tables" / "observations")
    next_day(place)
    if went_on:
        place.run()
        assert len(keys(observation_rows(place.context().tables))) < len(keys(whole))
        next_day(place)
    place.sandbox.clock.now = place.now
    assert not refresh(place.context(), RefreshRequest()).failed
    assert "were lost from the warehouse; they are pulled again" in "\n".join(place.said)
    tables = place.context().tables
    assert keys(whole) <= keys(observation_rows(tables))
    (covered,) = coverage(tables).to_dict("records")
    assert (covered["start"].date(), covered["end"].date()) == (date(2026, 10, 20), place.now.date())
    assert missing_rows(tables) == {}


@pytest.mark.slow
def test_observations_come_back_where_the_ledger_of_changes_was_lost_too(place: Workspace) -> None:
    place.run()
    whole = observation_rows(place.context().tables)
    for table in ("observations", "changes"):
        shutil.rmtree(place.folder / "warehouse" / "tables" / table)
    next_day(place)
    place.sandbox.clock.now = place.now
    assert not refresh(place.context(), RefreshRequest()).failed
    assert keys(whole) <= keys(observation_rows(place.context().tables))
    assert missing_rows(place.context().tables) == {}


@pytest.mark.slow
@pytest.mark.parametrize("table", ["changes", "pulls", "verdicts"])
def test_a_table_that_is_gone_as_a_whole_is_named(library: Path, table: str) -> None:
    shutil.rmtree(library / "warehouse" / "tables" / table)
    assert f"the table {table} is gone, and with it the history that it held" in kmi(library, "doctor").output


@pytest.mark.slow
def test_what_the_source_no_longer_has_is_asked_for_once(library: Path) -> None:
    tables = Tables(open_root(str(library / "warehouse")))
    before = observation_rows(tables)
    shutil.rmtree(library / "warehouse" / "tables" / "observations")
    file = library / "visits.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:-1]), encoding="utf-8")
    first, second = kmi(library, "run"), kmi(library, "run")
    assert "were lost from the warehouse" in first.output
    assert "lost" not in second.output
    tables = Tables(open_root(str(library / "warehouse")))  # the table is another one
    assert len(observation_rows(tables)["gates"]) < len(before["gates"])
    assert missing_rows(tables) == {}
    assert kmi(library, "doctor").exit_code == 0


def test_a_whole_warehouse_has_no_fault(library: Path) -> None:
    done = kmi(library, "doctor")
    assert (done.exit_code, done.output) == (0, f"{library / 'warehouse'}: no fault found\n")


def test_a_lost_file_of_the_table_is_named_and_its_days_come_back(library: Path) -> None:
    before = rows(library)
    lost = next((library / "warehouse" / "tables" / "observations").rglob("*.parquet"))
    lost.unlink()
    run = kmi(library, "run")
    assert run.exit_code == 1
    assert "kmi doctor" in run.output
    found = kmi(library, "doctor")
    assert found.exit_code == 1
    assert f"such as {lost.parent.parent.name}/" in found.output
    assert "nothing was changed; 'kmi doctor --repair' mends them" in found.output
    repaired = kmi(library, "doctor", "--repair")
    assert repaired.exit_code == 0, repaired.output
    assert "the next run pulls these days again" in repaired.output
    assert kmi(library, "run").exit_code == 0
    assert rows(library) == before == expected_rows(3)
    assert kmi(library, "doctor").exit_code == 0


@pytest.mark.slow
def test_a_damaged_file_of_the_table_is_replaced(library: Path) -> None:
    damaged = next((library / "warehouse" / "tables" / "observations").rglob("*.parquet"))
    damaged.write_bytes(damaged.read_bytes()[:-20])
    assert kmi(library, "doctor", "--repair").exit_code == 0
    assert kmi(library, "run").exit_code == 0
    assert rows(library) == expected_rows(3)


@pytest.mark.slow
def test_half_written_and_damaged_files_are_removed_and_published_ones_written_again(library: Path) -> None:
    warehouse = library / "warehouse"
    staged = warehouse / "tables" / "pulls" / "part-0.parquet#1"
    kept, landed = warehouse / "raw" / "gates" / "unfinished.parquet", warehouse / "raw" / "gates" / "x.parquet"
    for path in (staged, kept, landed):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"PAR1 half")
    verdicts = warehouse / "published" / "verdicts.parquet"
    verdicts.write_bytes(b"not what was published")
    found = json.loads(kmi(library, "doctor", "--json").stdout)["faults"]
    assert len(found) == 4
    assert {one["repair"] for one in found} == {
        "they are removed",
        "it is removed, and the next run asks again",
        "it is removed; what was read from it stays",
        "the next run writes it",
    }
    assert kmi(library, "doctor", "--repair").exit_code == 0
    assert not any(path.exists() for path in (staged, kept, landed))
    assert kmi(library, "run").exit_code == 0
    assert kmi(library, "doctor").output.endswith("no fault found\n")


@pytest.mark.slow
def test_the_next_run_removes_what_killed_runs_left(library: Path) -> None:
    staged = library / "warehouse" / "tables" / "pulls" / "_delta_log" / "00000000000000000009.json#2"
    staged.write_bytes(b"{")
    root = open_root(str(library / "warehouse"))
    assert isinstance(root, LocalRoot)
    assert root.staged() == (staged,)
    assert kmi(library, "run").exit_code == 0
    assert root.staged() == ()


def test_kept_responses_that_are_damaged_are_asked_for_again(place: Workspace) -> None:
    path = place.folder / "warehouse" / "raw" / "subject" / "unfinished.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PAR1 half")
    assert not place.run().done.failed
    assert not path.exists()
