"""The states of an alert."""

INACTIVE, PENDING, FIRING, RESOLVED, NO_DATA, SOURCE_FAILED = STATES = (
    "inactive",
    "pending",
    "firing",
    "resolved",
    "no_data",
    "source_failed",
)
NEVER = -1
"""The index of a period that never came."""
