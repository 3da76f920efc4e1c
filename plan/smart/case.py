"""One indicator of the plan, with everything that the advice on it is based on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from plan.model import Indicator, Plan
from plan.parts import Measure
from plan.positions import PlanPath
from plan.smart.calendar_periods import add_days
from plan.smart.evidence import Evidence, PeriodValue, SourceBreak
from sources.contract import Metric, Source

Criterion = Literal["specific", "measurable", "attainable", "relevant", "time-bound"]
LONG_CLOSURE_DAYS = 21


@dataclass(frozen=True, slots=True)
class Advice:
    """What is valid but not SMART, at a place in the plan, and what to write instead.

    ``judged`` is false if there are too few figures to judge it, which is not the plan's fault.
    """

    letter: Criterion
    path: PlanPath
    what: str
    do: str
    judged: bool = True


@dataclass(frozen=True)
class Case:
    """One indicator. ``today`` is the organisation's day."""

    plan: Plan
    sources: Mapping[str, Source]
    evidence: Evidence
    today: date
    name: str
    indicator: Indicator

    @property
    def path(self) -> PlanPath:
        return ("indicators", self.name)

    @property
    def target_path(self) -> PlanPath:
        return (*self.path, "target")

    @property
    def values(self) -> tuple[PeriodValue, ...]:
        """Its complete and settled periods since the last break without a splice, oldest first."""
        last = max((day for day, _ in self.breaks() if day <= self.today), default=date.min)
        return tuple(value for value in self.evidence.values.get(self.name, ()) if value.start >= last)

    @property
    def settled_days(self) -> int:
        """Days after the end of a period until its value hardly changes."""
        learned = (
            state.settled_after_days or 0
            for source, state in self.evidence.sources.items()
            if source in self.source_names
        )
        return max([*(self.plan.sources[source].restated_days for source in self.source_names), *learned], default=0)

    @property
    def source_names(self) -> set[str]:
        return {measure.source for measure in self.indicator.measures}

    def measures(self) -> Iterator[tuple[PlanPath, Measure, Metric]]:
        """Each measure with its place in the plan and its metric."""
        for part in ("of", "numerator", "denominator"):
            for number, measure in enumerate(getattr(self.indicator, part)):
                yield (*self.path, part, number), measure, self.metric(measure)

    def metric(self, measure: Measure) -> Metric:
        return next(metric for metric in self.sources[measure.source].metrics() if metric.name == measure.metric)

    def known_breaks(self, measure: Measure, metric: Metric) -> Iterator[SourceBreak]:
        """The breaks of a measure that its source declares or has found."""
        known = [
            SourceBreak(measure.source, metric.name, one.entity, one.day, one.kind, one.reason, one.replaced_by)
            for one in metric.breaks
        ]
        seen = {(one.entity, one.day) for one in known}
        known += [
            one
            for one in self.evidence.breaks
            if (one.source, one.metric) == (measure.source, metric.name) and (one.entity, one.day) not in seen
        ]
        yield from (one for one in known if not one.entity or not measure.entities or one.entity in measure.entities)

    def breaks(self) -> Iterator[tuple[date, str]]:
        """Day and reason of each break without a splice after which the series goes on."""
        declared = [one for one in self.plan.breaks if not one.indicators or self.name in one.indicators]
        declared_days, unjoined = {one.day for one in declared}, self.evidence.unjoined.get(self.name, frozenset())
        for _, measure, metric in self.measures():
            yield from (
                (one.day, one.reason)
                for one in self.known_breaks(measure, metric)
                if one.kind != "retired" and one.day not in declared_days
            )
        yield from ((one.day, one.reason) for one in declared if one.splice is None or one.day in unjoined)

    def closures(self, first: date, last: date) -> Iterator[tuple[date, date, str]]:
        """First day, last day and reason of each long closure of all that it counts."""
        counted = {entity for measure in self.indicator.measures for entity in measure.entities}
        for closure in self.plan.calendar.closed:
            begins, ends = max(closure.from_, first), min(closure.to or date.max, last)
            closes_all = not closure.entities or (counted and counted <= set(closure.entities))
            if closes_all and begins <= ends and (ends - begins).days + 1 >= LONG_CLOSURE_DAYS:
                yield begins, ends, closure.reason or "closed"

    def newest_year(self) -> tuple[date, date] | None:
        """The newest settled calendar year with no break in or after it and no long closure."""
        broken = max((day for day, _ in self.breaks()), default=date.min)
        for year in range(add_days(self.today, -self.settled_days).year - 1, max(self.today.year - 6, 1), -1):
            first, last = date(year, 1, 1), date(year, 12, 31)
            if first >= broken and not any(self.closures(first, last)):
                return first, last
        return None

    def baseline_to_write(self) -> str:
        """What to write for a baseline that can be compared."""
        year = self.newest_year()
        if year is None:
            return "give the baseline a 'value' that you consider comparable"
        return f"write 'baseline: {{from: {year[0]}, to: {year[1]}}}', the newest whole year that can be compared"
