"""``kmi judge``: a progress rule over any table of baselines, current values and targets."""

import csv
import io
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from plan.percent_unit import is_percent
from transforms.arrays import BoolArray, FloatArray
from transforms.rules.inputs import Outcome, RuleInputs
from transforms.rules.registry import RULES, Rule
from warehouse.errors import ConfigError, ShapeError

NUMBERS = ["base_year", "base_value", "current_year", "current_value", "target_year", "target"]
COLUMNS = ["series", *NUMBERS, "direction"]
OPTIONAL = ["limit", "standard_error"]  # and unit
"""``limit``: a natural limit in the wanted direction; ``standard_error``: of the change since the base."""
ADDED = ["value", "score", "label", "verdict", "reason"]
UP, DOWN = {"up", "increase", "+1", "1", "1.0"}, {"down", "decrease", "-1", "-1.0"}


@dataclass(frozen=True)
class TableToJudge:
    """The cells of the table as they were written, row by row, and what the rule reads of them, column by column."""

    header: list[str]
    rows: list[list[str]]
    values: dict[str, FloatArray]
    upward: BoolArray
    is_percent: BoolArray


def judge_file(table: Path, rule: str, output: Path | None) -> None:
    """Add value, score, label, verdict and reason to each row.

    Raises ``ConfigError`` for a file that cannot be read or written, ``ShapeError`` with row and column for a bad cell.
    """
    chosen = RULES[rule]
    judged = _read(table)
    result = apply_rule(chosen, judged)
    text = _as_csv(judged, result)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise ConfigError(
            f"the result cannot be written here ({error.strerror or error})",
            where=str(output),
            do="name another file with --output",
        ) from None
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in Counter(result.verdict.tolist()).most_common())
    click.echo(f"{len(judged.rows)} rows judged by {chosen.identity}: {verdicts}; written to {output}")


def _read(table: Path) -> TableToJudge:
    """The table with its numbers parsed and without blank lines."""
    (_, header), *rows = _rows(table)
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise ShapeError(
            f"the columns {', '.join(missing)} are missing",
            where=str(table),
            do=f"a table to judge has {', '.join(COLUMNS)}",
        )
    for line, cells in rows:
        if len(cells) != len(header):
            raise ShapeError(
                f"{len(cells)} cells under {len(header)} names", where=f"{table}, row {line}", do="correct the row"
            )
    values = {name: _numbers(table, rows, header, name) for name in (*NUMBERS, *OPTIONAL)}
    at = header.index("direction")
    for line, cells in rows:
        if cells[at].lower() not in UP | DOWN:
            where = f"{table}, row {line}, column 'direction'"
            raise ShapeError(f"'{cells[at]}' is not a direction", where=where, do="write up or down")
    upward = np.array([cells[at].lower() in UP for _, cells in rows], dtype=bool)
    units = [cells[header.index("unit")] if "unit" in header else "" for _, cells in rows]
    percent = np.array([is_percent(unit) for unit in units], dtype=bool)
    return TableToJudge(header, [cells for _, cells in rows], values, upward, percent)


def _numbers(table: Path, rows: list[tuple[int, list[str]]], header: list[str], name: str) -> FloatArray:
    """A column as numbers, NaN for blanks and for a column that the table does not have."""
    if name not in header:
        return np.full(len(rows), np.nan)
    at = header.index(name)
    return np.array([_number(cells[at], f"{table}, row {line}, column '{name}'") for line, cells in rows], dtype=float)


def _as_csv(table: TableToJudge, result: Outcome) -> str:
    """The table with the columns of the rule; a value that is not known is blank."""
    columns = {name: getattr(result, name).tolist() for name in ADDED}
    kept = [at for at, name in enumerate(table.header) if name not in ADDED]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*(table.header[at] for at in kept), *ADDED])
    for cells, *added in zip(table.rows, *columns.values(), strict=True):
        writer.writerow([*(cells[at] for at in kept), *("" if value != value else value for value in added)])  # noqa: PLR0124
    return out.getvalue()


def _rows(table: Path) -> list[tuple[int, list[str]]]:
    """Line number and stripped cells of each row that is not blank, the header first."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except OSError as error:
        raise ConfigError(
            f"the file cannot be read ({error.strerror})", where=str(table), do="name a CSV file"
        ) from None
    except UnicodeDecodeError:
        raise ShapeError("this is not UTF-8 text", where=str(table), do="save it as CSV UTF-8") from None
    except csv.Error as error:
        raise ShapeError(
            f"this is not CSV ({error})",
            where=f"{table}, row {reader.line_num}",
            do="check the quotation marks of this row",
        ) from None
    filled = [(line, row) for line, row in rows if any(row)]
    if not filled:
        raise ShapeError("the file is empty", where=str(table), do=f"a table to judge has {', '.join(COLUMNS)}")
    return filled


def _number(text: str, where: str) -> float:
    """The number in a cell; NaN for a blank one."""
    try:
        number = float(text or "nan")
    except ValueError:
        number = math.inf
    if math.isinf(number) or (text and math.isnan(number)):
        raise ShapeError(f"'{text}' is not a number", where=where, do="write a number or leave it blank")
    return number


def apply_rule(rule: Rule, table: TableToJudge) -> Outcome:
    """What the rule says of each row."""
    values = table.values
    return rule.apply(
        RuleInputs(
            base_year=values["base_year"],
            base=values["base_value"],
            year=values["current_year"],
            current=values["current_value"],
            due_year=values["target_year"],
            target=values["target"],
            direction=np.where(table.upward, 1.0, -1.0),
            limit=values["limit"],
            standard_error=values["standard_error"],
            is_percent=table.is_percent,
        )
    )
