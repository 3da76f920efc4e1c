"""All expressions that engines compute, by the names under which ``flows.steps.queries`` gives them.

Only their translation and other engines than DuckDB need this module, which loads Ibis.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from flows.engines.engine import Query
from flows.steps import observed_days, reduction, settling_tables
from flows.steps.queries import Queries
from transforms.expressions import series
from transforms.expressions.counter_steps import steps
from transforms.expressions.placed_values import Placed, SeriesInputs, values_by_period
from transforms.expressions.restatements import (
    SettlingInputs,
    change_counts,
    changes_by_age,
    changes_of_touched,
    final_values,
    first_turns,
    followed_ages,
    readings,
    restatements,
    series_begun,
    values_held,
)
from transforms.expressions.valued_windows import newest_spans, valued_windows
from transforms.expressions.weekday_means import weekday_means
from warehouse.schema import CHANGES, OBSERVATIONS


@cache
def made(name: str) -> Queries:
    """The queries of that name, translated now."""
    return MAKERS[name]()


def translated(stored: Mapping[str, ir.Table], *results: ir.Table, views: Collection[str] = ()) -> Queries:
    """The queries of expressions over tables of ``table_named``. views: which of the stored ones are views."""
    kept = {name: replace(_query(one), is_view=name in views) for name, one in stored.items()}
    return Queries(kept, tuple(_query(one) for one in results))


def table_named(name: str, schema: pa.Schema) -> ir.Table:
    """A table without rows, for expressions; any of its columns may be null."""
    return ibis.table(ibis.Schema.from_pyarrow(pa.schema([field.with_nullable(True) for field in schema])), name=name)


def as_stored(name: str, expression: ir.Table) -> ir.Table:
    """The table in which ``expression`` is kept under ``name``."""
    return ibis.table(expression.schema(), name=name)


def _query(expression: ir.Table) -> Query:
    sql = str(ibis.to_sql(expression, dialect="duckdb", pretty=True))
    return Query(sql, expression.schema().to_pyarrow(), lambda: expression)


def _observations(columns: list[str], name: str = "observations") -> ir.Table:
    return table_named(name, pa.schema([OBSERVATIONS.arrow.field(column) for column in columns]))


def _reduction() -> Queries:
    closed, labels = table_named("closed", reduction.CLOSED), table_named("labels", reduction.LABELS)
    inputs = SeriesInputs(
        _observations(reduction.OBSERVATION_COLUMNS),
        table_named("metrics", reduction.METRICS),
        table_named("parts", reduction.NUMBERED_PARTS),
        table_named("grid", reduction.GRID),
        table_named("days", reduction.GRID_DAYS),
        closed,
    )
    counters = steps(inputs.observations, inputs.metrics)
    values = values_by_period(inputs, as_stored("counter_steps", counters))
    placed = Placed(as_stored("placed_days", values.days), as_stored("placed_spans", values.spans))
    sums = series.reduce_series(placed, labels)
    reduced = as_stored("reduced", sums)
    return translated(
        {"counter_steps": counters, "placed_days": values.days, "placed_spans": values.spans, "reduced": sums},
        reduced.drop("known_from"),
        series.closed_days_covered(placed, labels, closed),
        series.flags_seen(placed, labels),
        series.pulls_seen(placed, labels),
        series.first_seen(reduced),
        weekday_means(placed, labels, closed),
        views={"placed_days", "placed_spans"},
    )


def _whole_weeks() -> Queries:
    return translated({}, series.whole_weeks(_observations(reduction.OBSERVATION_COLUMNS, reduction.EVERY)))


def _known_series() -> Queries:
    return translated({}, series.observed_series(_observations(reduction.OBSERVATION_COLUMNS)))


def _settling() -> Queries:
    changed = pa.schema([CHANGES.arrow.field(name) for name in settling_tables.CHANGE_COLUMNS])
    schemas = {
        "changes": changed,
        "pulls": settling_tables.PULL_DAYS,
        "windows": settling_tables.READ_WINDOWS,
        "since": settling_tables.SINCE,
        "older": settling_tables.OLDER,
    }
    inputs = SettlingInputs(**{name: table_named(name, schema) for name, schema in schemas.items()})
    stored = dict[str, ir.Table]()

    def keep(name: str, expression: ir.Table) -> ir.Table:
        stored[name] = expression
        return as_stored(name, expression)

    read = keep("read", readings(inputs))
    begun = keep("begun", series_begun(inputs))
    first = keep("first", first_turns(inputs, read))
    touched = keep("touched", changes_of_touched(inputs, first))
    held = keep("held", values_held(inputs, first, begun, touched))
    spans = keep("spans", followed_ages(held, read))
    found = keep("found", restatements(touched, final_values(begun, touched), read, spans))
    return translated(stored, changes_by_age(held, read, spans, found), change_counts(held, spans, found))


def _valued_windows() -> Queries:
    items = table_named("items", observed_days.ITEMS)
    return translated({}, valued_windows(_observations(observed_days.COLUMNS), items))


def _newest_spans() -> Queries:
    return translated({}, newest_spans(_observations(observed_days.COLUMNS)))


MAKERS = {
    "reduction": _reduction,
    "whole_weeks": _whole_weeks,
    "known_series": _known_series,
    "settling": _settling,
    "valued_windows": _valued_windows,
    "newest_spans": _newest_spans,
}
