"""Specific: one indicator is one figure in one unit, and none contradicts another."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from plan.model import Indicator, Plan
from plan.percent_unit import is_percent
from plan.positions import PlanPath
from plan.smart.case import Advice, Case
from plan.target import Target

EMPTY_UNITS = {
    "n", "no", "nr", "number", "numbers", "count", "counts", "value", "values", "unit", "units", "total",
    "amount", "figure", "figures",
}  # fmt: skip
EMPTY_TITLE = re.compile(
    r"^\W*(kpi|indicator|measure|metric|title|todo|tbd|yes|no|on|off|none|test)?\W*\d*\W*$", re.IGNORECASE
)
CONJUNCTION = re.compile(r"\s*(?:\b(?:and|und|et|y|plus)\b|&|\+|/)\s*", re.IGNORECASE)
COUNTED_THINGS = {
    "attendances", "bookings", "borrowers", "clicks", "comments", "downloads", "enquiries", "events",
    "followers", "likes", "loans", "members", "page views", "questions", "renewals", "searches", "sessions",
    "shares", "subscribers", "users", "views", "visitors", "visits",
}  # fmt: skip
"""What libraries count, as titles name it."""
SAME_THINGS = (
    {"visits", "sessions", "visitors"},
    {"followers", "follows", "subscribers", "fans"},
    {"users", "people", "visitors", "accounts"},
    {"requests", "downloads", "articles", "uses"},
    {"opens", "openings"},
)
"""Units that mean nearly the same."""
WIDE_UNITS = {
    "passages",
    "readings",
    "items",
    "records",
    "things",
    "events",
    "people",
    "entries",
    "actions",
    "engagements",
    "counts",
    "points",
}
"""Units of metrics that an indicator may name more closely."""


def check_specific(case: Case) -> Iterator[Advice]:
    """Whether the indicator has a title, a unit and measures that say what is counted."""
    yield from _title(case)
    yield from _unit(case)
    yield from _share(case)
    for part in ("of", "numerator", "denominator"):
        yield from _one_unit(case, part)
        yield from _counted_once(case, part)


def _title(case: Case) -> Iterator[Advice]:
    title, path = case.indicator.title, (*case.path, "title")
    if EMPTY_TITLE.match(title):
        yield Advice(
            "specific",
            path,
            f"the title '{title}' does not say what is counted",
            f"write what and where, such as '{_of_library(case)}'",
        )
        return
    named = _two_things(title, _known_units(case.plan))
    if named:
        titles = " and ".join(repr(one.capitalize()) for one in named)
        do = f"make one indicator for each, with its own unit and target: {titles}"
        yield Advice("specific", path, f"the title names two things: '{named[0]}' and '{named[1]}'", do)


def _of_library(case: Case) -> str:
    _, measure, metric = next(case.measures())
    where = ", ".join(measure.entities) or "the library"
    return f"{metric.unit.capitalize()} of {where}"


def _known_units(plan: Plan) -> set[str]:
    return COUNTED_THINGS | {indicator.unit.lower() for indicator in plan.indicators.values()}


def _two_things(title: str, units: set[str]) -> tuple[str, str] | None:
    """Two things that can be counted, on both sides of an 'and'."""
    sides = [side.lower() for side in CONJUNCTION.split(title)]
    for left, right in pairwise(sides):
        one = next(
            (unit for unit in sorted(units, key=len, reverse=True) if re.search(rf"\b{re.escape(unit)}$", left)), None
        )
        other = next(
            (unit for unit in sorted(units, key=len, reverse=True) if re.match(rf"{re.escape(unit)}\b", right)), None
        )
        if one and other and one != other:
            return one, other
    return None


def _share(case: Case) -> Iterator[Advice]:
    """A target of 0.9 where the unit is per cent."""
    target = case.indicator.judged_target
    if target is not None and target.value is not None and 0 < target.value <= 1 and is_percent(case.indicator.unit):
        what = f"{target.value:g} per cent is asked for, at most one in a hundred"
        do = f"write {target.value * 100:g} if that share is meant"
        yield Advice("specific", (*case.target_path, "value"), what, do)


def _unit(case: Case) -> Iterator[Advice]:
    unit = case.indicator.unit
    units = list(dict.fromkeys(metric.unit for _, _, metric in case.measures()))
    if not re.search(r"[^\W\d_]|%", unit) or unit.strip().lower().rstrip(".") in EMPTY_UNITS:
        write = " per ".join(units[:2]) if case.indicator.kind == "rate" else units[0]
        yield Advice(
            "specific",
            (*case.path, "unit"),
            f"the unit '{unit}' does not say what is counted",
            f"write 'unit: {write}'",
        )
    elif len(units) == 1 and case.indicator.kind != "rate" and _is_of_another(unit, units[0], case):
        what = f"the unit is '{unit}', and the metric counts '{units[0]}'"
        yield Advice("specific", (*case.path, "unit"), what, f"write 'unit: {units[0]}', or choose another metric")


def _is_of_another(unit: str, counted: str, case: Case) -> bool:
    """Whether a unit names another thing than what is counted, and not the same in other or closer words."""
    mine, other = unit.lower(), counted.lower()
    if is_percent(unit) != is_percent(counted):
        return True
    known = COUNTED_THINGS | {metric.unit.lower() for source in case.sources.values() for metric in source.metrics()}
    alike = any({mine, other} <= group for group in SAME_THINGS)
    return mine in known and other not in WIDE_UNITS and not set(mine.split()) & set(other.split()) and not alike


def _one_unit(case: Case, part: str) -> Iterator[Advice]:
    first = None
    for path, measure, metric in case.measures():
        if path[2] != part:
            continue
        first = first or (measure, metric)
        if metric.unit != first[1].unit:
            added = f"'{metric.name}' ({metric.unit}) is added to '{first[1].name}' ({first[1].unit})"
            what = f"{added}: two units in one number"
            do = f"make a separate indicator for '{measure.metric}', with 'unit: {metric.unit}'"
            yield Advice("specific", (*path, "metric"), what, do)


def _counted_once(case: Case, part: str) -> Iterator[Advice]:
    measures = getattr(case.indicator, part)
    for number, measure in enumerate(measures):
        for other in measures[:number]:
            same = (measure.source, measure.metric) == (other.source, other.metric)
            both = sorted(set(measure.entities) & set(other.entities))
            if same and (both or not measure.entities or not other.entities):
                what = f"'{measure.metric}' of {', '.join(both) or 'some entities'} is counted twice"
                do = f"leave this measure out, or name in 'entities' only what '{part}' does not include yet"
                yield Advice("specific", (*case.path, part, number), what, do)
                break


def check_contradictions(plan: Plan) -> Iterator[Advice]:
    """Targets for the same figure that cannot all be meant."""
    judged = [
        (name, indicator, indicator.judged_target)
        for name, indicator in plan.indicators.items()
        if indicator.judged_target is not None
    ]
    for number, (name, indicator, target) in enumerate(judged):
        for other_name, other, other_target in judged[:number]:
            if _figure(indicator) == _figure(other):
                yield from _contradiction((name, indicator, target), (other_name, other, other_target))


def _figure(indicator: Indicator) -> tuple[object, ...]:
    """The same for indicators that measure the same."""
    parts = (
        tuple(sorted((m.source, m.metric, tuple(sorted(m.entities))) for m in measures))
        for measures in (indicator.of, indicator.numerator, indicator.denominator)
    )
    return (indicator.kind, indicator.days_to_period, indicator.over_entities, *parts)


Judged = tuple[str, Indicator, Target]


def _contradiction(one: Judged, other: Judged) -> Iterator[Advice]:
    (name, indicator, target), (other_name, other_indicator, other_target) = one, other
    path: PlanPath = ("indicators", name, "target")
    if {indicator.better, other_indicator.better} == {"up", "down"}:
        directions = f"'{other_indicator.better}' there and '{indicator.better}' here"
        what = f"the same figure as '{other_name}', but 'better' is {directions}"
        yield Advice("specific", ("indicators", name, "better"), what, f"keep one of '{name}' and '{other_name}'")
        return
    of_one_span = (indicator.period, target.over) == (other_indicator.period, other_target.over)
    if (
        of_one_span
        and target.value is not None
        and other_target.value is not None
        and target.value != other_target.value
    ):
        yield from _steps(
            path,
            indicator.better,
            sorted([(target.due, target.value, name), (other_target.due, other_target.value, other_name)]),
        )


def _steps(path: PlanPath, better: str, steps: Sequence[tuple[object, float, str]]) -> Iterator[Advice]:
    """Advice unless the later of two targets for the same figure requires more."""
    (due, value, name), (later, last, later_name) = steps
    asks_more = last > value if better == "up" else last < value
    if due == later:
        what = f"'{name}' and '{later_name}' ask for {value:g} and {last:g} of the same figure by {due}"
        yield Advice("specific", (*path, "value"), what, f"keep one of them, such as '{name}' with 'value: {value:g}'")
    elif not asks_more:
        earlier = f"'{name}' for {value:g} of the same figure by {due} already"
        what = f"'{later_name}' asks for {last:g} by {later}, and {earlier}"
        yield Advice(
            "specific",
            (*path, "value"),
            what,
            f"let the later one ask for more than {value:g}, or leave '{later_name}' out",
        )
