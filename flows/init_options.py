"""The options of ``kmi init``."""

from collections.abc import Callable

import click

from flows.options import DAY, PATH
from plan.templates import TEMPLATES


def INIT_OPTIONS(command: Callable[..., None]) -> Callable[..., None]:  # noqa: N802 - used like the other options
    """Where to write, and what."""
    parameters = (
        click.option("--folder", type=PATH, default=".", show_default=True, help="Where to write."),
        click.option(
            "--template", type=click.Choice(list(TEMPLATES)), help="The plan of this template, with its forms."
        ),
        click.option("--list-templates", is_flag=True, help="Only say what each template is for."),
        click.option("--measures", is_flag=True, help="Also write the table for in-house measures that staff type."),
        click.option("--prefect", is_flag=True, help="Write only prefect.yaml, from which Prefect deploys."),
        click.option("--today", type=DAY, hidden=True, help="The day that the template uses as today."),
    )
    for add in reversed(parameters):
        command = add(command)
    return command
