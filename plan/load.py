"""Load a plan file, or report every problem in it with its place and a remedy."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from plan.consistency import check_consistency
from plan.diagnostics import finding_from_error
from plan.finding import Finding
from plan.misread_texts import find_misread
from plan.model import Organisation, Plan
from plan.positions import Positions, plain, read_yaml
from sources.contract import Place, Source, SourceSettings
from sources.registry import SOURCES, source_class
from sources.secrets import detect_secret
from warehouse.errors import ConfigError, KmiError

HASH_FORM = "set-"
"""How a hash of those settings begins that are not the default. Version 0.1 hashed all, and began with nothing."""
WITHOUT_EFFECT = {"deadline_minutes", "ready", "retention"}
"""Settings of a source that change nothing of what it delivers."""


@dataclass(frozen=True, slots=True)
class LoadedPlan:
    """A valid plan, and its sources, ready to fetch."""

    path: Path
    plan: Plan
    sources: dict[str, Source]

    def fingerprint(self, source: str) -> str:
        """A hash of the settings of a source that are not the default.

        It is the same for the same text wherever the plan's folder lies, and in a later version that has more settings.
        """
        folder = json.dumps(f"{self.path.absolute().parent}{os.sep}", ensure_ascii=False)[1:-1]
        settings = self.plan.sources[source].model_dump_json(exclude=WITHOUT_EFFECT, exclude_defaults=True)
        return HASH_FORM + hashlib.sha256(settings.replace(folder, "").encode()).hexdigest()[:16]


class PlanError(ConfigError):
    """Every problem of a plan, each ``file:line:column: field: what: what to write``."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load_plan(path: Path, shared: Mapping[str, dict[str, Any]] | None = None) -> LoadedPlan:
    """Read and check the plan at ``path``. ``shared``: settings of more sources, which its fleet gives it.

    Raises ``PlanError``, or ``ConfigError`` for a file that is not YAML.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            "there is no plan here", where=str(path), do="write one with 'kmi init', or name yours with --plan"
        ) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        what = "this line holds a character that is not UTF-8; the file was saved in another encoding"
        do = "open it in your editor and save it as UTF-8"
        raise ConfigError(what, where=f"{path}:{line}:1", do=do) from None
    except OSError as error:
        raise ConfigError(
            f"the plan cannot be read ({error})",
            where=str(path),
            do="put it in a place that you may read",
        ) from None
    positions = read_yaml(text, path.name)
    data = plain(positions.document, path.name)
    if not isinstance(data, dict):
        raise PlanError(
            [f"{path.name}:1:1: a plan is a mapping with organisation, sources and indicators: start from 'kmi init'"]
        )
    problems = list(_add_shared(data, shared or {}))
    problems += find_secrets(data, ())
    problems += find_misread(positions, text)
    settings, more = _settings(data, path.absolute().parent)
    plan, structural = _plan(data, settings)
    problems += more + structural
    if plan is None or problems:
        raise PlanError(located(path, positions, problems))
    sources, problems = _build(plan)
    problems += [] if problems else list(check_consistency(plan, sources))
    if problems:
        raise PlanError(located(path, positions, problems))
    return LoadedPlan(path, plan, sources)


def _add_shared(data: dict[str, Any], shared: Mapping[str, dict[str, Any]]) -> Iterator[Finding]:
    """Add the sources of the fleet to those of the plan, in place."""
    own = data.setdefault("sources", {}) if shared else None
    if not isinstance(own, dict):
        return
    for name, settings in shared.items():
        if name in own:
            yield Finding(
                ("sources", name), "the fleet gives this plan a source of this name", "rename one or take one out"
            )
        own.setdefault(name, settings)


def located(path: Path, positions: Positions, problems: list[Finding]) -> list[str]:
    """Each problem as ``file:line:column: field: what: what to write``, in the order of the file."""
    placed = sorted({(*positions.of(f.path), ".".join(str(step) for step in f.path), f.what, f.do) for f in problems})
    return [
        f"{path.name}:{line}:{column}: " + ": ".join(part for part in (field, what, do) if part)
        for line, column, field, what, do in placed
    ]


def find_secrets(node: Any, path: tuple[str | int, ...]) -> Iterator[Finding]:
    """Each text below ``node`` that looks like a secret."""
    if isinstance(node, str):
        kind = detect_secret(node)
        if kind is not None:
            yield Finding(
                path,
                f"this looks like {kind}",
                "keep it out of the plan: write ${env:NAME} and set NAME in the environment, and renew the secret",
            )
    for step, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from find_secrets(value, (*path, step))


def _settings(data: dict[str, Any], base: Path) -> tuple[dict[str, SourceSettings], list[Finding]]:
    settings: dict[str, SourceSettings] = {}
    problems: list[Finding] = []
    given = data.get("sources")
    for name, part in given.items() if isinstance(given, dict) else ():
        if not isinstance(part, dict) or not isinstance(part.get("type"), str):
            problems.append(
                Finding(("sources", name), "a source is a mapping with a 'type'", f"known types: {', '.join(SOURCES)}")
            )
            continue
        try:
            model = source_class(part["type"]).Settings
            settings[name] = model.model_validate(part, context={"base": base})
        except ValidationError as error:
            problems += [finding_from_error(model, detail, ("sources", name)) for detail in error.errors()]
        except ConfigError as error:
            problems.append(Finding(("sources", name, "type"), error.what, error.do))
    return settings, problems


def _plan(data: dict[str, Any], settings: dict[str, SourceSettings]) -> tuple[Plan | None, list[Finding]]:
    given = data.get("sources")
    stand_in = SourceSettings(type="unread")
    sources = {name: settings.get(name, stand_in) for name in given} if isinstance(given, dict) else given
    try:
        return Plan.model_validate({**data, "sources": sources} if "sources" in data else data), []
    except ValidationError as error:
        return None, [finding_from_error(Plan, detail, ()) for detail in error.errors()]


def _build(plan: Plan) -> tuple[dict[str, Source], list[Finding]]:
    sources: dict[str, Source] = {}
    problems: list[Finding] = []
    for name, settings in plan.sources.items():
        zone = ZoneInfo(settings.time_zone or plan.organisation.time_zone)
        try:
            sources[name] = source_class(settings.type)(name, settings, Place(zone, plan.calendar.opening_hours))
        except KmiError as error:
            problems.append(Finding(("sources", name), error.what, error.do))
    return sources, problems


def organisation_zone(plan: Plan) -> ZoneInfo:
    """The zone in which the organisation's days and deadlines fall."""
    organisation: Organisation = plan.organisation
    return ZoneInfo(organisation.time_zone)
