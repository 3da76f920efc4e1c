"""Build the periods of every indicator from its observations, the plan and the calendar."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from flows.steps.block_reduction import Declared, ObservedBlocks, reduce_blocks
from flows.steps.context import Context
from flows.steps.indicator_breaks import indicator_breaks, old_measures
from flows.steps.reduction import METRICS, PARTS
from flows.steps.refused_series import first_day, refused_members
from flows.steps.sampled_series import IndicatorInputs, combine_periods, observed_span, sample_periods
from plan.calendar_tables import closed_days, weekly_hours
from plan.model import Indicator, Plan
from plan.parts import Measure
from transforms.breaks import splice
from transforms.coverage import cell_length, estimate_totals, from_their_first_period, with_whole
from transforms.matrix import is_usable
from transforms.pacing.opendays import weigh_members
from transforms.periods import PeriodInputs, expected_members, member_cells, period_grid, periods
from warehouse.pulls import coverage


@dataclass(frozen=True)
class IndicatorSeries:
    """``periods`` of every indicator, spliced; ``breaks`` with how they were joined.

    estimates: the strata of the indicators counted in sample weeks; members: the weight of each member of the others;
    cells: as ``transforms.periods.member_cells``, what each member of the others was in each period.
    """

    periods: pd.DataFrame
    breaks: pd.DataFrame
    estimates: pd.DataFrame
    members: pd.DataFrame
    cells: pd.DataFrame


def build_indicator_series(
    context: Context, observed: ObservedBlocks, known: pd.DataFrame, settled_after: Mapping[str, int]
) -> IndicatorSeries:
    """known: as ``ObservedBlocks.known_series``. settled_after: by source, the age in days at which its values settle,
    if known.
    """
    inputs = _gather_inputs(context, observed, known, settled_after)
    sampled = sample_periods(context, inputs)
    counted, members, cells = _counted_periods(context, inputs)
    spliced = splice(combine_periods(counted, sampled.periods), indicator_breaks(context, inputs.parts))
    strata = sampled.estimates.strata
    estimates = strata[strata["indicator_id"].isin(list(context.loaded.plan.indicators))]
    return IndicatorSeries(spliced.periods, spliced.breaks, estimates, members, cells)


def _gather_inputs(
    context: Context, observed: ObservedBlocks, known: pd.DataFrame, settled_after: Mapping[str, int]
) -> IndicatorInputs:
    plan = context.loaded.plan
    sources = {measure.source for _, _, _, measure in _series_measures(plan)}
    parts, closed = _parts(context), closed_days(plan.calendar, context.today)
    samples = {name: i.sample for name, i, _, _ in _series_measures(plan) if i.sample is not None}
    return IndicatorInputs(
        observed.of(sources),
        known[known["source"].isin(sources)],
        _metrics(context),
        parts,
        _rules(context, parts, closed, settled_after),
        samples,
    )


def _counted_periods(context: Context, inputs: IndicatorInputs) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The periods of the series without sample weeks, and the weight and the cells of each of their members."""
    parts = inputs.parts[~inputs.parts["indicator_id"].isin(list(inputs.samples))]
    members = inputs.rules.members
    rules = replace(inputs.rules, members=members[members["indicator_id"].isin(parts["indicator_id"])])
    first, last = observed_span(inputs.known, context.today)
    refused = refused_members(context.tables, parts, inputs.known)
    first = first_day(refused, first)
    grids = [period_grid(period, first, last) for period in ("year", *parts["period"].unique())]
    grid = pd.concat(grids).drop_duplicates()
    reduced = reduce_blocks(inputs.observed, Declared("periods", inputs.metrics, parts, inputs.rules.closed, grid))
    reduced = replace(reduced, first=pd.concat([reduced.first, refused], ignore_index=True))
    hours = weekly_hours(context.loaded.plan.calendar.opening_hours)
    expected = expected_members(reduced, rules)
    weights = weigh_members(expected, reduced.series, reduced.weekdays, hours)
    cells = expected if expected.empty else member_cells(expected, reduced, rules)
    counted = periods(reduced, rules, cells)
    return _with_whole(context.loaded.plan, inputs, parts, counted), weights, cells


def _with_whole(plan: Plan, inputs: IndicatorInputs, parts: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    """The periods, with the whole of each that is judged although a part of it is missing."""
    settings = pd.DataFrame(
        [(name, i.period, i.kind, i.min_completeness) for name, i, _, _ in _series_measures(plan)],
        columns=["indicator_id", "period", "kind", "min_completeness"],
    ).drop_duplicates()
    how = dict(inputs.rules.indicators[["indicator_id", "how"]].itertuples(index=False, name=None))
    pairs = settings[["indicator_id", "period"]].itertuples(index=False, name=None)
    settings["cell"] = [cell_length(period, how[name]) for name, period in pairs]
    rows = counted.merge(settings, on="indicator_id", how="left").set_axis(counted.index)
    admitted = is_usable(rows) & (rows["completeness"] < 1)
    wanted = rows[admitted]
    parts = parts[parts["indicator_id"].isin(wanted["indicator_id"])]
    cell = settings.set_index("indicator_id")["cell"]
    parts = parts.assign(period=parts["indicator_id"].map(cell))
    span = observed_span(inputs.known, inputs.rules.today)
    grids = [period_grid(period, *span) for period in parts["period"].unique()]
    if not grids:
        return with_whole(counted, estimate_totals(pd.DataFrame({"indicator_id": []}), wanted), admitted)
    declared = Declared("cells", inputs.metrics, parts, inputs.rules.closed, pd.concat(grids))
    reduced = reduce_blocks(inputs.observed, declared)
    rules = replace(
        inputs.rules,
        members=inputs.rules.members[inputs.rules.members["indicator_id"].isin(parts["indicator_id"])],
        indicators=inputs.rules.indicators.assign(period=inputs.rules.indicators["indicator_id"].map(cell)),
    )
    members = from_their_first_period(expected_members(reduced, rules), settings)
    cells = member_cells(members, reduced, rules)
    return with_whole(counted, estimate_totals(cells, wanted), admitted)


def _metrics(context: Context) -> pd.DataFrame:
    rows = [
        (name, m.name, m.kind, m.rollover, m.divide_by, m.largest_step, m.falls == "reset")
        for name, source in context.loaded.sources.items()
        for m in source.metrics()
    ]
    return pd.DataFrame(rows, columns=METRICS.names)


def _series_measures(plan: Plan) -> Iterator[tuple[str, Indicator, str, Measure]]:
    """Series, indicator, part and measure, for each measure of each series.

    The old measures of a splice form series of their own.
    """
    for name, indicator in plan.indicators.items():
        for part in ("of", "numerator", "denominator"):
            yield from ((name, indicator, part, measure) for measure in getattr(indicator, part))
    for old, name, measure in old_measures(plan):
        yield old, plan.indicators[name], "of", measure


def _parts(context: Context) -> pd.DataFrame:
    """One row per series, part, measure and named entity (null: all entities)."""
    declared = {
        (name, metric.name): metric for name, source in context.loaded.sources.items() for metric in source.metrics()
    }
    rows = []
    for name, indicator, part, measure in _series_measures(context.loaded.plan):
        metric = declared[measure.source, measure.metric]
        steps = metric.kind == "reading" and indicator.days_to_period == "sum"
        items = metric.absent == "zero"
        rows += [
            (name, part, measure.source, measure.metric, entity, steps, items, indicator.period)
            for entity in measure.entities or (None,)
        ]
    return pd.DataFrame(rows, columns=PARTS.names)


def _rules(context: Context, parts: pd.DataFrame, closed: pd.DataFrame, learned: Mapping[str, int]) -> PeriodInputs:
    """How each series becomes periods. learned: the age from which a source's values hardly change, if known."""
    sources = context.loaded.plan.sources
    settled = {name: max(settings.restated_days, learned.get(name, 0)) for name, settings in sources.items()}
    rows = [
        (name, i.period, i.days_to_period, i.over_entities, settled[measure.source])
        for name, i, _, measure in _series_measures(context.loaded.plan)
    ]
    each = pd.DataFrame(rows, columns=["indicator_id", "period", "how", "over_entities", "settled_days"])
    indicators = each.groupby("indicator_id", as_index=False, sort=False).agg(
        {"period": "first", "how": "first", "over_entities": "first", "settled_days": "max"}
    )
    return PeriodInputs(
        indicators,
        parts[["indicator_id", "part", "source", "metric", "entity", "items"]],
        closed,
        coverage(context.tables),
        context.today,
    )
