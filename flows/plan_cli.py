"""``kmi plan``: what people do with the plan as a whole."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from flows.options import DAY, JSON, NOW, PATH, PLAN, WAREHOUSE, command_context

REVIEW_FOLDER = click.option(
    "--output", type=PATH, default="kmi-review", show_default=True, help="The folder for review.html."
)


@click.group(name="plan")
def plan_group() -> None:
    """Review the plan in regular meetings."""


@plan_group.command()
@PLAN
@WAREHOUSE
@NOW
@REVIEW_FOLDER
@click.option("--held", is_flag=True, help="Record that the review took place; with --by.")
@click.option("--by", default="", help="Your name.")
@click.option("--on", type=DAY, help="The day on which it took place.  [default: today]")
@click.option("--note", default="", help="What was decided, in a few words, for the ledger.")
@JSON
def review(plan: Path, warehouse: str | None, now: datetime | None, **options: Any) -> None:
    """Write the page for the review meeting: what is due, and what changed since the last one."""
    from flows.commands.plan_review import ReviewRequest, review_plan

    on = options.pop("on")
    request = ReviewRequest(on=on and on.date(), **options)
    review_plan(lambda log: command_context(plan, warehouse, now, log), request)
