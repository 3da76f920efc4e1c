"""Runs that can be killed, and warehouses compared row by row.

``python -m tests.forked_runs`` is the driver behind ``ForkedRuns``: it imports everything once and forks a process for
each run.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from flows.steps.context import Context, open_context
from flows.steps.refresh import RefreshRequest, refresh
from tests.changing_library import ObservationRow
from warehouse.root import open_root
from warehouse.schema import CHANGES, OBSERVATIONS, PULLS, REFUSED, VERDICT_LEDGER, Table
from warehouse.tables import Tables, matching

CHECKOUT = Path(__file__).resolve().parents[1]
START = datetime(2026, 3, 2, 6, tzinfo=UTC)
NEVER_COMPARED = {"pull_id", "old_pull_id"}


# Runs.


def clock_after(seconds: float) -> datetime:
    """The clock of a run, ``seconds`` after the first one."""
    return START + timedelta(seconds=seconds)


def context_of(plan: Path, warehouse: str | Path, now: datetime) -> Context:
    return open_context(plan, warehouse, resolve=os.environ.__getitem__, log=lambda _: None, clock=lambda: now)


def kmi_command(*arguments: str | Path) -> list[str]:
    """The command line of ``kmi_command``, as its console script starts it."""
    return [sys.executable, "-c", "from flows.cli import main; main()", *map(str, arguments)]


def clean_environment() -> dict[str, str]:
    """The environment without anything of ours, with the checkout importable."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("KMI_")},
        "PYTHONPATH": str(CHECKOUT),
    }


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a forked run ended: its exit code, or minus the signal; how many seconds it ran.

    With a shim: ``calls``, how many calls of a whole run changed files, and ``died_at``, the call before which it died.
    """

    code: int
    seconds: float
    calls: int = 0
    died_at: str = ""


class ForkedRuns:
    """A process that has imported everything and forks one real run after the other.

    ``shim``: a library that counts the calls that change files and kills before a chosen one (``kill_at_call.c``).
    """

    def __init__(self, shim: Path | None = None) -> None:
        self.shim = shim

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.forked_runs"]
        own = {"LD_PRELOAD": str(self.shim), "KMI_DIED_AT": f"{self.shim}.died"} if self.shim else {}
        environment = clean_environment() | own
        self._driver = subprocess.Popen(
            command, cwd=CHECKOUT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._driver.communicate()

    def run(
        self,
        plan: Path,
        warehouse: str | Path,
        now: datetime,
        kill_after_s: float | None = None,
        kill_at_call: int = 0,
    ) -> RunEnd:
        """One run; killed with SIGKILL ``kill_after_s`` after the fork or before a call, unless it ends before."""
        self.begin(plan, warehouse, now, kill_after_s, kill_at_call)
        return self.end()

    def begin(
        self,
        plan: Path,
        warehouse: str | Path,
        now: datetime,
        kill_after_s: float | None = None,
        kill_at_call: int = 0,
    ) -> None:
        if self._driver.stdin is None:
            raise AssertionError("the driver was started without a pipe")
        line = json.dumps([str(plan), str(warehouse), now.isoformat(), kill_after_s, kill_at_call])
        self._driver.stdin.write(line + "\n")
        self._driver.stdin.flush()

    def end(self) -> RunEnd:
        if self._driver.stdout is None:
            raise AssertionError("the driver was started without a pipe")
        return RunEnd(*json.loads(self._driver.stdout.readline()))


def _drive() -> None:
    """Fork a run for each line of the standard input and answer with its end."""
    _import_all()
    note = Path(os.environ.get("KMI_DIED_AT", os.devnull))
    for line in sys.stdin:
        plan, warehouse, now, kill_after_s, kill_at_call = json.loads(line)
        began = time.monotonic()
        counted, tell = os.pipe()
        child = os.fork()
        if not child:
            _run_and_exit(Path(plan), warehouse, datetime.fromisoformat(now), kill_at_call, tell)
        os.close(tell)
        if kill_after_s is not None:
            time.sleep(kill_after_s)
            os.kill(
                child, signal.SIGKILL
            )  # a child that has ended is a zombie until it is waited for, so the id is still its own
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        seconds = time.monotonic() - began
        with os.fdopen(counted, encoding="ascii") as pipe:
            calls = int(pipe.read() or 0)
        died_at = note.read_text(encoding="ascii") if code == -signal.SIGKILL and note.is_file() else ""
        print(json.dumps([code, seconds, calls, died_at]), flush=True)


def _import_all() -> None:
    """What each run needs, but nothing that starts threads, which would be missing after the fork.

    Delta and DuckDB are only imported.
    """
    import gc

    from flows.steps import reduction, settling_times
    from warehouse.check_rules import MetricDeclaration
    from warehouse.checks import check

    day = pd.Timestamp("2025-01-01")
    row = {
        "metric": "m",
        "entity": "e",
        "start": day,
        "end": day + pd.Timedelta(days=1),
        "value": 1.0,
        "unit": "u",
        "flags": (),
        "origin": "o",
    }
    check(pd.DataFrame([row]), [MetricDeclaration("m", "u", 0)], latest=date(2026, 1, 1))
    reduction.queries()
    settling_times.queries()
    gc.freeze()  # what stays untouched by the collector is not copied in every fork


def _run_and_exit(plan: Path, warehouse: str, now: datetime, kill_at_call: int, tell: int) -> None:
    shim = ctypes.CDLL(None) if "KMI_DIED_AT" in os.environ else None
    code = 70
    try:
        if shim is not None:
            shim.kmi_kill_at(f"{warehouse}/".encode(), ctypes.c_long(kill_at_call))
        code = 1 if refresh(context_of(plan, warehouse, now), RefreshRequest(wait_s=60)).failed else 0
    finally:
        if shim is not None:
            os.write(tell, str(shim.kmi_calls()).encode())
        os._exit(code)


# What came of them.


def observation_rows(tables: Tables) -> dict[str, set[ObservationRow]]:
    """What the observations of each source say. Raises ``AssertionError`` for a key that is there twice."""
    return facts_of(tables.read(OBSERVATIONS).to_pylist())


def facts_of(rows: Iterable[dict[str, Any]]) -> dict[str, set[ObservationRow]]:
    keys: Counter[tuple[object, ...]] = Counter()
    found: dict[str, set[ObservationRow]] = {}
    for row in rows:
        keys[tuple(row[name] for name in OBSERVATIONS.key)] += 1
        fact = (row["metric"], row["entity"], row["start"], row["end"], row["value"], row["unit"], tuple(row["flags"]))
        found.setdefault(row["source"], set()).add(fact)
    twice = [key for key, count in keys.items() if count > 1]
    assert not twice, twice
    return found


def warehouse_contents(tables: Tables) -> dict[str, Counter[str]]:
    """Everything in a warehouse except instants, pull ids, and pulls that did not commit or changed nothing."""
    committed = set(tables.read(PULLS, matching(status="committed"))["pull_id"].to_pylist())
    return {
        "observations": _rows(tables, OBSERVATIONS),
        "refused": _rows(tables, REFUSED),
        "verdicts": _rows(tables, VERDICT_LEDGER),
        "changes": _rows(tables, CHANGES, of_pulls=committed),
        "pulls": Counter(
            str(
                (
                    row["source"],
                    row["added"],
                    row["altered"],
                    row["dropped"],
                    row["rows"],
                    row["covered"],
                    row["refused"],
                )
            )
            for row in tables.read(PULLS, matching(status="committed")).to_pylist()
            if row["added"] or row["altered"] or row["dropped"]
        ),
    }


def _rows(tables: Tables, table: Table, of_pulls: set[str] | None = None) -> Counter[str]:
    rows = tables.read(table).to_pylist()
    kept = (row for row in rows if of_pulls is None or row["pull_id"] in of_pulls)
    return Counter(
        str(
            [
                (name, value)
                for name, value in row.items()
                if name not in NEVER_COMPARED and not isinstance(value, datetime)
            ]
        )
        for row in kept
    )


def table_contents(table: pa.Table) -> str:
    """All rows as text, without instants and the ids of pulls, and without pulls that brought nothing."""
    lasting = [
        field.name
        for field in table.schema
        if not pa.types.is_timestamp(field.type) and field.name not in NEVER_COMPARED
    ]
    rows = table.select(lasting).to_pylist()
    if "dropped" in lasting:
        rows = [row for row in rows if row["added"] or row["altered"] or row["dropped"]]
    return str([table.schema.names, sorted(rows, key=str) if "pull_id" in table.schema.names else rows])


def published_contents(warehouse: str | Path) -> dict[str, str]:
    """The contents of each published file by name, read whole; see ``table_contents``."""
    root = open_root(warehouse)
    paths = [path for path in root.list("published") if path.endswith(".parquet")]
    return {
        Path(path).name: table_contents(pq.ParquetFile(pa.BufferReader(root.read(path))).read(use_threads=False))
        for path in paths
    }


if __name__ == "__main__":
    _drive()
