"""A table under inspection, and the proposal of settings that read it."""

from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from sources.files.cells import Cell
from sources.files.packing import ENDINGS
from sources.inspection.columns import Column, columns_of
from sources.inspection.dialogue import Dialogue
from sources.inspection.number_forms import NumberForm
from sources.inspection.picture import Picture


@dataclass(frozen=True)
class Table:
    """The columns of one sheet or text file, without the rows that do not count.

    settings: how its form is written in a plan. delimiter: empty for a workbook.
    """

    name: str
    title: str
    picture: Picture
    columns: list[Column]
    settings: dict[str, object]
    delimiter: str
    dialogue: Dialogue
    zone: ZoneInfo

    @property
    def stem(self) -> str:
        """The name of the file without its folder and endings."""
        base = PurePosixPath(self.name).name
        while base.casefold().endswith(ENDINGS):
            base = base.rpartition(".")[0]
        return base.rpartition(".")[0] or base

    @property
    def context_words(self) -> str:
        """The words outside the table that may say what it holds: its file, its sheet and its title."""
        above = " ".join(text for _, text in self.picture.above)
        folder = PurePosixPath(self.name).parent.name
        return " ".join(part for part in (folder, self.stem, self.title, above) if part)

    def without_rows(self, numbers: set[int]) -> "Table":
        """The table without the rows of these numbers."""
        rows = [row for row in self.picture.rows if row[0] not in numbers]
        picture = replace(self.picture, rows=rows)
        return replace(self, picture=picture, columns=columns_of(picture, letters=not self.delimiter))


@dataclass
class Proposal:
    """The settings of a source, and the cells that it will read, for an independent sum.

    values: by metric the cells that count. rows: how many rows. factor: what the sum of the cells is multiplied by.
    totals: what the file itself calls a total, and the sum that it stands beside.
    """

    settings: dict[str, object]
    values: dict[str, list[Cell]]
    form: NumberForm
    rows: int
    factor: float = 1.0
    kinds: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    totals: list[str] = field(default_factory=list)
    items: int | None = None
