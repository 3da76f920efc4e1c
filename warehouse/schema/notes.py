"""The ledger of notes that people write on an indicator, and the published table of those in force."""

from warehouse.schema.columns import INDICATOR, INSTANT, TEXT, Column, Table, day_column, key_column

NOTE_ACTIONS = WRITTEN, WITHDRAWN = ("written", "withdrawn")
NOTE_ID = key_column("note_id", "id of the note: eight characters, for 'kmi note --withdraw'")
AUTHOR = Column("author", TEXT, "who wrote it", nullable=False)
RECORDED = Column("recorded_at", INSTANT, "when it was recorded, UTC", nullable=False)

NOTES = Table(
    "notes",
    "one note that was written on an indicator, or that a person took back",
    (
        NOTE_ID,
        INDICATOR,
        Column("action", TEXT, "written, or withdrawn later", nullable=False, one_of=NOTE_ACTIONS),
        day_column("noted_on", "the day of which it speaks, or on which it was withdrawn"),
        Column("author", TEXT, "who wrote it, or who withdrew it", nullable=False),
        Column("note", TEXT, "the note, on one line; null where it is withdrawn"),
        RECORDED,
    ),
)

PUBLISHED_NOTES = Table(
    "notes",
    "one note on an indicator of the plan that nobody took back, newest first",
    (
        NOTE_ID,
        INDICATOR,
        day_column("noted_on", "the day of which it speaks"),
        AUTHOR,
        Column("note", TEXT, "the note, on one line: text as a person wrote it", nullable=False),
        RECORDED,
    ),
    ("note_id",),
)
