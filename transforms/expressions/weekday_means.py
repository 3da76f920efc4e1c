"""The usual value of each weekday."""

import ibis.expr.types as ir

from transforms.expressions.placed_values import Placed
from transforms.expressions.series import labelled


def weekday_means(placed: Placed, labels: ir.Table, closed: ir.Table) -> ir.Table:
    """Columns of a member, weekday (0 is Monday), mean and days.

    The mean of its values of single open days, by weekday. labels: as for ``transforms.expressions.series.labelled``.
    closed: entity ("" for all), day.
    """
    columns = ["part_id", "entity", "weekday", "value"]
    days = placed.days.filter(placed.days.value.notnull(), placed.days.closed == 0)
    days = days.mutate(weekday=days.day.day_of_week.index().cast("int64"))
    by_day = days.select(columns).union(_days_of_others(placed.spans, closed).select(columns))
    means = by_day.group_by(columns[:3]).agg(mean=by_day.value.mean(), days=by_day.count())
    return labelled(means, labels)


def _days_of_others(place: ir.Table, closed: ir.Table) -> ir.Table:
    """The values of single open days among ``Placed.spans``: steps of counters, and all items of a day together."""
    length = place.span_end.delta(place.span_start, unit="day")
    rows = place.filter(place.value.notnull(), length == 1)
    closed = closed.select(closed_entity=closed.entity, day=closed.day)
    of_entity = (closed.closed_entity == "") | (closed.closed_entity == rows.own_entity)
    single = rows.anti_join(closed, [rows["first"] == closed.day, of_entity])
    single = single.mutate(weekday=single["first"].day_of_week.index().cast("int64"))
    # a member of many items counts all of them: first the sum of a day, then the mean over days
    day = ["part_id", "entity", "weekday", "first"]
    of_items = single.filter(single["items"]).group_by(day).agg(value=single.value.sum())
    others = single.filter(~single["items"])
    return others.select(*day, "value").union(of_items.select(*day, "value"))
