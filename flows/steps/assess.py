"""From observations to periods and verdicts: the tables that the plan and the sources speak of are brought together here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import ibis
import pandas as pd
import pyarrow as pa

from flows.steps.breaks import indicator_breaks, old_measures
from flows.steps.context import Context
from flows.steps.outlook import with_outlook
from flows.steps.sample import Gathered, beside, reach, sample_periods, undeclared
from flows.steps.settle import Settled, settle
from plan.days import closed_days, term_days, weekly_hours
from plan.model import Indicator, Plan
from plan.parts import Measure
from plan.sample import Sample
from transforms import series
from transforms.breaks import splice, withhold
from transforms.course import spans
from transforms.opendays import open_days, weekday_means, weighed
from transforms.periods import Reduced, Rules, expected_members, grid, periods
from transforms.sample_verdicts import hedged
from transforms.sampling import with_ends
from transforms.verdicts import judge
from warehouse.pulls import coverage
from warehouse.schema import OBSERVATIONS
from warehouse.tables import quoted, to_pandas

READ = ["source", "metric", "entity", "start", "end", "value", "flags", "retrieved_at"]
METRICS = pa.schema(
    {"source": "string", "metric": "string", "kind": "string", "rollover": "double", "divide_by": "double", "largest_step": "double", "resets": "bool"}
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
class Assessed:
    """``periods`` with the column expected; ``verdicts`` in the published columns; ``targets`` with the baselines that the periods
    yield; ``breaks`` of each indicator with what became of them; ``estimates``: the strata of those counted in sample weeks."""

    periods: pd.DataFrame
    verdicts: pd.DataFrame
    targets: pd.DataFrame
    breaks: pd.DataFrame
    settled: Settled
    estimates: pd.DataFrame


def assess(context: Context) -> Assessed:
    """Judge every indicator on what the warehouse holds now."""
    observations = context.tables.read(OBSERVATIONS, _wanted(context), READ)
    settled = settle(context)
    parts, metrics, closed = _parts(context), _metrics(context), closed_days(context.loaded.plan.calendar, context.today)
    whole, estimates, members = _periods(context, Gathered(observations, metrics, parts, _rules(context, parts, closed, settled.after), _samples(context)))
    joined = splice(whole, indicator_breaks(context, parts))
    targets, clock = _targets(context), context.clock()
    calendar = _open_days(context, joined.periods, targets, members)
    judged = judge(joined.periods, targets, clock, calendar)
    verdicts = withhold(
        hedged(
            judged.verdicts, joined.periods, targets, undeclared(estimates, joined.breaks), lambda table, goals: judge(table, goals, clock, calendar).verdicts
        ),
        judged.targets,
        joined.breaks,
    )
    verdicts = with_outlook(context, verdicts, joined.periods.assign(expected=judged.expected, base=judged.base), judged.targets, joined.breaks)
    return Assessed(with_ends(joined.periods.assign(expected=judged.expected)), verdicts, judged.targets, joined.breaks, settled, estimates)


def _wanted(context: Context) -> str:
    sources = {measure.source for indicator in context.loaded.plan.indicators.values() for measure in indicator.measures}
    return f"source IN ({', '.join(quoted(name) for name in sorted(sources))})"


def _samples(context: Context) -> dict[str, Sample]:
    """Of the series that are counted in sample weeks."""
    return {name: indicator.sample for name, indicator, _, _ in _measured(context.loaded.plan) if indicator.sample is not None}


def _periods(context: Context, gathered: Gathered) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The periods of every series, what the strata of the sampled ones say, and what each member of the others weighs."""
    drawn = sample_periods(context, gathered, _reduce)
    parts = gathered.parts[~gathered.parts["indicator_id"].isin(list(gathered.samples))]
    cut = pd.concat([grid(period, *reach(gathered.observations, context.today)) for period in ("year", *parts["period"].unique())]).drop_duplicates()
    counted = gathered.rules.members["indicator_id"].isin(parts["indicator_id"])
    rules = replace(gathered.rules, members=gathered.rules.members[counted])
    reduced = _reduce(gathered.observations, gathered.metrics, parts, gathered.rules.closed, cut)
    members = weighed(expected_members(reduced, rules), reduced.series, reduced.weekdays, weekly_hours(context.loaded.plan.calendar.opening_hours))
    return beside(periods(reduced, rules), drawn.periods), drawn.estimates.strata, members


def _open_days(context: Context, table: pd.DataFrame, targets: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """The open days of every period of a flow with a target, ahead to the end of its year."""
    wanted = spans(table, targets[(targets["kind"] == "flow") & targets["due"].notna()])
    calendar = context.loaded.plan.calendar
    until = context.today if wanted.empty else max(context.today, wanted["end"].max().date())
    return open_days(wanted, members, closed_days(calendar, until), term_days(calendar))


def _reduce(observations: pa.Table, metrics: pd.DataFrame, parts: pd.DataFrame, closed: pd.DataFrame, spans: pd.DataFrame) -> Reduced:
    nullable = observations.cast(pa.schema([field.with_nullable(True) for field in observations.schema]))
    inputs = series.Inputs(ibis.memtable(nullable), _memtable(metrics, METRICS), _memtable(parts, PARTS), _memtable(spans, GRID), _memtable(closed, CLOSED))
    connection = ibis.duckdb.connect()
    placed = connection.create_table("placed", series.placed(inputs), temp=True)
    results = (
        series.reduced(placed),
        series.closed_days_covered(placed, inputs.closed),
        series.flags_seen(placed),
        series.first_seen(placed),
        weekday_means(placed, inputs.closed),
    )
    return Reduced(*(to_pandas(connection.to_pyarrow(result)) for result in results))


def _memtable(frame: pd.DataFrame, schema: pa.Schema) -> ibis.Table:
    return ibis.memtable(pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False))


def _metrics(context: Context) -> pd.DataFrame:
    rows = [
        (name, metric.name, metric.kind, metric.rollover, metric.divide_by, metric.largest_step, metric.falls == "reset")
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
    declared = {(name, metric.name): metric for name, source in context.loaded.sources.items() for metric in source.metrics()}
    rows = []
    for name, indicator, part, measure in _measured(context.loaded.plan):
        metric = declared[measure.source, measure.metric]
        steps = metric.kind == "reading" and indicator.days_to_period == "sum"
        items = metric.absent == "zero"
        rows += [(name, part, measure.source, measure.metric, entity, steps, items, indicator.period) for entity in measure.entities or (None,)]
    return pd.DataFrame(rows, columns=PARTS.names)


def _rules(context: Context, parts: pd.DataFrame, closed: pd.DataFrame, learned: Mapping[str, int]) -> Rules:
    """``learned``: the age from which a source's values hardly change, where it is known; the plan's ``restated_days`` at least."""
    sources = context.loaded.plan.sources
    rows = [
        (name, i.period, i.days_to_period, i.over_entities, max(sources[measure.source].restated_days, learned.get(measure.source, 0)))
        for name, i, _, measure in _measured(context.loaded.plan)
    ]
    each = pd.DataFrame(rows, columns=["indicator_id", "period", "how", "over_entities", "settled_days"])
    indicators = each.groupby("indicator_id", as_index=False, sort=False).agg(
        {"period": "first", "how": "first", "over_entities": "first", "settled_days": "max"}
    )
    return Rules(indicators, parts[["indicator_id", "part", "source", "metric", "entity", "items"]], closed, coverage(context.tables), context.today)


def _targets(context: Context) -> pd.DataFrame:
    frame = pd.DataFrame([_target(name, indicator) for name, indicator in context.loaded.plan.indicators.items()])
    days = ("baseline_start", "baseline_end", "due")
    return frame.astype(
        {**dict.fromkeys(days, "datetime64[us]"), **dict.fromkeys(("target_value", "target_low", "target_high", "limit", "baseline_value"), "float64")}
    )


def _target(name: str, indicator: Indicator) -> dict[str, object]:
    target = indicator.target
    baseline = target.baseline if target else None
    return {
        "indicator_id": name,
        "unit": indicator.unit,
        "kind": indicator.kind,
        "period": indicator.period,
        "over": target and target.over,
        "better": indicator.better,
        "min_completeness": indicator.min_completeness,
        "rule": target and target.rule,
        "limit": target and target.limit,
        "path": target and target.path,
        "due": target and target.due,
        "target_value": target and target.value,
        "target_low": target.band.low if target and target.band else None,
        "target_high": target.band.high if target and target.band else None,
        "baseline_value": baseline and baseline.value,
        "baseline_start": baseline and baseline.from_,
        "baseline_end": baseline and baseline.to + timedelta(days=1),
    }
