"""Events on the Prefect server, for automations to act on."""

from collections.abc import Sequence
from dataclasses import replace

import httpx
from prefect.client.orchestration import get_client
from prefect.events.schemas.events import Event, RelatedResource, Resource
from prefect.runtime import deployment, flow_run

from flows.artifacts import write_artifacts
from flows.steps.announce import ChangeEvent, announce
from flows.steps.context import Context
from flows.steps.notify import NotifyResult, notify
from warehouse.published_tables import PublishedTables

PREFECT = "prefect"
"""The name of the server as a recipient on the ledger of notices."""


def inform(context: Context, tables: PublishedTables) -> NotifyResult:
    """Write the artifacts, ``notify``, then announce the changes to the Prefect server.

    A failure of any never fails the run. All use the same instant, so that they are one evaluation on the ledger.
    """
    write_artifacts(context, tables)
    now = context.clock()
    frozen = replace(context, clock=lambda: now)
    result = notify(frozen, tables)
    error = announce(frozen, tables, PREFECT, emit_events)
    if error:
        result.failed[PREFECT] = error
        context.log(f"NOT NOTIFIED: {PREFECT}: {error}; the next run tries again")
    return result


def emit_events(changes: Sequence[ChangeEvent]) -> str:
    """Post the events in one request, to be sure that they arrive; returns the error, or empty.

    Prefect's own ``emit_event`` leaves sending to a background thread, and loses what it cannot send.
    """
    related = _current_run()
    events = [
        Event(
            id=one.id,
            event=one.name,
            occurred=one.occurred,
            resource=Resource(one.resource),
            related=related,
            payload=one.payload,
        )
        for one in changes
    ]
    try:
        with get_client(sync_client=True) as client:
            client.request("POST", "/events", json=[event.model_dump(mode="json") for event in events])
    except httpx.HTTPError as error:
        return f"the server did not accept the events ({type(error).__name__})"
    return ""


def _current_run() -> list[RelatedResource]:
    """The present flow run and its deployment, as far as they exist."""
    resources = (("flow-run", flow_run.id, flow_run.name), ("deployment", deployment.id, deployment.name))
    return [
        RelatedResource(
            {
                "prefect.resource.id": f"prefect.{kind}.{identity}",
                "prefect.resource.role": kind,
                "prefect.resource.name": str(name),
            }
        )
        for kind, identity, name in resources
        if identity
    ]
