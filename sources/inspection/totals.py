"""What a table itself calls a total, beside the sum of its parts."""

from collections.abc import Sequence

from sources.files.entity_names import is_total
from sources.inspection.columns import Column
from sources.inspection.number_forms import NumberForm
from sources.inspection.table import Table

SAME = 1e-6


def compare_rows(table: Table, totals: set[int], columns: Sequence[Column], form: NumberForm) -> list[str]:
    """A sentence for each row of a total: whether it is the sum of the other rows, column by column."""
    sentences = []
    numbers = [number for number, _ in table.picture.rows]
    for total in sorted(totals):
        at = numbers.index(total)
        agree, differ, example = 0, 0, ""
        for column in columns:
            stated = form.read(column.cells[at])
            parts = sum(
                form.read(cell) or 0.0
                for number, cell in zip(numbers, column.cells, strict=True)
                if number not in totals
            )
            if stated is None:
                continue
            if abs(stated - parts) <= SAME * max(abs(stated), 1):
                agree += 1
            else:
                differ += 1
                example = example or f"{column.name}: {stated:,.15g} stated, {parts:,.15g} added up"
        sentences.append(_sentence(f"row {total}", agree, differ, example, "columns"))
    return sentences


def compare_columns(table: Table, others: Sequence[Column], parts: Sequence[Column], form: NumberForm) -> list[str]:
    """A sentence for each column of a total: whether it is the sum of the columns that are read, row by row."""
    by_at = {column.at: column for column in table.columns}
    sentences = []
    for column in (by_at[other.at] for other in others if other.at in by_at):
        if column.kind != "number" or not is_total(column.name):
            continue
        agree, differ, example = 0, 0, ""
        for row, cell in enumerate(column.cells):
            stated = form.read(cell)
            if stated is None:
                continue
            found = sum(form.read(part.cells[row]) or 0.0 for part in parts)
            if abs(stated - found) <= SAME * max(abs(stated), 1):
                agree += 1
            else:
                differ += 1
                number = table.picture.rows[row][0]
                example = example or f"row {number}: {stated:,.15g} stated, {found:,.15g} added up"
        sentences.append(_sentence(f"column '{column.name}'", agree, differ, example, "rows"))
    return sentences


def _sentence(what: str, agree: int, differ: int, example: str, of: str) -> str:
    if not differ:
        return f"{what} equals the sum of its parts in all {agree} {of}"
    return f"{what} differs from the sum of its parts in {differ} of {agree + differ} {of} ({example})"
