"""Branches and gates that an indicator names, and that no source has: most are misspelt."""

from collections.abc import Iterator
from difflib import get_close_matches

from plan.model import Plan
from plan.smart.case import Advice, Case

NEAR = 0.8


def check_entities(case: Case) -> Iterator[Advice]:
    """Whether the entities that an indicator names were ever delivered, or are written as elsewhere in the plan."""
    for path, measure, _ in case.measures():
        delivered = case.evidence.entities.get(measure.source)
        for number, name in enumerate(measure.entities):
            at = (*path, "entities", number)
            if delivered is not None and name not in delivered:
                near = get_close_matches(name, sorted(delivered), n=1)
                known = ", ".join(sorted(delivered)[:5]) + (" and more" if len(delivered) > 5 else "")
                do = f"write '{near[0]}'" if near else f"write one of those that it has: {known}"
                yield Advice("measurable", at, f"the source '{measure.source}' has delivered nothing of '{name}'", do)
            elif delivered is None and (other := _written_otherwise(case, name)):
                what = f"'{name}' is written '{other}' elsewhere in the plan"
                yield Advice("measurable", at, what, "write both in the same way, as the source has it")


def _written_otherwise(case: Case, name: str) -> str:
    """A name elsewhere in the plan that is nearly this one, where this one occurs only here."""
    others = [*_of_the_calendar(case.plan), *_of_other_indicators(case)]
    if name in others:
        return ""
    return next(iter(get_close_matches(name, sorted(set(others)), n=1, cutoff=NEAR)), "")


def _of_the_calendar(plan: Plan) -> Iterator[str]:
    for closure in plan.calendar.closed:
        yield from closure.entities
    if plan.calendar.opening_hours is not None:
        yield from plan.calendar.opening_hours.entities


def _of_other_indicators(case: Case) -> Iterator[str]:
    for name, indicator in case.plan.indicators.items():
        if name != case.name:
            for measure in indicator.measures:
                yield from measure.entities
