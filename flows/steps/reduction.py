"""From observations to the sums of each series and period, computed by the engine.

See ``transforms.expressions.series``.
"""

from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from flows.engines.choice import DUCKDB
from flows.engines.engine import Engine
from flows.steps.queries import Queries, queries
from transforms.periods import ReducedSeries
from warehouse.table_scan import TableScan

OBSERVATION_COLUMNS = ["source", "metric", "entity", "start", "end", "value", "flags", "retrieved_at", "pull_id"]
EVERY = "every_observation"
"""The table from which the observations of whole weeks are chosen."""
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
NUMBERED_PARTS = PARTS.insert(0, pa.field("part_id", pa.int64()))
LABELS = pa.schema({"part_id": "int64", **dict.fromkeys(("indicator_id", "part", "source", "metric"), "string")})
GRID = pa.schema({"period": "string", "start": pa.date32(), "end": pa.date32()})
GRID_DAYS = pa.schema({"period": "string", "day": pa.date32(), "start": pa.date32(), "end": pa.date32()})
CLOSED = pa.schema({"entity": "string", "day": pa.date32()})


@dataclass(frozen=True, slots=True)
class Observed:
    """Observations with ``OBSERVATION_COLUMNS``, in memory or where they lie, and the engine that reads them."""

    rows: pa.Table | TableScan
    engine: Engine = DUCKDB


def reduce(
    observed: Observed, metrics: pd.DataFrame, parts: pd.DataFrame, closed: pd.DataFrame, spans: pd.DataFrame
) -> ReducedSeries:
    """metrics, parts, closed, spans: ``METRICS``, ``PARTS``, ``CLOSED``, ``GRID``."""
    tables = inputs(metrics, parts, closed, spans)
    return ReducedSeries(*queries("reduction").run({"observations": observed.rows, **tables}, observed.engine))


def reduce_weeks(
    observed: Observed, metrics: pd.DataFrame, parts: pd.DataFrame, closed: pd.DataFrame, spans: pd.DataFrame
) -> ReducedSeries:
    """As ``reduce``, of those that may count in a sample week: ``transforms.expressions.series.whole_weeks``."""
    tables = inputs(metrics, parts, closed, spans)
    return ReducedSeries(*week_queries().run({EVERY: observed.rows, **tables}, observed.engine))


def week_queries() -> Queries:
    """The queries of ``reduce`` over the whole weeks among the rows of ``EVERY``."""
    (whole,) = queries("whole_weeks").results
    return queries("reduction").over("observations", whole)


def inputs(
    metrics: pd.DataFrame, parts: pd.DataFrame, closed: pd.DataFrame, spans: pd.DataFrame
) -> dict[str, pa.Table]:
    return {
        "metrics": _arrow(metrics, METRICS),
        **numbered_parts(parts),
        "grid": _arrow(spans, GRID),
        "days": grid_days(spans),
        "closed": _arrow(closed, CLOSED),
    }


def numbered_parts(parts: pd.DataFrame) -> dict[str, pa.Table]:
    """The tables parts and labels: ``PARTS`` with a part_id, and ``LABELS`` of each."""
    numbered = parts.assign(part_id=parts.groupby(LABELS.names[1:], sort=False).ngroup())
    labels = numbered[LABELS.names].drop_duplicates("part_id")
    return {"parts": _arrow(numbered, NUMBERED_PARTS), "labels": _arrow(labels, LABELS)}


def grid_days(spans: pd.DataFrame) -> pa.Table:
    """``GRID_DAYS``: each day of each period of ``spans``."""
    spans = spans.drop_duplicates(["period", "start", "end"], ignore_index=True)
    lengths = (spans["end"] - spans["start"]).dt.days.to_numpy()
    rows = spans.loc[spans.index.repeat(lengths)]
    day = rows["start"] + pd.to_timedelta(rows.groupby(level=0).cumcount(), unit="D")
    return _arrow(rows.assign(day=day), GRID_DAYS)


def _arrow(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False)
