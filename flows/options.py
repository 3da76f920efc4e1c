"""The options that several ``kmi`` commands share, and what they stand for."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sources.web.redaction import Redactor

if TYPE_CHECKING:
    from flows.steps.context import Context

Command = Callable[..., None]
DAY = click.DateTime(["%Y-%m-%d"])
INSTANT = click.DateTime(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"])
PATH = click.Path(path_type=Path)
PLAN = click.option(
    "--plan",
    "plan",
    type=PATH,
    envvar="KMI_PLAN",
    default="plan.yaml",
    show_default=True,
    help="The plan file, or a member of a fleet: fleet.yaml#north.",
)
WAREHOUSE = click.option(
    "--warehouse",
    envvar="KMI_WAREHOUSE",
    help="A folder, or an s3://, gs:// or az:// address.  [default: kmi-warehouse beside the plan]",
)
NOW = click.option("--now", type=INSTANT, hidden=True, help="Use this instant (UTC) as the present, to replay a day.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def together(*parameters: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options and arguments as one decorator, in the order in which the help shows them."""

    def add(command: Command) -> Command:
        for parameter in reversed(parameters):
            command = parameter(command)
        return command

    return add


def warehouse_address(plan: Path, warehouse: str | None) -> str:
    """The warehouse's address: the given one, that of the member, or the folder ``kmi-warehouse`` beside the plan."""
    from plan.member_plan import member_at

    if warehouse:
        return warehouse
    member = member_at(plan)
    return str(plan.absolute().parent / "kmi-warehouse") if member is None else member[0].warehouse(member[1])


def command_context(
    plan: Path, warehouse: str | None, now: datetime | None, log: Callable[[str], None], engine: str | None = None
) -> "Context":
    """The context of the steps on the command line, with secrets from the environment."""
    from flows.engines.choice import engine_at
    from flows.steps.context import fixed_clock, open_context
    from plan.member_plan import member_at
    from plan.secret_resolver import resolver

    command = click.get_current_context(silent=True)
    redactor = command.find_object(Redactor) if command else None
    chosen, secrets = engine_at(engine), resolver(os.environ)
    loaded, name = None, ""
    if (member := member_at(plan)) is not None:
        fleet, name = member
        loaded, secrets = fleet.load_member(name), fleet.resolver(name, secrets)
        warehouse = warehouse or fleet.warehouse(name)
    address = warehouse_address(plan, warehouse)
    context = open_context(loaded or plan, address, resolve=secrets, log=log, clock=fixed_clock(now), redactor=redactor)
    return replace(context, engine=chosen, member=name)


def end_of_day(moment: datetime | None) -> datetime | None:
    """The instant in UTC; for a day without a time, its last instant."""
    if moment is None:
        return None
    day_only = moment == datetime.combine(moment.date(), time.min)
    return (moment + timedelta(days=1, microseconds=-1) if day_only else moment).replace(tzinfo=UTC)
