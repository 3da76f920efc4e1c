"""The ledger of notices."""

from warehouse.schema.columns import INSTANT, TEXT, WHOLE, Column, Table, day_column, key_column
from warehouse.schema.ledgers import ALERTS

NOTICE_KINDS = (
    "alert",
    "achieved",
    "on_track",
    "at_risk",
    "not_assessable",
    "still",
    "past_due",
    "review",
    "source_late",
    "source_failed",
    "source_refused",
    "source_paused",
    "access_ends",
    "run_overdue",
    "weekly",
)

NOTICES = Table(
    "notices",
    "one candidate for a notice at one evaluation with its outcome for one recipient, or what a person decided on it",
    (
        key_column("notice_id", "the same from the beginning of a condition to its end; empty while there is none"),
        Column("kind", TEXT, "the kind of condition", nullable=False, one_of=NOTICE_KINDS),
        key_column("subject", "the indicator or the source; 'runs' where no run finishes, 'week' of a weekly message"),
        Column("state", TEXT, "the state that was evaluated", nullable=False, one_of=ALERTS),
        day_column("since", "first day of the condition, while it lasts", nullable=True),
        day_column("through", "last day of the period in which it was evaluated"),
        Column("as_of", INSTANT, "the instant of the evaluation, UTC", nullable=False),
        Column("recipient", TEXT, "the reference to the address, never the address; null where no route matches"),
        Column(
            "outcome",
            TEXT,
            "sending: a message is about to leave; told: it was accepted; failed: it was not, and the next run tries "
            "again; silent: none was due; acknowledged, snoozed: what a person decided",
            nullable=False,
            one_of=("sending", "told", "failed", "silent", "acknowledged", "snoozed"),
        ),
        Column(
            "told_as", TEXT, "the kind of message that was sent, or due", one_of=("problem", "reminder", "recovered")
        ),
        Column("reason", TEXT, "why it was sent or not", nullable=False),
        Column(
            "number",
            WHOLE,
            "number of the message or of the person's decision, counted over the ledger; null where silent",
        ),
        Column("by", TEXT, "who acknowledged or snoozed it"),
        day_column("until", "day until which it is snoozed", nullable=True),
    ),
)
