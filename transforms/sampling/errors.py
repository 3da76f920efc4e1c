"""The errors behind a verdict: of the baseline, and of the change since then."""

import numpy as np
import pandas as pd

from transforms.arrays import FloatArray

INEXACT = {"estimate_no_error", "spliced"}
"""Flags of values that have an error, known or unknown."""


def baseline_rows(periods: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """The periods of each baseline for which the plan gives no value.

    With their place in ``periods``.
    """
    open_ones = targets.loc[targets["baseline_value"].isna(), ["indicator_id", "baseline_start", "baseline_end"]]
    rows = periods.reset_index(names="place").merge(open_ones, on="indicator_id")
    return rows[(rows["start"] >= rows["baseline_start"]) & (rows["end"] <= rows["baseline_end"])]


def baseline_errors(periods: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """indicator_id, baseline_error (of the mean) and baseline_unsure.

    baseline_unsure: an estimated or spliced value without an error is among its periods.
    """
    rows = baseline_rows(periods if "standard_error" in periods else periods.assign(standard_error=np.nan), targets)
    error = rows["standard_error"].astype("float64")
    inexact = pd.Series([bool(INEXACT & set(flags)) for flags in rows["flags"]], index=rows.index, dtype=bool)
    rows = rows.assign(square=error**2, unsure=inexact & error.isna())
    out = rows.groupby("indicator_id", as_index=False).agg(
        square=("square", "sum"), periods=("square", "size"), baseline_unsure=("unsure", "any")
    )
    out["baseline_error"] = np.sqrt(out["square"]) / out["periods"]
    return out[["indicator_id", "baseline_error", "baseline_unsure"]]


def change_errors(board: pd.DataFrame, periods: pd.DataFrame, baselines: pd.DataFrame) -> FloatArray:
    """The standard error of the change since the baseline, for each row of ``board``.

    board: indicator_id, start and value of the judged period. baselines: as ``baseline_errors``. NaN where neither
    value has an error, where one is an estimate without one, and where the judged value is not that of one period. A
    count has no error: whether a change in it is chance is not a matter of sampling.
    """
    if "standard_error" not in periods:
        return np.full(len(board), np.nan)
    rows = board[["indicator_id", "start", "value"]].merge(
        periods[["indicator_id", "start", "value", "standard_error", "flags"]],
        on=["indicator_id", "start"],
        how="left",
        suffixes=("", "_of"),
    )
    rows = rows.merge(baselines, on="indicator_id", how="left")
    error, base = (rows[name].astype("float64").fillna(0.0).to_numpy() for name in ("standard_error", "baseline_error"))
    no_error = [isinstance(flags, tuple) and "estimate_no_error" in flags for flags in rows["flags"]]
    unsure = rows["baseline_unsure"].eq(other=True) | pd.Series(no_error, index=rows.index)
    one = np.isclose(rows["value"].astype("float64"), rows["value_of"].astype("float64"))
    change = np.hypot(error, base)
    return np.where(one & ~unsure.to_numpy() & (change > 0), change, np.nan)
