"""``kmi init``: write a starter plan, its schema for editors, and the files that it reads."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import click

from flows.output import relative_to_cwd, show_table
from flows.steps.context import utc_now
from plan.json_schema import schema_text
from plan.load import load_plan
from plan.starter import SAMPLE_VISITS, STARTER
from plan.templates import TEMPLATES, template_files
from sources.measures.settings import MeasuresSettings
from sources.measures.source import template, template_csv
from warehouse.errors import ConfigError

DEPLOYMENTS = "prefect.yaml"


@dataclass(frozen=True, slots=True)
class InitRequest:
    """What to write: the starter, the plan of a ``template``, only the deployments of Prefect, or only a list."""

    template: str | None = None
    list_templates: bool = False
    measures: bool = False
    prefect: bool = False
    today: datetime | None = None


def write_starter(folder: Path, request: InitRequest) -> None:
    """Write the files.

    Raises ``ConfigError`` if there is a plan already, except to add ``measures`` to it or write the deployments.
    """
    if request.list_templates:
        show_table(["Template", "For"], list(TEMPLATES.items()))
        return
    if request.prefect:
        _write_deployments(folder)
        return
    plan = folder / "plan.yaml"
    if request.measures and plan.exists():
        _write_measures(plan)
        return
    if plan.exists():
        raise ConfigError(
            "there is a plan already", where=str(plan), do="name another folder with --folder, or move it away"
        )
    _make_folder(folder)
    if request.template is not None:
        _write_template(folder, request.template, (request.today or utc_now()).date())
        return
    _write(plan, STARTER.encode())
    _write(folder / "plan.schema.json", schema_text().encode())
    _write(folder / "visits.csv", SAMPLE_VISITS.encode())
    _write_measures(plan)
    click.echo("Fill in visits.csv and the measures, adapt plan.yaml, then: kmi check, kmi run")


def _write_template(folder: Path, template: str, today: date) -> None:
    for name, body in template_files(template, today):
        path = folder / name
        _make_folder(path.parent)
        _write(path, body)
    _write(folder / "plan.schema.json", schema_text().encode())
    click.echo("Search plan.yaml for FILL IN and type your figures into forms/, then: kmi check, kmi run, kmi status")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError, PermissionError):
        raise ConfigError(
            "the folder cannot be created", where=str(folder), do="name another one with --folder"
        ) from None


def _write_deployments(folder: Path) -> None:
    """Write what Prefect deploys, to adapt; a file that is there stays."""
    lies_at = (Path(__file__).with_name(DEPLOYMENTS), Path(__file__).parents[2] / DEPLOYMENTS)
    committed = next(path for path in lies_at if path.exists())  # in a wheel the first, in a checkout the second
    _make_folder(folder)
    _write(folder / DEPLOYMENTS, committed.read_bytes())
    click.echo("Adapt the schedule in prefect.yaml, then in its folder: prefect --no-prompt deploy --all")


def _write_measures(plan: Path) -> None:
    """Write the template of every source of measures in the plan whose file does not exist yet."""
    loaded = load_plan(plan)
    for settings in loaded.plan.sources.values():
        if isinstance(settings, MeasuresSettings):
            path = Path(settings.path)
            _write(path, template(settings) if path.suffix == ".xlsx" else template_csv(settings))


def _write(path: Path, body: bytes) -> None:
    if path.exists():
        click.echo(f"kept    {relative_to_cwd(path)}")
        return
    path.write_bytes(body)
    click.echo(f"written {relative_to_cwd(path)}")
