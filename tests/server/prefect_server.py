"""A real Prefect server with its own scheduler, a worker in another folder, and the deployments as committed."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import requests

T = TypeVar("T")
CHECKOUT = Path(__file__).resolve().parents[2]
POOL = "kmi"
METRICS = "kmi.prom"
START_WITHIN_S = 300.0
END_WITHIN_S = 240.0
BUSY_TRIES = 20
FINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
LEASES = "prefect.server.concurrency.lease_storage.filesystem"
"""Where docs/running.md has the server keep its leases: they outlive it."""
QUICK = {
    # Only so that the tests need not wait. By default the scheduler looks every 60 seconds and the worker every 10,
    # a run is late after 15, an expired lease is seen within 15, and an enqueued run is tried again after 30.
    "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "5",
    "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_RUNS": "5",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "4",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "5",
    "PREFECT_SERVER_SERVICES_REPOSSESSOR_LOOP_SECONDS": "3",
    "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "4",
    "PREFECT_WORKER_QUERY_SECONDS": "2",
    "PREFECT_WORKER_PREFETCH_SECONDS": "0",
}


@dataclass(frozen=True)
class FlowRun:
    """A run that has ended, and the lines that Prefect kept of it."""

    state: str
    message: str
    started_at: datetime
    ended_at: datetime
    lines: list[str]
    everything: str


@dataclass
class Service:
    """A program in the background, as a service manager keeps one: it is stopped, or killed, and started again."""

    command: list[str]
    folder: Path
    environment: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=dict(self.environment),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL, also for all that it started."""
        if self.process is None:
            return
        family = descendants(self.process.pid)
        self.process.kill()
        self.process.wait(10)
        for pid in family:
            kill(pid)
        self.process = None


@dataclass
class Prefect:
    """What tests ask of the server, and the programs around it."""

    api: str
    home: Path
    server: Service
    worker: Service

    def ask(self, path: str, body: object = None, method: str | None = None) -> Any:
        for _ in range(BUSY_TRIES):
            answer = requests.request(
                method or ("GET" if body is None else "POST"), f"{self.api}{path}", json=body, timeout=90
            )
            if answer.status_code != requests.codes.service_unavailable:
                break
            time.sleep(0.5)  # SQLite was locked: Prefect's own client asks again too
        if not answer.ok:
            raise AssertionError(f"{path}: {answer.status_code}: {answer.text}")
        return answer.json() if answer.content else None

    def deployment(self, name: str) -> dict[str, Any]:
        deployment: dict[str, Any] = self.ask(f"/deployments/name/{name}")
        return deployment

    def schedule(self, name: str, parameters: dict[str, Any] | None = None) -> str:
        """Schedule a run of a deployment for a second from now, by hand; the id of the run."""
        due = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
        state = {"type": "SCHEDULED", "name": "Scheduled", "state_details": {"scheduled_time": due}}
        run = self.ask(
            f"/deployments/{self.deployment(name)['id']}/create_flow_run",
            {"parameters": parameters or {}, "state": state},
        )
        return str(run["id"])

    @contextmanager
    def scheduled(self, name: str, schedule: dict[str, Any], parameters: dict[str, Any]) -> Iterator[str]:
        """One more schedule of a deployment, whose runs the server's own scheduler makes; its id."""
        path = f"/deployments/{self.deployment(name)['id']}/schedules"
        (made,) = self.ask(path, [{"schedule": schedule, "parameters": parameters, "active": True}])
        try:
            yield str(made["id"])
        finally:
            self.ask(f"{path}/{made['id']}", method="DELETE")
            for run in self.made_by(made["id"]):  # those that are late or wait for their turn are left there
                if run["state"]["type"] == "SCHEDULED":
                    self.ask(f"/flow_runs/{run['id']}", method="DELETE")

    def made_by(self, schedule_id: str) -> list[dict[str, Any]]:
        """The runs that the scheduler made for a schedule, in the order in which they are due."""
        runs = self.ask("/flow_runs/filter", {"sort": "EXPECTED_START_TIME_ASC", "limit": 200})
        return [run for run in runs if run["created_by"] and run["created_by"]["id"] == schedule_id]

    def run(self, run_id: str) -> dict[str, Any]:
        run: dict[str, Any] = self.ask(f"/flow_runs/{run_id}")
        return run

    def ended(self, run_id: str) -> FlowRun:
        """The run, once it has ended."""
        run = until(lambda: self._final(run_id), END_WITHIN_S, "the flow run to end")
        tasks = self.ask("/task_runs/filter", {"flow_runs": {"id": {"any_": [run_id]}}})
        states = [
            self.ask(f"/flow_run_states/?flow_run_id={run_id}"),
            *(self.ask(f"/task_run_states/?task_run_id={task['id']}") for task in tasks),
        ]
        logs = until(lambda: self._logs(run_id, run["state"]["type"]), 20, "the last line of the log")
        times = [datetime.fromisoformat(run[name]) for name in ("start_time", "end_time")]
        return FlowRun(run["state"]["type"], run["state"]["message"], *times, logs, str((run, tasks, states, logs)))

    def keep_secret(self, name: str, value: str) -> None:
        """Make a Secret block."""
        kind = self.ask("/block_types/slug/secret")["id"]
        schema = self.ask("/block_schemas/filter", {"block_schemas": {"block_type_id": {"any_": [kind]}}})[0]["id"]
        self.ask(
            "/block_documents/",
            {"name": name, "data": {"value": value}, "block_type_id": kind, "block_schema_id": schema},
        )

    def expire_lease(self, run_id: str) -> None:
        """Let the five minutes pass for which a run holds its place in the deployment after its last sign of life."""
        lease = self.run(run_id)["state"]["state_details"]["deployment_concurrency_lease_id"]
        past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
        folder = self.home / "concurrency_leases"
        for name, key in ((f"{lease}.json", "expiration"), ("expirations.json", lease)):
            with suppress(FileNotFoundError):  # the run had no place yet, or has given it back
                held = json.loads((folder / name).read_text(encoding="utf-8"))
                (folder / name).write_text(json.dumps(held | {key: past}), encoding="utf-8")

    def errors(self) -> list[str]:
        """What the server logged as ERROR or CRITICAL; not a locked SQLite on a busy machine: that is tried again."""
        log = self.server.log.read_text(encoding="utf-8")
        records = re.split(r"^(?=\d\d:\d\d:\d\d\.\d+ \| )", log, flags=re.MULTILINE)
        wrong = [record for record in records if re.match(r"\S+ \| (ERROR|CRITICAL)", record)]
        return [record for record in wrong if "database is locked" not in record]

    def healthy(self) -> bool:
        if not self.server.alive:
            raise AssertionError(f"the server ended: {self.server.log.read_text(encoding='utf-8')}")
        try:
            return requests.get(f"{self.api}/health", timeout=5).ok
        except requests.ConnectionError:
            return False

    def _final(self, run_id: str) -> dict[str, Any] | None:
        run = self.run(run_id)
        return run if run["state"]["type"] in FINAL else None

    def _logs(self, run_id: str, state: str) -> list[str]:
        """The lines of the log once its last one, which names the state, has come."""
        records = self.ask(
            "/logs/filter", {"logs": {"flow_run_id": {"any_": [run_id]}}, "sort": "TIMESTAMP_ASC", "limit": 200}
        )
        lines = [record["message"] for record in records]
        last = f"Finished in state {state.capitalize()}("
        return (
            lines
            if any(last in line and record["task_run_id"] is None for line, record in zip(lines, records, strict=True))
            else []
        )


@contextmanager
def serving(python: str | Path, folder: Path, environment: Mapping[str, str], plan: Path) -> Iterator[Prefect]:
    """A server, the committed deployments and a worker, all run by ``python``; nothing from the checkout."""
    port = free_port()
    places = {name: folder / name for name in ("deploying", "serving", "working", "home")}
    for place in places.values():
        place.mkdir(exist_ok=True)
    settings = {
        **QUICK,
        **environment,
        "PREFECT_HOME": str(places["home"]),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": LEASES,
    }
    where = {"KMI_PLAN": str(plan), "KMI_WAREHOUSE": str(plan.parent / "by-prefect")}
    where["KMI_METRICS_FILE"] = str(folder / METRICS)
    command = [str(python), "-m", "prefect"]
    start = [*command, "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"]
    prefect = Prefect(
        settings["PREFECT_API_URL"],
        places["home"],
        Service(start, places["serving"], settings, folder / "server.log"),
        Service(
            [*command, "worker", "start", "--pool", POOL], places["working"], settings | where, folder / "worker.log"
        ),
    )
    with ExitStack() as stack:
        stack.callback(prefect.server.kill)
        stack.callback(prefect.worker.kill)
        prefect.server.start()
        until(prefect.healthy, START_WITHIN_S, f"the server, see {folder}")
        prefect.ask("/work_pools/", {"name": POOL, "type": "process"})
        prefect.worker.start()
        init = [str(python), "-m", "flows.cli", "init", "--prefect"]
        for deploy in (init, [*command, "--no-prompt", "deploy", "--all"]):
            done = subprocess.run(
                deploy, cwd=places["deploying"], env=settings, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise AssertionError(done.stdout + done.stderr)
        yield prefect


def clean_environment() -> dict[str, str]:
    """An environment without anything of ours or of Prefect's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "KMI_"))}
    return {**kept, "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}


def until(look: Callable[[], T | None], seconds: float, what: str) -> T:
    """What ``look`` finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.25)
    raise AssertionError(f"waited {seconds:.0f} s for {what}")


def descendants(pid: int) -> list[int]:
    table = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout.split()
    parents = dict(zip(map(int, table[::2]), map(int, table[1::2]), strict=True))
    found = [pid]
    for parent in found:
        found += [child for child, of in parents.items() if of == parent]
    return found[1:]


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
