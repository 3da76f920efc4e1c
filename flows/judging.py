"""``kmi judge``: a progress rule over any table of baselines, current values and targets."""

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
    frame = _read(table)
    judged = {"pace": judge_by_pace}[rule](frame)
    if output is None:
        click.echo(judged.to_csv(index=False), nl=False)
        return
    judged.to_csv(output, index=False)
    counts = judged["verdict"].value_counts()
    click.echo(f"{len(judged)} rows judged by {rule}: {', '.join(f'{count} {verdict}' for verdict, count in counts.items())}; written to {output}")


def _read(table: Path) -> pd.DataFrame:
    try:
        frame = pd.read_csv(table, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError("there is no such file", where=str(table), do="name a CSV file") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ShapeError(f"this is no CSV in UTF-8 ({error})", where=str(table), do="save it as CSV UTF-8") from None
    missing = [name for name in COLUMNS if name not in frame]
    if missing:
        raise ShapeError(f"the columns {', '.join(missing)} are missing", where=str(table), do=f"a table to judge has {', '.join(COLUMNS)} and maybe limit")
    for name in NUMBERS:
        frame[name] = _numbers(frame[name], table)
    unknown = ~frame["direction"].str.lower().isin(UP | DOWN)
    if unknown.any():
        row = int(np.flatnonzero(unknown)[0])
        raise ShapeError(f"'{frame['direction'].iloc[row]}' is no direction", where=f"{table}, row {row + 2}, column 'direction'", do="write up or down")
    return frame


def _numbers(column: pd.Series, table: Path) -> pd.Series:
    numbers = pd.to_numeric(column.str.strip().replace("", None), errors="coerce")
    wrong = numbers.isna() & (column.str.strip() != "")
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ShapeError(f"'{column.iloc[row]}' is no number", where=f"{table}, row {row + 2}, column '{column.name}'", do="write a number or leave it blank")
    return numbers


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
        (year > due, "behind", "the target year is past and the target was not met"),
        (np.isnan(ratio), "not_assessable", "the baseline already meets the target, so no progress is expected"),
        (ratio >= ON_TRACK, "on_track", f"at least {ON_TRACK:.2f} of the progress due"),
        (ratio >= AT_RISK, "at_risk", f"at least {AT_RISK:.2f} of the progress due"),
    ]
    conditions = [condition for condition, _, _ in cases]
    verdicts = np.select(conditions, [verdict for _, verdict, _ in cases], "behind")
    reasons = np.select(conditions, [reason for _, _, reason in cases], f"less than {AT_RISK:.2f} of the progress due")
    return frame.assign(value=np.where(blank, np.nan, ratio), verdict=verdicts, reason=reasons)
