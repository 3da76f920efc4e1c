"""What the page of a review is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from plan.model import Plan
from warehouse.published_tables import Row


@dataclass(frozen=True)
class ReviewInputs:
    """``now`` and ``then``: rows of the verdict ledger, of the newest evaluation and of the last review.

    ``since``: the day of the last review; None before the first. ``evaluated``: when the figures were judged, UTC.
    ``goal_changes``: what the plan changed in a goal since, by indicator. ``to_fill_in``: places of the plan, as text.
    """

    plan: Plan
    today: date
    evaluated: datetime
    since: date | None
    now: Sequence[Row]
    then: Sequence[Row]
    goal_changes: Mapping[str, Sequence[str]]
    sources: Sequence[Row]
    effects: Sequence[Row]
    to_fill_in: Sequence[str]
