"""The settings of downloaded exports."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from sources.contract import SourceSettings
from sources.files.date_formats import PRECISIONS_OF_PERIOD, DateFormat, has_year, precision_of
from sources.files.key_rules import LeftOut
from sources.files.location import Location
from sources.files.table_format import TableFormat, Texts
from sources.social_export.layouts import LAYOUTS, LayoutName, slug

TOTALS = ("Total", "Totals", "Grand total", "Summe", "Gesamt", "Gesamtsumme", "Somme", "Totale", "Totaal", "Suma")
MetricName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Header = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class ExportColumn(BaseModel):
    """A column of values."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: Header = Field(description="its header")
    unit: str = Field(min_length=1)
    kind: Literal["flow", "reading", "distinct"] = Field(
        "flow", description="flow adds up over days, reading is a level, distinct (unique people) adds up over nothing"
    )
    description: str = ""
    minimum: float | None = 0


class ExportColumns(BaseModel):
    """The columns of an export without a known layout."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date: Header = Field("Date", description="header of the column of days")
    entity: Header | None = Field(None, description="header of the column that divides the values: a country, a post")
    metrics: dict[MetricName, ExportColumn] = Field(
        min_length=1, description="the columns of values, by the metric's name"
    )


class SocialExportSettings(TableFormat, SourceSettings):
    """Files that a person downloads from a platform, one row per day."""

    type: Literal["social_export"]
    path: Location = Field(description="a file, a folder, a pattern or an address; the files of one account")
    layout: LayoutName | None = Field(None, description="the kind of export, where kmi knows its layout")
    columns: ExportColumns | None = Field(None, description="the columns of any other export")
    date_formats: tuple[DateFormat, ...] = Field(
        (), description="how days are written (strptime); as in the layout by default"
    )
    totals: Texts = Field(
        TOTALS, description="texts in place of a day or a name that mark a row of totals; it is not counted"
    )

    left_out: LeftOut = ()

    @model_validator(mode="before")
    @classmethod
    def _days_of_the_platform(cls, values: Any) -> Any:
        """The days are in the time zone of the platform, unless the plan names another."""
        wanted = values.get("layout") if isinstance(values, dict) else None
        zone = next((layout.zone for name, layout in LAYOUTS.items() if name == wanted), None)
        return {"time_zone": zone, **values} if zone else values

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Self:
        if (self.layout is None) == (self.columns is None):
            names = ", ".join(LAYOUTS)
            raise ValueError(f"name either the export under 'layout' ({names}) or its columns under 'columns'")
        if self.columns is not None:
            metrics = self.columns.metrics.values()
            if len({slug(metric.column) for metric in metrics}) < len(metrics):
                raise ValueError("two metrics have the same column")
            if not self.date_formats:
                raise ValueError("write under 'date_formats' how the days are written, such as [\"%Y-%m-%d\"]")
        for pattern in self.date_formats:
            if precision_of(pattern) not in PRECISIONS_OF_PERIOD["day"] or not has_year(pattern):
                raise ValueError(f"a date written {pattern} does not have the day and the year")
        return self
