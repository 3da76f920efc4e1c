"""A closure is neither missing data nor a failure: what is said of an indicator while its doors are closed."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from transforms.formatting import day

FEWEST = 2
"""So many periods in a row must be closed before the last verdict is held back."""


@dataclass(frozen=True, slots=True)
class Shut:
    """First and last closed day (NaT: for good) and why."""

    first: pd.Timestamp
    last: pd.Timestamp
    reason: str

    @property
    def told(self) -> str:
        until = "" if pd.isna(self.last) else f" to {day(self.last)}"
        return f"closed from {day(self.first)}{until}" + (f" ({self.reason})" if self.reason else "")


def shut_since(verdicts: pd.DataFrame, periods: pd.DataFrame, closures: Sequence[Shut]) -> pd.DataFrame:
    """``verdicts`` where the newest settled periods were closed: the reason says so, and from ``FEWEST`` on no verdict
    is given.

    periods: indicator_id, start, end, provisional, flags (``closed`` where every day of the period was). closures: of
    all entities.
    """
    settled = periods[~periods["provisional"].astype(bool)].sort_values(["indicator_id", "start"])
    closed = settled["flags"].map(lambda flags: "closed" in flags).astype(bool)
    after_open = (~closed)[::-1].groupby(settled["indicator_id"][::-1]).cumsum()[::-1]
    tail = settled[after_open.to_numpy() == 0]
    found = tail.groupby("indicator_id").agg(periods=("start", "size"), start=("start", "min"), end=("end", "max"))
    out = verdicts.copy()
    for name, row in found.iterrows():
        mine = (out["indicator_id"] == name) & (out["verdict"] != "achieved")
        why = next(
            (shut.told for shut in closures if shut.first < row["end"] and not shut.last < row["start"]),
            "closed by the calendar",
        )
        if row["periods"] >= FEWEST:
            out.loc[mine, "verdict"], out.loc[mine, "worsening"] = "not_assessable", False
            out.loc[mine, "reason_code"] = "closed"
            out.loc[mine, "reason"] = (
                f"{why}: no verdict until a whole {_length(row)} after it is known; what stood before is in the history"
            )
        else:
            out.loc[mine, "reason"] += f"; {why}"
    return out


def _length(row: pd.Series) -> str:
    """The name of the period that a closed one stands for."""
    days = (row["end"] - row["start"]).days / row["periods"]
    return next(
        name for name, least in (("year", 300), ("quarter", 80), ("month", 25), ("week", 5), ("day", 0)) if days > least
    )
