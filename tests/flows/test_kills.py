"""A run may be killed at any moment: what stands is the old state or the new one, and the next run makes it whole.

Most kills hit a process forked from one that has imported everything, so that nearly all of its life is the run
itself; the rest hit the real command. ``--kills N`` says how many there are.
"""

import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random

import duckdb
import pandas as pd
import pytest

from tests.changing_library import ObservationRow, expected_rows, write_library
from tests.forked_runs import (
    CHECKOUT,
    ForkedRuns,
    clean_environment,
    clock_after,
    kmi_command,
    observation_rows,
    published_contents,
    warehouse_contents,
)
from tests.vintages import as_known_on
from warehouse.root import open_root
from warehouse.schema import OBSERVATIONS
from warehouse.tables import Tables, to_pandas

SEED = 20260302
KILLS_A_STATE = 4
OF_THE_COMMAND = 6  # one kill in six
DELTA_LOG = re.compile(r"\d{20}\.(json|checkpoint\.parquet)|_last_checkpoint")
Known = dict[str, set[ObservationRow]]


@pytest.fixture(scope="module")
def forks() -> Iterator[ForkedRuns]:
    with ForkedRuns() as forks:
        yield forks


@dataclass
class Library:
    """Files, a warehouse, and what was seen of it after each completed run."""

    folder: Path
    number: int = -1
    runs: int = 0
    vintages: dict[datetime, pd.DataFrame] = field(default_factory=dict)

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse"

    @property
    def tables(self) -> Tables:
        return Tables(open_root(self.warehouse))

    @property
    def plan(self) -> Path:
        return self.folder / "plan.yaml"

    def move_on(self) -> None:
        """The next state of the files."""
        self.number += 1
        write_library(self.folder, self.number)

    def clock(self) -> datetime:
        """A minute later than the last run."""
        self.runs += 1
        return clock_after(60 * self.runs)

    def complete(self, forks: ForkedRuns) -> float:
        """A run that nobody kills; the seconds it took."""
        now = self.clock()
        ended = forks.run(self.plan, self.warehouse, now)
        assert ended.code == 0
        self.vintages[now] = to_pandas(self.tables.read(OBSERVATIONS)).sort_values(
            list(OBSERVATIONS.key), ignore_index=True
        )
        return ended.seconds


@dataclass
class Round:
    """One state of the files and the kills while it was brought in."""

    library: Library
    before: Known
    old: dict[str, str]
    seen: list[dict[str, str]] = field(default_factory=list)

    def look(self) -> None:
        """Check that a killed run left each source in its old or new state, and readable published files."""
        after_kill, new = observation_rows(self.library.tables), expected_rows(self.library.number)
        for source in new:
            stands, old = after_kill.get(source, set()), self.before.get(source, set())
            assert stands in (old, new[source]), (
                f"{source}: {sorted(stands ^ old)} from the old state, {sorted(stands ^ new[source])} from the new one"
            )
        for file in sorted((self.library.warehouse / "published").glob("*.parquet")):
            duckdb.execute(f"select * from '{file}'").fetchall()
        self.seen.append(published_contents(self.library.warehouse))

    def close(self) -> None:
        """After the run that completed: the files seen after each kill were the old ones or the ones that stand now."""
        new = published_contents(self.library.warehouse)
        assert observation_rows(self.library.tables) == expected_rows(self.library.number)
        for seen in self.seen:
            assert self.old.keys() <= seen.keys()
            assert {name for name, content in seen.items() if content not in (self.old.get(name), new[name])} == set()
        assert leftovers(self.library.warehouse) == []
        for instant, then in self.library.vintages.items():
            pd.testing.assert_frame_equal(as_known_on(self.library.tables, instant), then, obj=f"as known on {instant}")


def begin(library: Library) -> Round:
    before, old = observation_rows(library.tables), published_contents(library.warehouse)
    library.move_on()
    return Round(library, before, old)


def leftovers(warehouse: Path) -> list[str]:
    """Half-written files, notes of dead runs, and what does not belong into a Delta log."""
    files = [path for path in warehouse.rglob("*") if path.is_file()]
    strange = [path for path in files if path.parent.name == "_delta_log" and not DELTA_LOG.fullmatch(path.name)]
    return sorted(
        path.name for path in [*strange, *(p for p in files if p.suffix == ".part" or p.name == "kmi.lock.holder")]
    )


def same_as_never_killed(library: Library, reference: Library) -> None:
    killed, whole = warehouse_contents(library.tables), warehouse_contents(reference.tables)
    for name in whole:
        assert killed[name] == whole[name], name
    assert published_contents(library.warehouse) == published_contents(reference.warehouse)


@pytest.fixture
def libraries(tmp_path: Path) -> tuple[Library, Library]:
    return Library(tmp_path / "killed"), Library(tmp_path / "whole")


def test_kills_at_any_moment_of_a_run_lose_nothing(
    forks: ForkedRuns, libraries: tuple[Library, Library], request: pytest.FixtureRequest
) -> None:
    library, reference = libraries
    total = request.config.getoption("--kills")
    left, draw, killed = total - total // OF_THE_COMMAND, Random(SEED), 0
    lasts = 1.0
    with ForkedRuns() as others:
        while left > 0:
            now = begin(library)
            reference.move_on()
            others.begin(reference.plan, reference.warehouse, reference.clock())
            for _ in range(min(KILLS_A_STATE, left)):
                killed += (
                    forks.run(library.plan, library.warehouse, library.clock(), draw.uniform(0, lasts)).code
                    == -signal.SIGKILL
                )
                now.look()
                left -= 1
            lasts = library.complete(forks)
            assert others.end().code == 0
            now.close()
            same_as_never_killed(library, reference)
    assert killed >= 0.7 * (total - total // OF_THE_COMMAND)


@pytest.mark.slow
def test_kills_of_the_real_command_lose_nothing(
    forks: ForkedRuns, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    libraries = [Library(tmp_path / name) for name in ("one", "two")]
    reference, draw = Library(tmp_path / "whole"), Random(SEED + 1)
    lasts = _seconds_under_lock(Library(tmp_path / "measured"))
    for _ in range(max(1, round(request.config.getoption("--kills") / OF_THE_COMMAND / len(libraries)))):
        rounds = [begin(library) for library in libraries]
        with_its_death = [(_start(library), draw.uniform(0, lasts)) for library in libraries]
        for library, (process, seconds) in sorted(
            zip(libraries, with_its_death, strict=True), key=lambda pair: pair[1][1]
        ):
            _kill(library, process, seconds)
        reference.move_on()
        reference.complete(forks)
        for library, now in zip(libraries, rounds, strict=True):
            now.look()
            library.complete(forks)
            now.close()
            same_as_never_killed(library, reference)


def _start(library: Library) -> subprocess.Popen[bytes]:
    """The command, as far as its start; its death is counted from when it holds the warehouse."""
    (library.warehouse / "kmi.lock.holder").unlink(missing_ok=True)
    command = kmi_command(
        "run", "--plan", library.plan, "--warehouse", library.warehouse, "--now", f"{library.clock():%Y-%m-%dT%H:%M:%S}"
    )
    return subprocess.Popen(
        command, cwd=CHECKOUT, env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _holds(library: Library, process: subprocess.Popen[bytes]) -> float:
    """The moment at which the run was seen to hold the warehouse, or at which it had ended."""
    while not (library.warehouse / "kmi.lock.holder").exists() and process.poll() is None:
        time.sleep(0.005)
    return time.monotonic()


def _kill(library: Library, process: subprocess.Popen[bytes], seconds: float) -> None:
    with process:
        _holds(library, process)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    assert process.returncode in (0, -signal.SIGKILL)


def _seconds_under_lock(library: Library) -> float:
    library.move_on()
    with _start(library) as process:
        held = _holds(library, process)
        assert process.wait(120) == 0
    seconds = time.monotonic() - held
    shutil.rmtree(library.folder)
    return seconds
