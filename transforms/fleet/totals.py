"""Sums over the members, only where they add up, and never a smaller sum without a word."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from plan.fleet import Fleet
from transforms.fleet.figures import CommonIndicator, MemberFigures


def why_not_additive(
    fleet: Fleet, common: CommonIndicator, figures: Mapping[str, MemberFigures], same_source: bool
) -> str | None:
    """Why the values of the members do not add up, one of ``NOT_ADDITIVE``; None where they do."""
    shared = fleet.indicators.get(common.indicator_id)
    own = [figures[member].not_additive.get(local) for member, local in common.names.items()]
    reasons = (
        (common.definition.kind if common.definition.kind != "flow" else None),
        (None if shared is None or shared.additive else "by_setting"),
        ("definitions_differ" if common.otherwise else None),
        next((reason for reason in own if reason), None),
        ("same_source" if same_source else None),
    )
    return next((reason for reason in reasons if reason), None)


def totals(
    indicators: Sequence[CommonIndicator],
    not_additive: Mapping[str, str | None],
    periods: pd.DataFrame,
    absent: Mapping[str, Mapping[str, str]],
    opted_out: int,
) -> pd.DataFrame:
    """One row an indicator and period.

    ``absent``: why a member has no figures at all for an indicator, by indicator and member.
    """
    if periods.empty:
        return pd.DataFrame()
    by = ["indicator_id", "start", "end"]
    whole = periods[is_whole(periods)]
    sums = whole.groupby(by).agg(sum=("value", "sum"), provisional=("provisional", "any"))
    known = whole.groupby(by)["member_id"].agg(frozenset)
    partly = reasons_by_period(periods)
    spans = periods[by].drop_duplicates().sort_values(by).itertuples(index=False, name=None)
    common = {one.indicator_id: one for one in indicators}
    rows = [
        _total(common[key[0]], key, known.get(key, frozenset()), {**absent[key[0]], **partly.get(key, {})})
        for key in spans
    ]
    frame = pd.DataFrame(rows).merge(sums, how="left", left_on=by, right_index=True)
    additive = frame["indicator_id"].map(lambda name: not_additive[name] is None)
    complete = frame["missing"].map(len) == 0
    return frame.assign(
        total=frame["sum"].where(additive & complete),
        partial_total=frame["sum"].where(additive & ~complete),
        provisional=frame["provisional"].eq(True),
        opted_out=opted_out,
    ).drop(columns="sum")


def _total(
    common: CommonIndicator, key: tuple[Any, ...], known: frozenset[str], reasons: Mapping[str, str]
) -> dict[str, Any]:
    name, start, end = key
    lacking = [f"{one} {reasons.get(one, 'no_period')}" for one in common.intended if one not in known]
    return {
        "indicator_id": name,
        "start": start,
        "end": end,
        "members": len(common.intended),
        "members_known": len(known),
        "missing": lacking,
    }


def is_whole(periods: pd.DataFrame) -> pd.Series:
    """Whether each period is known as a whole: a part of it would be a smaller figure without a word."""
    return periods["value"].notna() & (periods["completeness"] >= 1)


def reasons_by_period(periods: pd.DataFrame) -> dict[tuple[Any, ...], dict[str, str]]:
    """Why members have no whole figure although their files have the period, by indicator, start and end."""
    lacking = periods[~is_whole(periods)]
    codes = lacking["value"].isna().map({True: "unknown", False: "partly_known"})
    found: dict[tuple[Any, ...], dict[str, str]] = {}
    columns = (lacking[name] for name in ("indicator_id", "start", "end", "member_id"))
    for name, start, end, member, code in zip(*columns, codes, strict=True):
        found.setdefault((name, start, end), {})[member] = code
    return found
