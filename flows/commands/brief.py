"""``kmi brief``: one page for senior management, as PDF and as HTML."""

from datetime import UTC, datetime
from pathlib import Path

import click

from plan.member_plan import load_plan_at
from reports.brief.compose import compose
from reports.brief.inputs import load
from reports.brief.page import page
from reports.brief.sheet import one_page, pdf
from warehouse.errors import ConfigError
from warehouse.published_tables import published_at
from warehouse.root import LocalRoot

PDF, HTML = "brief.pdf", "brief.html"
NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)


def make_brief(plan: Path, address: str, output: Path, objective: str | None) -> tuple[Path, Path]:
    """Write both files into the folder ``output``; returns the PDF and the HTML page.

    Raises ``ConfigError`` if nothing was published, no indicator serves ``objective`` or ``output`` is a file, and
    ``RefusedError`` if the folder cannot be written.
    """
    if output.is_file() or output.suffix in {".pdf", ".html"}:
        raise ConfigError(
            "the brief needs a folder, and this is the name of a file",
            where=str(output),
            do="name a folder with --output",
        )
    organisation = load_plan_at(plan).plan.organisation.name
    inputs = load(organisation, published_at(address), objective)
    brief = one_page(compose(inputs))
    LocalRoot(output).write({PDF: pdf(brief, inputs.as_of or NO_DATE), HTML: page(brief).encode()})
    return output / PDF, output / HTML


def write_brief(plan: Path, address: str, output: Path, objective: str | None) -> None:
    """Write both files and name them. Raises what ``make_brief`` raises."""
    as_pdf, as_html = make_brief(plan, address, output, objective)
    click.echo(f"written {as_pdf} and {as_html}")
