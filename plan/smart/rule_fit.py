"""Attainable by its rule: rules that give no verdict, or not the expected one."""

from collections.abc import Iterator

from plan.smart.calendar_periods import add_years
from plan.smart.case import Advice, Case
from plan.target import Target

GROWTH = ("statcan", "eurostat", "unsd")
"""Rules that use growth rates, which a zero or a change of sign does not have."""
WHOLE_YEARS = (*GROWTH, "sdsn")
"""Rules without a verdict until a year lies between the baseline and the current value."""
LEAST_YEARS, MOST_YEARS = 3, 5
"""The rule of Destatis uses the last three to five yearly changes."""


def check_rule_fit(case: Case) -> Iterator[Advice]:
    """Whether the rule that the target names fits the target."""
    target = case.indicator.judged_target
    if target is None or target.due < case.today or target.rule == "pace":
        return
    path = (*case.target_path, "rule")
    if target.band is not None:
        what = f"'{target.rule}' judges the way to a value, and a band has none: it is not used"
        yield Advice("attainable", path, what, "leave 'rule' out")
        return
    yield from _years(case, target, path)
    yield from _zero(target, path)
    yield from _time(case, target, path)
    if target.rule == "hp2030":
        what = (
            "'hp2030' tests a change against its standard error, and counted figures have none: "
            "it counts any change of 10 % as real, and ignores the due date"
        )
        if case.indicator.sample is None:
            yield Advice(
                "attainable",
                path,
                what,
                "write 'rule: pace', or keep it for figures that are estimated from a 'sample'",
            )


def _years(case: Case, target: Target, path: tuple[str | int, ...]) -> Iterator[Advice]:
    """The published rules were made for one figure a year.

    Using them with ``over: year`` is a fault of the plan.
    """
    if case.indicator.kind == "flow" and case.indicator.period != "year":
        period = case.indicator.period
        what = (
            f"'{target.rule}' was made for yearly figures: "
            f"it compares one {period} with the baseline's mean, so the season decides"
        )
        yield Advice("attainable", path, what, "write 'period: year' with values of a year, or 'rule: pace'")


def _zero(target: Target, path: tuple[str | int, ...]) -> Iterator[Advice]:
    base = target.baseline.value if target.baseline else None
    if target.rule not in GROWTH or target.value is None:
        return
    if base == 0 or target.value == 0:
        which = "baseline" if base == 0 else "target"
        so = (
            "puts 0.001 in its place, which decides the verdict"
            if target.rule == "statcan"
            else "then gives no verdict"
        )
        yield Advice(
            "attainable",
            path,
            f"a {which} of 0 has no growth rate: '{target.rule}' {so}",
            "write 'rule: sdsn', which takes straight lines",
        )
    elif base is not None and (base < 0) != (target.value < 0):
        what = f"from {base:g} to {target.value:g} there is no growth rate: '{target.rule}' cannot judge it"
        yield Advice("attainable", path, what, "write 'rule: sdsn', which takes straight lines")


def _time(case: Case, target: Target, path: tuple[str | int, ...]) -> Iterator[Advice]:
    if target.baseline is None:
        return
    base = target.baseline.to
    if target.rule in WHOLE_YEARS and target.due < add_years(base, 1):
        what = (
            f"'{target.rule}' gives no verdict in the first year after the baseline, "
            "and the target is due before that is over"
        )
        yield Advice("attainable", path, what, "write 'rule: pace'")
    elif target.rule == "destatis" and target.due < add_years(base, LEAST_YEARS):
        what = (
            f"'destatis' gives no verdict in the first {LEAST_YEARS} years after the baseline, "
            "and the target is due before they are over"
        )
        do = "write 'rule: sdsn', which gives a verdict after one year, or 'rule: pace'"
        yield Advice("attainable", path, what, do)
    elif target.rule == "destatis" and case.today > add_years(base, MOST_YEARS):
        what = f"'destatis' uses the last {MOST_YEARS} years, and the baseline ended on {base}"
        yield Advice("attainable", (*path[:-1], "baseline"), what, case.baseline_to_write())
