"""What the plans of the members already show: which indicators will not be compared, and why."""

from collections import Counter
from collections.abc import Iterator, Mapping

import pandas as pd

from plan.load_fleet import LoadedFleet
from plan.model import Indicator, Plan
from transforms.fleet.figures import INDICATOR_COLUMNS, CommonIndicator, Definition, MemberFigures, common_indicators

SHOWN = 10
"""Indicators of one member only that are named: a fleet may have many on purpose."""


def not_compared(fleet: LoadedFleet, plans: Mapping[str, Plan]) -> list[str]:
    """One sentence for each indicator that is not compared over all ``plans`` of the members that share their figures.

    Indicators are matched as the roll-up matches those that are published.
    """
    sharing = {name: plan for name, plan in plans.items() if fleet.fleet.sharing_of(name) != "none"}
    figures = [
        MemberFigures(name, name, False, fleet.member(name), indicators=_published(plan))
        for name, plan in sharing.items()
    ]
    common = common_indicators(fleet.fleet, {name: name for name in sharing}, figures)
    return [*(line for one in common for line in _otherwise(fleet, one, sharing)), *_alone(fleet, sharing)]


def _published(plan: Plan) -> pd.DataFrame:
    """The columns of the published indicators that the comparison uses."""
    rows = [(name, one.title, one.unit, one.kind, one.better, one.period) for name, one in plan.indicators.items()]
    return pd.DataFrame(rows, columns=INDICATOR_COLUMNS)


def _otherwise(fleet: LoadedFleet, common: CommonIndicator, plans: Mapping[str, Plan]) -> Iterator[str]:
    """Members that measure it with another unit, kind or length of period."""
    shared = fleet.fleet.indicators.get(common.indicator_id)
    for member in common.otherwise:
        local = shared.members.get(member) if shared else None
        own = _definition(plans[member].indicators[local or common.indicator_id])
        pairs = zip(Definition._fields, own, common.definition, strict=True)
        differs = ", ".join(f"{field} '{mine}' and not '{theirs}'" for field, mine, theirs in pairs if mine != theirs)
        yield (
            f"{common.indicator_id}: has no total, and '{member}' is not compared, as its plan has {differs}:"
            " write the same in its plan if it counts the same"
        )


def _definition(indicator: Indicator) -> Definition:
    return Definition(indicator.unit, indicator.kind, indicator.period)


def _alone(fleet: LoadedFleet, plans: Mapping[str, Plan]) -> Iterator[str]:
    """Indicators that only one member has, where the fleet file does not say which are compared."""
    if fleet.fleet.indicators or len(plans) < 2:
        return
    counted = Counter(name for plan in plans.values() for name in plan.indicators)
    alone = [f"{name} ({member})" for member, plan in plans.items() for name in plan.indicators if counted[name] == 1]
    if alone:
        more = f" and {len(alone) - SHOWN} more" if len(alone) > SHOWN else ""
        yield (
            f"not compared, as one member alone has an indicator of that name: {', '.join(alone[:SHOWN])}{more};"
            " where several measure the same, match their names under 'indicators' in the fleet file"
        )
