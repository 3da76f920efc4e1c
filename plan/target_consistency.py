"""Find what makes no sense in a target although each part of it is valid."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from plan.finding import Finding
from plan.model import Indicator
from plan.positions import PlanPath
from plan.target import Target

ONE_DAY = timedelta(days=1)


def check_target(indicator: Indicator, target: Target, path: PlanPath) -> Iterator[Finding]:
    """Every problem of a target and its indicator."""
    yield from _values(indicator, target, path)
    yield from _path(indicator, target, (*path, "path"))
    if target.over == "year":
        yield from _year(indicator, target, path)


def _values(indicator: Indicator, target: Target, path: PlanPath) -> Iterator[Finding]:
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
        more, less, side, other = ("more", "less", "above", "down")
        if indicator.better == "down":
            more, less, side, other = ("less", "more", "below", "up")
        what = f"{more} is better here, but the target {target.value:g} does not lie {side} the baseline {base:g}"
        do = f"correct the target or its baseline, or write 'better: {other}' if {less} of it is wanted"
        yield Finding((*path, "value"), what, do)


def _path(indicator: Indicator, target: Target, path: PlanPath) -> Iterator[Finding]:
    if target.path != "seasonal":
        return
    if indicator.kind == "stock":
        yield Finding(path, "a level is not divided among the seasons", "write 'path: linear'")
    elif indicator.period == "year":
        yield Finding(path, "a whole year has no season", "write 'path: linear', or a shorter 'period'")
    if target.rule != "pace":
        yield Finding(path, f"the rule '{target.rule}' ignores the season", "write 'rule: pace', or leave 'path' out")


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
            over,
            "a year is one period here",
            "leave 'over' out, or write 'period: month' to follow the year as it goes on",
        )
    if target.rule != "pace":
        yield Finding(
            over,
            f"the rule '{target.rule}' compares whole years",
            "write 'period: year' and leave 'over' out, or write 'rule: pace'",
        )
    yield from _year_ends(indicator, target, path)


def _year_ends(indicator: Indicator, target: Target, path: PlanPath) -> Iterator[Finding]:
    """The year ends with a month or quarter, and its baseline is whole years before it."""
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
        what = f"a year is compared with whole years, and {base.from_} to {base.to} is not made of whole years"
        yield Finding(
            (*path, "baseline"),
            what,
            "write the first and the last day of one or more years, or the year's total as 'value'",
        )


def _month_end(day: date, months: int) -> date:
    """Last day of the month of ``day``, or of its quarter for ``months`` 3."""
    last = day.month + (-day.month) % months
    return date(day.year, last, monthrange(day.year, last)[1])
