"""Tables as a header and rows of cells, each with an address that a person can find."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from sources.files.cells import Cell, Lines, Unreadable, cell_text
from sources.files.table_format import TableFormat
from warehouse.errors import ShapeError


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet shows it, and one cell for each name of the header."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def text(self) -> str:
        """The row as text, so that a person can find it."""
        return "; ".join(cell_text(cell) for cell in self.cells)[:500]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table.

    too_long: the number and text of rows with more cells than the header. letters: whether cells have A1 addresses.
    """

    name: str
    title: str
    header: tuple[str, ...]
    rows: list[Row]
    header_cells: tuple[Cell, ...] = ()
    too_long: list[tuple[int, str]] = field(default_factory=list)
    letters: bool = False

    @property
    def where(self) -> str:
        return f"{self.name}, sheet '{self.title}'" if self.title else self.name

    def address(self, row: int, column: int | None = None) -> str:
        """File, row and column of a cell; without ``column`` the address of the row."""
        if column is None:
            return f"{self.where}, row {row}"
        if self.letters:
            return f"{self.where}, cell {column_letters(column)}{row} (column '{self.header[column]}')"
        return f"{self.where}, row {row}, column '{self.header[column]}'"

    def is_blank(self, column: int) -> bool:
        """Whether a column has neither a name nor a value."""
        return self.header_cells[column] is None and all(row.cells[column] is None for row in self.rows)

    def column(self, wanted: str, setting: str) -> int:
        """The index of a column by its name. Raises ``ShapeError`` that names the nearest one."""
        if wanted in self.header:
            return self.header.index(wanted)
        near = get_close_matches(wanted, self.header, n=1, cutoff=0.5)
        names = ", ".join(f"'{name}'" for name in self.header[:12]) + (" …" if len(self.header) > 12 else "")
        hint = f"the nearest is '{near[0]}'" if near else f"the columns are {names}"
        raise ShapeError(
            f"there is no column '{wanted}'; {hint}",
            where=self.where,
            do=f"correct '{setting}' in the plan, or the header of the file",
        )


def column_letters(index: int) -> str:
    """A for 0, Z for 25, AA for 26."""
    letters, rest = "", index + 1
    while rest:
        rest, at = divmod(rest - 1, 26)
        letters = chr(65 + at) + letters
    return letters


def build_sheet(name: str, title: str, lines: list[tuple[Cell, ...]], options: TableFormat) -> Sheet:
    """The lines under their header, without blank rows and columns; rows that are too long are kept apart."""
    where, letters = f"{name}, sheet '{title}'" if title else name, bool(title)
    above = 0 if options.header else options.header_row + options.header_rows - 1
    names = column_names(lines, options)
    if not names:
        what = f"row {options.header_row} has no column names"
        raise ShapeError(what, where=where, do="set 'header_row' to the row of the column names")
    top = options.header or lines[above - 1]
    numbered = enumerate(lines[above:], above + 1)
    below = [(number, cells) for number, cells in numbered if cells.count(None) < len(cells)]
    width = max(names) + 1
    header = tuple(names.get(at, f"column {column_letters(at) if letters else at + 1}") for at in range(width))
    _require_distinct(where, header)
    rows, too_long = [], []
    for number, cells in below:
        if len(cells) == width:
            rows.append(Row(number, cells))
        elif any(cell is not None for cell in cells[width:]):
            too_long.append((number, "; ".join(cell_text(cell) for cell in cells)))
        else:
            rows.append(Row(number, (*cells[:width], *(None,) * (width - len(cells)))))
    heads = tuple(
        names.get(at) if options.header_rows > 1 else cell for at, cell in enumerate((*top, *(None,) * width))
    )
    sheet = Sheet(name, title, header, rows, heads[:width], too_long, letters)
    filled = _filled_down(_without_blank_columns(sheet, names), options)
    return _without_skipped(_joined(filled, options), options)


def column_names(lines: Lines, options: TableFormat) -> dict[int, str]:
    """The names of the columns that have one, by position; those of two rows are joined, the upper one to its right."""
    if options.header:
        return dict(enumerate(options.header))
    rows = lines[options.header_row - 1 :][: options.header_rows]
    return joined_names(rows) if len(rows) == options.header_rows else {}


def joined_names(lines: Lines) -> dict[int, str]:
    """The names in the header rows ``lines``, by position; an upper one also stands over the columns to its right."""
    rows = [[cell_text(cell) for cell in cells] for cells in lines]
    width = max(len(cells) for cells in rows)
    padded = [cells + [""] * (width - len(cells)) for cells in rows]
    for cells in padded[:-1]:
        for at in range(1, width):
            cells[at] = cells[at] or (cells[at - 1] if padded[-1][at] else "")
    joined = (" ".join(part for part in parts if part) for parts in zip(*padded, strict=True))
    return {at: name for at, name in enumerate(joined) if name}


def _filled_down(sheet: Sheet, options: TableFormat) -> Sheet:
    """Each blank cell of the columns ``fill_down`` with the content of the one above."""
    if not options.fill_down:
        return sheet
    columns, above, rows = (
        [sheet.column(name, "fill_down") for name in options.fill_down],
        dict[int, Cell](),
        list[Row](),
    )
    for row in sheet.rows:
        cells = list(row.cells)
        for at in columns:
            cells[at] = above[at] = above.get(at) if cells[at] is None else cells[at]
        rows.append(Row(row.number, tuple(cells)))
    return replace(sheet, rows=rows)


def _joined(sheet: Sheet, options: TableFormat) -> Sheet:
    """The columns of each ``join`` as one, in the place of the first; the others become blank, so that none moves."""
    for name, parts in options.join.items():
        first, *others = at = [sheet.column(part, f"join.{name}") for part in parts]
        header, heads = list(sheet.header), list(sheet.header_cells)
        header[first] = heads[first] = name
        for gone in others:
            header[gone], heads[gone] = f"column {column_letters(gone) if sheet.letters else gone + 1}", None
        rows = []
        for row in sheet.rows:
            cells, texts = list(row.cells), [cell_text(row.cells[part]) for part in at]
            fault = next((row.cells[part] for part in at if isinstance(row.cells[part], Unreadable)), None)
            cells[first] = fault or " ".join(text for text in texts if text) or None
            rows.append(Row(row.number, tuple(None if part in others else cell for part, cell in enumerate(cells))))
        sheet = replace(sheet, header=tuple(header), header_cells=tuple(heads), rows=rows)
    return sheet


def _require_distinct(where: str, header: Sequence[str]) -> None:
    repeated = sorted(name for name, count in Counter(header).items() if count > 1)
    if repeated:
        what = f"two columns have the name '{repeated[0]}'"
        raise ShapeError(what, where=where, do="give each column a different name")


def _without_blank_columns(sheet: Sheet, names: dict[int, str]) -> Sheet:
    """A column without a name is kept only where it has a value."""
    kept = [
        at for at in range(len(sheet.header)) if at in names or any(row.cells[at] is not None for row in sheet.rows)
    ]
    if len(kept) == len(sheet.header) or sheet.letters:  # letters follow the position, so no column may move
        return sheet
    header, top = tuple(sheet.header[at] for at in kept), tuple(sheet.header_cells[at] for at in kept)
    rows = [Row(row.number, tuple(row.cells[at] for at in kept)) for row in sheet.rows]
    return Sheet(sheet.name, sheet.title, header, rows, top, sheet.too_long, sheet.letters)


def _without_skipped(sheet: Sheet, options: TableFormat) -> Sheet:
    if not options.skip:
        return sheet
    out = {sheet.column(name, "skip"): set(texts) for name, texts in options.skip.items()}
    rows = [row for row in sheet.rows if not any(cell_text(row.cells[at]) in texts for at, texts in out.items())]
    return Sheet(sheet.name, sheet.title, sheet.header, rows, sheet.header_cells, sheet.too_long, sheet.letters)
