"""Values in the periods that they touch, which ``transforms.expressions.series`` reduces."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir


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


@dataclass(frozen=True, slots=True)
class Placed:
    """Each value in each period that it touches, once for each part of an indicator that uses it.

    days: the values of single days of all but items: part_id, entity, start (of the period), day, value, flags,
    retrieved_at, pull_id, closed (how often the calendar names the day as closed for the entity). It has the most rows
    by far, so it has few columns. spans: all others, with the days from ``first`` to before ``last`` that lie in the
    period; items are counted together, so their entity becomes "".
    """

    days: ir.Table
    spans: ir.Table


def values_by_period(inputs: SeriesInputs, counters: ir.Table) -> Placed:
    """The values in their periods: that of a single day by that day, the others by comparing with each period.

    counters: as ``transforms.expressions.counter_steps.steps`` gives them.
    """
    observed = inputs.observations
    length = observed.end.delta(observed.start, unit="day")
    single, longer = (_as_observed(observed.filter(chosen)) for chosen in (length == 1, length != 1))
    items = inputs.parts["items"]
    spans = []
    for values, parts in ((single, inputs.parts.filter(items)), (longer, inputs.parts), (counters, inputs.parts)):
        wanted, grid = _wanted(values, parts), inputs.grid
        touching = [wanted.period == grid.period, wanted.start < grid.end, wanted.end > grid.start]
        spans.append(_placed(wanted.inner_join(grid, touching, rname="grid_{name}")))
    return Placed(_placed_days(_wanted(single, inputs.parts.filter(~items)), inputs), spans[0].union(*spans[1:]))


def _placed_days(wanted: ir.Table, inputs: SeriesInputs) -> ir.Table:
    everywhere, own = (
        inputs.closed.filter(chosen) for chosen in (inputs.closed.entity == "", inputs.closed.entity != "")
    )
    everywhere = everywhere.group_by("day").agg(everywhere=everywhere.count())
    own = own.group_by(["entity", "day"]).agg(own=own.count())
    days = inputs.days.left_join(everywhere, "day", rname="closed_{name}")
    joined = wanted.inner_join(days, [wanted.period == days.period, wanted.start == days.day], rname="grid_{name}")
    joined = joined.left_join(own, [joined.entity == own.entity, joined.day == own.day], rname="own_{name}")
    return joined.select(
        "part_id",
        "entity",
        "day",
        "value",
        "flags",
        "retrieved_at",
        "pull_id",
        start=joined.grid_start,
        closed=joined.everywhere.fill_null(0) + joined.own.fill_null(0),
    )


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
