"""What the advice is based on: published figures, breaks and the state of the sources."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class PeriodValue:
    """A complete and settled period of an indicator; ``end`` is the day after it."""

    start: date
    end: date
    value: float


@dataclass(frozen=True, slots=True)
class SourceBreak:
    """A break that a source found: from ``day`` on the metric differs, or is ``retired``."""

    source: str
    metric: str
    entity: str
    day: date
    kind: str
    reason: str
    replaced_by: str = ""


@dataclass(frozen=True, slots=True)
class SourceState:
    """``through``: the newest day with data; ``settled_after_days``: None if not learned yet."""

    succeeded: bool
    fresh: bool
    through: date | None = None
    last_error: str | None = None
    settled_after_days: int | None = None


@dataclass(frozen=True)
class Evidence:
    """``values`` by indicator, oldest first.

    ``collected`` is false if nothing was published yet.
    ``entities``: what each source has delivered values of; only sources of which the plan names entities.
    ``unjoined``: the days of each indicator's breaks that no splice joins, even if the plan declares one.
    """

    collected: bool = False
    values: Mapping[str, tuple[PeriodValue, ...]] = field(default_factory=dict)
    sources: Mapping[str, SourceState] = field(default_factory=dict)
    breaks: tuple[SourceBreak, ...] = ()
    unjoined: Mapping[str, frozenset[date]] = field(default_factory=dict)
    entities: Mapping[str, frozenset[str]] = field(default_factory=dict)
