"""A run may be killed at any moment: what stands is the old state or the new one, and the next run makes it whole.

Most kills hit a process forked from one that has imported everything, before one of the calls by which it changes
files; a few hit the real command at any moment, and some hit runs on an S3-like server. ``--kills N`` says how many
there are, and ``python -m tests.kill_runs`` makes as many as one likes.
"""

import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from tests.forked_runs import CHECKOUT, ForkedRuns, clean_environment, kmi_command
from tests.kill_runs import Progress, built_shim, kill_library, opened_store
from tests.killed_library import Library, begin, same_as_never_killed
from tests.sent_notices import Fact, check_notices
from warehouse.schema import Table
from warehouse.tables import Tables

SEED = 20260302
OF_THE_COMMAND = 6  # one kill in six
ON_A_STORE = 5  # beside them one more for every five


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkedRuns]:
    with ForkedRuns(built_shim(tmp_path_factory.mktemp("shim"))) as forks:
        yield forks


@pytest.mark.slow
def test_kills_before_any_call_that_changes_files_lose_nothing(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Without a C compiler at any moment."""
    total = request.config.getoption("--kills")
    died = kill_library(tmp_path / "library", "", total, SEED, Progress(total))
    assert died.total() - died["ended"] >= 0.7 * total


@pytest.mark.slow
def test_kills_before_any_call_that_changes_a_store_lose_nothing(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    total = max(2, request.config.getoption("--kills") // ON_A_STORE)
    with opened_store(tmp_path) as store:
        died = kill_library(tmp_path / "library", store, total, SEED, Progress(total))
    assert died.total() - died["ended"] >= 0.7 * total


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
    _holder(library).unlink(missing_ok=True)
    now = f"{library.request().now:%Y-%m-%dT%H:%M:%S}"
    command = kmi_command("run", "--plan", library.plan, "--warehouse", library.warehouse, "--now", now)
    return subprocess.Popen(
        command, cwd=CHECKOUT, env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _holder(library: Library) -> Path:
    return Path(library.warehouse) / "kmi.lock.holder"


def _holds(library: Library, process: subprocess.Popen[bytes]) -> float:
    """The moment at which the run was seen to hold the warehouse, or at which it had ended."""
    while not _holder(library).exists() and process.poll() is None:
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


class Ledger(Tables):
    """A ledger of notices that holds one fact, with these numbers and outcomes."""

    def __init__(self, *rows: tuple[int, str]) -> None:
        self.rows = rows

    def read(self, table: Table, where: str | None = None, columns: list[str] | None = None) -> pa.Table:
        fact = {"kind": "alert", "subject": "visits", "state": "firing", "told_as": "problem", "recipient": "Ada"}
        rows = [{**fact, "notice_id": "f00d", "number": number, "outcome": outcome} for number, outcome in self.rows]
        return pa.Table.from_pylist(rows, schema=table.arrow)


@pytest.mark.parametrize(
    ("rows", "arrived", "fault"),
    [
        (((1, "sending"), (1, "told")), 0, "never arrived"),
        (((1, "sending"), (2, "sending"), (2, "told")), 3, "more than twice"),
        (((1, "sending"),), 1, "Counter"),
        ((), 0, "evaluated by one alone"),
        (((1, "sending"), (2, "sending"), (2, "told"), (3, "sending"), (3, "told")), 1, "on the ledger as sent"),
    ],
)
def test_a_lost_or_doubled_notice_is_found(rows: tuple[tuple[int, str], ...], arrived: int, fault: str) -> None:
    fact: Fact = ("alert", "visits", "problem", "f00d", "None", "None")
    whole = Ledger((1, "sending"), (1, "told"))
    with pytest.raises(AssertionError, match=fault):
        check_notices(Ledger(*rows), whole, Counter({fact: arrived} if arrived else {}), Counter([fact]))
    twice = Ledger((1, "sending"), (2, "sending"))
    check_notices(twice, whole, Counter(), Counter([fact]))
