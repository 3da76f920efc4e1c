"""Entities that a delivery of everything no longer holds: left out, renamed, or in a file that is gone."""

from dataclasses import dataclass, field, replace

from flows.steps.context import Context
from sources.contract import ParseResult, Source
from warehouse.diff import Difference, Replacement
from warehouse.errors import ShapeError
from warehouse.pulls import Pull, last_pull

LEFT_OUT = "declare 'left_out: [{name}]'"
NAMED = 10


@dataclass
class Vanished:
    """Whether stored values go of which a delivery holds nothing; ``notes`` says so after the commit.

    ``compares``: the delivery holds everything, so that what it lacks is told. ``is_meant``: the settings of the source
    changed since the last pull, so that the values go; otherwise they stay.
    """

    compares: bool
    is_meant: bool = False
    notes: list[str] = field(default_factory=list)

    def applied_to(self, replacement: Replacement) -> Replacement:
        return replace(replacement, keeps_series=self.compares and not self.is_meant)

    def accept(self, difference: Difference) -> None:
        """Note what vanished. Raises ``ShapeError`` where something new has values of the same days: kept beside it,
        the old ones would count twice.
        """
        if not self.compares:
            return
        gone = list(dict.fromkeys(entity or metric for metric, entity in difference.vanished))
        if self.is_meant:
            told = "had values and has none in this delivery: they go, as the settings of the source changed"
            self.notes += [f"'{name}' {told}" for name in gone[:NAMED]]
            return
        if gone and difference.appeared:
            new = difference.appeared[0][1] or difference.appeared[0][0]
            what = f"'{gone[0]}' had values and has none in this delivery, and '{new}' is new with values of its days"
            do = f"declare 'rename: {{{new}: {gone[0]}}}' if that is its new name; if it was left out on purpose, "
            raise ShapeError(what, do=do + LEFT_OUT.format(name=gone[0]))
        self.notes += [
            f"'{name}' had values and has none in this delivery: the stored ones are kept. Deliver it again, or"
            f" {LEFT_OUT.format(name=name)} if it was left out on purpose"
            for name in gone[:NAMED]
        ]
        if len(gone) > NAMED:
            self.notes.append(f"{len(gone) - NAMED} more had values and have none in this delivery")


def vanished_of(context: Context, source: Source, pull: Pull, parsed: ParseResult) -> Vanished:
    """What to do about entities that this delivery does not hold.

    Items come and go, and of a count that never falls each day is compared.
    """
    if not source.delivers_everything or source.keyed_by_entity or parsed.never_falls:
        return Vanished(compares=False)
    last = last_pull(context.tables, pull.source)
    return Vanished(compares=True, is_meant=last is None or last["settings_hash"] != pull.settings_hash)
