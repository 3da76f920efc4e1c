"""``kmi add``: from a file or an address to a source, an indicator and a target in the plan, and a first verdict."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import click

from flows.commands.adding.details import DetailOptions, Details, collect_details
from flows.commands.adding.prompts import Needed, Prompts
from flows.commands.inspect import InspectOptions, inspect_target, show_inspection
from flows.output import echo_wrapped
from flows.steps.context import Context, Log
from plan.edit import PlanParts, names_in, with_parts, write_text
from sources.inspection.inspect_files import source_name
from sources.inspection.inspection import Inspection
from sources.zone_setting import require_zone
from warehouse.errors import ConfigError, KmiError

NEW_PLAN = """\
# What is measured, from which sources, against which targets. kmi add wrote this file; edit it as you like.
# kmi check checks it, kmi run collects and judges.

organisation:
  name: {name}
  time_zone: {zone}

sources:

indicators:
"""
MOST_ROUNDS = 40


@dataclass(frozen=True)
class AddRequest:
    """The options of ``kmi add``. organisation, zone: of a plan that is not there yet."""

    target: str
    plan: Path
    options: InspectOptions
    details: DetailOptions
    today: date
    organisation: str = ""
    zone: str = ""
    without_run: bool = False


def add(request: AddRequest, prompts: Prompts, open_context: Callable[[Log], Context]) -> int:
    """Ask what is missing, write the plan, run and print the verdict; returns the exit code.

    Nothing is written where something is missing and nobody can be asked: then the options are named, and it is 2.
    """
    heading = _heading(request, prompts)
    zone = heading[1] or request.options.zone
    inspection = _inspect(request, replace(request.options, zone=zone), prompts)
    if inspection.state != "ready":
        if not prompts.is_terminal or not inspection.questions:
            show_inspection(inspection)
        _name_needed(prompts.needed)
        return 2
    known = names_in(request.plan, "indicators")
    details = collect_details(inspection, request.details, known, prompts, request.today)
    if prompts.needed:
        _name_needed(prompts.needed)
        return 2
    name = _write(request, heading, inspection, details, known)
    if request.without_run:
        return 0
    return _run(name, details, open_context)


def _heading(request: AddRequest, prompts: Prompts) -> tuple[str, str]:
    """The name of the organisation and its time zone, where there is no plan yet; otherwise empty texts."""
    if request.plan.exists():
        return "", ""
    organisation = request.organisation or prompts.text("What is the library called?", "--organisation TEXT") or ""
    zone = request.zone or prompts.text(
        "In which time zone do its days lie, such as Europe/London?", "--zone AREA/CITY", read=require_zone
    )
    if request.zone:
        try:
            require_zone(request.zone)
        except ValueError as error:
            raise ConfigError(str(error), do="correct --zone") from None
    return organisation, zone or ""


def _inspect(request: AddRequest, options: InspectOptions, prompts: Prompts) -> Inspection:
    """The inspection with all answers: each question is put in the terminal, until none is left."""
    answers = options.by_name()
    inspection = inspect_target(request.target, options, answers)
    shown = False
    for _ in range(MOST_ROUNDS):
        if not inspection.questions or inspection.problem or not prompts.is_terminal:
            break
        if not shown:
            for what, text in inspection.picture:
                click.echo(f"  {what:6}| {text}"[:80])
            shown = True
        question = inspection.questions[0]
        click.echo()
        answers[question.name] = prompts.choice(question)
        try:
            inspection = inspect_target(request.target, options, answers)
        except ConfigError as error:
            echo_wrapped(str(error), "  ")
            del answers[question.name]
            inspection = inspect_target(request.target, options, answers)
    return inspection


def _name_needed(needed: list[Needed]) -> None:
    if not needed:
        return
    echo_wrapped("Nothing was written. What nobody but you can say is still missing:")
    for one in needed:
        echo_wrapped(f"{one.option}: {one.text}", "  ", "      ")


def _write(
    request: AddRequest, heading: tuple[str, str], inspection: Inspection, details: Details, known: Mapping[str, Any]
) -> str:
    """Write the plan and return the name of the source. Raises ``ConfigError`` where it would not be valid."""
    from plan.load import load_plan

    sources = names_in(request.plan, "sources")
    name = _source_name(inspection, details.name, sources, known)
    indicator = dict(details.indicator)
    indicator["of"] = [{**measure, "source": name} for measure in indicator["of"]]  # type: ignore[attr-defined]
    text = request.plan.read_text(encoding="utf-8-sig") if request.plan.exists() else _new_plan(*heading)
    parts = PlanParts(name, inspection.settings, details.name, indicator)
    written = with_parts(text, parts, str(request.plan))
    request.plan.absolute().parent.mkdir(parents=True, exist_ok=True)
    pending = request.plan.with_name(f".{request.plan.name}.pending")
    try:
        write_text(pending, written)
        load_plan(pending)
    except KmiError as error:
        text = str(error).replace(pending.name, request.plan.name)
        raise ConfigError(f"the plan would have a fault, so nothing was written: {text}") from None
    finally:
        pending.unlink(missing_ok=True)
    write_text(request.plan, written)
    click.echo()
    echo_wrapped(f"Written into {request.plan}: the source '{name}' and the indicator '{details.name}'.")
    return name


def _source_name(inspection: Inspection, indicator: str, sources: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    """The name of the source: that of the indicator's earlier source, of the same file, or a new one."""
    place = inspection.settings.get("path") or inspection.settings.get("url")
    same = [name for name, one in sources.items() if place and place in (one.get("path"), one.get("url"))]
    earlier = [measure.get("source") for measure in known.get(indicator, {}).get("of", []) if isinstance(measure, dict)]
    for name in (*same, *earlier):
        if name in sources and (name in same or not _is_shared(str(name), indicator, known)):
            return str(name)
    base = source_name(inspection)
    return next(name for name in (base, *(f"{base}_{n}" for n in range(2, 1000))) if name not in sources)


def _is_shared(source: str, indicator: str, known: Mapping[str, Any]) -> bool:
    """Whether another indicator uses the source, so that its file must stay."""
    return any(
        measure.get("source") == source
        for name, one in known.items()
        if name != indicator
        for part in ("of", "numerator", "denominator")
        for measure in one.get(part, [])
    )


def _new_plan(name: str, zone: str) -> str:
    from sources.files.yaml_text import yaml_text

    return NEW_PLAN.format(name=yaml_text(name), zone=zone)


def _run(source: str, details: Details, open_context: Callable[[Log], Context]) -> int:
    """Collect the new source, judge, and print the verdict of the new indicator."""
    from flows.steps.refresh import RefreshRequest, refresh
    from reports.words import verdict_label
    from warehouse.published_tables import published_at
    from warehouse.schema import PUBLISHED_VERDICTS

    context = open_context(lambda line: echo_wrapped(line, "  ", "    "))
    result = refresh(context, RefreshRequest((source,)))
    verdicts = published_at(context.root.address).rows(PUBLISHED_VERDICTS)
    row = next((row for row in verdicts if row["indicator_id"] == details.name), None)
    click.echo()
    if row is not None:
        echo_wrapped(f"{details.indicator['title']}: {verdict_label(row)}")
        echo_wrapped(str(row["reason"]), "  ")
    for name, reason in result.failed.items():
        echo_wrapped(f"{name} failed: {reason}")
    click.echo()
    echo_wrapped(
        "'kmi status' shows all verdicts, 'kmi report' writes the pages. If an answer was wrong, run 'kmi add' again."
    )
    return 1 if result.failed else 0
