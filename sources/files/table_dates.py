"""The settings that say how the dates of a table are written."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sources.files.date_formats import TableDateFormat, has_year, is_year_pair, precision_of
from sources.files.dates import DateReader, YearKind
from sources.files.month_names import month_numbers


def _require_language(code: str) -> str:
    month_numbers(code)
    return code


class TableDates(BaseModel):
    """How dates are written, and in which month the year of the table begins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date_formats: tuple[TableDateFormat, ...] = Field(
        (),
        description="how dates are written (strptime; %q is the quarter, %Y/%y a year such as 2019/20); needed unless "
        "they are dates of a workbook",
    )
    year: int | None = Field(
        None,
        ge=1900,
        le=2199,
        description="the year of labels that have none, such as JANUARY; with 'year_starts' the one in which it begins",
    )
    year_starts: int | None = Field(
        None,
        ge=1,
        le=12,
        description="month in which the year of the table begins, such as 4; years and quarters follow",
    )
    year_named: Literal["first", "last"] | None = Field(
        None, description="whether 2025 alone is the year that begins in 2025 (first), or that ends in it (last)"
    )
    month_language: Annotated[str, AfterValidator(_require_language)] = Field(
        "en", description="language of month names: de, fr, es or any other of the Unicode CLDR"
    )

    first_day: date | None = Field(
        None, description="the day that number 0 means, where days are numbered, as 'Nth day' of Google Analytics"
    )

    @property
    def first_month(self) -> int:
        return self.year_starts or 1

    def dates(self) -> DateReader:
        """A reader of one table's dates."""
        kind = YearKind(self.first_month, self.year_named or "first")
        return DateReader(self.date_formats, self.year, kind, self.month_language, first_day=self.first_day)

    @model_validator(mode="after")
    def _check_years(self) -> Self:
        for pattern in self.date_formats:
            if is_year_pair(pattern) and self.year_starts is None:
                raise ValueError(
                    f"a date written {pattern} reads two years: say in which month that year begins, 'year_starts: 4'"
                )
            alone = has_year(pattern) and not is_year_pair(pattern) and precision_of(pattern) in ("year", "quarter")
            if alone and self.first_month != 1 and self.year_named is None:
                raise ValueError(
                    f"a date written {pattern} has one year, and the year begins in month {self.first_month}: write "
                    "'year_named: first' where 2025 begins in 2025, or 'last' where it ends in 2025"
                )
        return self
