"""``kmi judge``: a progress rule over any table of baselines, current values and targets."""

import csv
import math
from pathlib import Path

import click
import numpy as np
import pandas as pd

from transforms import paths
from transforms.pace import AT_RISK, ON_TRACK, pace_ratio
from warehouse.errors import ConfigError, ShapeError

NUMBERS = ["base_year", "base_value", "current_year", "current_value", "target_year", "target"]
COLUMNS = ["series", *NUMBERS, "direction"]
UP, DOWN = {"up", "increase", "+1", "1"}, {"down", "decrease", "-1"}


def judge_file(table: Path, rule: str, output: Path | None) -> None:
    """Add value, verdict and reason to each row. Raises ``ConfigError`` or ``ShapeError`` with row and column."""
    judged = {"pace": judge_by_pace}[rule](_read(table))
    if output is None:
        click.echo(judged.to_csv(index=False), nl=False)
        return
    try:
        judged.to_csv(output, index=False)
    except OSError as error:
        raise ConfigError(f"the result cannot be written here ({error.strerror or error})", where=str(output), do="name another file with --output") from None
    counts = judged["verdict"].value_counts()
    click.echo(f"{len(judged)} rows judged by {rule}: {', '.join(f'{count} {verdict}' for verdict, count in counts.items())}; written to {output}")


def _read(table: Path) -> pd.DataFrame:
    """The table with numbers as numbers; blank lines are left out."""
    header, *rows = _rows(table)
    missing = [name for name in COLUMNS if name not in header[1]]
    if missing:
        raise ShapeError(f"the columns {', '.join(missing)} are missing", where=str(table), do=f"a table to judge has {', '.join(COLUMNS)}")
    for line, cells in rows:
        if len(cells) != len(header[1]):
            raise ShapeError(f"{len(cells)} cells under {len(header[1])} names", where=f"{table}, row {line}", do="mend the row")
    frame = pd.DataFrame([cells for _, cells in rows], columns=header[1], dtype="str")
    at = [line for line, _ in rows]
    for name in NUMBERS:
        frame[name] = [_number(text, f"{table}, row {line}, column '{name}'") for line, text in zip(at, frame[name], strict=True)]
    for line, text in zip(at, frame["direction"], strict=True):
        if text.lower() not in UP | DOWN:
            raise ShapeError(f"'{text}' is no direction", where=f"{table}, row {line}, column 'direction'", do="write up or down")
    return frame


def _rows(table: Path) -> list[tuple[int, list[str]]]:
    """Line number and stripped cells of each row that is not blank, the header first."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except OSError as error:
        raise ConfigError(f"the file cannot be read ({error.strerror})", where=str(table), do="name a CSV file") from None
    except UnicodeDecodeError:
        raise ShapeError("this is no text in UTF-8", where=str(table), do="save it as CSV UTF-8") from None
    except csv.Error as error:
        raise ShapeError(f"this is no CSV ({error})", where=f"{table}, row {reader.line_num}", do="check the quotation marks of this row") from None
    filled = [(line, row) for line, row in rows if any(row)]
    if not filled:
        raise ShapeError("the file is empty", where=str(table), do=f"a table to judge has {', '.join(COLUMNS)}")
    return filled


def _number(text: str, where: str) -> float:
    """NaN for a blank cell."""
    try:
        number = float(text or "nan")
    except ValueError:
        number = math.inf
    if math.isinf(number) or (text and math.isnan(number)):
        raise ShapeError(f"'{text}' is no number", where=where, do="write a number or leave it blank")
    return number


def judge_by_pace(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` with value (the pace ratio on the linear path), verdict and reason."""
    base_year, base, year, current, due, target = (frame[name].to_numpy(dtype=float) for name in NUMBERS)
    expected = paths.linear(base, target, paths.elapsed_share(year, base_year, due))
    ratio = pace_ratio(base, current, expected)
    met = np.where(frame["direction"].str.lower().isin(UP), current >= target, current <= target)
    blank = np.isnan(np.stack([base_year, base, year, current, due, target])).any(axis=0)
    cases = [
        (blank, "not_assessable", "a figure or a year is blank"),
        (due <= base_year, "not_assessable", "the target is not due after the base year"),
        (met, "achieved", "the current value meets the target"),
        (year <= base_year, "not_assessable", "there is no value after the base year"),
        (year >= due, "behind", "the target year is reached and the target was not met"),
        (np.isnan(ratio), "not_assessable", "the baseline already meets the target, so no progress is expected"),
        (ratio >= ON_TRACK, "on_track", f"at least {ON_TRACK:.2f} of the progress due"),
        (ratio >= AT_RISK, "at_risk", f"at least {AT_RISK:.2f} of the progress due"),
    ]
    conditions = [condition for condition, _, _ in cases]
    verdicts = np.select(conditions, [verdict for _, verdict, _ in cases], "behind")
    reasons = np.select(conditions, [reason for _, _, reason in cases], f"less than {AT_RISK:.2f} of the progress due")
    return frame.assign(value=np.where(blank, np.nan, ratio), verdict=verdicts, reason=reasons)
