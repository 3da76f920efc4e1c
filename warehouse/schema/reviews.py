"""The ledger of reviews: the meetings about the plan that took place."""

from warehouse.schema.columns import INSTANT, TEXT, TEXT_LIST, Column, Table, day_column

REVIEWS = Table(
    "reviews",
    "one review of the plan that took place",
    (
        day_column("held_on", "the day of the meeting"),
        Column(
            "as_of", INSTANT, "the evaluation that was looked at; the next review compares with it, UTC", nullable=False
        ),
        Column("by", TEXT, "who recorded it", nullable=False),
        Column("note", TEXT, "what was decided, in a few words"),
        Column("indicators", TEXT_LIST, "the indicators whose review or due day had come", nullable=False),
        Column("recorded_at", INSTANT, "when this row was written, UTC", nullable=False),
    ),
)
