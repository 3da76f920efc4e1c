"""``kmi judge``: a progress rule over any table of baselines, current values and targets."""

import csv
import math
from pathlib import Path

import click
import numpy as np
import pandas as pd

from transforms.rules.inputs import RuleInputs
from transforms.rules.registry import RULES, Rule
from warehouse.errors import ConfigError, ShapeError

NUMBERS = ["base_year", "base_value", "current_year", "current_value", "target_year", "target"]
COLUMNS = ["series", *NUMBERS, "direction"]
OPTIONAL = ["limit", "standard_error"]
"""``limit``: a natural limit in the wanted direction; ``standard_error``: of the change since the base."""
UP, DOWN = {"up", "increase", "+1", "1", "1.0"}, {"down", "decrease", "-1", "-1.0"}


def judge_file(table: Path, rule: str, output: Path | None) -> None:
    """Add value, score, label, verdict and reason to each row.

    Raises ``ConfigError`` for a file that cannot be read or written, ``ShapeError`` with row and column for a bad cell.
    """
    chosen = RULES[rule]
    judged = apply_rule(chosen, _read(table))
    if output is None:
        click.echo(judged.to_csv(index=False), nl=False)
        return
    try:
        judged.to_csv(output, index=False)
    except OSError as error:
        raise ConfigError(
            f"the result cannot be written here ({error.strerror or error})",
            where=str(output),
            do="name another file with --output",
        ) from None
    counts = judged["verdict"].value_counts()
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    click.echo(f"{len(judged)} rows judged by {chosen.identity}: {verdicts}; written to {output}")


def _read(table: Path) -> pd.DataFrame:
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
    frame = pd.DataFrame([cells for _, cells in rows], columns=header, dtype="str")
    places = [f"{table}, row {line}" for line, _ in rows]
    for name in [*NUMBERS, *(name for name in OPTIONAL if name in frame)]:
        cells = zip(places, frame[name], strict=True)
        frame[name] = [_number(text, f"{place}, column '{name}'") for place, text in cells]
    for place, text in zip(places, frame["direction"], strict=True):
        if text.lower() not in UP | DOWN:
            raise ShapeError(
                f"'{text}' is not a direction", where=f"{place}, column 'direction'", do="write up or down"
            )
    return frame


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


def apply_rule(rule: Rule, frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` with the rule's value, score and label, and our verdict and reason."""
    unknown = np.full(len(frame), np.nan)
    names = [*NUMBERS, *OPTIONAL]
    values = {name: frame[name].to_numpy(dtype=float) if name in frame else unknown for name in names}
    upward = frame["direction"].str.lower().isin(UP).to_numpy()
    result = rule.apply(
        RuleInputs(
            base_year=values["base_year"],
            base=values["base_value"],
            year=values["current_year"],
            current=values["current_value"],
            due_year=values["target_year"],
            target=values["target"],
            direction=np.where(upward, 1.0, -1.0),
            limit=values["limit"],
            standard_error=values["standard_error"],
        )
    )
    return frame.assign(
        value=result.value, score=result.score, label=result.label, verdict=result.verdict, reason=result.reason
    )
