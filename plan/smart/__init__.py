"""Advice on plans: specific, measurable, attainable, relevant, time-bound (SMART).

The criteria: Doran, G. T. (1981), There's a S.M.A.R.T. way to write management's goals and objectives, Management
Review 70 (11), in the wording that is common today (attainable, relevant, time-bound).
"""

from collections.abc import Iterator, Mapping
from datetime import date

from plan.model import Plan
from plan.smart.attainable import check_attainable
from plan.smart.case import Advice, Case
from plan.smart.entities import check_entities
from plan.smart.evidence import Evidence
from plan.smart.measurable import check_measurable, check_sources
from plan.smart.relevant import check_objectives, check_relevant, check_unused_sources
from plan.smart.rule_fit import check_rule_fit
from plan.smart.specific import check_contradictions, check_specific
from plan.smart.time_bound import check_time_bound
from sources.contract import Source

INDICATOR_CHECKS = (
    check_specific,
    check_entities,
    check_measurable,
    check_attainable,
    check_rule_fit,
    check_relevant,
    check_time_bound,
)

__all__ = ["Advice", "Evidence", "advise"]


def advise(plan: Plan, sources: Mapping[str, Source], evidence: Evidence, today: date) -> Iterator[Advice]:
    """All advice, indicator by indicator, on a plan without faults.

    ``today`` is the organisation's day.
    """
    for name, indicator in plan.indicators.items():
        case = Case(plan, sources, evidence, today, name, indicator)
        for check in INDICATOR_CHECKS:
            yield from check(case)
    yield from check_contradictions(plan)
    yield from check_objectives(plan)
    yield from check_unused_sources(plan)
    yield from check_sources(plan, sources, evidence, today)
