"""From observations to the periods of every indicator: the tables that the plan and the sources speak of are brought together here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import ibis
import pandas as pd
import pyarrow as pa

from flows.steps.context import Context
from flows.steps.indicator_breaks import indicator_breaks, old_measures
from flows.steps.sample_weeks import SeriesInputs, combine_periods, observed_span, sample_periods
from plan.calendar_tables import closed_days, weekly_hours
from plan.model import Indicator, Plan
from plan.parts import Measure
from plan.sample import Sample
from transforms import series
from transforms.breaks import splice
from transforms.pacing.opendays import weekday_means, weigh_members
from transforms.periods import PeriodInputs, ReducedSeries, expected_members, period_grid, periods
from warehouse.pulls import coverage
from warehouse.schema import OBSERVATIONS
from warehouse.tables import sql_literal, to_pandas

OBSERVATION_COLUMNS = ["source", "metric", "entity", "start", "end", "value", "flags", "retrieved_at", "pull_id"]
METRICS = pa.schema(
    {
        "source": "string",
        "metric": "string",
        "kind": "string",
        "rollover": "double",
        "divide_by": "double",
        "largest_step": "double",
        "resets": "bool",
    }
)
PARTS = pa.schema(
    {
        "indicator_id": "string",
        "part": "string",
        "source": "string",
        "metric": "string",
        "entity": "string",
        "steps": "bool",
        "items": "bool",
        "period": "string",
    }
)
GRID = pa.schema({"period": "string", "start": pa.date32(), "end": pa.date32()})
CLOSED = pa.schema({"entity": "string", "day": pa.date32()})


@dataclass(frozen=True)
class IndicatorSeries:
    """``periods`` of every indicator, spliced; ``breaks`` with what became of them; ``estimates``: the strata of those counted in
    sample weeks; ``members``: what each member of the others weighs, for the calendar."""

    periods: pd.DataFrame
    breaks: pd.DataFrame
    estimates: pd.DataFrame
    members: pd.DataFrame


def build_indicator_series(context: Context, settled_after: Mapping[str, int]) -> IndicatorSeries:
    """``settled_after``: the age from which a source's values hardly change, where it is known."""
    observations = context.tables.read(OBSERVATIONS, _wanted(context), OBSERVATION_COLUMNS)
    parts, metrics, closed = (
        _parts(context),
        _metrics(context),
        closed_days(context.loaded.plan.calendar, context.today),
    )
    whole, estimates, members = _periods(
        context,
        SeriesInputs(observations, metrics, parts, _rules(context, parts, closed, settled_after), _samples(context)),
    )
    joined = splice(whole, indicator_breaks(context, parts))
    estimates = estimates[estimates["indicator_id"].isin(list(context.loaded.plan.indicators))]
    return IndicatorSeries(joined.periods, joined.breaks, estimates, members)


def _wanted(context: Context) -> str:
    sources = {measure.source for _, _, _, measure in _measured(context.loaded.plan)}
    return f"source IN ({', '.join(sql_literal(name) for name in sorted(sources))})"


def _samples(context: Context) -> dict[str, Sample]:
    """Of the series that are counted in sample weeks."""
    return {
        name: indicator.sample
        for name, indicator, _, _ in _measured(context.loaded.plan)
        if indicator.sample is not None
    }


def _periods(context: Context, gathered: SeriesInputs) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The periods of every series, what the strata of the sampled ones say, and what each member of the others weighs."""
    drawn = sample_periods(context, gathered, _reduce)
    parts = gathered.parts[~gathered.parts["indicator_id"].isin(list(gathered.samples))]
    cut = pd.concat(
        [
            period_grid(period, *observed_span(gathered.observations, context.today))
            for period in ("year", *parts["period"].unique())
        ]
    ).drop_duplicates()
    counted = gathered.rules.members["indicator_id"].isin(parts["indicator_id"])
    rules = replace(gathered.rules, members=gathered.rules.members[counted])
    reduced = _reduce(gathered.observations, gathered.metrics, parts, gathered.rules.closed, cut)
    members = weigh_members(
        expected_members(reduced, rules),
        reduced.series,
        reduced.weekdays,
        weekly_hours(context.loaded.plan.calendar.opening_hours),
    )
    return combine_periods(periods(reduced, rules), drawn.periods), drawn.estimates.strata, members


def _reduce(
    observations: pa.Table, metrics: pd.DataFrame, parts: pd.DataFrame, closed: pd.DataFrame, spans: pd.DataFrame
) -> ReducedSeries:
    nullable = observations.cast(pa.schema([field.with_nullable(True) for field in observations.schema]))
    inputs = series.SeriesInputs(
        ibis.memtable(nullable),
        _memtable(metrics, METRICS),
        _memtable(parts, PARTS),
        _memtable(spans, GRID),
        _memtable(closed, CLOSED),
    )
    connection = ibis.duckdb.connect()
    placed = connection.create_table("placed", series.values_by_period(inputs), temp=True)
    results = (
        series.reduce_series(placed),
        series.closed_days_covered(placed, inputs.closed),
        series.flags_seen(placed),
        series.pulls_seen(placed),
        series.first_seen(placed),
        weekday_means(placed, inputs.closed),
    )
    return ReducedSeries(*(to_pandas(connection.to_pyarrow(result)) for result in results))


def _memtable(frame: pd.DataFrame, schema: pa.Schema) -> ibis.Table:
    return ibis.memtable(pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False))


def _metrics(context: Context) -> pd.DataFrame:
    rows = [
        (
            name,
            metric.name,
            metric.kind,
            metric.rollover,
            metric.divide_by,
            metric.largest_step,
            metric.falls == "reset",
        )
        for name, source in context.loaded.sources.items()
        for metric in source.metrics()
    ]
    return pd.DataFrame(rows, columns=METRICS.names)


def _measured(plan: Plan) -> Iterator[tuple[str, Indicator, str, Measure]]:
    """Each series with the indicator whose settings it has, and each of its measures with its part; old measures are series of their own."""
    for name, indicator in plan.indicators.items():
        for part in ("of", "numerator", "denominator"):
            yield from ((name, indicator, part, measure) for measure in getattr(indicator, part))
    for old, name, measure in old_measures(plan):
        yield old, plan.indicators[name], "of", measure


def _parts(context: Context) -> pd.DataFrame:
    """One row a series, part, measure and named entity (null for all)."""
    declared = {
        (name, metric.name): metric for name, source in context.loaded.sources.items() for metric in source.metrics()
    }
    rows = []
    for name, indicator, part, measure in _measured(context.loaded.plan):
        metric = declared[measure.source, measure.metric]
        steps = metric.kind == "reading" and indicator.days_to_period == "sum"
        items = metric.absent == "zero"
        rows += [
            (name, part, measure.source, measure.metric, entity, steps, items, indicator.period)
            for entity in measure.entities or (None,)
        ]
    return pd.DataFrame(rows, columns=PARTS.names)


def _rules(context: Context, parts: pd.DataFrame, closed: pd.DataFrame, learned: Mapping[str, int]) -> PeriodInputs:
    """``learned``: the age from which a source's values hardly change, where it is known; the plan's ``restated_days`` at least."""
    sources = context.loaded.plan.sources
    rows = [
        (
            name,
            i.period,
            i.days_to_period,
            i.over_entities,
            max(sources[measure.source].restated_days, learned.get(measure.source, 0)),
        )
        for name, i, _, measure in _measured(context.loaded.plan)
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
