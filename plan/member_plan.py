"""The plan that a command works on: a plan file, or a member of a fleet, written ``fleet.yaml#north``."""

from pathlib import Path

from plan.load import LoadedPlan, load_plan
from plan.load_fleet import LoadedFleet, load_fleet

MARK = "#"


def member_at(plan: Path) -> tuple[LoadedFleet, str] | None:
    """The fleet and the name of its member; None for the path of a plan file.

    Raises ``ConfigError`` where there is no such fleet file or member.
    """
    path, mark, name = plan.name.rpartition(MARK)
    if not mark or plan.exists():
        return None
    fleet = load_fleet(plan.with_name(path))
    fleet.member(name)
    return fleet, name


def load_plan_at(plan: Path) -> LoadedPlan:
    """The plan, of a member with the shared sources that it uses. Raises as ``load_plan`` and ``member_at``."""
    member = member_at(plan)
    return load_plan(plan) if member is None else member[0].load_member(member[1])
