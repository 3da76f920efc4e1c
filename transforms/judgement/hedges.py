"""What must be known beside a verdict: that its figure is old, that luck alone does as much."""

from collections.abc import Hashable, Iterator
from datetime import date
from typing import Any

import pandas as pd

from transforms.findings import Finding, Findings, found

DAYS = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
OVERDUE_DAYS = 31
"""A verdict is old once the period after the one it judges ended so long ago."""
A_MONTH = 365.25 / 12
HALF = 0.5
"""A figure on its path falls as short half of the time; from there on it does not fall short."""
SHORT = {"behind", "at_risk"}


def age_and_luck(
    verdicts: pd.DataFrame, periods: pd.DataFrame, targets: pd.DataFrame, today: date, rate: float
) -> list[Findings]:
    """What must be known beside each of ``verdicts`` (verdict, through, luck_p_value), in their order.

    periods: indicator_id, end, value. targets: indicator_id, period, due. rate: how often luck may fall as short before
    that is said.
    """
    rows = verdicts.merge(targets[["indicator_id", "period", "due"]], on="indicator_id", how="left")
    newest = periods[periods["value"].notna()].groupby("indicator_id")["end"].max()
    rows["newest"] = [newest.get(name, pd.NaT) for name in rows["indicator_id"]]
    rows["end"] = pd.to_datetime(rows["through"]) + pd.Timedelta(days=1)
    decided = rows["through"] >= rows["due"]  # what was decided when it was due does not age and is not luck
    told = zip(rows.to_dict("records"), decided, strict=True)
    return [() if it else (*_old(row, today), *_luck(row, rate)) for row, it in told]


def _old(row: dict[Hashable, Any], today: date) -> Iterator[Finding]:
    if pd.isna(row["through"]):
        return
    age = (pd.Timestamp(today) - row["end"]).days
    if age > 2 * DAYS[row["period"]] + OVERDUE_DAYS:
        yield found("old", months=int(age / A_MONTH), newer_known=bool(row["newest"] > row["end"]))


def _luck(row: dict[Hashable, Any], rate: float) -> Iterator[Finding]:
    if row["verdict"] in SHORT and rate < row["luck_p_value"] <= HALF:
        yield found("luck", probability=row["luck_p_value"])
