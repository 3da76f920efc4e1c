"""Attainable: what the target asks for a year beside what past years brought, and whether it asks for anything at all."""

from collections.abc import Iterator
from statistics import mean

from plan.smart.calendar_periods import DAYS_A_YEAR, PERIODS_A_YEAR, add_days, count_noun, period_end, whole_periods
from plan.smart.case import Advice, Case
from plan.smart.required_change import (
    RequiredChange,
    format_value,
    plan_value,
    required_change,
    round_easier,
    yearly_levels,
    years_left,
)
from plan.target import Target

SHARES = {"%", "per cent", "percent", "percentage", "pct"}
LEAST_CHANGES = 2


def check_attainable(case: Case) -> Iterator[Advice]:
    """A target's value, held against its limits and the indicator's past."""
    target = case.indicator.target
    if target is None or target.due < case.today:
        return
    limits = list(_limits(case, target))
    yield from limits
    if not limits and target.value is not None:
        yield from _past(case, target, target.value)


def is_share(case: Case) -> bool:
    return case.indicator.unit.strip().lower() in SHARES


def _limits(case: Case, target: Target) -> Iterator[Advice]:
    asked = target.value if target.value is not None else target.band.high if target.band else 0.0
    least = target.value if target.value is not None else target.band.low if target.band else 0.0
    path = (*case.target_path, "value" if target.band is None else "band")
    if is_share(case) and case.indicator.kind == "rate" and abs(asked) > 1:
        what = f"a rate is its numerator over its denominator, so {asked:g} per cent of it are {asked / 100:g}"
        yield Advice(
            "attainable",
            path,
            what,
            f"write {asked / 100:g} for {asked:g}, and a unit that says of what, such as 'loans per visit'",
        )
    elif is_share(case) and asked > 100:
        yield Advice(
            "attainable", path, f"a share cannot pass 100 per cent, and {asked:g} is asked for", "write 100 or less"
        )
    if (
        target.limit is not None
        and target.value is not None
        and (target.value > target.limit if case.indicator.better == "up" else target.value < target.limit)
    ):
        yield Advice(
            "attainable",
            path,
            f"{target.value:g} lies beyond the limit {target.limit:g} that the target itself names",
            f"write {target.limit:g} or mend 'limit'",
        )
    if (
        least < 0
        and case.indicator.kind != "rate"
        and all(metric.minimum is not None and metric.minimum >= 0 for _, _, metric in case.measures())
    ):
        yield Advice(
            "attainable", path, f"the figure cannot fall below 0, and {least:g} is asked for", "write 0 or more"
        )


def _past(case: Case, target: Target, value: float) -> Iterator[Advice]:
    values, period = case.values, case.indicator.period
    levels = yearly_levels(values, period)
    if len(levels) <= LEAST_CHANGES:
        met = _met(case, target, value, levels)
        yield from met
        if not met:
            what = f"whether this is attainable cannot be said yet: {count_noun(len(levels), 'whole year')} of figures, and it takes {LEAST_CHANGES + 1}"
            yield Advice(
                "attainable",
                (*case.target_path, "value"),
                what,
                "collect what there is of the past with 'kmi run'",
                judged=False,
            )
        return
    total = _in_total(case, target)
    years = years_left(values[-1].end, target.due, "year" if target.over == "year" else period)
    asked = required_change(
        [level * total for level in levels], value, years, up=case.indicator.better == "up", points=is_share(case)
    )
    yield from _met(case, target, value, levels, asked) or _too_much(case, target, asked)


def _met(
    case: Case, target: Target, value: float, levels: list[float], asked: RequiredChange | None = None
) -> list[Advice]:
    """No stretch: the baseline, or every period of the newest year, meets the target already."""
    period, up, path = case.indicator.period, case.indicator.better == "up", (*case.target_path, "value")
    total = _in_total(case, target)
    newest = (
        []
        if not levels
        else [levels[-1]]
        if target.over == "year"
        else [one.value for one in case.values[-PERIODS_A_YEAR[period] :]]
    )
    base = _baseline_value(case, target)

    def meets(level: float) -> bool:
        return level * total >= value if up else level * total <= value

    if base is not None and meets(base):
        what = f"the baseline, {format_value(base * total)}, meets the target already"
    elif (
        newest and all(meets(level) for level in newest) and not (asked and asked.best <= 0)
    ):  # to hold what only ever fell asks for something
        what = f"every {period} of its newest year meets the target already"
    else:
        return []
    beyond = round_easier(
        _stretch(asked) if asked else (levels[-1] if levels else base or 0.0) * total * (1.05 if up else 0.95),
        up=not up,
    )
    if is_share(case) and up and beyond >= 100:
        return [Advice("attainable", path, what, "keep it up with 'better: band' and a 'band' that ends at 100")]
    return [
        Advice(
            "attainable", path, what, f"write a value that asks for something, such as 'value: {plan_value(beyond)}'"
        )
    ]


def _in_total(case: Case, target: Target) -> int:
    """How many average periods the target's value is made of."""
    return PERIODS_A_YEAR[case.indicator.period] if target.over == "year" and case.indicator.kind == "flow" else 1


def _stretch(asked: RequiredChange) -> float:
    """What the mean past change reaches in time, and 3 % a year at least."""
    least = 0.03 if asked.relative else abs(asked.level) * 0.03
    return asked.value_after(min(max(mean(asked.past), least), max(asked.best, least)))


def _baseline_value(case: Case, target: Target) -> float | None:
    """The mean of the baseline's periods, if every one of them is known; what the plan itself gives is checked elsewhere."""
    base = target.baseline
    if base is None or base.value is not None:
        return None
    inside = [one.value for one in case.values if one.start >= base.from_ and one.end <= add_days(base.to, 1)]
    return mean(inside) if inside and len(inside) == whole_periods(case.indicator.period, base.from_, base.to) else None


def _too_much(case: Case, target: Target, asked: RequiredChange) -> Iterator[Advice]:
    """More a year than would happen once in twenty if the years left are like the past ones."""
    needed, best, number, path = asked.needed, asked.best, len(asked.past), (*case.target_path, "value")
    if needed <= 0 or needed <= asked.upper_bound:
        return
    says = f"it needs {_change(case, asked, needed)} a year"
    if best <= 0:
        what = f"{says}; it moved that way in none of its {count_noun(number, 'past yearly change')}"
    elif needed > best:
        times = needed / best
        often = f"{times:.0f} times" if times >= 1.95 else f"{times:.1f} times"
        what = f"{says}; its best year in {number} was {_change(case, asked, best)}: it needs {often} its best year, every year until {target.due}"
    else:
        low, high = min(asked.past), max(asked.past)
        what = (
            f"{says} for {asked.years:.0f} years running; its {number} yearly changes were {_change(case, asked, mean(asked.past))} on average, "
            f"from {_change(case, asked, low)} to {_change(case, asked, high)}"
        )
    yield Advice("attainable", path, what, _instead(case, target, asked))


def _instead(case: Case, target: Target, asked: RequiredChange) -> str:
    """The value that can be asked for by the due date, or the day on which the target can be."""
    rate = asked.attainable_rate
    if rate <= 0:
        return f"write 'value: {plan_value(asked.level)}' to hold what there is, and plan first what will turn it"
    value, years = round_easier(asked.value_after(rate), up=asked.sign > 0), asked.years_needed()
    period = "month" if case.indicator.period in ("day", "week") else case.indicator.period
    late = (
        f" or 'due: {period_end(period, add_days(target.due, round((years - asked.years) * DAYS_A_YEAR)))}'"
        if years
        else ""
    )
    return f"write 'value: {plan_value(value)}', which {_change(case, asked, rate)} a year would reach,{late}".rstrip(
        ","
    )


def _change(case: Case, asked: RequiredChange, rate: float) -> str:
    """A yearly change in the wanted direction, with its sign as people read it."""
    signed = asked.sign * rate
    if asked.relative:
        return f"{100 * signed:+.0f} %" if abs(signed) >= 0.0995 else f"{100 * signed:+.1f} %"
    return f"{'+' if signed > 0 else ''}{format_value(signed)} {'points' if is_share(case) else case.indicator.unit}"
