"""Entities that a delivery of everything no longer holds: left out, renamed, merged, or in a file that is gone."""

from dataclasses import dataclass, field, replace

import pandas as pd

from flows.steps.context import Context
from sources.contract import ParseResult, Source
from sources.files.left_out_names import LeftOutNames, left_out_names, series_name
from sources.files.yaml_text import yaml_text
from warehouse.diff import Difference, Replacement
from warehouse.errors import ShapeError
from warehouse.pulls import Pull, last_pull
from warehouse.series_changes import Series, SeriesChanges
from warehouse.settings_hash import settings_changed

NAMED = 10
HAS_NONE = "had values and has none in this delivery"


@dataclass
class Vanished:
    """Whether stored values go of which a delivery holds nothing; ``notes`` says so after the commit.

    ``compares``: the delivery holds everything, so that what it lacks is told. ``is_meant``: the settings of the source
    changed since the last pull, so that the values go; otherwise they stay. ``left_out``: what goes in any case.
    ``closed``: entities that the calendar closes for good; theirs stay, and nobody misses new ones.
    """

    compares: bool
    is_meant: bool = False
    left_out: LeftOutNames = field(default_factory=LeftOutNames)
    closed: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)

    def applied_to(self, replacement: Replacement) -> Replacement:
        left_out = self.left_out.has if self.left_out else None
        keeps_all = self.compares and not self.is_meant
        return replace(replacement, keeps_series=keeps_all, kept_entities=self.closed, left_out=left_out)

    def without_left_out(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows to store. What a source makes of several values has a name that only its rows have."""
        if not self.left_out:
            return rows
        codes, series = pd.MultiIndex.from_frame(rows[["metric", "entity"]]).factorize()
        left = [at for at, each in enumerate(series) if self.left_out.has(*each)]
        return rows[~pd.Series(codes, index=rows.index).isin(left)]

    def accept(self, difference: Difference) -> None:
        """Note what vanished. Raises ``ShapeError`` where something new or grown has values of the same days: kept
        beside it, the old ones would count twice.
        """
        found = difference.series
        self._note([f"'{name}' {HAS_NONE}: they go, as 'left_out' names it" for name in _names(found.left_out, found)])
        if not self.compares:
            return
        self._note(
            [
                f"'{_name(metric, entity)}' had values from {before} on, and now from {now} on: those between go"
                for metric, entity, before, now in found.cut
            ]
        )
        kept = [name for name in _names(found.vanished, found) if name in self.closed]
        gone = [name for name in _names(found.vanished, found) if name not in self.closed]
        if self.is_meant:
            _require_no_growth(kept, found)
            self._note([f"'{name}' {HAS_NONE}: they go, as the settings of the source changed" for name in gone])
            return
        _require_no_new_name(gone, found)
        _require_no_growth(gone or kept, found)
        self._note(
            [
                f"'{name}' {HAS_NONE}: the stored ones are kept. Deliver it again, or {_left_out(name)} if it was left"
                f" out on purpose; if it has closed, {_closed(name)}"
                for name in gone
            ]
        )

    def _note(self, notes: list[str]) -> None:
        self.notes += notes[:NAMED]
        if len(notes) > NAMED:
            self.notes.append(f"and {len(notes) - NAMED} more like {notes[NAMED - 1]}")


def _require_no_new_name(gone: list[str], found: SeriesChanges) -> None:
    if not (gone and found.appeared):
        return
    new = _name(*found.appeared[0])
    do = f"if it was left out on purpose, {_left_out(gone[0])}; if it has closed, {_closed(gone[0])}"
    if gone[0] in {entity for _, entity in found.vanished}:
        do = f"declare 'rename: {{{yaml_text(new)}: {yaml_text(gone[0])}}}' if that is its new name; {do}"
    raise ShapeError(f"'{gone[0]}' {HAS_NONE}, and '{new}' is new with values of its days", do=do)


def _require_no_growth(missing: list[str], found: SeriesChanges) -> None:
    if not (missing and found.grown):
        return
    into = _name(*found.grown[0])
    what = f"'{missing[0]}' {HAS_NONE}, and '{into}' grew by just what it had, so that it would count twice"
    raise ShapeError(what, do=f"{_left_out(missing[0])} if it was merged, or deliver it again")


def _closed(name: str) -> str:
    return f"name it in 'calendar: {{closed: [{{from: DAY, entities: [{yaml_text(name)}]}}]}}'"


def _left_out(name: str) -> str:
    return f"declare 'left_out: [{yaml_text(name)}]'"


def _name(metric: str, entity: str) -> str:
    return entity or metric


def _names(series: Series, found: SeriesChanges) -> list[str]:
    """The shortest name of each: the entity or the metric, where nothing of it was delivered, or else both."""
    entities, metrics = {entity for _, entity in found.delivered}, {metric for metric, _ in found.delivered}
    names = (
        _name(metric, entity)
        if not entity or entity not in entities
        else metric
        if metric not in metrics
        else series_name(metric, entity)
        for metric, entity in series
    )
    return list(dict.fromkeys(names))


def vanished_of(context: Context, source: Source, pull: Pull, parsed: ParseResult) -> Vanished:
    """What to do about entities that this delivery does not hold.

    Items come and go, and of a count that never falls each day is compared.
    """
    plan = context.loaded.plan
    left_out = left_out_names(plan.sources[source.name])
    if not source.delivers_everything or source.keyed_by_entity or parsed.never_falls:
        return Vanished(compares=False, left_out=left_out)
    last = last_pull(context.tables, pull.source)
    is_meant = last is None or settings_changed(last["settings_hash"], pull.settings_hash)
    closures = plan.calendar.closed if plan.calendar else ()
    closed = frozenset(name for closure in closures if closure.to is None for name in closure.entities)
    return Vanished(compares=True, is_meant=is_meant, left_out=left_out, closed=closed)
