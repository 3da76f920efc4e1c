"""The published tables of provenance: pulls, the pulls behind each period, and checks."""

from warehouse.schema.columns import (
    INDICATOR,
    INSTANT,
    PULL,
    SOURCE,
    START,
    TEXT,
    WHOLE,
    Column,
    Table,
    copies,
    key_column,
)
from warehouse.schema.ledgers import PULLS

_PULLS = PULLS.without("validators", "settings_hash", "access_expires_at", "checks", "rows_hash", "unanswered")
PUBLISHED_PULLS = _PULLS.plus(*copies(*(column for column in _PULLS.columns if column.name == "covered")))

PUBLISHED_PERIOD_PULLS = Table(
    "period_pulls",
    "one pull behind the known value of one period of an indicator",
    (INDICATOR, START, PULL),
    ("indicator_id", "start", "pull_id"),
)

PUBLISHED_CHECKS = Table(
    "checks",
    "one check of the newest pull of a source that brought rows",
    (
        SOURCE,
        key_column("expectation", "what is expected of every row"),
        Column("expectation_type", TEXT, "its name in Great Expectations; null for a check of kmi's own"),
        Column("rows", WHOLE, "rows checked", nullable=False),
        Column("failed", WHOLE, "rows that failed it", nullable=False),
        PULL,
        Column("recorded_at", INSTANT, "when the pull was recorded, UTC", nullable=False),
    ),
    ("source", "expectation"),
)
