"""What stands in a cell of a table."""

from dataclasses import dataclass
from datetime import date, datetime, time


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell that holds no value: what stands there, why it cannot be read, what to do."""

    raw: str
    reason: str
    action: str


Cell = str | int | float | date | datetime | time | Unreadable | None
"""What stands in a cell; None where it is blank."""
