"""From observations to series: the heavy reduction, in Ibis for DuckDB or any other backend.

All functions work on expressions. ``values`` are observations and the steps of cumulative counters; ``parts`` assign
values to indicators; ``grid`` contains the periods. ``reduce_series`` describes the result.
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from transforms.counter_steps import steps

SERIES = ["indicator_id", "part", "source", "metric", "entity", "start"]


@dataclass(frozen=True, slots=True)
class SeriesInputs:
    """The tables that the reduction reads.

    observations: source, metric, entity, start, end, value, flags, retrieved_at, pull_id. metrics: source, metric,
    kind, rollover, divide_by, largest_step, resets (whether a fall means that the counter started again at zero).

    parts: indicator_id, part, source, metric, entity (null for all), steps (whether counters become steps), items
    (whether entities are items that are counted together), period. grid: period, start, end. closed: entity ("" for
    all), day.
    """

    observations: ir.Table
    metrics: ir.Table
    parts: ir.Table
    grid: ir.Table
    closed: ir.Table


PARTIAL_FLAGS = ("incomplete", "partial")
"""Flags of values with missing hours or days."""
DAYS_A_WEEK = 7
"""A value over more days than this is not a count of one week."""


def whole_weeks(observations: ir.Table) -> ir.Table:
    """Observations over a week at most of which no part is missing."""
    partial = [observations.flags.contains(flag).fill_null(False) for flag in PARTIAL_FLAGS]
    days = observations.end.delta(observations.start, unit="day")
    return observations.filter(~partial[0], ~partial[1], days <= DAYS_A_WEEK)


def observed_series(observations: ir.Table) -> ir.Table:
    """source, metric, entity, first, until: the days from the first to the last observation of each."""
    grouped = observations.group_by(["source", "metric", "entity"])
    return grouped.agg(first=observations.start.min(), until=observations.end.max())


def observed_values(inputs: SeriesInputs) -> ir.Table:
    """Observations as they are, and the steps of counters.

    The column ``steps`` marks the latter.
    """
    plain = inputs.observations.select(
        "source", "metric", "entity", "start", "end", "value", "flags", "retrieved_at", "pull_id"
    ).mutate(
        rollover=ibis.literal(False),
        reset=ibis.literal(False),
        implausible=ibis.literal(False),
        corrected=ibis.literal(False),
        steps=ibis.literal(False),
    )
    return plain.union(steps(inputs.observations, inputs.metrics))


def values_by_period(inputs: SeriesInputs) -> ir.Table:
    """Each value in each period that it touches, once for each part of an indicator that uses it.

    ``days`` of its days lie in the period; ``share`` is days over its whole span. Items are counted together, so their
    entity becomes "".
    """
    v, p, g = observed_values(inputs), inputs.parts, inputs.grid
    wanted = v.inner_join(
        p,
        [v.source == p.source, v.metric == p.metric, v.steps == p.steps, p.entity.isnull() | (p.entity == v.entity)],
        rname="part_{name}",
    )
    joined = wanted.inner_join(
        g, [wanted.period == g.period, wanted.start < g.end, wanted.end > g.start], rname="grid_{name}"
    )
    first, last = ibis.greatest(joined.start, joined.grid_start), ibis.least(joined.end, joined.grid_end)
    days = last.delta(first, unit="day").cast("float64")
    span = joined.end.delta(joined.start, unit="day").cast("float64")
    return joined.select(
        "indicator_id",
        "part",
        "source",
        "metric",
        entity=ibis.ifelse(joined["items"], "", joined.entity),
        own_entity=joined.entity,
        start=joined.grid_start,
        span_start=joined.start,
        first=first,
        last=last,
        value=joined.value,
        days=days,
        share=days / span,
        flags=joined.flags,
        retrieved_at=joined.retrieved_at,
        pull_id=joined.pull_id,
        rollover=joined.rollover,
        reset=joined.reset,
        implausible=joined.implausible,
        corrected=joined.corrected,
    )


def reduce_series(place: ir.Table) -> ir.Table:
    """One row for each indicator, part, source, metric, entity and period, with every aggregation.

    The key is ``SERIES``. sum splits values by days; mean weighs by days; days counts those with a known value.
    """
    known = place.value.notnull()
    return place.group_by(SERIES).agg(
        sum=(place.value * place.share).sum(),
        mean=(place.value * place.days).sum() / place.days.sum(where=known),
        last=place.value.argmax(place.span_start),
        max=place.value.max(),
        days=place.days.sum(where=known).fill_null(0.0),
        prorated=((place.share < 1) & known).any(),
        rollover=place.rollover.any(),
        reset=place.reset.any(),
        implausible=place.implausible.any(),
        corrected=place.corrected.any(),
        retrieved_at=place.retrieved_at.max(),
    )


def closed_days_covered(place: ir.Table, closed: ir.Table) -> ir.Table:
    """``SERIES`` and ``closed_covered``.

    closed_covered is the number of counted days that the calendar marks as closed.
    """
    rows = place.filter(place.value.notnull())
    hits = rows.inner_join(
        closed,
        [
            closed.day >= rows["first"],
            closed.day < rows["last"],
            (closed.entity == "") | (closed.entity == rows.own_entity),
        ],
        rname="closed_{name}",
    )
    return hits.group_by(SERIES).agg(closed_covered=hits.count().cast("float64"))


def flags_seen(place: ir.Table) -> ir.Table:
    """indicator_id, start, flag: the flags of the observations behind each period."""
    return place.select("indicator_id", "start", flag=place.flags.unnest()).distinct()


def pulls_seen(place: ir.Table) -> ir.Table:
    """indicator_id, start, pull_id: the pulls with the known values behind each period.

    For the step of a counter it is the pull of the later reading.
    """
    return place.filter(place.value.notnull()).select("indicator_id", "start", "pull_id").distinct()


def first_seen(place: ir.Table) -> ir.Table:
    """indicator_id, part, source, metric, entity, first: the first day with a known value."""
    known = place.filter(place.value.notnull())
    return known.group_by(["indicator_id", "part", "source", "metric", "entity"]).agg(first=known.span_start.min())
