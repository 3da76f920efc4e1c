"""The options of ``kmi init``."""

import click

from flows.options import DAY, PATH, together
from plan.templates import TEMPLATES

INIT_OPTIONS = together(
    click.option("--folder", type=PATH, default=".", show_default=True, help="Where to write."),
    click.option("--template", type=click.Choice(list(TEMPLATES)), help="The plan of this template, with its forms."),
    click.option("--list-templates", is_flag=True, help="Only say what each template is for."),
    click.option("--measures", is_flag=True, help="Also write the table for in-house measures that staff type."),
    click.option("--prefect", is_flag=True, help="Write only prefect.yaml, from which Prefect deploys."),
    click.option("--today", type=DAY, hidden=True, help="The day that the template uses as today."),
)
"""Where to write, and what."""
