"""Runs that can be killed.

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
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ParamSpec, Self, TypeVar
from urllib.parse import urlsplit

import pandas as pd
from deltalake import DeltaTable

from flows.steps.context import Context, open_context
from flows.steps.refresh import RefreshRequest, StepRunner, refresh
from plan.secret_resolver import resolver
from warehouse import lock, tables

P = ParamSpec("P")
T = TypeVar("T")
CHECKOUT = Path(__file__).resolve().parents[1]
START = datetime(2026, 3, 2, 6, tzinfo=UTC)
SHORT_LEASE_S = 2.0
"""On a store the lease of a killed run must be seen unchanged for so long, in place of a minute."""
TIDY_EVERY = 3
NOTICES_TO = "KMI_NOTICES_TO"
"""The environment variable that holds the address for notices."""


def clock_after(seconds: float) -> datetime:
    """The clock of a run, ``seconds`` after the first one."""
    return START + timedelta(seconds=seconds)


def context_of(plan: Path, warehouse: str | Path, now: datetime) -> Context:
    return open_context(plan, warehouse, resolve=resolver(os.environ), log=lambda _: None, clock=lambda: now)


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
class RunRequest:
    """A run: its plan, its warehouse (a folder or an address), its clock, and the address that gets its notices.

    It is killed with SIGKILL ``kill_after_s`` after the fork or before the call number ``kill_at_call``, unless it ends
    before.
    """

    plan: Path
    warehouse: str | Path
    now: datetime
    notices_to: str = ""
    kill_after_s: float | None = None
    kill_at_call: int = 0


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a forked run ended: its exit code, or minus the signal; how many seconds it ran.

    With a shim: ``calls``, how many calls of a whole run changed files or were sent to the store, and ``died_at``: the
    stage of the run and the call before which it died.
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

    def run(self, request: RunRequest) -> RunEnd:
        self.begin(request)
        return self.end()

    def begin(self, request: RunRequest) -> None:
        if self._driver.stdin is None:
            raise AssertionError("the driver was started without a pipe")
        self._driver.stdin.write(json.dumps(asdict(request), default=str) + "\n")
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
        words = json.loads(line)
        request = RunRequest(**words | {"plan": Path(words["plan"]), "now": datetime.fromisoformat(words["now"])})
        began = time.monotonic()
        counted, tell = os.pipe()
        child = os.fork()
        if not child:
            _run_and_exit(request, tell)
        os.close(tell)
        if request.kill_after_s is not None:
            time.sleep(request.kill_after_s)
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

    from flows.steps.queries import queries
    from reports.delivery import _channels
    from sources.registry import source_class
    from tests.plain_checks import failing_positions
    from warehouse import checks
    from warehouse.check_rules import MetricDeclaration

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
    checks._unexpected = failing_positions  # Great Expectations takes seconds to import
    checks.check(pd.DataFrame([row]), [MetricDeclaration("m", "u", 0)], latest=date(2026, 1, 1))
    for name in ("reduction", "settling"):
        queries(name)
    for kind in ("footfall", "publications"):
        source_class(kind)
    _channels("json://127.0.0.1")
    gc.freeze()  # what stays untouched by the collector is not copied in every fork


def _run_and_exit(request: RunRequest, tell: int) -> None:
    shim = ctypes.CDLL(None) if "KMI_DIED_AT" in os.environ else None
    code = 70
    try:
        stage: Callable[[str], None] = (lambda name: shim.kmi_stage(name.encode())) if shim else lambda _: None
        lock.LEASE_S = SHORT_LEASE_S
        os.environ[NOTICES_TO] = request.notices_to
        _tidy_often(stage)
        if shim is not None:
            _count_calls(shim, request)
        context = context_of(request.plan, request.warehouse, request.now)
        code = 1 if refresh(context, RefreshRequest(wait_s=60), _telling(stage)).failed else 0
    finally:
        if shim is not None:
            os.write(tell, str(shim.kmi_calls()).encode())
        os._exit(code)


def _count_calls(shim: Any, request: RunRequest) -> None:
    shim.kmi_stage(b"begin")
    if "://" in str(request.warehouse):
        shim.kmi_kill_at_port(urlsplit(os.environ["AWS_ENDPOINT_URL"]).port, ctypes.c_long(request.kill_at_call))
    else:
        shim.kmi_kill_at(f"{request.warehouse}/".encode(), ctypes.c_long(request.kill_at_call))


def _tidy_often(stage: Callable[[str], None]) -> None:
    """Join and delete files every few commits, and delete at once what a run would keep for a week."""
    tables.TIDY_EVERY = TIDY_EVERY
    vacuum = DeltaTable.vacuum

    def vacuum_now(table: DeltaTable, **given: Any) -> list[str]:
        stage("vacuum")
        gone = vacuum(table, **given | {"retention_hours": 0, "enforce_retention_duration": False})
        stage("tidy")
        return gone

    DeltaTable.vacuum = vacuum_now  # type: ignore[method-assign, assignment]


def _telling(stage: Callable[[str], None]) -> StepRunner:
    """Run each step directly, and name it to the shim; what comes after the notices is called ``tidy``."""

    def run(step: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        stage(step.__name__)
        try:
            return step(*args, **kwargs)
        finally:
            if step.__name__ == "notify":
                stage("tidy")

    return run


if __name__ == "__main__":
    _drive()
    os._exit(0)  # DuckDB would report what the collector was told to leave alone
