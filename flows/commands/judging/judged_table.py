"""The table with the columns of the rules: the user's own columns stay as they are, but for formulas."""

import csv
import io
from collections.abc import Sequence
from itertools import chain, count

from flows.commands.judging.decimal_mark import DecimalMark
from flows.commands.judging.table_file import TableFile, written
from transforms.rules.inputs import Outcome
from transforms.spreadsheet_text import as_text

ADDED = ("value", "score", "label", "verdict", "worsening", "reason")


def as_csv(table: TableFile, outcomes: dict[str, Outcome], mark: DecimalMark) -> tuple[str, list[str]]:
    """The table as CSV, separated and with the decimal mark as it came, and what the user should know about its names.

    Of several rules the verdicts come first, side by side.
    """
    wanted = _columns(list(outcomes))
    names = free_names(table.header, list(wanted))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=table.separator or ",", lineterminator="\n")
    writer.writerow([as_text(name) for name in (*table.header, *names)])
    decimal = mark.mark if table.separator else "."
    added = [_texts(outcomes[rule], column, decimal) for rule, column in wanted.values()]
    for row, *texts in zip(table.rows, *added, strict=True):
        writer.writerow([*(as_text(written(cell)) for cell in row.cells), *map(as_text, texts)])
    own = {name.casefold(): name for name in table.header}
    notes = [
        f"{table.sheet.where}: your column '{own[name]}' stays as it is; the rule's {name} is in '{new}'"
        for name, new in zip(wanted, names, strict=True)
        if name != new
    ]
    return out.getvalue(), notes


def _columns(rules: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The names to add, each with its rule and what it has of it."""
    if len(rules) == 1:
        return {column: (rules[0], column) for column in ADDED}
    verdicts = {f"{rule}_verdict": (rule, "verdict") for rule in rules}
    return verdicts | {f"{rule}_{column}": (rule, column) for rule in rules for column in ADDED}


def free_names(header: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The wanted names; ``judged_verdict`` where the table has a ``verdict`` already, ``judged_verdict_2`` where both.

    Capitals do not make a name another: most programs that read tables ignore them.
    """
    own = {name.casefold() for name in header}
    numbered = (chain((name, f"judged_{name}"), (f"judged_{name}_{number}" for number in count(2))) for name in wanted)
    return [next(new for new in names if new not in own) for names in numbered]


def _texts(outcome: Outcome, column: str, decimal: str) -> list[str]:
    """A column of a rule as texts; blank where a value is not known, or nothing was judged."""
    if column == "worsening":
        pairs = zip(outcome.worsening.tolist(), outcome.verdict.tolist(), strict=True)
        return ["" if verdict == "not_assessable" else str(worse).lower() for worse, verdict in pairs]
    values = getattr(outcome, column).tolist()
    if column in {"value", "score"}:
        return ["" if value != value else str(value).replace(".", decimal) for value in values]  # noqa: PLR0124 - NaN
    return [str(value) for value in values]
