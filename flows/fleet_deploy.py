"""``kmi fleet deploy``: one Prefect deployment a member and one for the roll-up, made through Prefect's own API."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL

from flows.fleet_flow import roll_up
from flows.refresh import absolute_path, refresh
from plan.load_fleet import LoadedFleet
from warehouse.errors import ConfigError, RetryableError

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

TAG = "kmi-fleet"
"""Marks the deployments that this command made: of these alone, one whose member has left is deleted."""
PAGE = 200
"""Deployments that the server gives at once."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What to deploy: the flow, its parameters and when it starts, as cron."""

    flow: Flow[..., Any]
    entrypoint: str
    name: str
    description: str
    parameters: dict[str, Any]
    cron: str
    tags: tuple[str, ...] = ()


def deploy_fleet(fleet: LoadedFleet, on_worker: str | None) -> Iterator[str]:
    """Make or renew the work pool, its queue and the deployments; a line on each.

    ``on_worker``: where the fleet file is on the machines of the workers, if not where it is here.
    Raises ``ConfigError`` without a server, ``RetryableError`` where it does not answer.
    """
    if not PREFECT_API_URL.value():
        raise ConfigError("the Prefect server is not set", do="set PREFECT_API_URL, such as http://127.0.0.1:4200/api")
    try:
        with get_client(sync_client=True) as client:
            yield from _make_queue(client, fleet)
            wanted = list(deployments(fleet, on_worker))
            for one in wanted:
                _make(client, fleet, one)
                yield f"{one.flow.name}/{one.name}: {one.cron} {fleet.fleet.time_zone}"
            yield from _delete_others(client, fleet, {one.name for one in wanted})
    except httpx.HTTPError as error:
        raise RetryableError(
            f"the Prefect server does not take the deployments ({type(error).__name__})",
            where=str(PREFECT_API_URL.value()),
            do="see its log, then run this again: what is there already is renewed",
        ) from error


def deployments(fleet: LoadedFleet, on_worker: str | None) -> Iterator[Deployment]:
    """One a member, spread over the night in the order of the file, then the roll-up."""
    path = absolute_path(on_worker or str(fleet.path), "fleet", "--on-worker")
    night, members, queue = fleet.fleet.night, fleet.fleet.members, fleet.fleet.prefect.work_queue
    for at, (name, member) in enumerate(members.items()):
        start = night.start_of(at, len(members))
        yield Deployment(
            refresh,
            "flows.refresh:refresh",
            f"{queue}-{name}",
            f"Refresh {member.name}",
            {"fleet": path, "member": name},
            f"{start.minute} {start.hour} * * *",
            member.tags,
        )
    cron = f"{night.roll_up.minute} {night.roll_up.hour} * * *"
    parameters = {"fleet": path}
    yield Deployment(
        roll_up, "flows.fleet_flow:roll_up", f"{queue}-roll-up", "Publish what all have in common", parameters, cron
    )


def _make_queue(client: "SyncPrefectClient", fleet: LoadedFleet) -> Iterator[str]:
    """The work pool and the queue, from which any number of workers takes runs."""
    wanted = fleet.fleet.prefect
    try:
        client.read_work_pool(wanted.work_pool)
    except ObjectNotFound:
        client.create_work_pool(WorkPoolCreate(name=wanted.work_pool, type="process"))
        yield f"work pool {wanted.work_pool}: made"
    try:
        queue = client.read_work_queue_by_name(wanted.work_queue, wanted.work_pool)
    except ObjectNotFound:
        queue = client.create_work_queue(wanted.work_queue, work_pool_name=wanted.work_pool)
        yield f"work queue {wanted.work_queue}: made"
    if queue.concurrency_limit != wanted.concurrency:
        client.update_work_queue(queue.id, concurrency_limit=wanted.concurrency)


def _make(client: "SyncPrefectClient", fleet: LoadedFleet, one: Deployment) -> None:
    """Make a deployment, or renew the one of this name. A run waits while another one of the same member runs."""
    schedule = CronSchedule(cron=one.cron, timezone=fleet.fleet.time_zone)
    client.create_deployment(
        client.create_flow_from_name(one.flow.name),
        one.name,
        schedules=[DeploymentScheduleCreate(schedule=schedule, active=True, slug="nightly")],
        concurrency_limit=1,
        concurrency_options=ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy.ENQUEUE),
        parameters=one.parameters,
        description=one.description,
        work_pool_name=fleet.fleet.prefect.work_pool,
        work_queue_name=fleet.fleet.prefect.work_queue,
        tags=[TAG, *one.tags],
        entrypoint=one.entrypoint,
        parameter_openapi_schema=one.flow.parameters.model_dump_for_openapi(),
        pull_steps=[],
        enforce_parameter_schema=True,
    )


def _delete_others(client: "SyncPrefectClient", fleet: LoadedFleet, wanted: set[str]) -> Iterator[str]:
    """Delete the deployments of members that have left: they would fail every night."""
    marked = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
    known = client.read_deployments(deployment_filter=marked, limit=PAGE)
    while len(known) % PAGE == 0 and (more := client.read_deployments(deployment_filter=marked, offset=len(known))):
        known += more
    for found in known:
        ours = (found.work_pool_name, found.work_queue_name)
        if ours == (fleet.fleet.prefect.work_pool, fleet.fleet.prefect.work_queue) and found.name not in wanted:
            client.delete_deployment(found.id)
            yield f"{found.name}: deleted, as its member has left the fleet file"
