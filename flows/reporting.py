"""``kmi report``: the report page, written whole."""

from pathlib import Path

import click

from flows.status import read_published
from plan.load import load_plan
from reports.page import report_page
from warehouse.errors import RefusedError
from warehouse.root import LocalRoot


def write_report(plan: Path, address: str, output: Path) -> None:
    """Write the page to ``output``. Raises ``ConfigError`` where nothing was published, ``RefusedError`` where it cannot be written."""
    page = report_page(load_plan(plan).plan.organisation.name, lambda name: read_published(address, name))
    if output.is_dir():
        raise RefusedError("this is a folder", where=str(output), do="name a file with --output")
    LocalRoot(output.absolute().parent).write({output.name: page.encode()})
    click.echo(f"written {output}")
