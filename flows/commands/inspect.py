"""``kmi inspect``: what a file, a folder or an address holds, with the evidence, and the settings that read it."""

import os
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from flows.output import QUESTION_WIDTH, echo_wrapped, show_json
from sources.inspection.inspection import Inspection
from sources.inspection.reconcile import MetricTotals
from warehouse.errors import ConfigError
from warehouse.schema import DAY

WEB = ("http://", "https://")
LOOKS = {
    "ready": "Ready: these settings read the file, with its own totals.",
    "asks": "Not ready: answer the questions, each with --answer NAME=VALUE, or run 'kmi add'.",
    "unreadable": "Not ready: kmi cannot collect from this as it is.",
    "differs": "Not ready: what was read differs from the sum of the cells. Please report this file as a fault of kmi.",
}


@dataclass(frozen=True)
class InspectOptions:
    """answers: ``NAME=VALUE``. base: the folder from which the plan will name the path. zone: its days."""

    answers: tuple[str, ...] = ()
    base: Path = Path()
    zone: str = "UTC"

    def by_name(self) -> dict[str, str]:
        """The answers by the names of their questions. Raises ``ConfigError``."""
        odd = next((text for text in self.answers if "=" not in text), None)
        if odd is not None:
            raise ConfigError(f"'{odd}' is not an answer", do="write --answer NAME=VALUE")
        pairs = (text.partition("=") for text in self.answers)
        return {name.strip(): value.strip() for name, _, value in pairs}


def inspect_target(target: str, options: InspectOptions, answers: Mapping[str, str] | None = None) -> Inspection:
    """The inspection of a path or an address.

    Raises ``KmiError``, and ``ConfigError`` for an answer to a question that the file does not raise.
    """
    given = dict(options.by_name() if answers is None else answers)
    found = _inspected(target, options, given)
    unused = sorted(given.keys() - found.used)
    if unused and found.state != "asks":
        known = ", ".join(sorted(found.used)) or "none"
        raise ConfigError(
            f"'{unused[0]}' is no question about this file", do=f"leave the answer out; the questions are: {known}"
        )
    return found


def _inspected(target: str, options: InspectOptions, given: Mapping[str, str]) -> Inspection:
    from sources.inspection.inspect_files import inspect_path

    zone, now = ZoneInfo(options.zone), datetime.now(UTC)
    if target.startswith(WEB):
        from plan.secret_resolver import resolver
        from sources.inspection.inspect_address import AddressInspector
        from sources.web.session import Session

        return AddressInspector(Session(resolver(os.environ)), given, zone, now).inspect(target)
    location = Path(target).expanduser()
    return inspect_path(location, path_in_plan(location, options.base), given, zone, now)


def path_in_plan(location: Path, base: Path) -> str:
    """The path as a plan in the folder ``base`` names it: relative where it lies below, otherwise whole."""
    full, folder = location.absolute(), base.absolute()
    text = full.relative_to(folder).as_posix() if full.is_relative_to(folder) else full.as_posix()
    return f"{text}/" if location.is_dir() else text


def inspect_and_show(target: str, options: InspectOptions, *, as_json: bool) -> int:
    """Print the inspection; returns the exit code: 0 where the proposal is ready, otherwise 2."""
    inspection = inspect_target(target, options)
    if as_json:
        show_json(inspection.as_document())
    else:
        show_inspection(inspection)
    return 0 if inspection.state == "ready" else 2


def show_inspection(inspection: Inspection) -> None:
    """Print an inspection in 80 columns."""
    click.echo(f"{inspection.name}: {inspection.form}\n")
    _show_picture(inspection)
    for guess in inspection.guesses:
        _wrapped(f"{guess.part}: {guess.meaning}", "  ")
        _wrapped(f"because {guess.evidence}" if guess.evidence != "you said so" else "as you said", "      ")
    _show_totals(inspection)
    if inspection.settings and not inspection.problem:
        click.echo("\nProposed source:\n")
        click.echo(textwrap.indent(settings_text(inspection), "  "))
    show_questions(inspection)
    if inspection.problem:
        click.echo()
        _wrapped(f"Problem: {inspection.problem}", "", "  ")
    click.echo()
    _wrapped(LOOKS[inspection.state], "", "  ")


def show_questions(inspection: Inspection) -> None:
    """Print the questions, each with its choices and the option that answers it."""
    for number, question in enumerate(inspection.questions, 1):
        click.echo()
        _wrapped(f"Question {number}: {question.text}", "", "  ")
        _wrapped(f"asked because {question.why}", "  ")
        for choice in question.choices:
            _wrapped(f"{choice.value}: {choice.meaning}", "    ", "      ")
        _wrapped(question.option, "  ", "      ")


def _show_picture(inspection: Inspection) -> None:
    for what, text in inspection.picture:
        line = f"  {what:6}| {text}"
        click.echo(line if len(line) <= QUESTION_WIDTH else f"{line[: QUESTION_WIDTH - 3]}...")
    if inspection.picture:
        click.echo()


def _show_totals(inspection: Inspection) -> None:
    found = inspection.reconciliation
    if found is None:
        return
    click.echo(f"\nWhat was read, beside what the file holds ({found.rows:,} rows):\n")
    for metric in found.metrics:
        _wrapped(_totals_line(metric), "  ", "    ")
    for sentence in found.totals:
        _wrapped(sentence, "  ", "    ")
    if found.refused_count:
        _wrapped(f"{found.refused_count:,} refused, such as {'; '.join(found.refused)}", "  ", "    ")
    for note in found.notes:
        _wrapped(f"note: {note}", "  ", "    ")


def _totals_line(metric: MetricTotals) -> str:
    span = f", {metric.first} to {metric.last - DAY}" if metric.first and metric.last else ""
    places = f"{metric.entities:,} places, " if metric.entities > 1 and metric.unit != "items" else ""
    agree = "equal" if metric.agrees else "DIFFERENT"
    return (
        f"{metric.metric}: {metric.file_total:,.15g} in the file, {metric.read_total:,.15g} read ({agree}); "
        f"{metric.cells:,} cells, {places}{metric.spans:,} dates{span}"
    )


def settings_text(inspection: Inspection) -> str:
    """The proposed source as the plan has it."""
    from ruamel.yaml import YAML

    from plan.edit import flowing
    from sources.inspection.inspect_files import source_name

    yaml, text = YAML(), StringIO()
    yaml.width = QUESTION_WIDTH - 4
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump({source_name(inspection): flowing(inspection.settings)}, text)
    return text.getvalue().rstrip()


def _wrapped(text: str, indent: str, further: str | None = None) -> None:
    echo_wrapped(text, indent, f"{indent}  " if further is None else further)
