"""Relevant: targets serve objectives, and objectives and activities have indicators."""

from collections.abc import Iterator

from plan.model import Plan
from plan.smart.case import Advice, Case

SHOWN = 3


def check_relevant(case: Case) -> Iterator[Advice]:
    """Whether a target serves an objective; an indicator without a target need not."""
    if case.indicator.target is None or (case.indicator.objective or "").strip():
        return
    plan = case.plan
    named = list(plan.objectives) or list(
        dict.fromkeys(one.objective for one in plan.indicators.values() if one.objective and one.objective.strip())
    )
    do = "write 'objective:' and in one sentence what it serves, such as 'More people use what we know'"
    if named:
        do = f"write 'objective: {named[0]}'" + (
            f", or another: {', '.join(named[1 : SHOWN + 1])}" if named[1:] else ""
        )
    yield Advice("relevant", case.path, "no objective is named, so no one can say what the target is for", do)


def check_objectives(plan: Plan) -> Iterator[Advice]:
    """Whether each objective and each activity has an indicator."""
    for name in plan.objectives:
        if all(indicator.objective != name for indicator in plan.indicators.values()):
            do = f"write 'objective: {name}' in an indicator that measures it, or leave the objective out"
            yield Advice(
                "relevant",
                ("objectives", name),
                "no indicator serves this objective, so no one will see whether it is reached",
                do,
            )
    known = ", ".join(list(plan.indicators)[:SHOWN])
    for name, activity in plan.activities.items():
        if not activity.indicators:
            more = " and more" if len(plan.indicators) > SHOWN else ""
            do = f"write 'indicators: [...]' with those that it was meant to move; there are {known}{more}"
            yield Advice(
                "relevant", ("activities", name), "the activity names no indicator that it was meant to move", do
            )


def check_unused_sources(plan: Plan) -> Iterator[Advice]:
    """Sources that are collected and that no indicator and no break uses."""
    used = {measure.source for indicator in plan.indicators.values() for measure in indicator.measures}
    used |= {measure.source for one in plan.breaks if one.splice for measure in one.splice.overlap}
    for name in plan.sources:
        if name not in used:
            do = f"name it in the 'of' of an indicator, as {{source: {name}, metric: ...}}, or delete it"
            yield Advice("relevant", ("sources", name), "no indicator uses this source, though it is collected", do)
