"""Find what makes no sense in a plan although each part of it is valid."""

from collections.abc import Iterator, Mapping

from plan.breaks import DeclaredBreak
from plan.finding import Finding
from plan.model import Activity, Indicator, Plan
from plan.parts import Measure
from plan.percent_unit import is_percent
from plan.positions import PlanPath
from plan.suggestion import suggest
from plan.target_consistency import check_target
from sources.contract import Metric, Source


def check_consistency(plan: Plan, sources: Mapping[str, Source]) -> Iterator[Finding]:
    """Every problem, in the order of the plan. Targets are in ``plan.target_consistency``."""
    for name, indicator in plan.indicators.items():
        path: PlanPath = ("indicators", name)
        for part in ("of", "numerator", "denominator"):
            for index, measure in enumerate(getattr(indicator, part)):
                yield from _measure(indicator, measure, sources, (*path, part, index))
        yield from _aggregate(indicator, path)
        yield from _sample(indicator, plan, sources, path) if indicator.sample is not None else ()
        if plan.objectives and indicator.objective is not None and indicator.objective not in plan.objectives:
            yield Finding(
                (*path, "objective"),
                f"no objective is called '{indicator.objective}'",
                suggest(indicator.objective, plan.objectives),
            )
        if indicator.target is not None:
            yield from check_target(indicator, indicator.target, (*path, "target"))
    for name, activity in plan.activities.items():
        yield from _activity(activity, plan, ("activities", name))
    for index, found in enumerate(plan.breaks):
        yield from _break(found, plan, sources, ("breaks", index))
    yield from _alerts(plan)


def _alerts(plan: Plan) -> Iterator[Finding]:
    """Names in routes and mutes that the plan does not contain: such a route would never match."""
    owners = {indicator.owner for indicator in plan.indicators.values() if indicator.owner}
    served = {indicator.objective for indicator in plan.indicators.values() if indicator.objective} | set(
        plan.objectives
    )
    for index, route in enumerate(plan.alerts.routes):
        path: PlanPath = ("alerts", "routes", index)
        yield from _known_indicators(route.indicators, plan, (*path, "indicators"))
        for part, named, known in (("owners", route.owners, owners), ("objectives", route.objectives, served)):
            for at, name in enumerate(named):
                if name not in known:
                    yield Finding(
                        (*path, part, at), f"no indicator has the {part[:-1]} '{name}'", suggest(name, sorted(known))
                    )
    for index, mute in enumerate(plan.alerts.mute):
        yield from _known_indicators(mute.indicators, plan, ("alerts", "mute", index, "indicators"))


def _known_indicators(names: tuple[str, ...], plan: Plan, path: PlanPath) -> Iterator[Finding]:
    for index, name in enumerate(names):
        if name not in plan.indicators:
            yield Finding((*path, index), f"no indicator is called '{name}'", suggest(name, plan.indicators))


def _activity(activity: Activity, plan: Plan, path: PlanPath) -> Iterator[Finding]:
    yield from _known_indicators(activity.indicators, plan, (*path, "indicators"))
    yield from _known_indicators(activity.controls, plan, (*path, "controls"))
    periods = {plan.indicators[name].period: name for name in activity.indicators if name in plan.indicators}
    for index, name in enumerate(activity.controls):
        if name in activity.indicators:
            do = "take it out of one of the two: a control is an indicator that the activity could not have moved"
            yield Finding(
                (*path, "controls", index), f"'{name}' is both what the activity was meant to move and its control", do
            )
        elif name in plan.indicators and any(period != plan.indicators[name].period for period in periods):
            other = next(period for period in periods if period != plan.indicators[name].period)
            what = f"'{name}' is counted by {plan.indicators[name].period} and '{periods[other]}' by {other}"
            yield Finding(
                (*path, "controls", index), what, f"name a control that is counted by {other}, or leave it out"
            )


def _break(found: DeclaredBreak, plan: Plan, sources: Mapping[str, Source], path: PlanPath) -> Iterator[Finding]:
    yield from _known_indicators(found.indicators, plan, (*path, "indicators"))
    if found.splice is None or not found.splice.overlap or found.indicators[0] not in plan.indicators:
        return
    indicator = plan.indicators[found.indicators[0]]
    if indicator.kind == "rate":
        yield Finding(
            (*path, "splice"),
            "a rate is not spliced by an overlap",
            "give the 'factor', or make indicators of its numerator and its denominator",
        )
    for index, measure in enumerate(found.splice.overlap):
        yield from _measure(indicator, measure, sources, (*path, "splice", "overlap", index))


def _measure(
    indicator: Indicator, measure: Measure, sources: Mapping[str, Source], path: PlanPath
) -> Iterator[Finding]:
    if measure.source not in sources:
        yield Finding((*path, "source"), f"no source is called '{measure.source}'", suggest(measure.source, sources))
        return
    metrics = {metric.name: metric for metric in sources[measure.source].metrics()}
    if measure.metric not in metrics:
        what = f"the source '{measure.source}' has no metric '{measure.metric}'"
        yield Finding((*path, "metric"), what, suggest(measure.metric, metrics))
        return
    yield from _adds_up(indicator, measure, metrics[measure.metric], (*path, "metric"))


def _adds_up(indicator: Indicator, measure: Measure, metric: Metric, path: PlanPath) -> Iterator[Finding]:
    name, how = metric.name, indicator.days_to_period
    if metric.kind == "distinct" and how == "sum":
        do = "count something that adds up (visits, page views), or take the mean or the maximum of a stock"
        yield Finding(path, f"'{name}' counts each person once, so its days do not add up", do)
    if metric.kind == "flow" and indicator.kind == "stock":
        yield Finding(path, f"'{name}' is counted per day and is not a level", "write 'kind: flow' for this indicator")
    if metric.kind == "reading" and indicator.kind == "flow" and is_percent(metric.unit):
        yield Finding(path, f"'{name}' is a share in per cent, which does not add up over days", "write 'kind: stock'")
    if metric.kind == "reading" and indicator.kind == "rate" and how == "sum":
        yield Finding(
            path, f"'{name}' is a level, so its days do not add up", "write 'aggregate: mean' or 'aggregate: last'"
        )
    if metric.over_days and how not in metric.over_days:
        kind = "" if indicator.kind in {"stock", "rate"} else "'kind: stock' and "
        ways = " or ".join(f"'aggregate: {way}'" for way in metric.over_days)
        yield Finding(path, f"the {how} of '{name}' does not describe a period", f"write {kind}{ways}")
    if not metric.additive_over_entities and len(measure.entities) > 1 and indicator.over_entities == "sum":
        do = "name one entity, or make an indicator for each"
        yield Finding((*path[:-1], "entities"), f"'{name}' does not add up over {len(measure.entities)} entities", do)


def _aggregate(indicator: Indicator, path: PlanPath) -> Iterator[Finding]:
    how = indicator.days_to_period
    if indicator.kind == "flow" and how != "sum":
        yield Finding(
            (*path, "aggregate"),
            f"a flow adds up and has no '{how}'",
            "leave 'aggregate' out, or write 'kind: stock' for a level",
        )
    if indicator.kind == "stock" and how == "sum":
        yield Finding((*path, "aggregate"), "a level does not add up over days", "write 'aggregate: last', mean or max")


def _sample(indicator: Indicator, plan: Plan, sources: Mapping[str, Source], path: PlanPath) -> Iterator[Finding]:
    if indicator.kind != "flow" or indicator.over_entities != "sum":
        yield Finding(
            (*path, "sample"),
            "counted weeks can only stand for a sum over weeks and entities",
            "leave 'sample' out, or write 'kind: flow'",
        )
    if indicator.period not in {"quarter", "year"}:
        yield Finding(
            (*path, "period"),
            f"sample weeks stand for a year or a quarter, not for a {indicator.period}",
            "write 'period: year'",
        )
    for index, measure in enumerate(indicator.of):
        span = getattr(plan.sources.get(measure.source), "period", None)
        if span in {"month", "quarter", "year"}:
            what = f"the source '{measure.source}' counts by {span}, which does not show a counted week"
            yield Finding((*path, "of", index, "source"), what, "deliver it by day or by week, or leave 'sample' out")
        metrics = (
            {metric.name: metric for metric in sources[measure.source].metrics()} if measure.source in sources else {}
        )
        if measure.metric in metrics and metrics[measure.metric].absent == "zero":
            yield Finding(
                (*path, "of", index, "metric"),
                f"'{measure.metric}' counts items, and all of them are known",
                "leave 'sample' out",
            )
