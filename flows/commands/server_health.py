"""Check a Prefect server: does its scheduler make runs, is a worker online, is no run late.

It uses the server's REST API, since importing Prefect takes seconds and this runs every few minutes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests

from warehouse.errors import KmiError, RefusedError, RetryableError

OURS = "flows.refresh:"
SLACK = timedelta(minutes=5)
"""How late a run, a worker or the scheduler may be before it counts as trouble."""
TIMEOUT_S = 10
MOST = 200
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Server:
    """A Prefect server at ``http://host:4200/api``; ``auth`` is its ``user:password``, if it requires one."""

    api: str
    auth: str | None = None

    def get(self, path: str) -> Any:
        """The parsed answer. Raises ``RetryableError`` or ``RefusedError``."""
        return self._fetch("GET", path, None)

    def find(self, path: str, body: object) -> list[Row]:
        """The rows that match a filter. Raises like ``get``."""
        found: list[Row] = self._fetch("POST", path, body)
        return found

    def _fetch(self, method: str, path: str, body: object) -> Any:
        user, _, password = (self.auth or "").partition(":")
        try:
            answer = requests.request(
                method,
                f"{self.api.rstrip('/')}{path}",
                json=body,
                timeout=TIMEOUT_S,
                auth=(user, password) if self.auth else None,
            )
            if answer.status_code in {requests.codes.unauthorized, requests.codes.forbidden}:
                raise RefusedError(
                    "the Prefect server refuses access",
                    where=self.api,
                    do="set PREFECT_API_AUTH_STRING to what the server has in PREFECT_SERVER_API_AUTH_STRING",
                )
            answer.raise_for_status()
            return answer.json()
        except requests.RequestException as error:
            status = "" if error.response is None else f" {error.response.status_code}"
            raise RetryableError(
                f"the Prefect server does not answer ({type(error).__name__}{status})",
                where=self.api,
                do="start it, or correct PREFECT_API_URL",
            ) from error


def server_troubles(server: Server, now: datetime, within: timedelta) -> list[str]:
    """One line per trouble, with what to do. within: how long a run may take."""
    try:
        server.get("/health")
        found = server.find("/deployments/filter", {"flows": {"name": {"any_": ["refresh", "backfill"]}}})
        ours = {row["id"]: row for row in found if str(row["entrypoint"]).startswith(OURS)}
        active = [row for row in ours.values() if not row["paused"] and any(s["active"] for s in row["schedules"])]
        if not active:
            do = "run 'prefect --no-prompt deploy --all', or resume the schedule"
            return [f"{server.api}: no deployment of kmi has an active schedule: {do}"]
        runs = _open_runs(server, list(ours))
    except KmiError as error:
        return [str(error)]
    lines = [*_unscheduled(active, runs, now), *_workers(server, active, now), *_late(ours, runs, now)]
    return [*lines, *_endless(ours, runs, now - within)]


def _open_runs(server: Server, deployments: Sequence[str]) -> list[Row]:
    """The runs of these deployments that have not ended, in the order in which they are due."""
    of = {"deployments": {"id": {"any_": list(deployments)}}, "sort": "EXPECTED_START_TIME_ASC", "limit": MOST}
    kinds = (["RUNNING", "PENDING", "CANCELLING"], ["SCHEDULED"])
    return [
        row
        for types in kinds
        for row in server.find("/flow_runs/filter", {**of, "flow_runs": {"state": {"type": {"any_": types}}}})
    ]


def _unscheduled(active: Iterable[Row], runs: Sequence[Row], now: datetime) -> Iterator[str]:
    """A line for each deployment without a future run, except those deployed just now."""
    ahead = {
        run["deployment_id"] for run in runs if run["auto_scheduled"] and _instant(run, "expected_start_time") > now
    }
    for row in active:
        if row["id"] not in ahead and _instant(row, "updated") < now - SLACK:
            yield f"{_name(row)}: the server's scheduler makes no runs: look for ERROR in the server's log"


def _workers(server: Server, active: Iterable[Row], now: datetime) -> Iterator[str]:
    for pool in sorted({row["work_pool_name"] for row in active}):
        workers = server.find(f"/work_pools/{pool}/workers/filter", {})
        seen = [_instant(row, "last_heartbeat_time") for row in workers if row["status"] == "ONLINE"]
        if not any(moment >= now - SLACK for moment in seen):
            yield f"no worker of the work pool '{pool}' is online: run 'prefect worker start --pool {pool}'"


def _late(ours: Mapping[str, Row], runs: Iterable[Row], now: datetime) -> Iterator[str]:
    late = [run for run in runs if run["state_name"] == "Late" and _instant(run, "expected_start_time") < now - SLACK]
    for deployment, row in ours.items():
        mine = [run for run in late if run["deployment_id"] == deployment]
        if mine:
            count = f"{len(mine)} runs are" if len(mine) > 1 else "a run is"
            first = _instant(mine[0], "expected_start_time")
            yield f"{_name(row)}: {count} late, due since {first:%Y-%m-%d %H:%M} UTC: look at the worker's log"


def _endless(ours: Mapping[str, Row], runs: Iterable[Row], before: datetime) -> Iterator[str]:
    for run in runs:
        if run["start_time"] and _instant(run, "start_time") < before and run["state_type"] != "SCHEDULED":
            since = f"{run['state_name']} since {_instant(run, 'start_time'):%Y-%m-%d %H:%M} UTC"
            do = f"where its process is gone, run 'prefect flow-run cancel {run['id']}'"
            yield f"{_name(ours[run['deployment_id']])}: the run '{run['name']}' is {since}: {do}"


def _name(deployment: Row) -> str:
    """``refresh/nightly``, as Prefect's command line names it."""
    return f"{deployment['entrypoint'].rpartition(':')[2]}/{deployment['name']}"


def _instant(row: Row, name: str) -> datetime:
    return datetime.fromisoformat(row[name])
