"""Load a fleet file and the plans of its members, with every problem at its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from plan.diagnostics import finding_from_error
from plan.finding import Finding
from plan.fleet import Fleet, Member
from plan.fleet_consistency import check_fleet
from plan.load import LoadedPlan, PlanError, find_secrets, load_plan, located
from plan.model import Plan
from plan.positions import plain, read_yaml
from plan.suggestion import suggest
from sources.secrets import REFERENCE, SecretResolver
from warehouse.errors import ConfigError


@dataclass(frozen=True, slots=True)
class LoadedFleet:
    """A valid fleet file; ``path`` is absolute."""

    path: Path
    fleet: Fleet

    def member(self, name: str) -> Member:
        """The member of that name. Raises ``ConfigError`` where there is none."""
        if name not in self.fleet.members:
            raise ConfigError(
                f"no member is called '{name}'", where=str(self.path), do=suggest(name, self.fleet.members)
            )
        return self.fleet.members[name]

    def plan_path(self, name: str) -> Path:
        return self.path.parent / self.member(name).plan

    def warehouse(self, name: str) -> str:
        """The full address of a member's warehouse."""
        return _address(self.path.parent, self.member(name).warehouse) or str(
            self.plan_path(name).parent / "kmi-warehouse"
        )

    @property
    def published(self) -> str:
        """The full address of the common tables."""
        return _address(self.path.parent, self.fleet.published)

    def load_member(self, name: str) -> LoadedPlan:
        """The plan of a member with the shared sources that it uses. Raises ``ConfigError``."""
        shared = {one: {**self.fleet.sources[one], **own} for one, own in self.member(name).sources.items()}
        return load_plan(self.plan_path(name), shared)

    def check_names(self, name: str, plan: Plan) -> None:
        """Raise ``ConfigError`` where the fleet file names an indicator of a member that its plan does not have."""
        for common, indicator in self.fleet.indicators.items():
            local = indicator.members.get(name)
            if local is not None and local not in plan.indicators:
                raise ConfigError(
                    f"the plan of '{name}' has no indicator '{local}'",
                    where=f"{self.path.name}: indicators.{common}.members.{name}",
                    do=suggest(local, plan.indicators),
                )

    def resolver(self, name: str, resolve: SecretResolver) -> SecretResolver:
        """As ``resolve``, with what the fleet file says that the references of a member's plan stand for."""
        return mapped_resolver({**self.fleet.secrets, **self.member(name).secrets}, resolve)

    def chosen(self, names: tuple[str, ...], tags: tuple[str, ...]) -> tuple[str, ...]:
        """The members of these names or with any of these tags, in the order of the file; all without both.

        Raises ``ConfigError`` for a name or tag that no member has.
        """
        known = {tag for member in self.fleet.members.values() for tag in member.tags}
        for name in names:
            self.member(name)
        for tag in tags:
            if tag not in known:
                what, do = f"no member has the tag '{tag}'", suggest(tag, sorted(known))
                raise ConfigError(what, where=str(self.path), do=do)
        if not names and not tags:
            return tuple(self.fleet.members)
        wanted = set(tags)
        return tuple(one for one, member in self.fleet.members.items() if one in names or wanted & set(member.tags))


def _address(base: Path, given: str | None) -> str:
    return "" if given is None else given if "://" in given else str(base / given)


def mapped_resolver(secrets: Mapping[str, str], resolve: SecretResolver) -> SecretResolver:
    """As ``resolve``; ``${env:NAME}`` with a name in ``secrets`` is looked up by the reference that it has there."""

    def look_up(reference: str) -> str:
        match = REFERENCE.fullmatch(reference)
        if match and match[1] == "env" and match[2] in secrets:
            return resolve(secrets[match[2]])
        return resolve(reference)

    return look_up


def load_fleet(path: Path) -> LoadedFleet:
    """Read and check the fleet file at ``path``; the plans of the members are not read.

    Raises ``PlanError``, or ``ConfigError`` for a file that is not there or not YAML.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        do = "write one as docs/fleet.md shows, or name it with --fleet"
        raise ConfigError("there is no fleet file here", where=str(path), do=do) from None
    except (OSError, UnicodeDecodeError) as error:
        what, do = f"the fleet file cannot be read ({error})", "save it as UTF-8 text in a place that you may read"
        raise ConfigError(what, where=str(path), do=do) from None
    positions = read_yaml(text, path.name)
    data = plain(positions.document, path.name)
    if not isinstance(data, dict):
        raise PlanError([f"{path.name}:1:1: a fleet file is a mapping with name, time_zone and members"])
    problems = list(find_secrets(data, ()))
    fleet, structural = _fleet(data)
    problems += structural
    if fleet is None or problems:
        raise PlanError(located(path, positions, problems))
    loaded = LoadedFleet(path.absolute(), fleet)
    problems = list(check_fleet(fleet, {name: loaded.warehouse(name) for name in fleet.members}))
    if problems:
        raise PlanError(located(path, positions, problems))
    return loaded


def _fleet(data: dict[str, Any]) -> tuple[Fleet | None, list[Finding]]:
    try:
        return Fleet.model_validate(data), []
    except ValidationError as error:
        return None, [finding_from_error(Fleet, detail, ()) for detail in error.errors()]
