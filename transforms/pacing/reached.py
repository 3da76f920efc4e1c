"""Whether the target's level was held for a year, and which period decides whether it was met when it was due."""

import numpy as np
import pandas as pd

from transforms.arrays import SAME
from transforms.pacing.target_years import PERIODS_A_YEAR, first_open_when_due

NOW_COLUMNS = ["now_start", "now_end", "now_value", "now_partial", "now_met"]


def reached(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each indicator with a target of a period: held, due_start, due_known and ``NOW_COLUMNS``.

    held: whether the level was held for a year, by the newest known periods without a gap; closed periods say nothing
    about it. due_start: of the period that decides, the one that holds the due day or, where that is closed throughout,
    the next one that is not; NaT before it is there. due_known: whether it is known. now_*: of the newest known period,
    where that lies after the one that decides: its span, what was counted, whether that is a part, and whether it meets
    the target.

    rows: as ``transforms.pacing.goals.with_goals``, with target_low and target_high.
    """
    mine = rows[(rows["over"] == "period") & ~rows["ahead"]].sort_values(["indicator_id", "start"])
    due = _due(mine)
    mine = mine[~mine["closed"]]
    met = mine["known"] & _meets(mine)
    newest = mine["known"][::-1].groupby(mine["indicator_id"][::-1]).cummax()[::-1]
    lasting = ((met | ~newest)[::-1].groupby(mine["indicator_id"][::-1]).cummin()[::-1]) & newest
    length = lasting.groupby(mine["indicator_id"]).sum()
    a_year = mine.groupby("indicator_id")["period"].first().map(PERIODS_A_YEAR).astype(float)
    found = pd.DataFrame({"held": length >= np.floor(a_year)}, index=a_year.index)
    found["due_start"] = due["start"].reindex(found.index)
    found["due_known"] = due["known"].reindex(found.index).eq(other=True)
    now = mine.assign(now_met=met, now_partial=mine["counted"] != mine["value"])[mine["known"]]
    now = now.drop_duplicates("indicator_id", keep="last").set_index("indicator_id")
    now = now.rename(columns={"start": "now_start", "end": "now_end", "counted": "now_value"})[NOW_COLUMNS]
    after = found["due_known"] & (now["now_start"].reindex(found.index) > found["due_start"])
    return found.join(now[after.reindex(now.index).eq(other=True)]).rename_axis("indicator_id").reset_index()


def _due(rows: pd.DataFrame) -> pd.DataFrame:
    """start and known of the period that decides, by indicator_id; of a series that begins after it there is none."""
    begun = rows.loc[(rows["start"] <= rows["due"]) & (rows["due"] < rows["end"]), "indicator_id"]
    return first_open_when_due(rows[rows["indicator_id"].isin(begun)])[["start", "known"]]


def _meets(rows: pd.DataFrame) -> pd.Series:
    """Whether each value meets the target as it falls on its period."""
    slack = SAME * rows["value"].abs()
    needed, low, high = (rows[name] * rows["scale"] for name in ("target_value", "target_low", "target_high"))
    up, down = rows["value"] >= needed - slack, rows["value"] <= needed + slack
    inside = (rows["value"] >= low - slack) & (rows["value"] <= high + slack)
    found: pd.Series = up.where(rows["better"] == "up", down).where(rows["better"] != "band", inside)
    return found
