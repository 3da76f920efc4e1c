"""Indicators whose value does not move any more."""

from collections.abc import Mapping
from datetime import timedelta

import numpy as np
import pandas as pd

from transforms.alerts.notice_kinds import EARLIER, STILL
from transforms.alerts.notices import NoticeCandidate
from transforms.alerts.state_names import FIRING, INACTIVE


def still_candidates(periods: pd.DataFrame, lengths: Mapping[str, str], still: int) -> list[NoticeCandidate]:
    """Indicators whose value has not changed for unusually long.

    Their newest ``still`` or more complete periods have the same value, more of them than ever before.

    periods: as published, without provisional ones. A period without a value ends a run of equal values and says
    nothing itself: while the newest are unknown, what was found before them stays.
    """
    if still == 0 or periods.empty:
        return []
    table = periods.sort_values(["indicator_id", "start"], ignore_index=True)
    value = table["value"]
    same = (value == value.groupby(table["indicator_id"]).shift()).to_numpy()
    run = np.cumsum(~same)
    runs = table.assign(run=run).groupby(["indicator_id", "run"], sort=False).agg(
        first=("start", "first"), end=("end", "last"), known=("value", "count"), length=("value", "size")
    )  # fmt: skip
    runs = runs.reset_index()
    before = runs.groupby("indicator_id")
    longest = before["known"].transform(lambda known: known.shift(fill_value=0).cummax())
    earlier = before["known"].cumsum() - runs["known"]
    runs = runs.assign(unusual=(runs["known"] >= still) & (runs["known"] > longest) & (earlier >= EARLIER * still))
    newest = runs[runs["known"] > 0].drop_duplicates("indicator_id", keep="last")
    found = zip(newest["indicator_id"].astype(str), newest["unusual"], newest["first"], newest["end"], strict=True)
    return [
        NoticeCandidate(
            STILL, name, FIRING if unusual else INACTIVE, first.date(), end.date() - timedelta(days=1), lengths[name]
        )
        for name, unusual, first, end in found
        if name in lengths
    ]
