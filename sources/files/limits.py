"""How large a file may be, unpacked and as a table. What is larger is refused at once, before it fills the memory."""

from collections.abc import Iterator
from dataclasses import dataclass

from warehouse.errors import ShapeError

MAX_COLUMNS = 16_384
"""As many as a sheet of Excel has."""
MAX_CELLS = 10_000_000
"""In a text file: ten years of hours of twenty gates are nine million."""
MAX_SHEET_CELLS = 2_000_000
"""In a workbook, which takes ten times as long to read; blank cells before a cell with a value count."""
MAX_UNPACKED_BYTES = 500_000_000
MAX_RATIO = 250
"""Of unpacked to packed bytes: tables and logs reach 30, a file made to exhaust the memory 1,000."""
SMALL_BYTES = 50_000_000
"""Up to this size any ratio is accepted."""
MAX_LAYERS = 3
"""A packed file inside a packed file, and so on."""
MAX_MEMBERS = 10_000
MAX_LINE_BYTES = 16_000_000


def require_unpackable(name: str, unpacked: int, packed: int) -> None:
    """Raises ``ShapeError`` for a file that unpacks to too many bytes; call it as they come."""
    if unpacked > MAX_UNPACKED_BYTES or (unpacked > SMALL_BYTES and unpacked > MAX_RATIO * packed):
        what = f"the file of {packed:,} bytes unpacks to {unpacked:,} bytes or more"
        raise ShapeError(what, where=name, do="deliver it in parts, or as CSV that is not packed")


@dataclass
class CellCount:
    """Counts the cells of one table as they are read. Raises ``ShapeError`` as soon as there are too many."""

    name: str
    most: int = MAX_CELLS
    cells: int = 0
    rows: int = 0

    def add(self, width: int, rows: int = 1) -> None:
        """Count ``rows`` of ``width`` cells; a blank row takes memory, too."""
        self.rows += rows
        self.cells += max(width, 1) * rows
        if width > MAX_COLUMNS:
            what = f"row {self.rows} has {width:,} columns, and {MAX_COLUMNS:,} are read"
            raise ShapeError(what, where=self.name, do="look whether the delimiter is right; deliver fewer columns")
        if self.cells > self.most:
            what = f"the table has more than {self.most:,} cells by row {self.rows:,}"
            do = "deliver it in parts, or as CSV; in a workbook, delete stray cells far below or right of the table"
            raise ShapeError(what, where=self.name, do=do)


def counted(name: str, rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """``rows`` of a text file, as long as there are not too many cells."""
    count = CellCount(name)
    for row in rows:
        count.add(len(row))
        yield row
