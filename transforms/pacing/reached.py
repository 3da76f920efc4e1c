"""Whether the target's level was reached, for how long, and whether it was met when it was due."""

import numpy as np
import pandas as pd

from transforms.pacing.target_years import PERIODS_A_YEAR

SAME = 1e-9
"""A figure that falls short by no more than this share meets its target: sums of floats differ in their last digits."""


def reached(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each indicator with a target of a period: held, due_start and due_met.

    held: whether the level was held for a year, by the newest known periods without a gap; closed periods say nothing
    about it. due_start: of the period that holds the due day, NaT where it is not known. due_met: whether that one met
    the target.

    rows: as ``transforms.pacing.goals.with_goals``, with target_low and target_high.
    """
    mine = rows[(rows["over"] == "period") & ~rows["ahead"] & ~rows["closed"]].sort_values(["indicator_id", "start"])
    met = mine["known"] & _meets(mine)
    newest = mine["known"][::-1].groupby(mine["indicator_id"][::-1]).cummax()[::-1]
    lasting = ((met | ~newest)[::-1].groupby(mine["indicator_id"][::-1]).cummin()[::-1]) & newest
    length = lasting.groupby(mine["indicator_id"]).sum()
    a_year = mine.groupby("indicator_id")["period"].first().map(PERIODS_A_YEAR).astype(float)
    due = mine[mine["known"] & (mine["start"] <= mine["due"]) & (mine["due"] < mine["end"])]
    due = due.assign(due_met=met[due.index]).set_index("indicator_id")
    found = pd.DataFrame({"held": length >= np.floor(a_year)}, index=a_year.index)
    found["due_start"] = due["start"].reindex(found.index)
    found["due_met"] = due["due_met"].reindex(found.index).eq(other=True)
    return found.rename_axis("indicator_id").reset_index()


def _meets(rows: pd.DataFrame) -> pd.Series:
    """Whether each value meets the target as it falls on its period."""
    slack = SAME * rows["value"].abs()
    needed, low, high = (rows[name] * rows["scale"] for name in ("target_value", "target_low", "target_high"))
    up, down = rows["value"] >= needed - slack, rows["value"] <= needed + slack
    inside = (rows["value"] >= low - slack) & (rows["value"] <= high + slack)
    found: pd.Series = up.where(rows["better"] == "up", down).where(rows["better"] != "band", inside)
    return found
