"""The settings of in-house measures."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from sources.contract import SourceSettings
from sources.files.date_formats import PRECISIONS_OF_PERIOD, Period, has_year, precision_of
from sources.files.key_rules import KeySettings
from sources.files.location import Location
from sources.files.table_dates import TableDates
from sources.files.table_format import TableFormat

MeasureName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class MeasureSpec(BaseModel):
    """The unit, kind and meaning of a measure, and the bounds of its values."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: str = Field(min_length=1)
    kind: Literal["flow", "reading"] = Field(
        "flow", description="flow adds up over days; reading is a level or a score"
    )
    description: str = ""
    column: str | None = Field(
        None, min_length=1, description="its name in the table; the measure's own name by default"
    )
    minimum: float | None = 0
    maximum: float | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"the minimum {self.minimum:.15g} is above the maximum {self.maximum:.15g}")
        return self


class MeasureColumns(BaseModel):
    """Names of the columns, as the header row has them. ``measure`` and ``value`` belong to the long layout."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date: str = Field("Period", description="the period")
    entity: str | None = Field(None, description="branch or team")
    measure: str = Field("Measure", description="name of the measure, in the long layout")
    value: str = Field("Value", description="its value, in the long layout")
    note: str | None = Field(None, description="a column of remarks; it is not read")


class MeasureTableSettings(KeySettings, TableDates, TableFormat, SourceSettings):
    """Values that people type into a table, in a file or in an online sheet."""

    layout: Literal["wide", "long"] = Field(
        "wide", description="wide: a row per period and a column per measure; long: a row per period and measure"
    )
    columns: MeasureColumns = MeasureColumns()
    measures: dict[MeasureName, MeasureSpec] = Field(min_length=1, description="what is measured, by name")
    period: Period = Field("month", description="length of the period that one value covers")
    ignore: tuple[str, ...] = Field((), description="columns that are not measures")

    def heading(self, name: str) -> str:
        """The measure's name in the table."""
        return self.measures[name].column or name

    @model_validator(mode="after")
    def _check_columns_and_dates(self) -> Self:
        if self.files == "branches" and self.columns.entity:
            raise ValueError("'files: branches' takes the branch from the file's name: name no entity in 'columns'")
        if "add" in (self.rows, self.files) and any(spec.kind == "reading" for spec in self.measures.values()):
            raise ValueError("a measure of the kind 'reading' does not add up: give it a source of its own")
        headings = [self.heading(name) for name in self.measures]
        repeated = next((heading for heading in headings if headings.count(heading) > 1), None)
        if repeated is not None:
            raise ValueError(f"two measures have the column '{repeated}'")
        for pattern in self.date_formats:
            if precision_of(pattern) not in PRECISIONS_OF_PERIOD[self.period]:
                raise ValueError(f"a date written {pattern} does not have the {self.period}")
            if self.year is None and not has_year(pattern):
                raise ValueError(f"a date written {pattern} needs 'year'")
        return self


class MeasuresSettings(MeasureTableSettings):
    """Values that people type into CSV, TSV or XLSX files."""

    type: Literal["measures"]
    path: Location = Field(description="a file, a folder, a pattern or an address")
