"""The settings of a file of counts: what each column, each label and each count means."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from sources.contract import SourceSettings
from sources.files.date_formats import PRECISIONS_OF_PERIOD, has_year, precision_of
from sources.files.key_rules import KeySettings
from sources.files.location import Location
from sources.files.table_dates import TableDates
from sources.files.table_format import TableFormat

MetricName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Span = Literal["15min", "30min", "hour", "day", "week", "month", "quarter", "year"]
MINUTES = {"15min": 15, "30min": 30, "hour": 60}


class Columns(BaseModel):
    """Names of the columns, as the header row has them."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    entity: str | None = Field(None, description="branch or gate")
    date: str | None = Field(None, description="the label: a day, a month, an instant")
    hour: str | None = Field(None, description="time of day, where it has a column of its own")
    start: str | None = Field(None, description="first day of the span, or the instant at which it begins")
    end: str | None = Field(None, description="last day of the span, or the instant at which it ends")
    value: str | None = Field(None, description="the count, or the reading of the counter")
    in_: str | None = Field(None, alias="in", description="people who came in")
    out: str | None = Field(None, description="people who went out")
    reading_start: str | None = Field(None, description="reading of the counter at the start of the day")
    reading_end: str | None = Field(None, description="reading of the counter at the end of the day")
    internal: str | None = Field(None, description="yes for a counter inside the library, whose rows are left out")


class FootfallSettings(KeySettings, TableDates, TableFormat, SourceSettings):
    """Counts of people from CSV, TSV or XLSX files."""

    type: Literal["footfall"]
    path: Location = Field(description="a file, a folder, a pattern such as counts/*.csv, or an address")
    layout: Literal["wide", "long"] = Field(
        description="wide: a column per date, or per entity; long: a row per entity and date"
    )
    columns: Columns = Columns()
    period: Span | None = Field(None, description="length of the span that one count covers")
    label: Literal["start", "end"] = Field(
        "start", description="whether a label names the start of its span or its end"
    )
    values: Literal["interval", "readings"] = Field(
        "interval", description="readings: the counter is never reset to zero"
    )
    rollover: int | None = Field(
        None, gt=0, description="a counter that passes rollover - 1 starts again at zero: 1000000 for six digits"
    )
    largest_step: float | None = Field(
        None, gt=0, description="a larger step from one reading to the next is not counted; learned by default"
    )
    directions: Literal["in", "out", "both_halved"] = Field(
        "in", description="both_halved: people in and out are added up, then halved once"
    )
    entity: str | None = Field(
        None, min_length=1, description="name of the branch or gate where the file has no column for it"
    )
    ignore: tuple[str, ...] = Field((), description="columns that are not counts, such as Address or Total")
    open_hours_only: bool = Field(False, description="leave out counts outside the opening hours")
    metric: MetricName | None = Field(None, description="visits by default, gate_reading for readings")
    unit: str | None = Field(None, min_length=1, description="visits by default, passages for readings")
    restated_days: int = Field(
        7, ge=0, description="trailing days that the provider still revises; each run reads them again"
    )

    @property
    def minutes(self) -> int | None:
        """Length of an interval within the day; None for a day or longer."""
        return MINUTES.get(self.period or "")

    @property
    def keeps_readings(self) -> bool:
        """Whether readings are stored as read; pairs of readings in one row become counts at once."""
        return self.values == "readings" and self.columns.reading_start is None

    @property
    def metric_name(self) -> str:
        return self.metric or ("gate_reading" if self.keeps_readings else "visits")

    @model_validator(mode="after")
    def _columns_of_its_layout(self) -> Self:
        named = {name for name, column in self.columns if column is not None}
        if self.layout == "wide":
            self._wide_columns(named)
            return self
        if not ("date" in named) ^ bool({"start", "end"} & named) or len({"start", "end"} & named) == 1:
            raise ValueError(
                "a long table has either a column 'date', or both 'start' and 'end': name them in 'columns'"
            )
        if self.values == "interval":
            self._count_columns(named)
        else:
            self._reading_columns(named)
        return self

    def _wide_columns(self, named: set[str]) -> None:
        unexpected = named - {"entity", "internal", "date"}
        if unexpected or {"entity", "date"} <= named or {"internal", "date"} <= named:
            what = _list(unexpected) if unexpected else "both"
            layouts = "dates for column names and an 'entity', or entities for column names and a 'date'"
            raise ValueError(f"a wide table has {layouts}, not {what}, in 'columns'")
        if not named & {"entity", "date"} and self.entity is None and self.files != "branches":
            raise ValueError(
                "name the column with the branch or gate in 'columns: {entity: …}', or give its name in 'entity'"
            )

    def _count_columns(self, named: set[str]) -> None:
        unexpected = named & {"reading_start", "reading_end"} or {
            name for name in ("rollover", "largest_step") if getattr(self, name) is not None
        }
        if unexpected:
            raise ValueError(f"{_list(unexpected)} needs 'values: readings'")
        wanted = {"in": {"in_"}, "out": {"out"}, "both_halved": {"in_", "out"}}[self.directions]
        if ("value" in named) == (wanted <= named) or ("value" in named and named & {"in_", "out"}):
            columns = f"a column 'value', or the column{'s' * (len(wanted) > 1)} {_list(wanted)}"
            raise ValueError(f"'directions: {self.directions}' needs {columns}, in 'columns'")

    def _reading_columns(self, named: set[str]) -> None:
        if not ({"value"} <= named) ^ ({"reading_start", "reading_end"} <= named) or named & {"in_", "out"}:
            raise ValueError(
                "readings are in one column 'value', or in the two columns 'reading_start' and 'reading_end'"
            )
        if "date" not in named:
            raise ValueError("a reading needs a 'date', not a start and an end")

    @model_validator(mode="after")
    def _check_date_precision(self) -> Self:
        spans = self.columns.start is not None
        if (self.period is None) and not spans and not self.keeps_readings:
            periods = "15min, 30min, hour, day, week, month, quarter or year"
            raise ValueError(f"the span of a count is not given: write 'period': {periods}")
        if self.layout == "wide" and self.minutes:
            raise ValueError("hours cannot be read from a wide table: deliver them as a long table")
        if self.open_hours_only and not (self.minutes or spans):
            raise ValueError("'open_hours_only' needs counts by the hour or finer")
        if self.files == "branches" and (
            self.columns.entity or self.entity or (self.layout == "wide" and self.columns.date)
        ):
            raise ValueError("'files: branches' takes the branch from the file's name: name no entity besides")
        if self.keeps_readings and "add" in (self.rows, self.files):
            raise ValueError("readings of a counter do not add up")
        if self.year is None and any(not has_year(pattern) for pattern in self.date_formats):
            raise ValueError("a format without %Y needs 'year'")
        needs_time = self.minutes is not None and self.columns.hour is None
        period = "day" if spans or self.minutes else self.period or "day"
        for pattern in self.date_formats:
            if precision_of(pattern) not in (("time",) if needs_time else PRECISIONS_OF_PERIOD[period]):
                missing = "time" if needs_time else self.period or "day"
                raise ValueError(f"a date written {pattern} does not have the {missing}")
        return self


def _list(names: set[str]) -> str:
    return ", ".join(sorted(f"'{name.rstrip('_')}'" for name in names))
