"""The settings of in-house measures."""

from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from sources.contract import SourceSettings
from sources.files.date_formats import PRECISIONS_OF_PERIOD, Period, has_year, precision_of
from sources.files.key_rules import KeyRules, KeySettings
from sources.files.location import Location
from sources.files.table_dates import TableDates
from sources.files.table_format import TableFormat

MeasureName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]

OF_A_LEVEL = "keep only one of the two, or write 'kind: occupancy' where people are counted several times a day"
OF_A_COUNT = "keep only one of the two, or correct the time of one"


def occupancy_metrics(name: str) -> tuple[str, str]:
    """The names of the mean and the peak of an occupancy."""
    return f"{name}_mean", f"{name}_peak"


class MeasureSpec(BaseModel):
    """The unit, kind and meaning of a measure, and the bounds of its values."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: str = Field(min_length=1)
    kind: Literal["flow", "reading", "occupancy"] = Field(
        "flow",
        description="flow adds up over days; reading is a level or a score; occupancy is people in a room, counted "
        "several times a day: it gives NAME_mean and NAME_peak of each day",
    )
    description: str = ""
    column: str | None = Field(
        None, min_length=1, description="its name in the table; the measure's own name by default"
    )
    columns: Annotated[tuple[str, ...], Field(min_length=2)] | None = Field(
        None, description="of an occupancy: the columns of its counts, where each has one, such as [10:00, 14:00]"
    )
    minimum: float | None = 0
    maximum: float | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.columns is not None and (self.kind != "occupancy" or self.column is not None):
            raise ValueError("several 'columns' are those of an occupancy, in the place of 'column'")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"the minimum {self.minimum:.15g} is above the maximum {self.maximum:.15g}")
        return self


class MeasureColumns(BaseModel):
    """Names of the columns, as the header row has them. ``measure`` and ``value`` belong to the long layout."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date: str = Field("Period", description="the period")
    time: str | None = Field(
        None, description="time of day, or what a count is called, such as Morning; for an occupancy only"
    )
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

    def headings(self, name: str) -> tuple[str, ...]:
        """The columns of the measure in a wide table."""
        return self.measures[name].columns or (self.heading(name),)

    @property
    def occupancies(self) -> frozenset[str]:
        return frozenset(name for name, spec in self.measures.items() if spec.kind == "occupancy")

    def key_rules(self, rename: dict[str, str]) -> KeyRules:
        """As ``KeySettings``, with what to do about two values of a level."""
        levels = {name: OF_A_LEVEL for name, spec in self.measures.items() if spec.kind == "reading"}
        return replace(super().key_rules(rename), twice=levels | dict.fromkeys(self.occupancies, OF_A_COUNT))

    def _check_occupancies(self) -> None:
        if self.occupancies and self.period != "day":
            raise ValueError("an occupancy has a mean and a peak of each day: write 'period: day'")
        if self.columns.time is not None and self.occupancies != self.measures.keys():
            raise ValueError("'time' is that of counts of an occupancy: give the other measures a source of their own")
        if self.layout == "long" and any(spec.columns for spec in self.measures.values()):
            raise ValueError("several 'columns' of one measure are those of 'layout: wide'")
        names = {metric for name in self.occupancies for metric in occupancy_metrics(name)}
        if twin := next(iter(sorted(names & self.measures.keys())), None):
            raise ValueError(f"'{twin}' is the name that an occupancy gives to its figures: rename the measure")

    @model_validator(mode="after")
    def _check_columns_and_dates(self) -> Self:
        if self.files == "branches" and self.columns.entity:
            raise ValueError("'files: branches' takes the branch from the file's name: name no entity in 'columns'")
        level = next((spec.kind for spec in self.measures.values() if spec.kind != "flow"), None)
        if "add" in (self.rows, self.files) and level is not None:
            raise ValueError(f"a measure of the kind '{level}' does not add up: give it a source of its own")
        self._check_occupancies()
        headings = [heading for name in self.measures for heading in self.headings(name)]
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
