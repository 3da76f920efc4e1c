"""Time-bound: a comparable baseline, a due date, a review before it, and an owner."""

from collections.abc import Iterator
from datetime import date

from plan.smart.calendar_periods import (
    MONTHS,
    add_days,
    add_years,
    period_end,
    period_number,
    period_start,
    whole_periods,
)
from plan.smart.case import Advice, Case
from plan.target import Baseline, Target

NO_ONE = {"", "no", "none", "nobody", "no one", "n/a", "-", "?", "tbd", "todo", "yes", "unknown"}
OLD_YEARS, FAR_YEARS, NEAR_YEARS = 5, 10, 3


def check_time_bound(case: Case) -> Iterator[Advice]:
    """Whether the dates of a target can be judged, and who owns it."""
    target = case.indicator.target
    if target is None:
        return
    yield from _owner(case)
    if target.due < case.today:
        year = case.newest_year()
        start = f"'baseline: {{from: {year[0]}, to: {year[1]}}}' and " if year else ""
        do = f"set a new one, with {start}'due: {period_end('year', add_years(case.today, NEAR_YEARS - 1))}'"
        yield Advice("time-bound", (*case.target_path, "due"), f"it was due on {target.due}, which is past", do)
        return
    yield from _due(case, target)
    yield from _review(case, target)
    if target.baseline is not None:
        yield from _baseline(case, target, target.baseline)


def _owner(case: Case) -> Iterator[Advice]:
    owner = (case.indicator.owner or "").strip()
    if owner.lower() in NO_ONE:
        named = [(one.owner or "").strip() for one in case.plan.indicators.values()]
        others = [one for one in named if one.lower() not in NO_ONE]
        example = others[0] if others else "Head of user services"
        do = f"write 'owner:' and the job title that is responsible, such as '{example}'"
        what = f"the owner '{owner}' is nobody" if owner else "it has no owner"
        yield Advice("time-bound", case.path, f"{what}, so no one is responsible for it", do)


def _due(case: Case, target: Target) -> Iterator[Advice]:
    path, period = (*case.target_path, "due"), case.indicator.period
    ends = period_end(period, target.due)
    before = add_days(period_start(period, period_number(period, target.due)), -1)
    if target.due > add_years(case.today, FAR_YEARS):
        near = period_end("year", add_years(case.today, OLD_YEARS))
        what = f"it is due on {target.due}, more than {FAR_YEARS} years from now: no one will be held to it"
        yield Advice("time-bound", path, what, f"write 'due: {near}' and the value to be reached by then")
    elif period in MONTHS and ends != target.due:
        earlier = (
            f"'due: {before}' or "
            if before > max(case.today, target.baseline.to if target.baseline else case.today)
            else ""
        )
        what = f"{target.due} lies inside a {period}, which is judged only when it is over"
        yield Advice("time-bound", path, what, f"write {earlier}'due: {ends}'")


def _review(case: Case, target: Target) -> Iterator[Advice]:
    review = target.review
    first = max(case.today, target.baseline.to if target.baseline else case.today)
    if (target.due - first).days < 2:
        return
    do = f"write 'review: {review_day(case, first, target.due)}', about halfway through the time left"
    if review is None and case.plan.reviews is not None:
        return
    if review is None:
        yield Advice("time-bound", case.target_path, "it has no review date, so no one checks it before it is due", do)
    elif review >= target.due:
        yield Advice(
            "time-bound",
            (*case.target_path, "review"),
            f"the review on {review} comes when the target is already due, on {target.due}",
            do,
        )
    elif target.baseline is not None and review <= target.baseline.to:
        yield Advice(
            "time-bound",
            (*case.target_path, "review"),
            f"the review on {review} comes before the baseline ends, on {target.baseline.to}",
            do,
        )
    elif review < case.today:
        yield Advice(
            "time-bound", (*case.target_path, "review"), f"the review of {review} is past", f"set a new one: {do}"
        )


def review_day(case: Case, first: date, due: date) -> date:
    """The day nearest to halfway on which a period has just settled, or halfway itself."""
    half, period = add_days(first, (due - first).days // 2), case.indicator.period
    number = period_number(period, add_days(half, -case.settled_days))
    settled = [add_days(period_start(period, one), case.settled_days) for one in (number, number + 1)]
    return min((day for day in settled if first < day < due), key=lambda day: abs((day - half).days), default=half)


def _baseline(case: Case, target: Target, baseline: Baseline) -> Iterator[Advice]:
    path = (*case.target_path, "baseline")
    if baseline.to < add_years(case.today, -OLD_YEARS):
        what = f"the baseline ended on {baseline.to}, more than {OLD_YEARS} years ago"
        yield Advice("time-bound", path, what, case.baseline_to_write())
        return
    if baseline.value is None and baseline.to >= case.today:
        what = f"the baseline ends on {baseline.to}, so nothing can be judged before that"
        yield Advice("time-bound", path, what, case.baseline_to_write())
        return
    yield from _comparable(case, target, baseline)
    if baseline.value is None:
        yield from _whole_years(case, baseline)


def _comparable(case: Case, target: Target, baseline: Baseline) -> Iterator[Advice]:
    path = (*case.target_path, "baseline")
    for day, reason in sorted(case.breaks()):
        where = (
            "inside the baseline"
            if baseline.from_ < day <= baseline.to
            else "between the baseline and the due date"
            if baseline.to < day <= target.due
            else ""
        )
        if where:
            do = f"{case.baseline_to_write()}; or join the two with a 'splice' under 'breaks'"
            yield Advice(
                "time-bound",
                path,
                f"a break lies {where}, on {day} ({reason}): figures before and after it are not comparable",
                do,
            )
            break
    if baseline.value is not None:
        return
    for first, last, reason in case.closures(baseline.from_, baseline.to):
        days, of = (last - first).days + 1, (baseline.to - baseline.from_).days + 1
        share = f"{days:,} of the baseline's {of:,} days were closed"
        what = f"{share} ({reason}, from {first} to {last}): it is not a typical time"
        yield Advice("time-bound", path, what, case.baseline_to_write())
        return


def _whole_years(case: Case, baseline: Baseline) -> Iterator[Advice]:
    path, period = (*case.target_path, "baseline"), case.indicator.period
    if not whole_periods(period, baseline.from_, baseline.to):
        what = f"the baseline contains no whole {period}, so it has no value and nothing is judged"
        yield Advice("time-bound", path, what, case.baseline_to_write())
        return
    years = max(1, round(((baseline.to - baseline.from_).days + 1) / 365.2425))
    if add_days(baseline.to, 1) != add_years(baseline.from_, years) and period != "year":
        span = f"the baseline, {baseline.from_} to {baseline.to},"
        what = f"{span} does not consist of whole years, so different seasons are compared"
        yield Advice("time-bound", path, what, case.baseline_to_write())
