"""A problem in the plan."""

from dataclasses import dataclass

from plan.positions import PlanPath


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem at a place in the plan, and what to write instead."""

    path: PlanPath
    what: str
    do: str
