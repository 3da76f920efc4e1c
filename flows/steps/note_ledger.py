"""The notes that people write on indicators: an append-only ledger, and the table of those in force."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

import pandas as pd
import pyarrow as pa

from flows.steps.context import Context
from warehouse.frames import to_arrow
from warehouse.published_files import publish_one
from warehouse.root import table_rows
from warehouse.schema import NOTES, PUBLISHED_NOTES
from warehouse.schema.notes import WITHDRAWN, WRITTEN


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it is on the ledger. ``recorded_at``: aware UTC."""

    note_id: str
    indicator_id: str
    noted_on: date
    author: str
    note: str
    recorded_at: datetime


def new_note(indicator_id: str, noted_on: date, author: str, note: str, recorded_at: datetime) -> Note:
    """A note with an id of eight hexadecimal digits, which is the same for the same note of the same instant."""
    parts = (indicator_id, str(noted_on), author, note, recorded_at.isoformat())
    note_id = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:8]
    return Note(note_id, indicator_id, noted_on, author, note, recorded_at)


def notes_in_force(context: Context) -> list[Note]:
    """The notes that nobody took back, the newest day first; of one day the last recorded first."""
    rows = table_rows(context.tables.read(NOTES))
    withdrawn = {row["note_id"] for row in rows if row["action"] == WITHDRAWN}
    names = Note.__dataclass_fields__
    kept = {
        row["note_id"]: Note(**{name: row[name] for name in names})
        for row in rows
        if row["action"] == WRITTEN and row["note_id"] not in withdrawn
    }
    return sorted(kept.values(), key=lambda one: (one.noted_on, one.recorded_at, one.note_id), reverse=True)


def record_note(context: Context, note: Note) -> None:
    """Append a note and publish it. Only under the warehouse's lock."""
    _append(context, {"action": WRITTEN, **asdict(note)})


def withdraw_note(context: Context, note: Note, by: str) -> None:
    """Record that a note was taken back, and publish what is left. Only under the warehouse's lock."""
    day, now = context.today, context.clock()
    row = {"note_id": note.note_id, "indicator_id": note.indicator_id, "action": WITHDRAWN, "author": by}
    _append(context, {**row, "noted_on": day, "note": None, "recorded_at": now})


def _append(context: Context, row: dict[str, object]) -> None:
    context.tables.append(NOTES, pa.Table.from_pylist([row], schema=NOTES.arrow))
    publish_one(context.root, PUBLISHED_NOTES, to_arrow(notes_table(context), PUBLISHED_NOTES))


def notes_table(context: Context) -> pd.DataFrame:
    """``PUBLISHED_NOTES``: the notes in force on the indicators of the plan."""
    known = context.loaded.plan.indicators
    return _frame([one for one in notes_in_force(context) if one.indicator_id in known])


def _frame(notes: Sequence[Note]) -> pd.DataFrame:
    rows = [[getattr(one, name) for name in PUBLISHED_NOTES.names] for one in notes]
    frame = pd.DataFrame(rows, columns=PUBLISHED_NOTES.names)
    instants = pd.to_datetime(frame["recorded_at"], utc=True)
    return frame.assign(noted_on=pd.to_datetime(frame["noted_on"]), recorded_at=instants)
