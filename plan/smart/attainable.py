"""Attainable: the change that a target requires, compared with past years."""

from collections.abc import Iterator
from statistics import mean

from plan.percent_unit import PERCENT_WORDS
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

LEAST_CHANGES = 2


def check_attainable(case: Case) -> Iterator[Advice]:
    """A target's value, compared with its limits and the indicator's past."""
    target = case.indicator.judged_target
    if target is None or target.due < case.today:
        return
    limits = list(_limits(case, target))
    yield from limits
    if not limits and target.value is not None:
        yield from _past(case, target, target.value)


def is_share(case: Case) -> bool:
    return case.indicator.unit.strip().lower() in PERCENT_WORDS


def _limits(case: Case, target: Target) -> Iterator[Advice]:
    greatest = target.value if target.value is not None else target.band.high if target.band else 0.0
    least = target.value if target.value is not None else target.band.low if target.band else 0.0
    path = (*case.target_path, "value" if target.band is None else "band")
    if is_share(case) and case.indicator.kind == "rate" and abs(greatest) > 1:
        what = f"a rate is its numerator over its denominator, so {greatest:g} per cent of it are {greatest / 100:g}"
        do = f"write {greatest / 100:g} for {greatest:g}, and a unit that says of what, such as 'loans per visit'"
        yield Advice("attainable", path, what, do)
    elif is_share(case) and greatest > 100:
        what = f"a share cannot pass 100 per cent, and {greatest:g} is asked for"
        yield Advice("attainable", path, what, "write 100 or less")
    if target.limit is not None and target.value is not None:
        up = case.indicator.better == "up"
        if target.value > target.limit if up else target.value < target.limit:
            what = f"{target.value:g} lies beyond the limit {target.limit:g} that the target itself names"
            yield Advice("attainable", path, what, f"write {target.limit:g} or correct 'limit'")
    if least < 0 and case.indicator.kind != "rate" and _never_negative(case):
        what = f"the figure cannot fall below 0, and {least:g} is asked for"
        yield Advice("attainable", path, what, "write 0 or more")


def _never_negative(case: Case) -> bool:
    return all(metric.minimum is not None and metric.minimum >= 0 for _, _, metric in case.measures())


def _past(case: Case, target: Target, value: float) -> Iterator[Advice]:
    """Advice from past years; without enough of them, that the target cannot be judged yet."""
    values, period = case.values, case.indicator.period
    levels = yearly_levels(values, period)
    if len(levels) <= LEAST_CHANGES:
        yield from _met(case, target, value, levels) or [_too_few_years(case, len(levels))]
        return
    total = _in_total(case, target)
    years = years_left(values[-1].end, target.due, "year" if target.over == "year" else period)
    up, points = case.indicator.better == "up", is_share(case)
    change = required_change([level * total for level in levels], value, years, up=up, points=points)
    yield from _met(case, target, value, levels, change) or _too_much(case, target, change)


def _too_few_years(case: Case, number: int) -> Advice:
    years = count_noun(number, "whole year")
    what = f"whether this is attainable is not known yet: {years} of figures, and {LEAST_CHANGES + 1} are needed"
    do = "collect what there is of the past with 'kmi run'"
    return Advice("attainable", (*case.target_path, "value"), what, do, judged=False)


def _met(
    case: Case, target: Target, value: float, levels: list[float], change: RequiredChange | None = None
) -> list[Advice]:
    """Advice if the baseline, or every period of the newest year, meets the target already."""
    period, up, path = case.indicator.period, case.indicator.better == "up", (*case.target_path, "value")
    total, base = _in_total(case, target), _baseline_value(case, target)

    def meets(level: float) -> bool:
        return level * total >= value if up else level * total <= value

    newest = levels[-1:]
    if levels and target.over != "year":
        newest = [one.value for one in case.values[-PERIODS_A_YEAR[period] :]]
    only_fell = change is not None and change.best <= 0  # then to keep the level requires something
    if base is not None and meets(base):
        what = f"the baseline, {format_value(base * total)}, meets the target already"
    elif newest and all(meets(level) for level in newest) and not only_fell:
        what = f"every {period} of its newest year meets the target already"
    else:
        return []
    level = levels[-1] if levels else base or 0.0
    beyond = round_easier(_stretch(change) if change else level * total * (1.05 if up else 0.95), up=not up)
    if is_share(case) and up and beyond >= 100:
        do = "keep it up with 'better: band' and a 'band' that ends at 100"
    else:
        do = f"write a value that requires a change, such as 'value: {plan_value(beyond)}'"
    return [Advice("attainable", path, what, do)]


def _in_total(case: Case, target: Target) -> int:
    """The number of average periods that the target's value is the sum of."""
    return PERIODS_A_YEAR[case.indicator.period] if target.over == "year" and case.indicator.kind == "flow" else 1


def _stretch(change: RequiredChange) -> float:
    """The value that the mean past change, and at least 3 % a year, reaches in time."""
    least = 0.03 if change.relative else abs(change.level) * 0.03
    return change.value_after(min(max(mean(change.past), least), max(change.best, least)))


def _baseline_value(case: Case, target: Target) -> float | None:
    """The mean of the baseline's periods, if all are known; None if the plan gives a value."""
    base = target.baseline
    if base is None or base.value is not None:
        return None
    inside = [one.value for one in case.values if one.start >= base.from_ and one.end <= add_days(base.to, 1)]
    return mean(inside) if inside and len(inside) == whole_periods(case.indicator.period, base.from_, base.to) else None


def _too_much(case: Case, target: Target, change: RequiredChange) -> Iterator[Advice]:
    """Advice if the target requires more than past years make likely."""
    needed, best, number, path = change.needed, change.best, len(change.past), (*case.target_path, "value")
    if needed <= 0 or needed <= change.upper_bound:
        return
    needs = f"it needs {_change_text(case, change, needed)} a year"
    if best <= 0:
        what = f"{needs}; it moved that way in none of its {count_noun(number, 'past yearly change')}"
    elif needed > best:
        times = needed / best
        often = f"{times:.0f} times" if times >= 1.95 else f"{times:.1f} times"
        record = f"its best year in {number} was {_change_text(case, change, best)}"
        what = f"{needs}; {record}: it needs {often} its best year, every year until {target.due}"
    else:
        average, low, high = (
            _change_text(case, change, rate) for rate in (mean(change.past), min(change.past), max(change.past))
        )
        past = f"its {number} yearly changes were {average} on average, from {low} to {high}"
        what = f"{needs} for {change.years:.0f} years running; {past}"
    yield Advice("attainable", path, what, _instead(case, target, change))


def _instead(case: Case, target: Target, change: RequiredChange) -> str:
    """The value that is attainable by the due date, or the day by which the target is."""
    rate = change.attainable_rate
    if rate <= 0:
        return f"write 'value: {plan_value(change.level)}' to keep the present level, and first plan what will turn it"
    value, years = round_easier(change.value_after(rate), up=change.sign > 0), change.years_needed()
    period = "month" if case.indicator.period in ("day", "week") else case.indicator.period
    advice = f"write 'value: {plan_value(value)}', which {_change_text(case, change, rate)} a year would reach"
    if not years:
        return advice
    due = add_days(target.due, round((years - change.years) * DAYS_A_YEAR))
    return f"{advice}, or 'due: {period_end(period, due)}'"


def _change_text(case: Case, change: RequiredChange, rate: float) -> str:
    """A yearly change with its sign, for people; ``rate`` is positive in the wanted direction."""
    signed = change.sign * rate
    if change.relative:
        return f"{100 * signed:+.0f} %" if abs(signed) >= 0.0995 else f"{100 * signed:+.1f} %"
    return f"{'+' if signed > 0 else ''}{format_value(signed)} {'points' if is_share(case) else case.indicator.unit}"
