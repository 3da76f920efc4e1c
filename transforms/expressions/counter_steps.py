"""From the readings of counters to the steps between them: roll-overs, resets, corrections, and readings not believed.

A fall is a roll-over only near the end of the dial, and a reset only near zero. A reading that those around it
contradict is passed over. Whatever else falls is a correction, and a step beyond the largest plausible one is unknown.
"""

import ibis
import ibis.expr.types as ir
from ibis.expr.builders import LegacyWindowBuilder

from transforms.expressions.quantiles import quantiles

LEARNED_FROM, LEARNED_QUANTILE, LEARNED_FACTOR = 10, 0.9, 100
"""From ten rises on, a gate's largest plausible step a day is a hundred times the 0.9 quantile of its rises a day."""
NEAR = 0.1
"""The share of the dial within which a fall is a roll-over; the share of the learned largest step, or where nothing is
learned of the reading before, within which a reading is near zero or near another."""
KEY = ["source", "metric", "entity"]


def steps(observations: ir.Table, metrics: ir.Table) -> ir.Table:
    """The increments between readings of a counter, as observations over the days between.

    Where the metric resets (a gate's counter) the rules of this module hold, with ``largest_step`` of the metric or one
    learned from the entity's own rises. Otherwise (followers, likes, views of a video) each fall is a correction, and
    only a declared ``largest_step`` is a limit. Extra columns: rollover, reset, implausible (the value is null) and
    corrected (a fall was taken as it is, or a reading was passed over).
    """
    pairs = _judged(_believed(_judged(_readings(observations, metrics))))
    pairs = pairs.filter(pairs.before.notnull())
    fell = pairs.value < pairs.before
    step = ibis.cases((pairs.rolls, pairs.forward), (pairs.began, pairs.value), else_=pairs.value - pairs.before)
    unexplained = fell & ~pairs.rolls & ~pairs.began & pairs.resets
    unsure = unexplained & (pairs.after.isnull() | (pairs.before - pairs.value > pairs.near))
    implausible = ((step.abs() > pairs.most) | unsure).fill_null(False)
    return pairs.select(
        *KEY,
        start=pairs.since,
        end=pairs.start,
        value=ibis.ifelse(implausible, ibis.null("float64"), step / pairs.divide_by),
        flags=pairs.flags,
        retrieved_at=pairs.retrieved_at,
        pull_id=pairs.pull_id,
        rollover=pairs.rolls,
        reset=pairs.began,
        implausible=implausible,
        corrected=(unexplained & ~implausible) | (pairs.at - pairs.at_before > 1),
        steps=ibis.literal(True),
    )


def _readings(observations: ir.Table, metrics: ir.Table) -> ir.Table:
    """The readings of counters with the declarations of their metric; ``at`` numbers those of an entity.

    rate: the largest plausible step a day, learned from the rises; null where it is declared or too little is known.
    """
    found = observations.filter(observations.value.notnull()).inner_join(
        metrics.filter(metrics.kind == "reading"), ["source", "metric"]
    )
    order = _in_time(found)
    found = found.mutate(at=ibis.row_number().over(order), risen=found.value - found.value.lag().over(order))
    order = _in_time(found)
    days = found.start.delta(found.start.lag().over(order), unit="day").cast("float64")
    rises = found.mutate(a_day=found.risen / days.nullif(0.0))
    rises = rises.filter(rises.resets & rises.largest_step.isnull() & (rises.risen > 0) & rises.a_day.notnull())
    learned = quantiles(rises, KEY, "a_day", {"usual": LEARNED_QUANTILE})
    learned = learned.filter(learned.rows >= LEARNED_FROM)
    learned = learned.select(*KEY, rate=learned.usual * LEARNED_FACTOR)
    return found.drop("risen").left_join(learned, KEY).drop([f"{name}_right" for name in KEY])


def _in_time(readings: ir.Table) -> LegacyWindowBuilder:
    """The readings of each counter in order; two of one day by value, so that every engine takes the same order."""
    by = [readings.start, readings.value, readings.pull_id]
    return ibis.window(group_by=[readings[name] for name in KEY], order_by=by)


def _judged(readings: ir.Table) -> ir.Table:
    """Each reading beside those around it.

    before, after, beyond: the reading before and the two after it. near, near_after: how near is near, from the reading
    before and to the next one. most: the largest plausible step. rolls, began: whether it passed the end of the dial,
    or began again at zero.
    """
    order = _in_time(readings)
    with_days = readings.mutate(
        before=readings.value.lag().over(order),
        since=readings.start.lag().over(order),
        at_before=readings["at"].lag().over(order),
        after=readings.value.lead().over(order),
        beyond=readings.value.lead(2).over(order),
        days=readings.start.delta(readings.start.lag().over(order), unit="day").cast("float64"),
        days_after=readings.start.lead().over(order).delta(readings.start, unit="day").cast("float64"),
    )
    found = with_days.mutate(
        most=with_days.largest_step.coalesce(with_days.rate * with_days.days),
        forward=with_days.value - with_days.before + with_days.rollover,
    )
    learned, learned_after = found.rate * found.days * NEAR, found.rate * found.days_after * NEAR
    found = found.mutate(near=found.largest_step.coalesce(learned, found.before * NEAR))
    found = found.mutate(near_after=found.largest_step.coalesce(learned_after, found.near))
    fell = (found.value < found.before) & found.resets
    rolls = (fell & (found.forward <= found.largest_step.coalesce(found.rollover * NEAR))).fill_null(False)
    began = (fell & ~rolls & (found.value <= found.near)).fill_null(False)
    return found.mutate(rolls=rolls, began=began)


def _believed(pairs: ir.Table) -> ir.Table:
    """The readings without those that the ones around them contradict: typed too low, or too high."""
    across = pairs.after - pairs.before
    agree = (across >= 0) & (across <= pairs.near + pairs.near_after)
    rise = pairs.after - pairs.value
    explained = (pairs.rolls | pairs.began) & (rise <= pairs.near_after)
    too_low = (pairs.value < pairs.before) & agree & ~explained
    lasting = (pairs.beyond < pairs.value) & (pairs.after > pairs.near_after)
    too_high = (rise < 0) & agree & ((pairs.value - pairs.before > pairs.most) | lasting)
    doubted = pairs.resets & (too_low.fill_null(False) | too_high.fill_null(False))
    return pairs.filter(~doubted).select(*KEY, *_KEPT)


_KEPT = (
    "start", "value", "flags", "retrieved_at", "pull_id", "rollover", "divide_by", "largest_step", "resets", "rate",
    "at",
)  # fmt: skip
