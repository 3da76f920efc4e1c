"""50 members on a real Prefect server over PostgreSQL, with one worker and with three, of which one is killed.

Run from the checkout: ``python -m benchmarks.fleet_workers [--members 50]``. ``kmi fleet deploy`` makes the
deployments; a run of each member is due at once. Of the three workers one is killed together with the run that it has
begun, which its next run has to make good, as on the next night. Expected: a completed run of every member and not a
second one, and a roll-up that is the sum of the members' files by hand. Exits with 1 where that does not hold, with 2
without PostgreSQL.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import fleet
from tests.server.postgresql import empty_database, postgresql
from tests.server.prefect_server import CHECKOUT, Prefect, Service, clean_environment, descendants, serving, until
from warehouse.published_tables import published_at
from warehouse.schema.fleet import FLEET_TOTALS

LONGEST_S = 3600.0
SECONDS_INTO_A_RUN = 4.0
AT_ONCE = 2
"""Runs of a worker at the same time: this machine has so many processors."""


def deploy(prefect: Prefect, path: Path) -> None:
    environment = {**os.environ, "PREFECT_API_URL": prefect.api, "PREFECT_HOME": str(prefect.home)}
    command = [sys.executable, "-m", "flows.cli", "fleet", "deploy", "--fleet", str(path)]
    subprocess.run(command, env=environment, cwd=CHECKOUT, stdout=subprocess.DEVNULL, check=True)


def start_workers(prefect: Prefect, count: int, stack: ExitStack) -> list[Service]:
    """Workers of the fleet's own queue, each with its own limit."""
    of = prefect.worker
    workers = []
    for at in range(count):
        command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "kmi", "--work-queue", "fleet"]
        command += ["--name", f"worker {at}", "--limit", str(AT_ONCE if count == 1 else 1)]
        worker = Service(command, of.folder, of.environment, of.log.with_name(f"worker-{at}.log"))
        worker.start()
        stack.callback(worker.kill)
        workers.append(worker)
    return workers


def states(prefect: Prefect, runs: Sequence[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for at in range(0, len(runs), 100):
        wanted = {"id": {"any_": list(runs[at : at + 100])}}
        found += prefect.ask("/flow_runs/filter", {"flow_runs": wanted, "limit": 200})
    return found


def ended(prefect: Prefect, runs: Sequence[str], but: int = 0) -> bool:
    """Whether all of the runs are over, but so many."""
    return sum(run["state"]["type"] in {"SCHEDULED", "PENDING", "RUNNING"} for run in states(prefect, runs)) <= but


def kill_one(prefect: Prefect, workers: Sequence[Service], runs: Sequence[str]) -> list[str]:
    """Kill a worker and what it started, once a few runs are over; the runs that stay Running for it."""
    until(lambda: sum(run["state"]["type"] == "COMPLETED" for run in states(prefect, runs)) >= 3, LONGEST_S, "three")
    busy = until(lambda: next(filter(is_amid_a_run, workers), None), LONGEST_S, "a worker amid a run")
    busy.kill()
    until(lambda: ended(prefect, runs, but=1), LONGEST_S, "all other runs")
    return [run["id"] for run in states(prefect, runs) if run["state"]["type"] in {"RUNNING", "PENDING"}]


def is_amid_a_run(worker: Service) -> bool:
    """Whether its run has gone on for seconds: the process of a run that has begun, and not one that ends."""
    if worker.process is None:
        return False
    before = descendants(worker.process.pid)
    time.sleep(SECONDS_INTO_A_RUN)
    return bool(before) and before == descendants(worker.process.pid)


def night(folder: Path, database: str, workers: int, members: int) -> bool:
    """A night with so many workers; whether everything is as expected."""
    by_hand = fleet.write_fleet(folder / "fleet", fleet.NEWEST, members)
    path, environment = folder / "fleet" / "fleet.yaml", clean_environment()
    environment["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = database
    with serving(sys.executable, folder, environment, folder / "plan.yaml") as prefect, ExitStack() as stack:
        prefect.worker.kill()
        deploy(prefect, path)
        names = [f"refresh/fleet-m{at:02}" for at in range(members)]
        runs = {prefect.schedule(name): name for name in names}
        began = time.monotonic()
        started = start_workers(prefect, workers, stack)
        lost = kill_one(prefect, started, list(runs)) if workers > 1 else []
        for run in lost:
            prefect.expire_lease(run)
        again = {prefect.schedule(runs[run]): runs[run] for run in lost}
        every = runs | again
        until(lambda: ended(prefect, [run for run in every if run not in lost]), LONGEST_S, "all runs")
        print(f"{workers} workers: {time.monotonic() - began:.0f} s on the clock, {len(lost)} killed runs")
        completed = Counter(
            every[run["id"]] for run in states(prefect, list(every)) if run["state"]["type"] == "COMPLETED"
        )
        once = completed == Counter(names)
        rolled_up = prefect.ended(prefect.schedule("roll-up/fleet-roll-up"))
        rows = published_at(str(folder / "fleet" / "fleet")).rows(FLEET_TOTALS)
    totals = {(row["indicator_id"], row["start"].year, row["start"].month): row["total"] for row in rows}
    equal = {key: total for key, total in totals.items() if total is not None} == by_hand
    print(f"each member completed once: {once}; {rolled_up.message}; totals equal to the sums by hand: {equal}")
    return once and equal and (workers == 1 or bool(lost))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--members", type=int, default=fleet.MEMBERS)
    options = parser.parse_args()
    programs = postgresql()
    if programs is None:
        print("PostgreSQL's server is not installed", file=sys.stderr)
        return 2
    good = True
    for workers in (1, 3):
        with tempfile.TemporaryDirectory() as name, empty_database(programs) as database:
            good &= night(Path(name), database, workers, options.members)
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
