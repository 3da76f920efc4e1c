"""Kill runs of the pipeline by the thousand: ``python -m tests.kill_runs [--kills 1000] [--seed 1]``.

Each run dies before one of the calls by which it changes files of the warehouse, chosen at random (a small C library,
preloaded, counts them); without a C compiler it dies at any moment. After each kill every source stands in its old or
its new state, and after the next whole run the warehouse is equal to a twin that nobody killed. Prints how many died
at which call. Exit code 1 where something was lost.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.forked_runs import ForkedRuns, RunEnd
from tests.killed_library import Draw, Library, kill_many

SHIM = Path(__file__).with_name("kill_at_call.c")


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
        number = draw.randint(1, newest.calls or 100)
        return forks.run(library.plan, library.warehouse, library.clock(), kill_at_call=number)

    return kill


def at_any_moment(draw: Random) -> Draw:
    """Within the seconds that the newest whole run took."""

    def kill(forks: ForkedRuns, library: Library, newest: RunEnd) -> RunEnd:
        return forks.run(library.plan, library.warehouse, library.clock(), draw.uniform(0, newest.seconds))

    return kill


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with TemporaryDirectory() as folder, ForkedRuns(built_shim(Path(folder))) as forks:
        kill = (at_any_call if forks.shim else at_any_moment)(Random(options.seed))
        try:
            died = kill_many(Path(folder), options.kills, forks, kill)
        except AssertionError as error:
            print(f"lost: {error}")
            return 1
    for call, number in died.most_common():
        print(f"{call:12s} {number:6,}")
    print(f"{died.total() - died['ended']:,} kills: nothing lost, nothing doubled, equal to a twin that nobody killed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
