"""What only the plans of the members can tell: whether values add up, and whether two members count the same thing."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from flows.fleet.members import CaughtFault
from plan.load import WITHOUT_EFFECT, LoadedPlan
from plan.load_fleet import LoadedFleet
from sources.secrets import REFERENCE
from transforms.fleet.figures import common_indicators
from transforms.fleet.roll_up import FleetInputs


@dataclass(frozen=True)
class MemberPlan:
    """The plan of a member; None where it cannot be read. ``secrets``: what its references stand for."""

    loaded: LoadedPlan | None
    secrets: Mapping[str, str]

    def not_additive(self, indicator: str) -> str | None:
        """Why an indicator does not add up over members, one of ``NOT_ADDITIVE``."""
        if self.loaded is None or indicator not in self.loaded.plan.indicators:
            return "plan_unreadable"
        return None if self.loaded.plan.indicators[indicator].over_entities == "sum" else "mean_of_entities"

    def measures(self, indicator: str) -> dict[tuple[str, str], set[str]]:
        """The entities that an indicator counts, empty for all, by the settings of the source and the metric."""
        found: dict[tuple[str, str], set[str]] = {}
        if self.loaded is not None and indicator in self.loaded.plan.indicators:
            for measure in self.loaded.plan.indicators[indicator].measures:
                key = self._settings(measure.source), measure.metric
                found.setdefault(key, set()).update(measure.entities or ("",))
        return found

    def _settings(self, source: str) -> str:
        """The settings of a source, with the references that its secrets really have."""
        if self.loaded is None:
            return ""
        settings = self.loaded.plan.sources[source].model_dump(mode="json", exclude=WITHOUT_EFFECT)
        return REFERENCE.sub(self._reference, json.dumps({name: _shortest(one) for name, one in settings.items()}))

    def _reference(self, match: re.Match[str]) -> str:
        return self.secrets.get(match[2], match[0]) if match[1] == "env" else match[0]


def _shortest(setting: object) -> object:
    """A setting; a path without steps back, as two plans write the same file from their own folders."""
    is_path = isinstance(setting, str) and "://" not in setting and "/../" in setting
    return os.path.normpath(str(setting)) if is_path else setting


def read_plan(fleet: LoadedFleet, name: str) -> MemberPlan:
    """The plan of a member, as far as it can be read."""
    loaded = None
    with CaughtFault():
        loaded = fleet.load_member(name)
    return MemberPlan(loaded, {**fleet.fleet.secrets, **fleet.member(name).secrets})


def same_sources(inputs: FleetInputs, plans: Mapping[str, MemberPlan]) -> frozenset[str]:
    """The indicators for which two members read the same figures of the same source: a sum would count them twice."""
    found = set()
    for common in common_indicators(inputs.fleet, inputs.keys, inputs.figures):
        counted: dict[tuple[str, str], set[str]] = {}
        for member, name in common.names.items():
            for key, entities in plans[member].measures(name).items():
                before = counted.setdefault(key, set())
                if before and (entities & before or "" in entities | before):
                    found.add(common.indicator_id)
                before |= entities
    return frozenset(found)
