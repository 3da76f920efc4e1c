"""A closure is neither missing data nor a failure: what is said of an indicator while its doors are closed."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from transforms.findings import Facts, Finding, Findings, found

FEWEST = 2
"""So many periods in a row must be closed before the last verdict is held back."""


@dataclass(frozen=True, slots=True)
class Closure:
    """First and last closed day (NaT: for good) and why."""

    first: pd.Timestamp
    last: pd.Timestamp
    reason: str


def closed_since(
    verdicts: pd.DataFrame, periods: pd.DataFrame, targets: pd.DataFrame, closures: Sequence[Closure]
) -> dict[str, Findings]:
    """By indicator, that its newest settled periods were closed; from ``FEWEST`` on there is no verdict.

    What was achieved or decided when it was due stays. targets: indicator_id, due. periods: indicator_id, start, end,
    provisional, flags (``closed`` where every day of the period was). closures: of all entities.
    """
    settled = periods[~periods["provisional"].astype(bool)].sort_values(["indicator_id", "start"])
    closed = settled["flags"].map(lambda flags: "closed" in flags).astype(bool)
    after_open = (~closed)[::-1].groupby(settled["indicator_id"][::-1]).cumsum()[::-1]
    tail = settled[after_open.to_numpy() == 0]
    spans = tail.groupby("indicator_id").agg(periods=("start", "size"), start=("start", "min"), end=("end", "max"))
    judged = verdicts.merge(targets[["indicator_id", "due"]], on="indicator_id")
    stays = (judged["verdict"] == "achieved") | (judged["through"] >= judged["due"])
    open_ = set(judged.loc[~stays, "indicator_id"])
    return {str(name): (_finding(row, closures),) for name, row in spans.iterrows() if name in open_}


def _finding(row: pd.Series, closures: Sequence[Closure]) -> Finding:
    """row: the closed periods at the end: their number, the start of the first and the end of the last."""
    why = next((one for one in closures if one.first < row["end"] and not one.last < row["start"]), None)
    facts: Facts = {} if why is None else {"first": why.first, "last": why.last, "why": why.reason}
    if row["periods"] < FEWEST:
        return found("closed_since", None, facts)
    return found("closed", "not_assessable", facts, period=_length(row))


def _length(row: pd.Series) -> str:
    """The name of the period that a closed one stands for."""
    days = (row["end"] - row["start"]).days / row["periods"]
    return next(
        name for name, least in (("year", 300), ("quarter", 80), ("month", 25), ("week", 5), ("day", 0)) if days > least
    )
