"""``kmi inspect`` and ``kmi add``: from a file to a source, an indicator and a target."""

import sys
from pathlib import Path

import click

from flows.fleet_cli import fleet
from flows.options import JSON, PLAN

ANSWER = click.option("--answer", "answers", multiple=True, metavar="NAME=VALUE", help="The answer to a question.")


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


FURTHER = (fleet, inspect)
"""The commands that have a module of their own; the command line adds them to its group."""
