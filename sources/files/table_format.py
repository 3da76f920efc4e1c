"""How a table is written: the settings of every source that reads tables."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from sources.files.csv_lines import Delimiter, Encoding

Texts = tuple[Annotated[str, StringConstraints(strip_whitespace=True)], ...]


class TableFormat(BaseModel):
    """How a table is written; these keys are in the settings of every source that reads tables."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoding: Encoding = Field("auto", description="auto: by the byte order mark, otherwise UTF-8")
    delimiter: Delimiter = Field(
        "auto", description="auto: tab in .tsv, otherwise the one that occurs most in the header line"
    )
    sheet: str | None = Field(None, description="sheet of a workbook; the first by default")
    sheets: Literal["all"] | Annotated[Texts, Field(min_length=1)] | None = Field(
        None, description="all, or the names of several sheets of a workbook"
    )
    header_row: int = Field(1, ge=1, description="row of the column names, or the first of them")
    header_rows: int = Field(1, ge=1, le=3, description="2 where names are written in two rows, such as 2025 over Jan")
    header: Texts = Field((), description="names of the columns of a table that has none, from the left")
    fill_down: Texts = Field((), description="columns in which a blank cell repeats the one above (merged cells)")
    join: dict[str, Annotated[Texts, Field(min_length=2)]] = Field(
        default_factory=dict,
        description="columns to read as one, by its new name: Period: [Year, Month] gives 2026 March",
    )
    decimal: Literal[".", ","] = Field(".", description="decimal sign of numbers written as text")
    thousands: Literal[",", ".", " ", "'"] | None = Field(None, description="thousands sign of numbers written as text")
    percent: bool = Field(False, description="accept 85% as 85")
    missing: Texts = Field((), description="texts that mean that there is no value")
    skip: dict[str, Texts] = Field(
        default_factory=dict, description="rows to leave out, by column and text, such as Branch: [Total]"
    )
    where: dict[str, Annotated[Texts, Field(min_length=1)]] = Field(
        default_factory=dict,
        description="the only rows to read, by column and text, such as Type: [Loan, Renewal]; others are left out",
    )
    rename: dict[str, str] = Field(
        default_factory=dict, description="names of entities: as the file has them, to the name to use"
    )

    @model_validator(mode="after")
    def _check_signs(self) -> Self:
        if self.decimal == self.thousands:
            other = "," if self.decimal == "." else "."
            raise ValueError(
                f"'{self.thousands}' cannot mark both thousands and decimals: write 'decimal: \"{other}\"' besides"
            )
        return self

    @property
    def top_row(self) -> int:
        """The row of the column names; 1 where the table has none."""
        return 1 if self.header else self.header_row
