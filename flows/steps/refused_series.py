"""Indicators of which all that was delivered is refused: their periods are known to be without a value."""

from datetime import date

import pandas as pd
import pyarrow as pa

from transforms.periods import MEMBER_KEY
from warehouse.refusals import open_refusals
from warehouse.tables import Tables, to_pandas


def refused_members(tables: Tables, parts: pd.DataFrame, observations: pa.Table) -> pd.DataFrame:
    """Columns ``MEMBER_KEY`` and first: the members of which values are refused and none was accepted.

    Only of indicators without any accepted value: beside others a refused name, such as a misspelt branch, is not one
    that the indicator lacks. parts: indicator_id, part, source, metric, entity (null for all). observations: source and
    metric of what was accepted.
    """
    accepted = observations.select(["source", "metric"]).group_by(["source", "metric"]).aggregate([])
    has_values = pd.MultiIndex.from_frame(to_pandas(accepted))
    known = parts.loc[pd.MultiIndex.from_frame(parts[["source", "metric"]]).isin(has_values), "indicator_id"]
    empty = parts[~parts["indicator_id"].isin(known)]
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
