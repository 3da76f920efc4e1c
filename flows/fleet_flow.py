"""The Prefect flow that publishes what the members of a fleet have in common."""

import logging
import os
from pathlib import Path
from typing import Any, cast

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.fleet.roll_up import publish_roll_up
from flows.output import count_noun
from flows.refresh import absolute_path, secret_block
from flows.steps.context import utc_now
from plan.load_fleet import load_fleet
from plan.secret_resolver import resolver
from warehouse.errors import KmiError
from warehouse.schema.fleet import FLEET_MEMBERS


@flow(name="roll-up")
def roll_up(fleet: str | None = None) -> State[Any]:
    """Read what every member of the ``fleet`` file published, and publish totals and comparisons.

    ``fleet`` defaults to KMI_FLEET of the worker.
    """
    logger = cast("logging.Logger", get_run_logger())
    try:
        path = absolute_path(fleet or os.environ.get("KMI_FLEET"), "fleet", "KMI_FLEET")
        found = publish_roll_up(load_fleet(Path(path)), resolver(os.environ, secret_block), utc_now(), logger.info)
    except KmiError as error:
        return Failed(message=str(error))
    members = found.tables.rows(FLEET_MEMBERS)
    left_out = [f"{row['title']} ({row['state_reason']})" for row in members if row["state"] != "current"]
    published = ", ".join(found.changed) or "nothing changed"
    counted = f"{count_noun(len(members) - len(left_out), 'member')} counted; published: {published}"
    return Completed(message=counted + (f"; left out: {'; '.join(left_out)}" if left_out else ""))
