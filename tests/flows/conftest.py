"""A Prefect server, a worker in another folder and the committed deployments, started once for all ``server`` tests."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests

T = TypeVar("T")
CHECKOUT = Path(__file__).resolve().parents[2]
START_WITHIN_S = 90.0
END_WITHIN_S = 90.0
BUSY_TRIES = 20
FINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


@dataclass(frozen=True)
class FlowRun:
    """A run that has ended, and the lines that Prefect kept of it."""

    state: str
    message: str
    started_at: datetime
    ended_at: datetime
    lines: list[str]
    everything: str


class Prefect:
    """What the tests ask of the server."""

    def __init__(self, api: str) -> None:
        self.api = api

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        for _ in range(BUSY_TRIES):
            answer = requests.request("GET" if body is None else "POST", f"{self.api}{path}", json=body, timeout=30)
            if answer.status_code != requests.codes.service_unavailable:
                break
            time.sleep(0.5)  # SQLite was locked: Prefect's own client asks again too
        if not answer.ok:
            raise AssertionError(f"{path}: {answer.status_code}: {answer.text}")
        return answer.json()

    def deployment(self, name: str) -> dict[str, Any]:
        deployment: dict[str, Any] = self.ask(f"/deployments/name/{name}")
        return deployment

    def schedule(self, name: str, parameters: dict[str, Any] | None = None) -> str:
        """Schedule a run of a deployment for a second from now, as its schedule would; the id of the run."""
        due = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
        state = {"type": "SCHEDULED", "name": "Scheduled", "state_details": {"scheduled_time": due}}
        run = self.ask(
            f"/deployments/{self.deployment(name)['id']}/create_flow_run",
            {"parameters": parameters or {}, "state": state},
        )
        return str(run["id"])

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

    def _final(self, run_id: str) -> dict[str, Any] | None:
        run: dict[str, Any] = self.ask(f"/flow_runs/{run_id}")
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


def until(look: Callable[[], T | None], seconds: float, what: str) -> T:
    """What ``look`` finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.25)
    raise AssertionError(f"waited {seconds:.0f} s for {what}")


@contextmanager
def running(
    command: list[str], folder: Path, environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A program in the background. At the end it and all that it started are ended, by asking first."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield process
        finally:
            family = descendants(process.pid)
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
            for pid in family:
                kill(pid)


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


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment without anything of ours or of Prefect's, but for a Prefect home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "KMI_"))}
    return {
        **kept,
        "PREFECT_HOME": str(tmp_path_factory.mktemp("prefect-home")),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    }


@pytest.fixture(scope="session")
def prefect_home(environment: dict[str, str]) -> Iterator[None]:
    """Keeps Prefect, imported into this process, away from the home of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", environment["PREFECT_HOME"])
        yield


@pytest.fixture(scope="session")
def worker_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of the plan in the worker's environment: the test that runs it writes it."""
    return tmp_path_factory.mktemp("plan") / "plan.yaml"


@pytest.fixture(scope="session")
def worker_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("worker") / "log"


@pytest.fixture(scope="session")
def prefect(
    environment: dict[str, str], worker_plan: Path, worker_log: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prefect]:
    """The server with the committed deployments, and a worker that knows only the paths of plan and warehouse."""
    logs, elsewhere, port = tmp_path_factory.mktemp("logs"), tmp_path_factory.mktemp("elsewhere"), free_port()
    api = f"http://127.0.0.1:{port}/api"
    # Shorter waits: an enqueued run is tried again after 2 s (default 30), the worker polls each second (default 15).
    environment = {
        **environment,
        "PREFECT_API_URL": api,
        "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "2",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
    }
    server = Prefect(api)
    command = [sys.executable, "-m", "prefect"]
    with ExitStack() as stack:
        process = stack.enter_context(
            running(
                [*command, "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"],
                logs,
                environment,
                logs / "server",
            )
        )
        until(lambda: _healthy(api, process), START_WITHIN_S, f"the server, see {logs}")
        # Without the limit of 1 that docs/running.md gives the pool: here the deployments' own limits must hold.
        server.ask("/work_pools/", {"name": "kmi", "type": "process"})
        where = {"KMI_PLAN": str(worker_plan), "KMI_WAREHOUSE": str(worker_plan.parent / "by-prefect")}
        stack.enter_context(
            running([*command, "worker", "start", "--pool", "kmi"], elsewhere, {**environment, **where}, worker_log)
        )
        deployed = subprocess.run(
            [*command, "--no-prompt", "deploy", "--all"],
            cwd=CHECKOUT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if deployed.returncode:
            raise AssertionError(deployed.stdout + deployed.stderr)
        yield server


def _healthy(api: str, server: subprocess.Popen[bytes]) -> bool:
    if server.poll() is not None:
        raise AssertionError("the server ended while it started")
    try:
        return requests.get(f"{api}/health", timeout=5).ok
    except requests.ConnectionError:
        return False
