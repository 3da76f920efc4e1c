"""What changed between two evaluations, indicator by indicator."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from reports.words import VERDICT_LABELS
from transforms.arrays import SAME
from transforms.findings import WORST_FIRST
from transforms.formatting import day, distinct_number
from transforms.judgement.history import NOT_THE_GOAL
from warehouse.published_tables import Row

ChangeKind = Literal["worse", "better", "judged", "not judged", "new", "gone", "restated", "goal"]
ORDER = ("worse", "not judged", "restated", "goal", "gone", "better", "judged", "new")


@dataclass(frozen=True, slots=True)
class Change:
    """One change, as a sentence. ``kind`` says which way it went."""

    indicator_id: str
    title: str
    kind: ChangeKind
    text: str


def compare(then: Sequence[Row], now: Sequence[Row], goals: Mapping[str, Sequence[str]]) -> list[Change]:
    """Every change, the worst kind first. An indicator may have several: a verdict, a figure and a goal."""
    before, after = ({row["indicator_id"]: row for row in rows} for rows in (then, now))
    changes = [_gone(row) for name, row in before.items() if name not in after]
    for name, row in after.items():
        if name not in before:
            changes.append(_change(row, "new", f"is new in the plan: {_label(row)}"))
            continue
        changes += [one for one in (_verdict(before[name], row), _restated(before[name], row)) if one]
        changes += [_change(row, "goal", text) for text in goals.get(name, ()) if text != NOT_THE_GOAL]
    changes += _method(after, goals)
    return sorted(changes, key=lambda change: ORDER.index(change.kind))


def _change(row: Row, kind: ChangeKind, text: str) -> Change:
    return Change(row["indicator_id"], row["title"] or row["indicator_id"], kind, text)


def _gone(row: Row) -> Change:
    return _change(row, "gone", f"is no longer in the plan; it was {_label(row)}")


def _method(after: Mapping[str, Row], goals: Mapping[str, Sequence[str]]) -> list[Change]:
    """One change for all indicators whose goal is the same, and whose figures are made in another way."""
    titles = [row["title"] or name for name, row in after.items() if NOT_THE_GOAL in goals.get(name, ())]
    if not titles:
        return []
    text = f"how they are made or when they are final has changed (calendar, breaks or sources): {', '.join(titles)}"
    return [Change("", f"{len(titles)} figure{'' if len(titles) == 1 else 's'}", "goal", text)]


def _label(row: Row) -> str:
    return VERDICT_LABELS[row["verdict"]].lower()


def _verdict(before: Row, row: Row) -> Change | None:
    old, new = before["verdict"], row["verdict"]
    if old == new:
        return None
    text = f"was {_label(before)} and is {_label(row)}"
    if new == "not_assessable":
        return _change(row, "not judged", f"{text}: {row['reason']}")
    text += _figures(before, row)
    if old == "not_assessable":
        return _change(row, "judged", text)
    return _change(row, "worse" if WORST_FIRST.index(new) < WORST_FIRST.index(old) else "better", text)


def _figures(before: Row, row: Row) -> str:
    """The figures of the two periods judged, where both are known."""
    if before["value"] is None or row["value"] is None or before["through"] is None or row["through"] is None:
        return ""
    old, new = distinct_number(before["value"], row["value"]), distinct_number(row["value"], before["value"])
    return f": {old} (to {day(before['through'])}), now {new} (to {day(row['through'])})"


def _restated(before: Row, row: Row) -> Change | None:
    """A figure of the same period that is another one now."""
    old, new = before["value"], row["value"]
    same_period = before["through"] is not None and before["through"] == row["through"]
    if not same_period or old is None or new is None or math.isclose(old, new, rel_tol=SAME):
        return None
    shown = f"{distinct_number(old, new)} became {distinct_number(new, old)}"
    return _change(row, "restated", f"the figure to {day(row['through'])} was corrected: {shown}")
