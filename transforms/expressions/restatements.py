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
    def recent_changes(self) -> ir.Table:
        """The changes that are looked at."""
        joined = self.changes.inner_join(self.since, "source")
        return joined.filter(joined.end > joined["first"]).select(*self.changes.columns)


def readings(inputs: SettlingInputs) -> ir.Table:
    """Each time that a pull read a span of days that was over.

    Columns source, start, end, pull_id, turn, age, settings, before, settings_before. ``before`` is the turn of the
    previous reading of the same span, null for the first one.
    """
    spans = inputs.recent_changes.select(SPAN).distinct()
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


def final_values(inputs: SettlingInputs) -> ir.Table:
    """``KEY``, final, begun: each value ever known with its present value.

    The present value is null when it is gone. begun: the turn that first brought the series, of an older one
    ``BEFORE``.
    """
    pulls = inputs.pulls.select("pull_id", "turn", "items")
    changes = inputs.recent_changes.inner_join(pulls, "pull_id")
    changes = changes.mutate(series=ibis.ifelse(changes["items"], "", changes.entity))
    begun = changes.group_by(["source", "metric", "series"]).agg(begun=changes.turn.min())
    unknown = (changes.change == "dropped") | changes.new_value.isnull()
    last = changes.group_by([*KEY, "series"]).agg(
        final=changes.new_value.argmax(changes.turn), unknown=unknown.argmax(changes.turn)
    )
    known = last.inner_join(begun, ["source", "metric", "series"])
    older = inputs.older.mutate(series=inputs.older.entity)
    known = known.left_join(older, ["source", "metric", "series"], rname="older_{name}")
    return known.select(
        *KEY,
        begun=ibis.ifelse(known.older_source.notnull(), BEFORE, known.begun).cast("int64"),
        final=ibis.ifelse(known.unknown, ibis.null("float64"), known.final),
    )


def followed_ages(known: ir.Table, read: ir.Table) -> ir.Table:
    """The lowest and the highest age at which a series was read for a span.

    Columns source, start, end, begun, since, until.
    """
    spans = known.select(*SPAN, "begun").distinct()
    joined = spans.inner_join(read, SPAN).filter(lambda t: t.turn >= t.begun)
    return joined.group_by([*SPAN, "begun"]).agg(since=joined.age.min(), until=joined.age.max())


def restatements(inputs: SettlingInputs, known: ir.Table, read: ir.Table, spans: ir.Table) -> ir.Table:
    """``KEY``, age, off, step: each change that a later reading found.

    ``off`` is the distance of the earlier value from the final value, ``step`` the size of the change, both as shares
    of the final value; 1 where a value appeared, disappeared or is now 0. A row that appeared after its series had been
    read for those days has changed from missing. Changes together with the settings of the source come from the plan
    and are left out.
    """
    found = inputs.recent_changes.inner_join(read, [*SPAN, "pull_id"])
    found = found.inner_join(known, KEY).inner_join(spans, [*SPAN, "begun"])
    late = (found.change != "added") | (found.before >= found.begun)
    found = found.filter(late & (found.settings == found.settings_before) & (found.age > found.since))
    old = ibis.ifelse(found.change == "added", ibis.null("float64"), found.old_value)
    new = ibis.ifelse(found.change == "dropped", ibis.null("float64"), found.new_value)
    return found.select(
        *KEY, "age", off=_share(old, found.final, found.final), step=_share(old, new, found.final)
    ).filter(lambda t: t.step > 0)


def _share(one: ir.Value, other: ir.Value, of: ir.Value) -> ir.Value:
    """The distance between two values as a share of ``of``."""
    one_alone = one.isnull() != other.isnull()
    whole = one_alone | ((one != other) & (of.isnull() | (of == 0)))
    return ibis.ifelse(whole.fill_null(one_alone), 1.0, ((one - other) / of.nullif(0)).abs().fill_null(0.0))


def change_counts(known: ir.Table, spans: ir.Table, found: ir.Table) -> ir.Table:
    """source, metric, since, until, changed, n: the number of values by their ages.

    since: first read. until: last read. changed: last changed.
    """
    late = found.filter(found.off > TOLERANCE).group_by(KEY).agg(changed=lambda t: t.age.max())
    joined = known.inner_join(spans, [*SPAN, "begun"]).left_join(late, KEY, rname="late_{name}")
    groups = joined.select(
        "source",
        "metric",
        since=_capped(joined.since),
        until=_capped(joined.until),
        changed=_capped(joined.changed.fill_null(NEVER)),
    )
    return groups.group_by(["source", "metric", "since", "until", "changed"]).agg(n=groups.count())


def changes_by_age(known: ir.Table, read: ir.Table, spans: ir.Table, found: ir.Table) -> ir.Table:
    """What the readings at each age found.

    Columns source, metric, age, read_again, changed, median_change_pct, p95_change_pct.
    """
    held = known.group_by(["source", "metric", "start", "end", "begun"]).agg(n=known.count())
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
