"""``kmi brief``: the brief for senior management, as PDF, HTML, PowerPoint or Word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from flows.report_options import BRIEF_FORMS
from plan.member_plan import load_plan_at
from reports.brief.compose import Brief, compose
from reports.brief.inputs import load
from reports.brief.language import brief_language
from reports.brief.page import page
from reports.brief.sheet import fit_sheet, pdf
from warehouse.errors import ConfigError
from warehouse.published_tables import published_at
from warehouse.root import LocalRoot

USUAL = ("pdf", "html")
ENDINGS = {f".{form}" for form in BRIEF_FORMS}
NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class BriefRequest:
    """``output``: the folder; ``forms``: none for the usual two; ``code``: the language, None for the plan's."""

    output: Path
    forms: Sequence[str] = ()
    objective: str | None = None
    code: str | None = None


def make_brief(plan: Path, address: str, request: BriefRequest) -> list[Path]:
    """Write each form into the folder, as ``brief`` with its ending; returns the files in the order of the forms.

    Raises ``ConfigError`` if nothing was published, no indicator serves the objective or the output is a file, and
    ``RefusedError`` if the folder cannot be written.
    """
    output = request.output
    if output.is_file() or output.suffix in ENDINGS:
        raise ConfigError(
            "the brief needs a folder, and this is the name of a file",
            where=str(output),
            do="name a folder with --output, and the form with --to",
        )
    organisation = load_plan_at(plan).plan.organisation
    t = brief_language(request.code or organisation.language)
    inputs = load(organisation.name, published_at(address), request.objective, t)
    brief = fit_sheet(compose(inputs))
    forms = dict.fromkeys(request.forms or USUAL)
    made = {f"brief.{form}": _written(brief, form, inputs.as_of or NO_DATE) for form in forms}
    LocalRoot(output).write(made)
    return [output / name for name in made]


def _written(brief: Brief, form: str, day: datetime) -> bytes:
    if form == "pptx":
        from reports.brief.slides import slides

        return slides(brief, day)
    if form == "docx":
        from reports.brief.document import document

        return document(brief, day)
    return pdf(brief, day) if form == "pdf" else page(brief).encode()


def write_brief(plan: Path, address: str, request: BriefRequest) -> None:
    """Write the files and name them. Raises what ``make_brief`` raises."""
    click.echo(f"written {' and '.join(map(str, make_brief(plan, address, request)))}")
