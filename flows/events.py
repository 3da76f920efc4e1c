"""Events on the Prefect server, for automations to act on."""

from collections.abc import Sequence
from dataclasses import replace

import httpx
from prefect.client.orchestration import get_client
from prefect.events.schemas.events import Event, RelatedResource, Resource
from prefect.runtime import deployment, flow_run

from flows.steps.announce import ChangeEvent, announce
from flows.steps.context import Context
from flows.steps.notify import NotifyResult, notify

PREFECT = "prefect"
"""The recipient on the ledger of notices."""


def notify_and_emit(context: Context) -> NotifyResult:
    """``notify``, and the Prefect server is told too, as of the same instant: on the ledger it is one evaluation. It failing never fails the data."""
    now = context.clock()
    at_once = replace(context, clock=lambda: now)
    done = notify(at_once)
    why = announce(at_once, PREFECT, emit_events)
    if why:
        done.failed[PREFECT] = why
        context.log(f"NOT TOLD: {PREFECT}: {why}; the next run tries again")
    return done


def emit_events(news: Sequence[ChangeEvent]) -> str:
    """Hand the events over in one request, so that it is known whether the server has them; why it has not, or nothing.

    Prefect's own ``emit_event`` leaves that to a thread behind the run, and what it cannot send is lost.
    """
    related = _run()
    events = [
        Event(
            id=one.id,
            event=one.name,
            occurred=one.occurred,
            resource=Resource(one.resource),
            related=related,
            payload=one.payload,
        )
        for one in news
    ]
    try:
        with get_client(sync_client=True) as client:
            client.request("POST", "/events", json=[event.model_dump(mode="json") for event in events])
    except httpx.HTTPError as error:
        return f"the server did not take the events ({type(error).__name__})"
    return ""


def _run() -> list[RelatedResource]:
    """The run that emits and its deployment, where there is one."""
    known = (("flow-run", flow_run.id, flow_run.name), ("deployment", deployment.id, deployment.name))
    return [
        RelatedResource(
            {
                "prefect.resource.id": f"prefect.{kind}.{of}",
                "prefect.resource.role": kind,
                "prefect.resource.name": str(name),
            }
        )
        for kind, of, name in known
        if of
    ]
