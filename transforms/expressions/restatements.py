"""How often the values that a pull read again had changed, as in ``transforms.expressions.series``.

The age of a reading is the source's local day of the pull minus the observation's end: 0 on the day after its last day.
One value is measured: for a flow and a distinct count the value of its day, week or month; for a reading the level or
counter at that time; for an item its presence and place. A snapshot is taken once and so is never read again. A pull of
a source of items returns what was published, moved or withdrawn since the last pull, whatever its day, so it reads all
earlier items again.
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from transforms.expressions.quantiles import quantiles
from transforms.settling import LONGEST_AGE, MEMORY_DAYS

TOLERANCE = 0.005
"""A value has changed if it differs by more than this share from its final value."""

KEY = ["source", "metric", "entity", "start", "end"]
SPAN = ["source", "start", "end"]
SERIES = ["source", "metric", "series"]
NEVER, BEFORE = -1, -1


@dataclass(frozen=True, slots=True)
class SettlingInputs:
    """The tables from which the ledger is learned.

    changes: source, metric, entity, start, end, pull_id, change, old_value, new_value. pulls: source, pull_id, turn
    (the order of commits), day (local), settings, items (whether entities are items); committed ones only. windows:
    pull_id, first, until: the days that a pull read. since: source and first: only changes of spans that end after that
    day are looked at, and only of these sources. older: source, metric, entity of the series that were known before
    the changes given.
    """

    changes: ir.Table
    pulls: ir.Table
    windows: ir.Table
    since: ir.Table
    older: ir.Table

    @property
    def recent(self) -> ir.Table:
        """The changes that are looked at, with turn and series: the entity, "" for all items of a source."""
        pulls = self.pulls.select("pull_id", "turn", "items")
        joined = self.changes.inner_join(self.since, "source").inner_join(pulls, "pull_id")
        return joined.filter(joined.end > joined["first"]).select(
            *self.changes.columns, "turn", series=ibis.ifelse(joined["items"], "", joined.entity)
        )


def readings(inputs: SettlingInputs) -> ir.Table:
    """Each time that a pull read a span of days that was over.

    Columns source, start, end, pull_id, turn, age, settings, before, settings_before. ``before`` is the turn of the
    previous reading of the same span, null for the first one.
    """
    spans = inputs.recent.select(SPAN).distinct()
    pulls = inputs.pulls.inner_join(inputs.windows, "pull_id")
    newest = ibis.window(group_by=pulls.source)
    pulls = pulls.mutate(since_newest=pulls.day.delta(pulls.day.max().over(newest), unit="day"))
    pulls = pulls.filter(pulls.since_newest > -MEMORY_DAYS)
    read = spans.inner_join(
        pulls,
        [spans.source == pulls.source, pulls["first"] < spans.end, spans.end <= pulls.until, spans.end <= pulls.day],
    )
    read = read.select(*SPAN, "pull_id", "turn", "settings", age=read.day.delta(read.end, unit="day")).distinct()
    earlier = ibis.window(group_by=[read.source, read.start, read.end], order_by=read.turn)
    return read.mutate(before=read.turn.lag().over(earlier), settings_before=read.settings.lag().over(earlier))


def first_turns(inputs: SettlingInputs, read: ir.Table) -> ir.Table:
    """Columns source, start, end, first_turn: when a span was first read, or first had a value."""
    turns = inputs.recent.select(*SPAN, "turn").union(read.select(*SPAN, "turn"))
    return turns.group_by(SPAN).agg(first_turn=turns.turn.min())


def series_begun(inputs: SettlingInputs) -> ir.Table:
    """``SERIES`` and begun: the turn that first brought the series, of an older one ``BEFORE``."""
    recent = inputs.recent
    begun = recent.group_by(SERIES).agg(begun=recent.turn.min())
    older = inputs.older.select("source", "metric", series=inputs.older.entity).distinct()
    known = begun.left_join(older, SERIES, rname="older_{name}")
    return known.select(*SERIES, begun=ibis.ifelse(known.older_source.notnull(), BEFORE, known.begun).cast("int64"))


def changes_of_touched(inputs: SettlingInputs, first: ir.Table) -> ir.Table:
    """The changes of each value that was not simply there from the first turn of its span on.

    They are few. Of all others only the number matters: each has one row, which added it in that turn. Columns as
    ``SettlingInputs.recent``, and begins: whether a row is like theirs.
    """
    rows = inputs.recent.inner_join(first, SPAN)
    rows = rows.mutate(begins=(rows.change == "added") & (rows.turn == rows.first_turn)).drop("first_turn")
    touched = rows.filter(~rows.begins).select(KEY).distinct()
    return rows.semi_join(touched, KEY)


def values_held(inputs: SettlingInputs, first: ir.Table, begun: ir.Table, touched: ir.Table) -> ir.Table:
    """Columns source, metric, start, end, begun and n: the number of values ever known, by when their series began.

    touched: as ``changes_of_touched``.
    """
    by = ["source", "metric", "start", "end", "begun"]
    rows = inputs.recent.filter(inputs.recent.change == "added").inner_join(first, SPAN)
    rows = rows.filter(rows.turn == rows.first_turn).inner_join(begun, SERIES)
    every = rows.group_by(by).agg(n=rows.count())
    values = touched.group_by([*KEY, "series"]).agg(begins=touched.begins.any()).inner_join(begun, SERIES)
    late = values.filter(~values.begins)
    return every.union(late.group_by(by).agg(n=late.count())).group_by(by).agg(n=lambda t: t.n.sum())


def final_values(begun: ir.Table, touched: ir.Table) -> ir.Table:
    """``KEY``, final, begun: the present value of each touched one; null when it is gone."""
    unknown = (touched.change == "dropped") | touched.new_value.isnull()
    last = touched.group_by([*KEY, "series"]).agg(
        final=touched.new_value.argmax(touched.turn), unknown=unknown.argmax(touched.turn)
    )
    known = last.inner_join(begun, SERIES)
    return known.select(*KEY, "begun", final=ibis.ifelse(known.unknown, ibis.null("float64"), known.final))


def followed_ages(held: ir.Table, read: ir.Table) -> ir.Table:
    """The lowest and the highest age at which a series was read for a span.

    Columns source, start, end, begun, since, until.
    """
    spans = held.select(*SPAN, "begun").distinct()
    joined = spans.inner_join(read, SPAN).filter(lambda t: t.turn >= t.begun)
    return joined.group_by([*SPAN, "begun"]).agg(since=joined.age.min(), until=joined.age.max())


def restatements(touched: ir.Table, known: ir.Table, read: ir.Table, spans: ir.Table) -> ir.Table:
    """``KEY``, begun, age, off, step: each change that a later reading found.

    ``off`` is the distance of the earlier value from the final value, ``step`` the size of the change, both as shares
    of the final value; 1 where a value appeared, disappeared or is now 0. A row that appeared after its series had been
    read for those days has changed from missing. Changes together with the settings of the source come from the plan
    and are left out. known: as ``final_values``.
    """
    found = touched.drop("turn").inner_join(known, KEY)
    found = found.inner_join(read, [*SPAN, "pull_id"]).inner_join(spans, [*SPAN, "begun"])
    late = (found.change != "added") | (found.before >= found.begun)
    found = found.filter(late & (found.settings == found.settings_before) & (found.age > found.since))
    old = ibis.ifelse(found.change == "added", ibis.null("float64"), found.old_value)
    new = ibis.ifelse(found.change == "dropped", ibis.null("float64"), found.new_value)
    return found.select(
        *KEY, "begun", "age", off=_share(old, found.final, found.final), step=_share(old, new, found.final)
    ).filter(lambda t: t.step > 0)


def _share(one: ir.Value, other: ir.Value, of: ir.Value) -> ir.Value:
    """The distance between two values as a share of ``of``."""
    one_alone = one.isnull() != other.isnull()
    whole = one_alone | ((one != other) & (of.isnull() | (of == 0)))
    return ibis.ifelse(whole.fill_null(one_alone), 1.0, ((one - other) / of.nullif(0)).abs().fill_null(0.0))


def change_counts(held: ir.Table, spans: ir.Table, found: ir.Table) -> ir.Table:
    """source, metric, since, until, changed, n: the number of values by their ages.

    since: first read. until: last read. changed: last changed.
    """
    by = ["source", "metric", "start", "end", "begun"]
    late = found.filter(found.off > TOLERANCE).group_by([*KEY, "begun"]).agg(changed=lambda t: t.age.max())
    late = late.group_by([*by, "changed"]).agg(n=lambda t: t.count())
    moved = late.group_by(by).agg(moved=late.n.sum())
    rest = held.left_join(moved, by, rname="moved_{name}")
    rest = rest.select(*by, changed=ibis.literal(NEVER, "int64"), n=rest.n - rest.moved.fill_null(0))
    counted = late.select(*by, "changed", "n").union(rest).filter(lambda t: t.n > 0)
    joined = counted.inner_join(spans, [*SPAN, "begun"])
    groups = joined.select(
        "source",
        "metric",
        "n",
        since=_capped(joined.since),
        until=_capped(joined.until),
        changed=_capped(joined.changed),
    )
    return groups.group_by(["source", "metric", "since", "until", "changed"]).agg(n=groups.n.sum())


def changes_by_age(held: ir.Table, read: ir.Table, spans: ir.Table, found: ir.Table) -> ir.Table:
    """What the readings at each age found.

    Columns source, metric, age, read_again, changed, median_change_pct, p95_change_pct.
    """
    again = (
        held.inner_join(spans, [*SPAN, "begun"])
        .inner_join(read, SPAN)
        .filter(lambda t: (t.turn >= t.begun) & (t.age > t.since) & (t.age <= LONGEST_AGE))
    )
    again = again.group_by(["source", "metric", "age"]).agg(read_again=again.n.sum())
    by_age = ["source", "metric", "age"]
    at = quantiles(found, by_age, "step", {"median": 0.5, "p95": 0.95})
    changed = at.select(*by_age, changed=at.rows, median_change_pct=at["median"] * 100, p95_change_pct=at["p95"] * 100)
    joined = again.left_join(changed, ["source", "metric", "age"], rname="found_{name}")
    return joined.select(
        "source",
        "metric",
        "age",
        "read_again",
        "median_change_pct",
        "p95_change_pct",
        changed=joined.changed.fill_null(0),
    )


def _capped(age: ir.Value) -> ir.Value:
    return ibis.least(age, LONGEST_AGE + 1)
