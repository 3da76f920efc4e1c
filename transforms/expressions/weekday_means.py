"""The usual value of each weekday."""

import ibis.expr.types as ir

from transforms.expressions.series import labelled


def weekday_means(place: ir.Table, labels: ir.Table, closed: ir.Table) -> ir.Table:
    """Columns of a member, weekday (0 is Monday), mean and days.

    The mean of its values of single open days, by weekday.

    place: as ``transforms.expressions.series.values_by_period``. labels: as for
    ``transforms.expressions.series.labelled``. closed: entity ("" for all), day.
    """
    length = place.span_end.delta(place.span_start, unit="day")
    rows = place.filter(place.value.notnull(), length == 1)
    closed = closed.select(closed_entity=closed.entity, day=closed.day)
    of_entity = (closed.closed_entity == "") | (closed.closed_entity == rows.own_entity)
    single = rows.anti_join(closed, [rows["first"] == closed.day, of_entity])
    single = single.mutate(weekday=single["first"].day_of_week.index().cast("int64"))
    # a member of many items counts all of them: first the sum of a day, then the mean over days
    day = ["part_id", "entity", "first", "weekday"]
    of_items = single.filter(single["items"]).group_by(day).agg(value=single.value.sum())
    others = single.filter(~single["items"])
    columns = ["part_id", "entity", "weekday", "value"]
    by_day = others.select(columns).union(of_items.select(columns))
    means = by_day.group_by(columns[:3]).agg(mean=by_day.value.mean(), days=by_day.count())
    return labelled(means, labels)
