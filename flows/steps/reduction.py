"""From observations to the sums of each series and period, computed in DuckDB; see ``transforms.series``."""

from functools import cache

import pandas as pd
import pyarrow as pa

from flows.steps.queries import Queries, as_stored, table_named, translated
from transforms import series
from transforms.pacing.opendays import weekday_means
from transforms.periods import ReducedSeries
from warehouse.schema import OBSERVATIONS

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


def reduce(
    observations: pa.Table, metrics: pd.DataFrame, parts: pd.DataFrame, closed: pd.DataFrame, spans: pd.DataFrame
) -> ReducedSeries:
    """observations: ``OBSERVATION_COLUMNS``.

    metrics, parts, closed, spans: ``METRICS``, ``PARTS``, ``CLOSED``, ``GRID``.
    """
    tables = {
        "metrics": _arrow(metrics, METRICS),
        "parts": _arrow(parts, PARTS),
        "grid": _arrow(spans, GRID),
        "closed": _arrow(closed, CLOSED),
    }
    return ReducedSeries(*queries().run({"observations": observations, **tables}))


@cache
def queries() -> Queries:
    """The queries of ``reduce``."""
    closed = table_named("closed", CLOSED)
    inputs = series.SeriesInputs(
        table_named("observations", pa.schema([OBSERVATIONS.arrow.field(name) for name in OBSERVATION_COLUMNS])),
        table_named("metrics", METRICS),
        table_named("parts", PARTS),
        table_named("grid", GRID),
        closed,
    )
    values = series.values_by_period(inputs)
    placed = as_stored("placed", values)
    return translated(
        {"placed": values},
        series.reduce_series(placed),
        series.closed_days_covered(placed, closed),
        series.flags_seen(placed),
        series.pulls_seen(placed),
        series.first_seen(placed),
        weekday_means(placed, closed),
    )


def _arrow(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False)
