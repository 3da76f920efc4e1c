"""Opening hours by weekday, for the whole library or for one entity."""

from datetime import datetime, time
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Hours(BaseModel):
    """One half-open stretch ``[open, close)`` of local time in a day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    open: time
    close: time

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.open >= self.close:
            raise ValueError(f"opens at {self.open:%H:%M} and closes at {self.close:%H:%M}: closing comes after opening, within the same day")
        return self


def _stretches(value: object) -> object:
    """``"09:30-12:30"`` or a list of such, as mappings."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list):
        return value
    return [dict(zip(("open", "close"), (part.strip() for part in text.split("-", 1)), strict=False)) if isinstance(text, str) else text for text in texts]


Day = Annotated[tuple[Hours, ...], BeforeValidator(_stretches, json_schema_input_type=str | list[str | Hours])]


class Week(BaseModel):
    """The stretches of each weekday; a day that is left out is closed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    monday: Day = ()
    tuesday: Day = ()
    wednesday: Day = ()
    thursday: Day = ()
    friday: Day = ()
    saturday: Day = ()
    sunday: Day = ()

    def on(self, weekday: int) -> tuple[Hours, ...]:
        """Stretches of a weekday, Monday = 0."""
        stretches: tuple[Hours, ...] = getattr(self, WEEKDAYS[weekday])
        return stretches


class OpeningHours(BaseModel):
    """``default`` holds for every entity that ``entities`` does not name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    default: Week | None = None
    entities: dict[str, Week] = Field(default_factory=dict)

    def week(self, entity: str) -> Week | None:
        return self.entities.get(entity, self.default)

    def is_open(self, entity: str, moment: datetime) -> bool:
        """Whether ``entity`` is open at the local ``moment``; true where no hours are known."""
        week = self.week(entity)
        return week is None or any(h.open <= moment.time() < h.close for h in week.on(moment.weekday()))
