"""From observations to periods and verdicts: the tables that the plan and the sources speak of are brought together here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from flows.steps.context import Context
from flows.steps.settle import Settled, settle
from plan.days import closed_days
from plan.model import Indicator, fingerprint
from transforms import series
from transforms.history import to_record
from transforms.periods import Reduced, Rules, grid, periods
from transforms.verdicts import Judged, judge
from warehouse.pulls import coverage
from warehouse.schema import OBSERVATIONS, VERDICT_LEDGER
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
    """``periods`` with the column expected; ``judged``: verdicts and the targets with their baselines; ``news``: ledger rows."""

    periods: pd.DataFrame
    judged: Judged
    news: pd.DataFrame
    settled: Settled


def assess(context: Context) -> Assessed:
    """Judge every indicator on what the warehouse holds now."""
    observations = context.tables.read(OBSERVATIONS, _wanted(context), READ)
    settled = settle(context)
    parts, metrics, closed = _parts(context), _metrics(context), closed_days(context.loaded.plan.calendar, context.today)
    table = periods(_reduce(observations, metrics, parts, closed, context), _rules(context, parts, closed, settled.after))
    judged = judge(table, _targets(context), context.clock())
    hashes = {name: fingerprint(indicator) for name, indicator in context.loaded.plan.indicators.items()}
    verdicts = judged.verdicts.assign(plan_hash=judged.verdicts["indicator_id"].map(hashes))
    news = to_record(verdicts, to_pandas(context.tables.read(VERDICT_LEDGER)))
    return Assessed(table.assign(expected=judged.expected), judged, news, settled)


def _wanted(context: Context) -> str:
    sources = {measure.source for indicator in context.loaded.plan.indicators.values() for measure in indicator.measures}
    return f"source IN ({', '.join(quoted(name) for name in sorted(sources))})"


def _reduce(observations: pa.Table, metrics: pd.DataFrame, parts: pd.DataFrame, closed: pd.DataFrame, context: Context) -> Reduced:
    first = pc.min(observations["start"]).as_py() or context.today
    last = max(pc.max(observations["end"]).as_py() or context.today, context.today)
    spans = pd.concat([grid(period, first, last) for period in parts["period"].unique()], ignore_index=True)
    nullable = observations.cast(pa.schema([field.with_nullable(True) for field in observations.schema]))
    inputs = series.Inputs(ibis.memtable(nullable), _memtable(metrics, METRICS), _memtable(parts, PARTS), _memtable(spans, GRID), _memtable(closed, CLOSED))
    connection = ibis.duckdb.connect()
    placed = connection.create_table("placed", series.placed(inputs), temp=True)
    results = (series.reduced(placed), series.closed_days_covered(placed, inputs.closed), series.flags_seen(placed), series.first_seen(placed))
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


def _parts(context: Context) -> pd.DataFrame:
    """One row an indicator, part, measure and named entity (null for all)."""
    declared = {(name, metric.name): metric for name, source in context.loaded.sources.items() for metric in source.metrics()}
    rows = []
    for name, indicator in context.loaded.plan.indicators.items():
        for part in ("of", "numerator", "denominator"):
            for measure in getattr(indicator, part):
                metric = declared[measure.source, measure.metric]
                steps = metric.kind == "reading" and indicator.days_to_period == "sum"
                items = metric.absent == "zero"
                rows += [(name, part, measure.source, measure.metric, entity, steps, items, indicator.period) for entity in measure.entities or (None,)]
    return pd.DataFrame(rows, columns=PARTS.names)


def _rules(context: Context, parts: pd.DataFrame, closed: pd.DataFrame, learned: Mapping[str, int]) -> Rules:
    """``learned``: the age from which a source's values hardly change, where it is known; the plan's ``restated_days`` at least."""
    plan = context.loaded.plan
    rows = [
        (name, i.period, i.days_to_period, i.over_entities, max(max(plan.sources[m.source].restated_days, learned.get(m.source, 0)) for m in i.measures))
        for name, i in plan.indicators.items()
    ]
    indicators = pd.DataFrame(rows, columns=["indicator_id", "period", "how", "over_entities", "settled_days"])
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
        "period": indicator.period,
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
