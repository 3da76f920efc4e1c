"""From observations to series: the heavy reduction, in Ibis for DuckDB or any other backend.

All functions work on expressions. ``values`` are observations and the steps of cumulative counters; ``parts`` assign
values to indicators; ``grid`` contains the periods. ``reduce_series`` describes the result.
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from transforms.expressions.counter_steps import steps

SERIES = ["indicator_id", "part", "source", "metric", "entity", "start"]
KEY = ["part_id", "entity", "start"]
"""``SERIES`` with a number instead of four texts, which costs a large table less."""


@dataclass(frozen=True, slots=True)
class SeriesInputs:
    """The tables that the reduction reads.

    observations: source, metric, entity, start, end, value, flags, retrieved_at, pull_id. metrics: source, metric,
    kind, rollover, divide_by, largest_step, resets (whether a fall means that the counter started again at zero).

    parts: part_id (a number for each indicator, part, source and metric), indicator_id, part, source, metric, entity
    (null for all), steps (whether counters become steps), items (whether entities are items that are counted together),
    period. grid: period, start, end. days: period, day, start, end, each day of each period of grid. closed: entity (""
    for all), day.
    """

    observations: ir.Table
    metrics: ir.Table
    parts: ir.Table
    grid: ir.Table
    days: ir.Table
    closed: ir.Table


LONGEST = 1_000_000
"""More days than any value spans."""
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


def values_by_period(inputs: SeriesInputs) -> ir.Table:
    """Each value in each period that it touches, once for each part of an indicator that uses it.

    Its days from ``first`` to before ``last`` lie in the period. Items are counted together, so their entity becomes
    "". A value of a single day finds its period by that day, the others by comparing with each period.
    """
    observed, counters = inputs.observations, steps(inputs.observations, inputs.metrics)
    length = observed.end.delta(observed.start, unit="day")
    single, longer = (_as_observed(observed.filter(chosen)) for chosen in (length == 1, length != 1))
    days = inputs.days
    wanted = _wanted(single, inputs.parts)
    of_days = wanted.inner_join(days, [wanted.period == days.period, wanted.start == days.day], rname="grid_{name}")
    placed = [_placed(of_days)]
    for values in (longer, counters):
        wanted, grid = _wanted(values, inputs.parts), inputs.grid
        touching = [wanted.period == grid.period, wanted.start < grid.end, wanted.end > grid.start]
        placed.append(_placed(wanted.inner_join(grid, touching, rname="grid_{name}")))
    return placed[0].union(*placed[1:])


def _as_observed(observations: ir.Table) -> ir.Table:
    """Observations as they are, with the columns of the steps of counters."""
    false = ibis.literal(False)
    columns = ["source", "metric", "entity", "start", "end", "value", "flags", "retrieved_at", "pull_id"]
    marks = dict.fromkeys(("rollover", "reset", "implausible", "corrected", "steps"), false)
    return observations.select(*columns, **marks)


def _wanted(values: ir.Table, parts: ir.Table) -> ir.Table:
    """The values that parts of indicators use, once for each part."""
    v, p = values, parts
    own = [v.source == p.source, v.metric == p.metric, v.steps == p.steps, p.entity.isnull() | (p.entity == v.entity)]
    return v.inner_join(p, own, rname="part_{name}")


def _placed(joined: ir.Table) -> ir.Table:
    """Values beside a period that they touch, cut to it."""
    first, last = ibis.greatest(joined.start, joined.grid_start), ibis.least(joined.end, joined.grid_end)
    return joined.select(
        "part_id",
        entity=ibis.ifelse(joined["items"], "", joined.entity),
        own_entity=joined.entity,
        items=joined["items"],
        start=joined.grid_start,
        span_start=joined.start,
        span_end=joined.end,
        first=first,
        last=last,
        value=joined.value,
        flags=joined.flags,
        retrieved_at=joined.retrieved_at,
        pull_id=joined.pull_id,
        rollover=joined.rollover,
        reset=joined.reset,
        implausible=joined.implausible,
        corrected=joined.corrected,
    )


def days_within(place: ir.Table) -> ir.FloatingColumn:
    """How many days of each value lie in the period."""
    return place["last"].delta(place["first"], unit="day").cast("float64")


def labelled(found: ir.Table, labels: ir.Table) -> ir.Table:
    """``found`` with the columns indicator_id, part, source and metric of its part_id. labels: all five."""
    columns = [name for name in found.columns if name != "part_id"]
    return found.inner_join(labels, "part_id").select("indicator_id", "part", "source", "metric", *columns)


def reduce_series(place: ir.Table, labels: ir.Table) -> ir.Table:
    """One row for each indicator, part, source, metric, entity and period, with every aggregation.

    The key is ``SERIES``. sum splits values by days; mean weighs by days; days counts those with a known value. last is
    the value that begins last; of several the one that ends last, and of items that of the last name. known_from: the
    first day with a known value, which ``first_seen`` reads.
    """
    others, items = place.filter(~place["items"]), place.filter(place["items"])
    begun = others.span_start.delta(ibis.date(1, 1, 1), unit="day")
    newest = begun * LONGEST + others.span_end.delta(others.span_start, unit="day")  # a number is compared sooner
    of_items = ibis.struct({"start": items.span_start, "end": items.span_end, "entity": items.own_entity})
    return labelled(_sums(others, newest).union(_sums(items, of_items)), labels)


def _sums(place: ir.Table, newest: ir.Value) -> ir.Table:
    """The aggregations by ``KEY``. newest: the greatest for the value that is the last one."""
    known, days = place.value.notnull(), days_within(place)
    share = days / place.span_end.delta(place.span_start, unit="day").cast("float64").nullif(0.0)
    return place.group_by(KEY).agg(
        sum=(place.value * share).sum(),
        mean=(place.value * days).sum() / days.sum(where=known),
        last=place.value.argmax(newest),
        max=place.value.max(),
        days=days.sum(where=known).fill_null(0.0),
        prorated=((share < 1) & known).any(),
        rollover=place.rollover.any(),
        reset=place.reset.any(),
        implausible=place.implausible.any(),
        corrected=place.corrected.any(),
        retrieved_at=place.retrieved_at.max(),
        known_from=place.span_start.min(where=known),
    )


def closed_days_covered(place: ir.Table, labels: ir.Table, closed: ir.Table) -> ir.Table:
    """``SERIES`` and ``closed_covered``.

    closed_covered is the number of counted days that the calendar marks as closed.
    """
    rows = place.filter(place.value.notnull())
    single, longer = rows.filter(days_within(rows) == 1.0), rows.filter(days_within(rows) != 1.0)
    everywhere, of_entity = closed.filter(closed.entity == ""), closed.filter(closed.entity != "")
    within = [longer["first"] <= closed.day, longer["last"] > closed.day]
    own = (closed.entity == "") | (closed.entity == longer.own_entity)
    hits = [
        single.inner_join(everywhere, [single["first"] == everywhere.day], rname="closed_{name}"),
        single.inner_join(
            of_entity, [single["first"] == of_entity.day, single.own_entity == of_entity.entity], rname="closed_{name}"
        ),
        longer.inner_join(closed, [*within, own], rname="closed_{name}"),
    ]
    found = ibis.union(*(hit.select(KEY) for hit in hits))
    return labelled(found.group_by(KEY).agg(closed_covered=found.count().cast("float64")), labels)


def flags_seen(place: ir.Table, labels: ir.Table) -> ir.Table:
    """indicator_id, start, flag: the flags of the observations behind each period."""
    flagged = place.filter(place.flags.length() > 0)
    found = flagged.select("part_id", "start", flag=flagged.flags.unnest()).distinct()
    return labelled(found, labels).select("indicator_id", "start", "flag").distinct()


def pulls_seen(place: ir.Table, labels: ir.Table) -> ir.Table:
    """indicator_id, start, pull_id: the pulls with the known values behind each period.

    For the step of a counter it is the pull of the later reading.
    """
    found = place.filter(place.value.notnull()).select("part_id", "start", "pull_id").distinct()
    return labelled(found, labels).select("indicator_id", "start", "pull_id").distinct()


def first_seen(reduced: ir.Table) -> ir.Table:
    """indicator_id, part, source, metric, entity, first: the first day with a known value.

    reduced: as ``reduce_series``.
    """
    known = reduced.filter(reduced.known_from.notnull())
    return known.group_by(["indicator_id", "part", "source", "metric", "entity"]).agg(first=known.known_from.min())
