"""Measurable: figures arrive, often enough before the deadline, and they settle before it."""

from collections.abc import Iterator, Mapping
from datetime import date

from plan.model import Plan
from plan.parts import Period
from plan.smart.calendar_periods import FINER_FIRST, add_days, count_noun, period_end, period_start, whole_periods
from plan.smart.calendar_periods import period_number as number_of
from plan.smart.case import Advice, Case
from plan.smart.evidence import Evidence, SourceState
from plan.target import Target
from sources.contract import Source

LEAST_PERIODS = 3
"""Complete periods between baseline and due date, to tell progress from one good or bad period."""
LEAST_COMPLETE = 0.5
COARSER: tuple[Period, ...] = ("year", "quarter", "month", "week", "day")


def check_measurable(case: Case) -> Iterator[Advice]:
    """Whether one indicator has figures, and whether they can show progress towards its target."""
    yield from _alive(case)
    yield from _people(case)
    yield from _grain_of_the_source(case)
    if case.indicator.target is None:
        return
    yield from _enough_periods(case, case.indicator.target)
    yield from _settles_in_time(case, case.indicator.target)
    yield from _closed_for_good(case, case.indicator.target)
    if case.indicator.min_completeness < LEAST_COMPLETE:
        known = f"{case.indicator.min_completeness:.0%}"
        what = (
            f"a {case.indicator.period} is judged although as little as {known} of it may be known: its known part is "
            "compared with the same part of the path, and where the rest decides there is no verdict"
        )
        yield Advice(
            "measurable",
            (*case.path, "min_completeness"),
            what,
            "write 'min_completeness: 0.9', or leave it out to judge whole periods only",
        )


def _alive(case: Case) -> Iterator[Advice]:
    due = case.indicator.target.due if case.indicator.target else case.today
    for path, measure, metric in case.measures():
        for one in case.known_breaks(measure, metric):
            if one.kind == "retired" and one.day <= max(due, case.today):
                known = {other.name for other in case.sources[measure.source].metrics()} - {metric.name}
                do = (
                    f"write 'metric: {one.replaced_by}'"
                    if one.replaced_by in known
                    else f"choose a metric that goes on: {', '.join(sorted(known)) or 'none here'}"
                )
                yield Advice("measurable", (*path, "metric"), f"'{metric.name}' ends on {one.day}: {one.reason}", do)
                break


def _people(case: Case) -> Iterator[Advice]:
    distinct = [(path, metric) for path, _, metric in case.measures() if metric.kind == "distinct"]
    for (path, metric), (earlier, _) in zip(distinct[1:], distinct, strict=False):
        if path[2] == earlier[2]:
            what = f"'{metric.name}' counts people, and a person in two of the measures is counted twice"
            yield Advice(
                "measurable", (*path, "metric"), what, "make one indicator for each, or count visits, which add up"
            )


def _grain_of_the_source(case: Case) -> Iterator[Advice]:
    period = case.indicator.period
    for path, measure, _ in case.measures():
        given = getattr(case.plan.sources[measure.source], "period", None)
        if given in FINER_FIRST and FINER_FIRST.index(given) > FINER_FIRST.index(period):
            source = f"the source '{measure.source}' gives one figure per {given}"
            what = f"{source}, so the figure of a {period} is only a share of it by days"
            yield Advice("measurable", (*path[:2], "period"), what, f"write 'period: {given}'")
            return


def _enough_periods(case: Case, target: Target) -> Iterator[Advice]:
    if target.baseline is None or target.due < case.today:
        return
    first, period = add_days(target.baseline.to, 1), case.indicator.period
    number = whole_periods(period, first, target.due)
    if number >= LEAST_PERIODS:
        return
    finer = next(
        (one for one in COARSER if _may_be(case, one) and whole_periods(one, first, target.due) >= LEAST_PERIODS), None
    )
    later = add_days(period_start(period, number_of(period, add_days(first, -1)) + LEAST_PERIODS + 1), -1)
    do = f"write 'due: {later}'" + (f", or 'period: {finer}' with values of a {finer}" if finer else "")
    some = (
        f"only {count_noun(number, f'complete {period}')} lies"
        if number == 1
        else f"only {count_noun(number, f'complete {period}')} lie"
        if number
        else f"no complete {period} lies"
    )
    what = f"{some} between the end of the baseline and the due date: too few to tell progress from chance"
    yield Advice("measurable", (*case.target_path, "due"), what, do)


def _may_be(case: Case, period: Period) -> bool:
    """Whether ``period`` is shorter than the indicator's own, and the sources have it."""
    given = [getattr(case.plan.sources[source], "period", None) for source in case.source_names]
    coarsest = max((FINER_FIRST.index(one) for one in given if one in FINER_FIRST), default=0)
    return coarsest <= FINER_FIRST.index(period) < FINER_FIRST.index(case.indicator.period)


def _settles_in_time(case: Case, target: Target) -> Iterator[Advice]:
    left = (target.due - case.today).days
    if 0 <= left < case.settled_days:
        period = case.indicator.period
        days = count_noun(case.settled_days, "day")
        what = f"its figures still change for {days} and only {left} are left: nothing new settles before the due date"
        yield Advice(
            "measurable",
            (*case.target_path, "due"),
            what,
            f"write 'due: {period_end(period, add_days(case.today, case.settled_days))}'",
        )


def _closed_for_good(case: Case, target: Target) -> Iterator[Advice]:
    counts = {entity for measure in case.indicator.measures for entity in measure.entities}
    for closure in case.plan.calendar.closed:
        names = sorted(counts & set(closure.entities)) if closure.entities else ["everything"]
        if closure.to is None and names and closure.from_ <= target.due:
            what = f"{', '.join(names)} closes for good on {closure.from_}, before the due date"
            end = add_days(closure.from_, -1)
            yield Advice(
                "measurable", (*case.target_path, "due"), what, f"write 'due: {end}', or count only what stays open"
            )
            return


def check_sources(plan: Plan, sources: Mapping[str, Source], evidence: Evidence, today: date) -> Iterator[Advice]:
    """Whether the sources of the indicators deliver, if anything was published yet."""
    source_names = {measure.source for indicator in plan.indicators.values() for measure in indicator.measures}
    for name in sources if evidence.collected else ():
        if name in source_names and plan.sources[name].ready:
            yield from _source(name, evidence.sources.get(name), today)


def _source(name: str, state: SourceState | None, today: date) -> Iterator[Advice]:
    do = f"see what is wrong with 'kmi check --connect', then collect with 'kmi run --source {name}'"
    if state is None or not state.succeeded:
        why = f": {state.last_error}" if state and state.last_error else ""
        yield Advice("measurable", ("sources", name), f"nothing has been collected from it yet{why}", do)
    elif state.last_error is not None:
        yield Advice("measurable", ("sources", name), f"its newest pull failed: {state.last_error}", do)
    elif not state.fresh:
        age = f"{state.through} ({(today - state.through).days:,} days ago)" if state.through else "not known"
        yield Advice("measurable", ("sources", name), f"its figures are late: the newest day is {age}", do)
