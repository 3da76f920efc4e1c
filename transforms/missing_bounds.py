"""Whether a verdict depends on what is missing from its figures."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from transforms.coverage import NINETY, at_least_counted
from transforms.period_names import missing_names

Judge = Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]
"""Periods and targets to verdicts."""
ORDER = ("behind", "at_risk", "on_track", "achieved")


def withhold_where_missing_decides(
    verdicts: pd.DataFrame, periods: pd.DataFrame, targets: pd.DataFrame, judge: Judge
) -> pd.DataFrame:
    """``verdicts`` with none where another value of the missing cells would give another one.

    Each is judged again with the figure at either end of its 90 % interval, and its baseline at the opposite end.

    periods: as judged, of ``transforms.coverage.at_whole``. targets: as given to ``judge``, with year_start (the
    first day of a year's total, NaT for other targets).
    """
    spans = verdicts[["indicator_id", "verdict", "through"]].merge(
        targets[["indicator_id", "period", "baseline_start", "baseline_end", "year_start"]], on="indicator_id"
    )
    rows = periods.reset_index(names="place").merge(spans, on="indicator_id")
    rows = rows[(rows["whole_error"] > 0) & (rows["verdict"] != "not_assessable")]
    judged = (rows["end"] == rows["through"] + pd.Timedelta(days=1)) | (
        (rows["start"] >= rows["year_start"]) & (rows["end"] <= rows["through"] + pd.Timedelta(days=1))
    )
    base = (rows["start"] >= rows["baseline_start"]) & (rows["end"] <= rows["baseline_end"])
    shift = pd.concat([_shift(rows[judged]), -_shift(rows[base & ~judged])])
    out = verdicts.copy()
    if shift.empty:
        return out
    concerned = rows.loc[judged | base, "indicator_id"].unique()
    mine = targets[targets["indicator_id"].isin(concerned)].reset_index(drop=True)
    found: dict[str, set[str]] = {
        name: {verdict}
        for name, verdict in verdicts[["indicator_id", "verdict"]].itertuples(index=False)
        if name in set(concerned)
    }
    for sign in (-1.0, 1.0):
        moved = periods["value"].astype(float).copy()
        moved.loc[shift.index] += sign * shift
        table = periods.assign(value=at_least_counted(moved, periods))
        again = judge(table[table["indicator_id"].isin(concerned)].reset_index(drop=True), mine)
        for name, verdict in again[["indicator_id", "verdict"]].itertuples(index=False):
            found[name].add(verdict)
    cells = {
        str(name): tuple(sorted({cell for cells in some for cell in cells}))
        for name, some in rows[judged | base].groupby("indicator_id")["missing"]
    }
    length = mine.set_index("indicator_id")["period"]
    for name, several in found.items():
        named = [verdict.replace("_", " ") for verdict in ORDER if verdict in several]
        if len(named) > 1:
            mine_only = out["indicator_id"] == name
            out.loc[mine_only, "verdict"], out.loc[mine_only, "worsening"] = "not_assessable", False
            what = missing_names(str(length[name]), cells[name])
            out.loc[mine_only, "reason"] = f"between {named[0]} and {named[-1]}, depending on what is missing: {what}"
    return out


def _shift(rows: pd.DataFrame) -> pd.Series:
    """By place, how far each value moves so that the sum of each indicator moves to the end of its 90 % interval."""
    square = rows["whole_error"] ** 2
    whole = np.sqrt(square.groupby(rows["indicator_id"]).transform("sum"))
    shift: pd.Series = (NINETY * square / whole).set_axis(rows["place"])
    return shift
