"""From observations to series: the heavy reduction, in Ibis for DuckDB or any other backend.

All functions work on expressions. ``reduce_series`` describes the result.
"""

import ibis
import ibis.expr.types as ir

from transforms.expressions.placed_values import Placed

SERIES = ["indicator_id", "part", "source", "metric", "entity", "start"]
KEY = ["part_id", "entity", "start"]
"""``SERIES`` with a number instead of four texts, which costs a large table less."""

LONGEST = 1_000_000
"""More days than any value spans."""
PARTIAL_FLAGS = ("incomplete", "partial")
"""Flags of values with missing hours or days."""
MARKS = ("prorated", "rollover", "reset", "implausible", "corrected")
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


def days_within(place: ir.Table) -> ir.FloatingColumn:
    """How many days of each value lie in the period."""
    return place["last"].delta(place["first"], unit="day").cast("float64")


def labelled(found: ir.Table, labels: ir.Table) -> ir.Table:
    """``found`` with the columns indicator_id, part, source and metric of its part_id. labels: all five."""
    columns = [name for name in found.columns if name != "part_id"]
    return found.inner_join(labels, "part_id").select("indicator_id", "part", "source", "metric", *columns)


def reduce_series(placed: Placed, labels: ir.Table) -> ir.Table:
    """One row for each indicator, part, source, metric, entity and period, with every aggregation.

    The key is ``SERIES``. sum splits values by days; mean weighs by days; days counts those with a known value. last is
    the value that begins last; of several the one that ends last, and of items that of the last name. known_from: the
    first day with a known value, which ``first_seen`` reads.
    """
    others, items = placed.spans.filter(~placed.spans["items"]), placed.spans.filter(placed.spans["items"])
    of_items = ibis.struct({"start": items.span_start, "end": items.span_end, "entity": items.own_entity})
    newest = _newest(others.span_start, others.span_end.delta(others.span_start, unit="day"))
    parts = [
        _sums_of_days(placed.days),
        _sums(others, newest, newest.max()),
        _sums(items, of_items, ibis.literal(0, "int64")),
    ]
    found = ibis.union(*parts)
    sums = found.group_by(KEY).agg(
        sum=found["sum"].sum(),
        mean=found.weighed.sum() / found.days.sum().nullif(0.0),
        last=found["last"].argmax(found.newest),
        max=found["max"].max(),
        days=found.days.sum(),
        **{mark: found[mark].any() for mark in MARKS},
        retrieved_at=found.retrieved_at.max(),
        known_from=found.known_from.min(),
    )
    return labelled(sums, labels)


def _newest(begun: ir.Value, length: ir.Value) -> ir.Value:
    """A number that is the greater the later a value begins; of those of one day the greater the longer it is."""
    return begun.delta(ibis.date(1, 1, 1), unit="day") * LONGEST + length


def _sums_of_days(days: ir.Table) -> ir.Table:
    """As ``_sums``, of values of one day each."""
    total = days.value.sum()
    return days.group_by(KEY).agg(
        sum=total,
        weighed=total,
        last=days.value.argmax(days.day),
        newest=_newest(days.day.max(), ibis.literal(1, "int64")),
        max=days.value.max(),
        days=days.value.count().cast("float64"),
        **dict.fromkeys(MARKS, ibis.literal(False)),
        retrieved_at=days.retrieved_at.max(),
        known_from=days.day.min(where=days.value.notnull()),
    )


def _sums(place: ir.Table, order: ir.Value, newest: ir.Value) -> ir.Table:
    """The aggregations by ``KEY``. The last value is that with the greatest ``order``; weighed is weighed by days."""
    known, days = place.value.notnull(), days_within(place)
    share = days / place.span_end.delta(place.span_start, unit="day").cast("float64").nullif(0.0)
    return place.group_by(KEY).agg(
        sum=(place.value * share).sum(),
        weighed=(place.value * days).sum(),
        last=place.value.argmax(order),
        newest=newest,
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


def closed_days_covered(placed: Placed, labels: ir.Table, closed: ir.Table) -> ir.Table:
    """``SERIES`` and ``closed_covered``.

    closed_covered is the number of counted days that the calendar marks as closed.
    """
    days = placed.days.filter(placed.days.value.notnull(), placed.days.closed > 0)
    spans = placed.spans.filter(placed.spans.value.notnull())
    within = [spans["first"] <= closed.day, spans["last"] > closed.day]
    own = (closed.entity == "") | (closed.entity == spans.own_entity)
    hits = spans.inner_join(closed, [*within, own], rname="closed_{name}")
    counts = days.group_by(KEY).agg(n=days.closed.sum()).union(hits.group_by(KEY).agg(n=hits.count()))
    return labelled(counts.group_by(KEY).agg(closed_covered=counts.n.sum().cast("float64")), labels)


def flags_seen(placed: Placed, labels: ir.Table) -> ir.Table:
    """indicator_id, start, flag: the flags of the observations behind each period."""
    flagged = [rows.filter(rows.flags.length() > 0) for rows in (placed.days, placed.spans)]
    columns = [rows.select("part_id", "start", flag=rows.flags.unnest()) for rows in flagged]
    return labelled(columns[0].union(columns[1]).distinct(), labels).select("indicator_id", "start", "flag").distinct()


def pulls_seen(placed: Placed, labels: ir.Table) -> ir.Table:
    """indicator_id, start, pull_id: the pulls with the known values behind each period.

    For the step of a counter it is the pull of the later reading.
    """
    known = [
        rows.filter(rows.value.notnull()).select("part_id", "start", "pull_id") for rows in (placed.days, placed.spans)
    ]
    found = known[0].union(known[1]).distinct()
    return labelled(found, labels).select("indicator_id", "start", "pull_id").distinct()


def first_seen(reduced: ir.Table) -> ir.Table:
    """indicator_id, part, source, metric, entity, first: the first day with a known value.

    reduced: as ``reduce_series``.
    """
    known = reduced.filter(reduced.known_from.notnull())
    return known.group_by(["indicator_id", "part", "source", "metric", "entity"]).agg(first=known.known_from.min())
