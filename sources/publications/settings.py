"""The settings of a log of publications."""

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sources.contract import SourceSettings
from sources.files.date_formats import DateFormat, has_year
from sources.files.location import Location
from sources.files.references import DateRole
from sources.files.table_format import TableFormat
from sources.items import KindName

NO_NAME = frozenset(("", "n/a", "n.a.", "na", "-", "--", "–", "—", "?", "0", "none", "null", "nil", "tba", "tbd"))
"""What people write where an item has no identifier, in small letters: such a text names nothing."""


class PublicationColumns(BaseModel):
    """Names of the columns, as in the header row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date: str = Field("Date", description="day, month or year of publication")
    title: str | None = Field(None, description="title")
    kind: str | None = Field(None, description="the kind of item; see 'kinds'")
    id: str | None = Field(None, description="a permanent name of the item, such as a DOI")
    url: str | None = Field(None, description="its address")


class PublicationsSettings(TableFormat, SourceSettings):
    """A publication log in CSV, TSV or XLSX files, or as RIS, BibTeX or CSL-JSON."""

    type: Literal["publications"]
    path: Location = Field(description="a file, a folder, a pattern or an address")
    columns: PublicationColumns | None = Field(
        None, description="of a table: names of the columns, as its header has them"
    )
    counted_date: DateRole = Field(
        "issued",
        description="of references: the date on which an item counts; online and added where the file has them",
    )
    date_formats: tuple[DateFormat, ...] = Field(
        (), description="how dates are written (strptime); %m/%Y counts for the month and %Y for the year"
    )
    kind: KindName | None = Field(
        None, description="what an item counts as where its kind is not among 'kinds', or where no kind is given"
    )
    kinds: dict[str, KindName] = Field(
        default_factory=dict,
        description="what the item counts as, by the text in the kind column or the type of the reference",
    )
    until: date | None = Field(
        None,
        description="the last day for which the list is complete: nothing is known of later days; left out for a log "
        "that is kept up to date",
    )

    @model_validator(mode="after")
    def _check_names_and_dates(self) -> Self:
        named = self.columns is None or self.columns.title or self.columns.id or self.columns.url
        if not named:
            raise ValueError("an item needs a name to be counted once: give columns an 'id', a 'url' or a 'title'")
        if self.columns is not None and bool(self.kinds) != (self.columns.kind is not None):
            raise ValueError("'columns: {kind: …}' and 'kinds' need each other: 'kinds' says what each text counts as")
        bare = next((pattern for pattern in self.date_formats if not has_year(pattern)), None)
        if bare is not None:
            raise ValueError(f"a date written {bare} does not have the year")
        return self

    @property
    def all_kinds(self) -> tuple[str, ...]:
        """Everything that an item may count as."""
        named = tuple(dict.fromkeys(self.kinds.values()))
        return (*named, self.kind) if self.kind and self.kind not in named else named or ("publications",)
