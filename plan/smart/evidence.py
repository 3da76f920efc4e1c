"""What the advice may know of the past: figures that were published, and how the sources fared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class PastValue:
    """A complete and settled period of an indicator; ``end`` is the day after it."""

    start: date
    end: date
    value: float


@dataclass(frozen=True, slots=True)
class PastBreak:
    """A break that a source met: from ``day`` on the metric means something else, or is gone (``retired``)."""

    source: str
    metric: str
    entity: str
    day: date
    kind: str
    reason: str
    replaced_by: str = ""


@dataclass(frozen=True, slots=True)
class SourceState:
    """``through``: the newest day that its data reach; ``settled_after_days`` is None where nothing was learned yet."""

    succeeded: bool
    fresh: bool
    through: date | None = None
    last_error: str | None = None
    settled_after_days: int | None = None


@dataclass(frozen=True)
class Past:
    """``values`` by indicator, oldest first. ``collected`` is false where nothing was published yet.

    ``unjoined``: the days of each indicator's breaks that no splice joins, also where the plan means one to.
    """

    collected: bool = False
    values: Mapping[str, tuple[PastValue, ...]] = field(default_factory=dict)
    sources: Mapping[str, SourceState] = field(default_factory=dict)
    breaks: tuple[PastBreak, ...] = ()
    unjoined: Mapping[str, frozenset[date]] = field(default_factory=dict)
