"""Indicators of which all that was delivered is refused: their periods are known to be without a value."""

from datetime import date

import pandas as pd

from transforms.periods import MEMBER_KEY
from warehouse.refusals import open_refusals
from warehouse.tables import Tables


def refused_members(tables: Tables, parts: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Columns ``MEMBER_KEY`` and first: the members of which values are refused and none was accepted.

    Only of indicators without any accepted value: beside others a refused name, such as a misspelt branch, is not one
    that the indicator lacks. parts: indicator_id, part, source, metric, entity (null for all). known: source and metric
    of what was accepted.
    """
    accepted = pd.MultiIndex.from_frame(known[["source", "metric"]].drop_duplicates())
    with_values = parts.loc[pd.MultiIndex.from_frame(parts[["source", "metric"]]).isin(accepted), "indicator_id"]
    empty = parts[~parts["indicator_id"].isin(with_values)]
    if empty.empty:
        return pd.DataFrame(columns=[*MEMBER_KEY, "first"])
    refused = open_refusals(tables)[["source", "metric", "entity", "start"]].dropna(subset=["metric", "start"])
    both = empty.rename(columns={"entity": "wanted"}).merge(refused.fillna({"entity": ""}), on=["source", "metric"])
    mine = both[both["wanted"].isna() | (both["wanted"] == both["entity"])]
    first = mine.groupby(MEMBER_KEY, as_index=False).agg(first=("start", "min"))
    return first.astype({"first": "datetime64[us]"})


def first_day(members: pd.DataFrame, otherwise: date) -> date:
    """The first day of any of the members, or ``otherwise`` where that is earlier."""
    days = [pd.Timestamp(day).date() for day in members["first"].dropna()]
    return min([otherwise, *days])
