"""The rows that a plan asks for by what stands in their columns, such as the loans of one type."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sources.files.cells import cell_text
from sources.files.entity_names import folded
from sources.files.sheets import Sheet
from warehouse.errors import ShapeError

NAMED = 8


def choose_rows(
    files: Sequence[Sequence[Sheet]], where: Mapping[str, Sequence[str]]
) -> tuple[list[list[Sheet]], list[str]]:
    """The sheets with those rows only that have one of the texts in each column of ``where``, and what is to be told.

    Texts are compared as names of entities are: capitals, blanks and Unicode forms do not count. Raises ``ShapeError``
    for a column that a sheet does not have, and where no row of the delivery is chosen.
    """
    if not where:
        return [list(sheets) for sheets in files], []
    seen: dict[str, Counter[str]] = {column: Counter() for column in where}
    chosen = [[_chosen(sheet, where, seen) for sheet in sheets] for sheets in files]
    before, after = (sum(len(sheet.rows) for sheets in some for sheet in sheets) for some in (files, chosen))
    if before and not after:
        raise ShapeError(_nothing(where, seen), where=files[0][0].where, do="correct 'where' in the plan")
    absent = [
        f"no row has '{text}' in column '{column}', which 'where' asks for"
        for column, texts in where.items()
        for text in texts
        if folded(text) not in {folded(found) for found in seen[column]}
    ]
    return chosen, [f"{before - after:,} of {before:,} rows are left out by 'where'", *absent]


def _chosen(sheet: Sheet, where: Mapping[str, Sequence[str]], seen: Mapping[str, Counter[str]]) -> Sheet:
    columns = [
        (sheet.column(column, "where"), {folded(text) for text in texts}, seen[column])
        for column, texts in where.items()
    ]
    rows = []
    for row in sheet.rows:
        texts = [cell_text(row.cells[at]) for at, _, _ in columns]
        for text, (_, _, counts) in zip(texts, columns, strict=True):
            counts[text] += 1
        if all(folded(text) in wanted for text, (_, wanted, _) in zip(texts, columns, strict=True)):
            rows.append(row)
    return replace(sheet, rows=rows)


def _nothing(where: Mapping[str, Sequence[str]], seen: Mapping[str, Counter[str]]) -> str:
    asked = " and ".join(f"{column}: {' or '.join(texts)}" for column, texts in where.items())
    there = "; ".join(
        f"'{column}' has {', '.join(f'{text!r}' for text, _ in counts.most_common(NAMED))}"
        f"{' and others' if len(counts) > NAMED else ''}"
        for column, counts in seen.items()
    )
    return f"no row has what 'where' asks for ({asked}); {there}"
