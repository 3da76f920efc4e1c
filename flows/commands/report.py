"""``kmi report``: the scorecard as a folder of pages."""

from pathlib import Path

import click

from plan.member_plan import load_plan_at
from reports.languages import language
from reports.site.build import build_site
from reports.site.file_names import OVERVIEW
from reports.site.folder import check_folder, write_folder
from reports.site.published_rows import plan_details_of
from warehouse.published_tables import published_at


def make_report(plan: Path, address: str, output: Path, code: str | None) -> Path:
    """Write the site into the folder ``output`` in the language ``code`` or that of the plan; returns its first page.

    Raises ``ConfigError`` if nothing was published or the folder holds anything but a report, and ``RefusedError`` if
    it cannot be written.
    """
    loaded = load_plan_at(plan).plan
    given, t = plan_details_of(loaded), language(code or loaded.organisation.language)
    check_folder(output.resolve())
    write_folder(output, build_site(given, published_at(address), t))
    return output / OVERVIEW


def write_report(plan: Path, address: str, output: Path, code: str | None) -> None:
    """Write the site and name its first page. Raises what ``make_report`` raises."""
    click.echo(f"written {output}: open {make_report(plan, address, output, code)}")
