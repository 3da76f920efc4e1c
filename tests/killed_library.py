"""Libraries whose runs are killed, and what must be true of them afterwards."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from signal import SIGKILL

import duckdb
import pandas as pd

from tests.changing_library import ObservationRow, expected_rows, write_library
from tests.forked_runs import (
    ForkedRuns,
    RunEnd,
    clock_after,
    observation_rows,
    published_contents,
    warehouse_contents,
)
from tests.vintages import as_known_on
from warehouse.root import open_root
from warehouse.schema import OBSERVATIONS
from warehouse.tables import Tables, to_pandas

KILLS_A_STATE = 4
DELTA_LOG = re.compile(r"\d{20}\.(json|checkpoint\.parquet)|_last_checkpoint")
Known = dict[str, set[ObservationRow]]


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

    def complete(self, forks: ForkedRuns) -> RunEnd:
        """A run that nobody kills."""
        now = self.clock()
        ended = forks.run(self.plan, self.warehouse, now)
        assert ended.code == 0
        self.vintages[now] = to_pandas(self.tables.read(OBSERVATIONS)).sort_values(
            list(OBSERVATIONS.key), ignore_index=True
        )
        return ended


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


Draw = Callable[[ForkedRuns, Library, RunEnd], RunEnd]
"""A run that is killed at a moment of its own choice. The last argument is the newest run that nobody killed."""


def kill_many(folder: Path, total: int, forks: ForkedRuns, kill: Draw) -> Counter[str]:
    """Kill ``total`` runs of a library, check what each left, and compare with a twin that nobody killed.

    Returns how many were killed, by the call at which they died; a run that ended before counts as ``ended``.
    """
    library, twin, died = Library(folder / "killed"), Library(folder / "whole"), Counter[str]()
    newest, left = RunEnd(0, 1.0), total
    with ForkedRuns() as others:
        while left > 0:
            now = begin(library)
            twin.move_on()
            others.begin(twin.plan, twin.warehouse, twin.clock())
            for _ in range(min(KILLS_A_STATE, left)):
                ended = kill(forks, library, newest)
                died[(ended.died_at or "any moment") if ended.code == -SIGKILL else "ended"] += 1
                now.look()
                left -= 1
            newest = library.complete(forks)
            assert others.end().code == 0
            now.close()
            same_as_never_killed(library, twin)
    return died
