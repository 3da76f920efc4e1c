"""What makes no sense in a plan although each part of it is well-formed."""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches

from plan.breaks import DeclaredBreak
from plan.model import Activity, Indicator, Plan
from plan.parts import Measure
from plan.target import Target
from sources.contract import Metric, Source

PlanPath = tuple[str | int, ...]
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem at a place in the plan, and what to write instead."""

    path: PlanPath
    what: str
    do: str


def check_consistency(plan: Plan, sources: Mapping[str, Source]) -> Iterator[Finding]:
    """Every problem, in the order of the plan."""
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
                _near(indicator.objective, plan.objectives),
            )
        if indicator.target is not None:
            yield from _target(indicator, indicator.target, (*path, "target"))
            yield from _path(indicator, indicator.target, (*path, "target", "path"))
            if indicator.target.over == "year":
                yield from _year(indicator, indicator.target, (*path, "target"))
    for name, activity in plan.activities.items():
        yield from _activity(activity, plan, ("activities", name))
    for index, found in enumerate(plan.breaks):
        yield from _break(found, plan, sources, ("breaks", index))
    yield from _alerts(plan)


def _alerts(plan: Plan) -> Iterator[Finding]:
    """Names in the routes and the quiet days that nothing in the plan bears: such a route would never tell anyone."""
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
                        (*path, part, at), f"no indicator has the {part[:-1]} '{name}'", _near(name, sorted(known))
                    )
    for index, mute in enumerate(plan.alerts.mute):
        yield from _known_indicators(mute.indicators, plan, ("alerts", "mute", index, "indicators"))


def _near(word: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(word, names, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(names) or 'none'}"


def _known_indicators(names: tuple[str, ...], plan: Plan, path: PlanPath) -> Iterator[Finding]:
    for index, name in enumerate(names):
        if name not in plan.indicators:
            yield Finding((*path, index), f"no indicator is called '{name}'", _near(name, plan.indicators))


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
        yield Finding((*path, "source"), f"no source is called '{measure.source}'", _near(measure.source, sources))
        return
    metrics = {metric.name: metric for metric in sources[measure.source].metrics()}
    if measure.metric not in metrics:
        what = f"the source '{measure.source}' has no metric '{measure.metric}'"
        yield Finding((*path, "metric"), what, _near(measure.metric, metrics))
        return
    yield from _adds_up(indicator, measure, metrics[measure.metric], (*path, "metric"))


def _adds_up(indicator: Indicator, measure: Measure, metric: Metric, path: PlanPath) -> Iterator[Finding]:
    name, how = metric.name, indicator.days_to_period
    if metric.kind == "distinct" and how == "sum":
        do = "count something that adds up (visits, page views), or take the mean or the maximum of a stock"
        yield Finding(path, f"'{name}' counts each person once, so its days do not add up", do)
    if metric.kind == "flow" and indicator.kind == "stock":
        yield Finding(path, f"'{name}' is counted per day and is no level", "write 'kind: flow' for this indicator")
    if metric.kind == "reading" and indicator.kind == "rate" and how == "sum":
        yield Finding(
            path, f"'{name}' is a level, so its days do not add up", "write 'aggregate: mean' or 'aggregate: last'"
        )
    if not metric.additive_over_entities and len(measure.entities) > 1:
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
            what = f"the source '{measure.source}' counts by {span}, and a counted week cannot be told from it"
            yield Finding((*path, "of", index, "source"), what, "deliver it by day or by week, or leave 'sample' out")
        metrics = (
            {metric.name: metric for metric in sources[measure.source].metrics()} if measure.source in sources else {}
        )
        if measure.metric in metrics and metrics[measure.metric].absent == "zero":
            yield Finding(
                (*path, "of", index, "metric"),
                f"'{measure.metric}' counts items, of which all are known",
                "leave 'sample' out",
            )


def _target(indicator: Indicator, target: Target, path: PlanPath) -> Iterator[Finding]:
    base = target.baseline.value if target.baseline else None
    if target.value is None or base is None:
        return
    if target.path == "geometric" and (base == 0 or target.value == 0 or (base < 0) != (target.value < 0)):
        do = "write 'path: linear'"
        yield Finding(
            (*path, "path"),
            f"a geometric path cannot lead from {base:g} to {target.value:g}: both must have one sign and neither be 0",
            do,
        )
    wrong_way = target.value <= base if indicator.better == "up" else target.value >= base
    if indicator.better != "band" and wrong_way:
        what = f"'better: {indicator.better}' but the target {target.value:g} does not lie that way from the baseline {base:g}"
        yield Finding((*path, "value"), what, "mend 'better', the target's value or its baseline")


def _path(indicator: Indicator, target: Target, path: PlanPath) -> Iterator[Finding]:
    if target.path != "seasonal":
        return
    if indicator.kind == "stock":
        yield Finding(path, "a level is not shared out over the seasons", "write 'path: linear'")
    elif indicator.period == "year":
        yield Finding(path, "a whole year has no season", "write 'path: linear', or a shorter 'period'")
    if target.rule != "pace":
        yield Finding(
            path, f"the rule '{target.rule}' does not look at the season", "write 'rule: pace', or leave 'path' out"
        )


def _year(indicator: Indicator, target: Target, path: PlanPath) -> Iterator[Finding]:
    over = (*path, "over")
    if indicator.kind == "stock":
        yield Finding(over, "a level does not add up over a year", "leave 'over' out: the level on the due day counts")
    elif indicator.kind == "rate" and indicator.days_to_period != "sum":
        yield Finding(
            over,
            f"a '{indicator.days_to_period}' does not add up over a year",
            "write 'aggregate: sum', or leave 'over' out",
        )
    if indicator.period == "week":
        yield Finding(over, "a week belongs to two years", "write 'period: month' or 'period: day'")
    elif indicator.period == "year":
        yield Finding(
            over, "a year is one period here", "leave 'over' out, or write 'period: month' to see how the year goes on"
        )
    if target.rule != "pace":
        yield Finding(
            over,
            f"the rule '{target.rule}' compares whole years",
            "write 'period: year' and leave 'over' out, or write 'rule: pace'",
        )
    yield from _year_ends(indicator, target, path)


def _year_ends(indicator: Indicator, target: Target, path: PlanPath) -> Iterator[Finding]:
    """The year ends with a month, or a quarter, and so does its baseline, which lies before it and is of whole years."""
    months, name = (3, "quarter") if indicator.period == "quarter" else (1, "month")
    ends = _month_end(target.due, months)
    if target.due != ends:
        yield Finding(
            (*path, "due"),
            f"the year that ends on {target.due} cuts a {name} in two",
            f"write {ends}, the last day of a {name}",
        )
    begins = date(ends.year, 1, 1) if ends.month == 12 else date(ends.year - 1, ends.month + 1, 1)
    base = target.baseline
    if base is None:
        return
    if base.to >= begins:
        what = f"the baseline ends on {base.to}, within the year that is judged, which begins on {begins}"
        yield Finding((*path, "baseline", "to"), what, f"write {begins - ONE_DAY} or an earlier day")
    after = base.to + ONE_DAY
    if base.value is None and ((after.month, after.day) != (base.from_.month, base.from_.day) or after.day != 1):
        what = f"a year is compared with whole years, and {base.from_} to {base.to} is none"
        yield Finding(
            (*path, "baseline"),
            what,
            "write the first and the last day of one or more years, or the year's total as 'value'",
        )


def _month_end(day: date, months: int) -> date:
    """Last day of the month of ``day``, or of its quarter for ``months`` 3."""
    last = day.month + (-day.month) % months
    return date(day.year, last, monthrange(day.year, last)[1])
