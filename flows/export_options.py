"""``kmi export`` and its options."""

from pathlib import Path
from typing import Any

import click

from flows.options import PATH, PLAN, WAREHOUSE, warehouse_address

FORMS = {
    "xlsx": "kmi-export.xlsx",
    "csv": "kmi-export",
    "duckdb": "kmi-export.duckdb",
    "sqlite": "kmi-export.sqlite",
    "hyper": "kmi-export.hyper",
}
"""Each form, and where it is written by default."""


@click.command()
@PLAN
@WAREHOUSE
@click.option("--to", "form", type=click.Choice(list(FORMS)), required=True, help="The form of the export.")
@click.option("--output", type=PATH, help="The file, or for csv the folder.  [default: kmi-export, with its ending]")
@click.option("--without", multiple=True, metavar="TABLE", help="Leave out a published table; may be repeated.")
@click.option("--force", is_flag=True, help="Replace a file or folder that no export made.")
def export(plan: Path, warehouse: str | None, **options: Any) -> None:
    """Write the published tables for other programs: Excel, CSV, DuckDB, SQLite, or Hyper for Tableau."""
    from flows.commands.export import ExportRequest, export

    export(warehouse_address(plan, warehouse), ExportRequest(**options))
