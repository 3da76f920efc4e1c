"""What a verdict's sentence must add.

That its figure is old, that luck alone does as much.
"""

from datetime import date
from typing import Any

import pandas as pd

DAYS = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
OVERDUE_DAYS = 31
"""A verdict is old once the period after the one it judges ended so long ago."""
A_MONTH = 365.25 / 12
SHORT = {"behind", "at_risk"}


def hedged_reasons(
    verdicts: pd.DataFrame, periods: pd.DataFrame, targets: pd.DataFrame, today: date, rate: float
) -> list[str]:
    """The reasons of ``verdicts`` (verdict, reason, through, luck_p_value), in their order, with what must be known
    beside.

    periods: indicator_id, end, value. targets: indicator_id, period. rate: how often luck may fall as short before that
    is said.
    """
    rows = verdicts.merge(targets[["indicator_id", "period"]], on="indicator_id", how="left")
    newest = periods[periods["value"].notna()].groupby("indicator_id")["end"].max()
    rows["newest"] = [newest.get(name, pd.NaT) for name in rows["indicator_id"]]
    rows["end"] = pd.to_datetime(rows["through"]) + pd.Timedelta(days=1)
    return [
        "; ".join(part for part in (row["reason"], _old(row, today), _luck(row, rate)) if part)
        for row in rows.to_dict("records")
    ]


def _old(row: dict[Any, Any], today: date) -> str:
    if pd.isna(row["through"]):
        return ""
    age = (pd.Timestamp(today) - row["end"]).days
    if age <= 2 * DAYS[row["period"]] + OVERDUE_DAYS:
        return ""
    newer = "newer figures are not whole and settled yet" if row["newest"] > row["end"] else "nothing newer is known"
    return f"that was {int(age / A_MONTH)} months ago, and {newer}"


def _luck(row: dict[Any, Any], rate: float) -> str:
    often = row["verdict"] in SHORT and row["luck_p_value"] > rate
    return f"an indicator on its path falls as short by luck in {row['luck_p_value']:.0%} of cases" if often else ""
