"""Libraries whose runs are killed, and what must be true of them afterwards."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from signal import SIGKILL
from urllib.parse import unquote

import pandas as pd
import pyarrow as pa

from tests.changing_library import ObservationRow, expected_rows, write_library
from tests.forked_runs import ForkedRuns, RunEnd, RunRequest, clock_after
from tests.sent_notices import MailBox, check_notices
from tests.vintages import as_known_on
from tests.warehouse_contents import observation_rows, published_contents, warehouse_contents
from warehouse.frames import to_pandas
from warehouse.root import LocalRoot, open_root
from warehouse.schema import LEDGERS, OBSERVATIONS
from warehouse.tables import Tables

KILLS_A_STATE = 6
RUNS_A_STATE = 60
VINTAGES_A_STATE = 3
"""How many of the newest vintages are compared after each state; all are compared at the end."""
DELTA_LOG = re.compile(r"\d{20}\.(json|checkpoint\.parquet)|_last_checkpoint")
Known = dict[str, set[ObservationRow]]


@dataclass
class Library:
    """Files, a warehouse, and what was seen of it after each completed run.

    ``address``: its warehouse on a store; without it the warehouse is a folder. ``mail`` gets its notices.
    """

    folder: Path
    address: str = ""
    mail: MailBox | None = None
    number: int = -1
    runs: int = 0
    vintages: dict[datetime, pd.DataFrame] = field(default_factory=dict)

    @property
    def warehouse(self) -> str:
        return self.address or str(self.folder / "warehouse")

    @property
    def tables(self) -> Tables:
        return Tables(open_root(self.warehouse))

    @property
    def plan(self) -> Path:
        return self.folder / "plan.yaml"

    def move_on(self) -> None:
        """The next state of the files."""
        self.number, self.runs = self.number + 1, 0
        write_library(self.folder, self.number, notices=self.mail is not None)

    def request(self, *, kill_after_s: float | None = None, kill_at_call: int = 0) -> RunRequest:
        """A run a second later than the last one of this state."""
        self.runs += 1
        return self._at(self.runs, kill_after_s, kill_at_call)

    def last_request(self) -> RunRequest:
        """The run that completes this state, at the same instant in every library."""
        return self._at(RUNS_A_STATE - 1, None, 0)

    def _at(self, second: int, kill_after_s: float | None, kill_at_call: int) -> RunRequest:
        now = clock_after(RUNS_A_STATE * self.number + second)
        mail = self.mail.address if self.mail else ""
        return RunRequest(self.plan, self.warehouse, now, mail, kill_after_s, kill_at_call)

    def complete(self, forks: ForkedRuns) -> RunEnd:
        """A run that nobody kills."""
        request = self.last_request()
        ended = forks.run(request)
        assert ended.code == 0
        self.vintages[request.now] = to_pandas(self.tables.read(OBSERVATIONS)).sort_values(
            list(OBSERVATIONS.key), ignore_index=True
        )
        return ended

    def check_vintages(self, newest: int | None = None) -> None:
        """The observations as they were known after each of the completed runs, from today's tables."""
        for instant in sorted(self.vintages)[-(newest or len(self.vintages)) :]:
            then = as_known_on(self.tables, instant)
            pd.testing.assert_frame_equal(then, self.vintages[instant], obj=f"as known on {instant}")


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
        self.seen.append(published_contents(self.library.warehouse))

    def close(self) -> None:
        """After the run that completed: the files seen after each kill were the old ones or the ones that stand now."""
        new = published_contents(self.library.warehouse)
        assert observation_rows(self.library.tables) == expected_rows(self.library.number)
        for seen in self.seen:
            assert self.old.keys() <= seen.keys()
            strange = {name for name, content in seen.items() if content not in (self.old.get(name), new[name])}
            assert strange == set(), f"neither the old nor the new version: {strange}"
        left = leftovers(self.library.warehouse)
        assert left == [], f"left by killed runs: {left}"
        self.library.check_vintages(VINTAGES_A_STATE)


def begin(library: Library) -> Round:
    before, old = observation_rows(library.tables), published_contents(library.warehouse)
    library.move_on()
    return Round(library, before, old)


def leftovers(warehouse: str) -> list[str]:
    """Half-written files, notes of dead runs, and what does not belong into a Delta log.

    Data files that no version of a table names are none: the table is whole, and tidying deletes them after a week.
    """
    root = open_root(warehouse)
    paths = [Path(path) for path in root.list("")]
    if isinstance(root, LocalRoot):  # its list leaves half-written files out
        paths += [*root.staged(), *root.folder.rglob("*.part")]
    lock = {"kmi.lock.holder"} if isinstance(root, LocalRoot) else {"kmi.lock"}
    strange = [path for path in paths if path.parent.name == "_delta_log" and not DELTA_LOG.fullmatch(path.name)]
    return sorted({path.name for path in [*strange, *(p for p in paths if p.suffix == ".part" or p.name in lock)]})


def left_after_vacuum(tables: Tables) -> list[str]:
    """The files under ``tables/`` that no table needs, after each was vacuumed; there are none."""
    needed = set()
    for table in LEDGERS:
        delta = tables.open(table)
        if delta is not None:
            delta.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)
            needed |= {
                f"tables/{table.name}/{unquote(path)}" for path in pa.table(delta.get_add_actions())["path"].to_pylist()
            }
    held = {path for path in tables.root.list("tables") if "/_delta_log/" not in path}
    return sorted(held - {unquote(path) for path in needed})


def same_as_never_killed(library: Library, reference: Library) -> None:
    killed, whole = warehouse_contents(library.tables), warehouse_contents(reference.tables)
    for name in whole:
        assert killed[name] == whole[name], f"{name}: {killed[name] - whole[name]} against {whole[name] - killed[name]}"
    published, expected = published_contents(library.warehouse), published_contents(reference.warehouse)
    assert published == expected, sorted(name for name in expected if published.get(name) != expected[name])


Draw = Callable[[ForkedRuns, Library, RunEnd], RunEnd]
"""A run that is killed at a moment of its own choice. The last argument is the newest run that nobody killed."""


def kill_many(killed: Library, whole: Library, total: int, forks: ForkedRuns, kill: Draw) -> Counter[str]:
    """Kill ``total`` runs of a library, check what each left, and compare with a twin that nobody killed.

    Returns how many were killed, by the stage and the call at which they died; a run that ended before counts as
    ``ended``.
    """
    died, newest, left = Counter[str](), RunEnd(0, 1.0), total
    while left > 0:
        now = begin(killed)
        for _ in range(min(KILLS_A_STATE, left)):
            ended = kill(forks, killed, newest)
            died[(ended.died_at or "any moment") if ended.code == -SIGKILL else "ended"] += 1
            now.look()
            left -= 1
        newest = killed.complete(forks)
        whole.move_on()
        assert forks.run(whole.last_request()).code == 0
        now.close()
        same_as_never_killed(killed, whole)
        if killed.mail and whole.mail:
            check_notices(killed.tables, whole.tables, killed.mail.newest(), whole.mail.newest())
    killed.check_vintages()
    left_files = left_after_vacuum(killed.tables)
    assert left_files == [], f"left by killed runs after a vacuum: {left_files}"
    return died
