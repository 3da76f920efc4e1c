"""A verdict for every indicator: the last complete and settled period against the path to its target."""

from dataclasses import dataclass, fields
from datetime import datetime

import numpy as np
import pandas as pd

from transforms import paths
from transforms.pace import pace_ratio
from transforms.periods import grid
from transforms.reasons import Case, explain
from transforms.ruled import by_rule
from transforms.rules.registry import RULES
from warehouse.schema import PUBLISHED_VERDICTS

GRADES = ("implausible", "incomplete", "partial", "thresholded", "sampled", "estimated", "prorated", "reset", "released", "provisional")
"""Flags from the weakest ground to the firmest; a number with none of them is ``counted``, no number is ``none``."""

ONE_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Judged:
    """``verdicts``: the columns of the published table; ``expected``: the path's value at the end of each row of periods;
    ``targets``: as given, with the baseline values that the periods yield."""

    verdicts: pd.DataFrame
    expected: pd.Series
    targets: pd.DataFrame


def judge(periods: pd.DataFrame, targets: pd.DataFrame, as_of: datetime) -> Judged:
    """``periods`` as ``transforms.periods.periods`` yields them.

    targets: one row an indicator: indicator_id, unit, period, better, rule (null: no target), target_value, target_low,
    target_high, baseline_value, baseline_start, baseline_end (the day after), due (the last day), path, min_completeness.
    """
    targets = _with_baselines(periods, targets)
    rows = periods.merge(targets, on="indicator_id", how="left")
    rows["expected"] = _expected(rows)
    usable = (rows["completeness"] >= rows["min_completeness"]) & ~rows["provisional"].astype(bool) & rows["value"].notna()
    latest = rows[usable].sort_values("start").drop_duplicates("indicator_id", keep="last")
    newest = periods.sort_values("start").drop_duplicates("indicator_id", keep="last")
    newest = newest[["indicator_id", "start", "completeness"]].rename(columns={"start": "newest_start", "completeness": "newest_completeness"})
    columns = ["indicator_id", "start", "end", "value", "flags", "expected"]
    board = targets.merge(latest[columns], on="indicator_id", how="left").merge(newest, on="indicator_id", how="left")
    return Judged(_verdicts(board, as_of), rows["expected"].set_axis(periods.index), targets)


def _with_baselines(periods: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Where the plan gives no value, the mean of the baseline's periods; only if every one of them is complete."""
    rows = periods.merge(targets[["indicator_id", "baseline_start", "baseline_end", "min_completeness"]], on="indicator_id")
    inside = (rows["start"] >= rows["baseline_start"]) & (rows["end"] <= rows["baseline_end"])
    known = rows[inside & rows["value"].notna() & (rows["completeness"] >= rows["min_completeness"])].groupby("indicator_id")["value"]
    out = targets.assign(
        baseline_known=targets["indicator_id"].map(known.size()).fillna(0).astype(int),
        baseline_of=[_whole_periods(*span) for span in zip(targets["period"], targets["baseline_start"], targets["baseline_end"], strict=True)],
    )
    means = out["indicator_id"].map(known.mean()).where((out["baseline_known"] == out["baseline_of"]) & (out["baseline_of"] > 0))
    return out.assign(baseline_value=out["baseline_value"].astype(float).fillna(means))


def _whole_periods(period: str, start: pd.Timestamp, end: pd.Timestamp) -> int:
    """How many whole periods lie in ``[start, end)``."""
    if pd.isna(start):
        return 0
    spans = grid(period, start.date(), end.date())
    return int(((spans["start"] >= start) & (spans["end"] <= end)).sum())


def _days(column: pd.Series) -> paths.Floats:
    """Days since 1970 as numbers; NaN for no day."""
    numbers = (pd.to_datetime(column) - pd.Timestamp("1970-01-01")) / ONE_DAY
    return np.asarray(numbers, dtype=np.float64)


def _expected(rows: pd.DataFrame) -> pd.Series:
    """The path at the end of each period, from the baseline on."""
    share = paths.elapsed_share(_days(rows["end"]), _days(rows["baseline_end"]), _days(rows["due"]) + 1)
    baseline, target = rows["baseline_value"].to_numpy(dtype=float), rows["target_value"].to_numpy(dtype=float)
    straight, growing = paths.linear(baseline, target, share), paths.geometric(baseline, target, share)
    path = pd.Series(np.where(rows["path"] == "geometric", growing, straight), index=rows.index)
    return path.where(rows["start"] >= rows["baseline_end"])


def _verdicts(board: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    board = board.assign(ratio=pace_ratio(*(board[name].to_numpy(dtype=float) for name in ("baseline_value", "value", "expected"))))
    cases = board[[field.name for field in fields(Case)]].itertuples(index=False, name=None)
    told = pd.DataFrame([explain(Case(*case)) for case in cases], columns=["verdict", "reason"])
    told, rule_value = by_rule(board, told)
    frame = told.assign(
        indicator_id=board["indicator_id"],
        as_of=pd.Timestamp(as_of),
        through=board["end"] - ONE_DAY,
        worsening=_worsening(board),
        value=board["value"],
        expected=board["expected"],
        pace_ratio=board["ratio"],
        rule=[RULES[name].identity if isinstance(name, str) else "none" for name in board["rule"]],
        rule_value=rule_value,
        grade=[_grade(flags) for flags in board["flags"]],
    )
    return frame.reindex(columns=PUBLISHED_VERDICTS.names)


def _worsening(board: pd.DataFrame) -> pd.Series:
    below, above = board["value"] < board["baseline_value"], board["value"] > board["baseline_value"]
    return (below & (board["better"] == "up")) | (above & (board["better"] == "down"))


def _grade(flags: object) -> str:
    if not isinstance(flags, tuple):
        return "none"
    return next((grade for grade in GRADES if grade in flags), "counted")
