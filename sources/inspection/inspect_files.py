"""The inspection of files at a path: one file, an archive, or a folder whose files are read together."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sources.files.location import is_wanted, natural_order
from sources.files.packing import unpacked
from sources.files.tables import TABLE_PATTERNS
from sources.inspection.dialogue import Dialogue
from sources.inspection.inspect_table import check, inspect_table
from sources.inspection.inspection import Inspection
from sources.inspection.other_forms import (
    failed,
    form_of,
    inspect_answer,
    inspect_log,
    inspect_logs,
    inspect_references,
)
from sources.inspection.table import Proposal
from sources.inspection.words import as_name
from warehouse.errors import ConfigError, KmiError

LOGS = ("*access*",)
PATHS = frozenset(("path", "metric", "unit", "entity"))
MOST_FILES = 500


def inspect_path(location: Path, path: str, answers: Mapping[str, str], zone: ZoneInfo, now: datetime) -> Inspection:
    """The inspection of a file or folder. ``path``: as the plan will name it. Raises ``KmiError``."""
    if location.is_dir():
        return _inspect_folder(location, path, answers, zone, now)
    try:
        body = location.read_bytes()
    except FileNotFoundError:
        raise ConfigError("there is no file here", where=str(location), do="correct the path") from None
    if not body:
        raise ConfigError("the file is empty", where=str(location), do="save it again")
    return inspect_bytes(_named(location), body, path, answers, zone, now)


def _named(location: Path) -> str:
    """The file with its folder, whose name may say what is counted."""
    full = location.absolute()
    return f"{full.parent.name}/{full.name}"


def inspect_bytes(
    name: str, body: bytes, path: str, answers: Mapping[str, str], zone: ZoneInfo, now: datetime
) -> Inspection:
    """The inspection of one file, packed or not. Raises ``KmiError``."""
    dialogue = Dialogue(answers)
    members = [(inner, content) for inner, content in unpacked(name, body) if content]
    if len(members) > 1:
        return _together(
            [(inner, content) for inner, content in members if is_wanted(inner, TABLE_PATTERNS)],
            path,
            answers,
            zone,
            now,
        )
    inner, content = members[0]
    if content is not body:
        dialogue.take("packing", f"packed; holds {Path(inner).name}", "the first bytes of the file")
    form = form_of(inner, content)
    try:
        if form == "log":
            return inspect_log(name, body, path, dialogue, zone, now)
        if form == "references":
            return inspect_references(inner, content, path, dialogue, zone, now)
        if form != "table":
            return inspect_answer(inner, content, form, dialogue)
        return inspect_table(inner, content, path, dialogue, zone, now)
    except ConfigError:
        raise
    except KmiError as error:
        return failed(inner, form, error, dialogue)


def _inspect_folder(folder: Path, path: str, answers: Mapping[str, str], zone: ZoneInfo, now: datetime) -> Inspection:
    files = sorted((file for file in folder.iterdir() if file.is_file()), key=lambda file: natural_order(file.name))
    if len(files) > MOST_FILES:
        raise ConfigError(f"the folder holds {len(files):,} files", where=str(folder), do="name one of them")
    logs = [(file.name, file.read_bytes()) for file in files if is_wanted(file.name, LOGS)]
    if logs:
        dialogue = Dialogue(answers)
        try:
            return inspect_logs(logs, path, dialogue, zone, now)
        except KmiError as error:
            return failed(path, "log", error, dialogue)
    tables = [(_named(file), file.read_bytes()) for file in files if is_wanted(file.name, TABLE_PATTERNS)]
    return _together([(name, body) for name, body in tables if body], path, answers, zone, now)


def _together(
    files: list[tuple[str, bytes]], path: str, answers: Mapping[str, str], zone: ZoneInfo, now: datetime
) -> Inspection:
    """Tables that are read as one source, if they are of one form; otherwise each is named."""
    if not files:
        raise ConfigError("no table or access log lies here", where=path, do="name a file, or another folder")
    unpacked_files = [pair for name, body in files for pair in unpacked(name, body)]
    known = {name: value for name, value in answers.items() if name not in ("files", "one_source")}
    each = [inspect_bytes(name, body, path, known, zone, now) for name, body in unpacked_files]
    first = each[0]
    dialogue = Dialogue(answers)
    if len(each) == 1:
        return first
    odd = next((one for one in each if _form(one) != _form(first)), None)
    if odd is not None or first.proposal is None:
        listed = "; ".join(f"{one.name.rpartition('/')[2]}: {one.state}" for one in each[:8])
        problem = f"{_difference(first, odd)}, so no one source reads them: inspect them one by one ({listed})"
        return Inspection(path, "folder", problem=problem if odd else first.problem).close(dialogue)
    dialogue.guesses += first.guesses
    dialogue.questions += [question for one in each for question in one.questions if question not in dialogue.questions]
    dialogue.used |= {name for one in each for name in one.used}
    dialogue.take("files", f"{len(each)} tables of one form", "they have the same names of columns and the same dates")
    whole = Inspection(path, "folder", picture=first.picture, settings={**first.settings, "path": path})
    proposal = _sum_of([one.proposal for one in each if one.proposal is not None])
    whole.kinds, whole.units, whole.proposal = proposal.kinds, proposal.units, proposal
    whole.settings |= {key: proposal.settings[key] for key in ("metric", "unit") if key in proposal.settings}
    _settle_files(whole, each, dialogue)
    if not dialogue.questions:
        check(whole, proposal, files, dialogue, zone, now)
    return whole.close(dialogue)


def _form(inspection: Inspection) -> tuple[object, ...]:
    """What must be alike in files that one source reads."""
    settings = {key: value for key, value in inspection.settings.items() if key not in PATHS}
    return (inspection.form, str(settings), tuple(inspection.kinds.values()))


def _difference(first: Inspection, odd: Inspection | None) -> str:
    """In what the files differ, in words."""
    years = {one.settings.get("year") for one in (first, odd) if one is not None}
    if odd is not None and None not in years and len(years) > 1 and set(first.settings) == set(odd.settings):
        return "only the names of its files say in which year each month lies"
    return "its files are not of one form"


def _sum_of(proposals: list[Proposal]) -> Proposal:
    """The cells of several files together, under the name of the first metric."""
    first = proposals[0]
    if len(first.values) > 1:
        values = {metric: [cell for one in proposals for cell in one.values.get(metric, [])] for metric in first.values}
    else:
        values = {
            next(iter(first.values)): [cell for one in proposals for cells in one.values.values() for cell in cells]
        }
    rows = sum(one.rows for one in proposals)
    items = sum(one.items or 0 for one in proposals) if first.items is not None else None
    return replace(first, values=values, rows=rows, items=items, totals=[t for one in proposals for t in one.totals])


def _settle_files(whole: Inspection, each: list[Inspection], dialogue: Dialogue) -> None:
    """Ask how files add up that hold the same days and places."""
    columns = whole.settings.get("columns")
    has_entity = "entity" in whole.settings or (isinstance(columns, dict) and "entity" in columns)
    spans = Counter(span for one in each if one.reconciliation for span in _days(one))
    if has_entity and not any(count > 1 for count in spans.values()):
        return
    if any(count > 1 for count in spans.values()) or not spans:
        choices = [("latest", "a later file replaces an earlier one"), ("add", "their figures add up")]
        if not has_entity:
            choices.insert(0, ("branches", "each file is a branch, by its name"))
        answer = dialogue.answer_to(
            "files", "How do the files belong together?", "several hold figures of the same dates", choices
        )
        if answer:
            whole.settings["files"] = answer
            if answer == "branches":
                whole.settings.pop("entity", None)


def _days(inspection: Inspection) -> set[object]:
    found = inspection.reconciliation
    return {(metric.first, metric.last) for metric in found.metrics} if found else set()


def source_name(inspection: Inspection) -> str:
    """A name for the source in the plan, from the name of the file or the address."""
    stem = Path(str(inspection.settings.get("path", inspection.name))).name.partition(".")[0]
    return as_name(stem, "source")
