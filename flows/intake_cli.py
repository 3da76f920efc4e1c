"""``kmi inspect`` and ``kmi add``: from a file to a source, an indicator and a target."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from flows.options import DAY, JSON, NOW, PLAN, WAREHOUSE, command_context

ANSWER = click.option("--answer", "answers", multiple=True, metavar="NAME=VALUE", help="The answer to a question.")
PERIOD = click.Choice(["day", "week", "month", "quarter", "year"])


@click.command()
@click.argument("target")
@PLAN
@ANSWER
@JSON
def inspect(target: str, plan: Path, answers: tuple[str, ...], as_json: bool) -> None:
    """Look at a file, a folder or an address: what it holds, with the evidence, and which settings read it.

    Exit 0: the proposal reads the file with its own totals. 2: there are questions, or it cannot be read.
    """
    from flows.commands.inspect import InspectOptions, inspect_and_show
    from plan.edit import zone_of

    sys.exit(inspect_and_show(target, InspectOptions(answers, plan.parent, zone_of(plan)), as_json=as_json))


@click.command()
@click.argument("target")
@PLAN
@WAREHOUSE
@NOW
@ANSWER
@click.option("--name", "title", default="", help="What the indicator is called.")
@click.option("--metric", default="", help="Which figure is followed, where the file has several.")
@click.option("--branches", default="", help="The places that count, separated by commas; all by default.")
@click.option("--period", type=PERIOD, help="How often it is judged.")
@click.option("--better", type=click.Choice(["up", "down"]), help="Which way is better.")
@click.option("--value", type=float, help="What it should reach in one period.")
@click.option("--due", type=DAY, help="By when.")
@click.option("--baseline", type=(DAY, DAY), help="First and last day of what progress is measured from.")
@click.option("--no-target", is_flag=True, help="Follow it without a target.")
@click.option("--owner", default="", help="Who answers for it, as a job title.")
@click.option("--objective", default="", help="The objective of the plan that it serves.")
@click.option("--organisation", default="", help="The name of the library, for a new plan.")
@click.option("--zone", default="", help="The time zone of the library, for a new plan.")
@click.option("--yes", is_flag=True, help="Ask nothing: take what has evidence, and name what is missing.")
@click.option("--no-run", "without_run", is_flag=True, help="Only write the plan.")
def add(target: str, plan: Path, warehouse: str | None, now: datetime | None, **options: Any) -> None:
    """Add a file or an address to the plan: its source, an indicator and a target; then run, and print the verdict.

    Exit 2: something is missing that only a person can say, and nothing was written.
    """
    from flows.commands.add import AddRequest, add
    from flows.commands.adding.details import DetailOptions
    from flows.commands.adding.prompts import Prompts
    from flows.commands.inspect import InspectOptions
    from plan.edit import zone_of

    first, last = options["baseline"] or (None, None)
    details = DetailOptions(
        options["title"],
        options["metric"],
        tuple(part.strip() for part in options["branches"].split(",") if part.strip()),
        options["period"] or "",
        options["better"] or "",
        options["value"],
        options["due"] and options["due"].date(),
        (first.date(), last.date()) if first and last else None,
        options["owner"],
        options["objective"],
        options["no_target"],
    )
    looked = InspectOptions(options["answers"], plan.parent, zone_of(plan))
    today = (now or datetime.now(UTC)).date()
    heading = options["organisation"], options["zone"]
    request = AddRequest(target, plan, looked, details, today, *heading, options["without_run"])
    prompts = Prompts(is_terminal=sys.stdin.isatty() and sys.stdout.isatty() and not options["yes"])
    sys.exit(add(request, prompts, lambda log: command_context(plan, warehouse, now, log)))
