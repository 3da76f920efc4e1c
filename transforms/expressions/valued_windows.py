"""The runs of days for which values are known, in Ibis for any engine."""

import ibis
import ibis.expr.types as ir


def valued_windows(observations: ir.Table, items: ir.Table) -> ir.Table:
    """source, entity, start and end (the day after) of each run of days without a gap for which values are known.

    observations: source, entity, start, end, value. items: the sources whose entities are items that come and go: these
    count together, as the entity "".
    """
    known = observations.filter(observations.value.notnull()).left_join(items, "source", rname="item_{name}")
    entity = ibis.ifelse(known.item_source.notnull(), "", known.entity)
    spans = known.select("source", "start", "end", entity=entity).distinct()
    order = {"group_by": ["source", "entity"], "order_by": ["start", "end"]}
    spans = spans.mutate(until=spans.end.max().over(ibis.window(**order, preceding=(None, 1))))
    begins = ibis.ifelse(spans.until.isnull() | (spans.start > spans.until), 1, 0)
    spans = spans.mutate(begins=begins)
    spans = spans.mutate(run=spans.begins.sum().over(ibis.window(**order, preceding=None, following=0)))
    runs = spans.group_by(["source", "entity", "run"]).agg(first=spans.start.min(), last=spans.end.max())
    return runs.select("source", "entity", start=runs["first"], end=runs["last"])


def newest_spans(observations: ir.Table) -> ir.Table:
    """source and days: the length of the newest value of each source, of several the shortest."""
    newest = observations.group_by("source").agg(newest=observations.end.max())
    last = observations.inner_join(newest, "source").filter(lambda t: t.end == t.newest)
    days = last.end.delta(last.start, unit="day")
    return last.group_by("source").agg(days=days.min())
