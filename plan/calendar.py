"""When nothing is expected, and when the doors are open."""

from datetime import date
from typing import Self

from pydantic import Field, model_validator

from plan.parts import Part
from plan.suggestion import suggest
from sources.opening_hours import OpeningHours


class Closure(Part):
    """Days without expectations; permanent without ``to``, of all without ``entities``."""

    from_: date = Field(alias="from", description="first closed day")
    to: date | None = Field(None, description="last closed day")
    reason: str = ""
    entities: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to is not None and self.to < self.from_:
            raise ValueError(
                f"it closes on {self.from_} and opens again after {self.to}: "
                "write the first day in 'from' and the last in 'to'"
            )
        return self


class Holidays(Part):
    """The public holidays of a country, from the Python library ``holidays``."""

    country: str = Field(description="its code of two letters (ISO 3166-1), such as `GB`")
    subdivision: str | None = Field(
        None, description="code of a part of the country with holidays of its own, such as `ENG`"
    )
    closed_on_holidays: bool = Field(True, description="whether every branch is closed on them")

    @model_validator(mode="after")
    def _known(self) -> Self:
        import holidays  # costs a tenth of a second, so only for plans that name holidays
        from holidays.registry import COUNTRIES

        known = {code: parts for code, parts in holidays.list_supported_countries().items() if len(code) == 2}
        if self.country not in known:
            longer = {name.casefold(): names[1] for names in COUNTRIES.values() for name in names}
            near = longer.get(self.country.casefold())
            hint = f"write '{near}'" if near else suggest(self.country.upper(), known)
            raise ValueError(f"no public holidays are known for the country '{self.country}': {hint}")
        parts = [str(part) for part in known[self.country]]
        if self.subdivision is not None and self.subdivision not in parts:
            raise ValueError(
                f"'{self.country}' has no subdivision '{self.subdivision}': {suggest(self.subdivision.upper(), parts)}"
            )
        return self


class Term(Part):
    """A term of lectures, in which numbers differ from those between terms."""

    from_: date = Field(alias="from", description="first day")
    to: date = Field(description="last day")
    name: str = Field("", description="what it is called")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to < self.from_:
            raise ValueError(f"the term ends on {self.to}, before it begins on {self.from_}")
        return self


class Calendar(Part):
    closed: tuple[Closure, ...] = ()
    holidays: Holidays | None = Field(None, description="public holidays")
    terms: tuple[Term, ...] = Field((), description="the terms of a university or of schools, past ones too")
    opening_hours: OpeningHours | None = None
