"""What a table itself calls a total, beside the sum of its parts."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from sources.files.cells import Cell
from sources.files.entity_names import is_total
from sources.inspection.columns import Column
from sources.inspection.number_forms import NumberForm
from sources.inspection.table import Table

SAME = 1e-6
Stated: TypeAlias = tuple[str, float | None, float]
"""Where a total stands, the total, and the sum of its parts."""


def compare_rows(table: Table, totals: set[int], columns: Sequence[Column], form: NumberForm) -> list[str]:
    """A sentence for each row of a total: whether it is the sum of the other rows, column by column."""
    sentences = []
    numbers = [number for number, _ in table.picture.rows]
    for total in sorted(totals):
        at, stated = numbers.index(total), list[Stated]()
        for column in columns:
            cells = (cell for number, cell in zip(numbers, column.cells, strict=True) if number not in totals)
            stated.append((column.name, form.read(column.cells[at]), _sum(cells, form)))
        sentences.append(_sentence(f"row {total}", stated, "columns"))
    return sentences


def compare_columns(table: Table, others: Sequence[Column], parts: Sequence[Column], form: NumberForm) -> list[str]:
    """A sentence for each column of a total: whether it is the sum of the columns that are read, row by row."""
    by_at = {column.at: column for column in table.columns}
    sentences = []
    for column in (by_at[other.at] for other in others if other.at in by_at):
        if column.kind != "number" or not is_total(column.name):
            continue
        stated = [
            (f"row {table.picture.rows[row][0]}", form.read(cell), _sum((part.cells[row] for part in parts), form))
            for row, cell in enumerate(column.cells)
        ]
        sentences.append(_sentence(f"column '{column.name}'", stated, "rows"))
    return sentences


def _sum(cells: Iterable[Cell], form: NumberForm) -> float:
    return sum(form.read(cell) or 0.0 for cell in cells)


def _sentence(what: str, stated: Iterable[Stated], of: str) -> str:
    """Whether the totals that are stated are the sums of their parts."""
    known = [(where, total, found) for where, total, found in stated if total is not None]
    wrong = [one for one in known if abs(one[1] - one[2]) > SAME * max(abs(one[1]), 1)]
    if not wrong:
        return f"{what} equals the sum of its parts in all {len(known)} {of}"
    where, total, found = wrong[0]
    example = f"{where}: {total:,.15g} stated, {found:,.15g} added up"
    return f"{what} differs from the sum of its parts in {len(wrong)} of {len(known)} {of} ({example})"
