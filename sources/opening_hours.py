"""Opening hours by weekday, for the whole library or for one entity."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Annotated, Literal, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Interval = tuple[datetime, datetime]
"""From one instant to another, both aware."""
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[str, ...] = get_args(Weekday)


class OpenInterval(BaseModel):
    """A half-open interval ``[open, close)`` of local time within a day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    open: time
    close: time

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.open >= self.close:
            times = f"opens at {self.open:%H:%M} and closes at {self.close:%H:%M}"
            raise ValueError(f"{times}: closing must come after opening, within the same day")
        return self


def _intervals(value: object) -> object:
    """``"09:30-12:30"`` or a list of such, as mappings."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list):
        return value
    return [
        dict(zip(("open", "close"), (part.strip() for part in text.split("-", 1)), strict=False))
        if isinstance(text, str)
        else text
        for text in texts
    ]


DayHours = Annotated[
    tuple[OpenInterval, ...], BeforeValidator(_intervals, json_schema_input_type=str | list[str | OpenInterval])
]


class WeekHours(BaseModel):
    """The open intervals of each weekday; a day that is left out is closed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    monday: DayHours = ()
    tuesday: DayHours = ()
    wednesday: DayHours = ()
    thursday: DayHours = ()
    friday: DayHours = ()
    saturday: DayHours = ()
    sunday: DayHours = ()

    def on(self, weekday: int) -> tuple[OpenInterval, ...]:
        """The open intervals of a weekday, Monday = 0."""
        intervals: tuple[OpenInterval, ...] = getattr(self, WEEKDAYS[weekday])
        return intervals


class OpeningHours(BaseModel):
    """Opening hours by entity; ``default`` applies to every entity that ``entities`` does not name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    default: WeekHours | None = None
    entities: dict[str, WeekHours] = Field(default_factory=dict)

    def week(self, entity: str) -> WeekHours | None:
        return self.entities.get(entity, self.default)

    def intervals(self, entity: str, day: date, zone: ZoneInfo) -> list[Interval] | None:
        """When ``entity`` is open on a local day, in UTC; None where its hours are not known."""
        week = self.week(entity)
        if week is None:
            return None
        return [(_utc(day, hours.open, zone), _utc(day, hours.close, zone)) for hours in week.on(day.weekday())]


def leaves_gap(opening: Iterable[Interval], counted: Iterable[Interval]) -> bool:
    """Whether a part of the opening hours lies in none of the intervals that were counted."""
    counted = sorted(counted)
    for start, close in opening:
        reached = start
        for begins, ends in counted:
            reached = max(reached, ends) if begins <= reached else reached
        if reached < close:
            return True
    return False


def _utc(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
