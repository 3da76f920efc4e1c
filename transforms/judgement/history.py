"""Which verdicts changed and why, and which were valid at an instant."""

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from transforms.alerts.state_names import NO_DATA, SOURCE_FAILED
from transforms.arrays import SAME
from transforms.formatting import day, number
from warehouse.schema import VERDICT_LEDGER
from warehouse.schema.ledgers import GOAL_COLUMNS, GOAL_MORE, VERDICT_COLUMNS

OUTCOME_COLUMNS = [column.name for column in VERDICT_COLUMNS if column.name not in ("indicator_id", "as_of")]
"""The result of an evaluation; a row is recorded where any of these columns differs."""

GOAL_FIELDS = [
    *(column.name for column in GOAL_COLUMNS if column.name not in ("title", "plan_change")),
    *(column.name for column in GOAL_MORE),
]
NOT_THE_GOAL = "not the goal: the calendar, the breaks, or how the number is made or when it is final"
"""What ``plan_change`` says where only the way to the number changed."""
RECORDED_LATER = {column.name for column in GOAL_MORE}
"""Rows of an older version do not have these: what they were then is not known."""


def rows_to_record(verdicts: pd.DataFrame, ledger: pd.DataFrame, unsettled: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``verdicts`` with something new, in the ledger's columns.

    verdicts: with the goal's columns, plan_hash and version. unsettled: indicator_id and end of the periods that may
    still change. The cause is plan_changed where the plan's entry for the indicator changed; settling_learned where the
    period judged before is over and has turned out to be unsettled; new_data where a later period is judged, or none
    was before; method_changed where another version of kmi judged the same period; else restated.
    """
    before = ledger.sort_values("as_of", kind="stable").drop_duplicates("indicator_id", keep="last")
    kept = ["plan_hash", "version", *OUTCOME_COLUMNS, *(name for name in GOAL_FIELDS if name not in OUTCOME_COLUMNS)]
    both = verdicts.merge(
        before[["indicator_id", *kept]], on="indicator_id", how="left", suffixes=("", "_before"), indicator="side"
    )
    first = both["side"] == "left_only"
    moved = ~first & (both["plan_hash"] != both["plan_hash_before"])
    differs = first | moved
    for name in OUTCOME_COLUMNS:
        differs |= _differ(both, name)
    later = both["through"].notna() & ~(both["through"] <= both["through_before"])
    both["cause"] = np.select(
        [moved, first | later, _was_judged_too_early(both, unsettled), _differ(both, "version")],
        ["plan_changed", "new_data", "settling_learned", "method_changed"],
        "restated",
    )
    both["plan_change"] = [
        _changed(row) if it else None for row, it in zip(both.to_dict("records"), moved, strict=True)
    ]
    return both.loc[differs, VERDICT_LEDGER.names].reset_index(drop=True)


def alerts_raised(verdicts: pd.DataFrame, ledger: pd.DataFrame) -> pd.Series:
    """For each row of ``verdicts`` (indicator_id, as_of, alert) when its alert was first found in its state.

    ledger: the verdicts recorded before. A state lasts as long as no other one was recorded since; while nothing is
    known the state before goes on. NaT without an alert.
    """
    rows = pd.concat([ledger[["indicator_id", "as_of", "alert"]], verdicts[["indicator_id", "as_of", "alert"]]])
    rows = rows.sort_values("as_of", kind="stable", ascending=False).merge(
        verdicts[["indicator_id", "alert"]], on="indicator_id", suffixes=("", "_now")
    )
    rows = rows[(rows["alert"] == rows["alert_now"]) | ~rows["alert"].isin([NO_DATA, SOURCE_FAILED])]
    lasting = (rows["alert"] == rows["alert_now"]).groupby(rows["indicator_id"]).cummin().astype(bool)
    first = rows[lasting].groupby("indicator_id")["as_of"].min()
    found = [first.get(name, pd.NaT) for name in verdicts["indicator_id"]]
    return pd.Series(pd.to_datetime(found, utc=True), index=verdicts.index)


def _was_judged_too_early(both: pd.DataFrame, unsettled: pd.DataFrame) -> pd.Series:
    """Whether the period judged before counts as unsettled now."""
    pairs = set(unsettled[["indicator_id", "end"]].itertuples(index=False, name=None))
    ends = pd.to_datetime(both["through_before"]) + pd.Timedelta(days=1)
    found = [pair in pairs for pair in zip(both["indicator_id"], ends, strict=True)]
    return pd.Series(found, index=both.index, dtype=bool) & _differ(both, "through")


def _differ(both: pd.DataFrame, name: str) -> pd.Series:
    """Whether a column changed; sums of floats differ in their last digits from run to run, which is no change."""
    now, then = both[name], both[f"{name}_before"]
    if pd.api.types.is_float_dtype(now) and pd.api.types.is_float_dtype(then):
        return pd.Series(~np.isclose(now, then, rtol=SAME, atol=0, equal_nan=True), index=both.index)
    return (now != then) & ~(now.isna() & then.isna())


def _changed(row: dict[Hashable, Any]) -> str:
    """The changes of the goal, in words."""
    parts = [_change(name, row[f"{name}_before"], row[name]) for name in (*GOAL_FIELDS, "rule")]
    found = "; ".join(part for part in parts if part)
    return found or NOT_THE_GOAL


def _change(name: str, before: Any, now: Any) -> str:
    """What a field was and is, with as many digits as it takes to see the difference; empty where it is the same."""
    none = pd.isna(before), pd.isna(now)
    if all(none) or (name in RECORDED_LATER and none[0]):
        return ""
    if not any(none) and (np.isclose(before, now, rtol=1e-9) if isinstance(now, float) else before == now):
        return ""
    texts = _text(before), _text(now)
    if texts[0] == texts[1]:
        texts = f"{before:,.12g}", f"{now:,.12g}"
    return f"{name.replace('_', ' ')} from {texts[0]} to {texts[1]}"


def _text(value: Any) -> str:
    if pd.isna(value):
        return "none"
    return day(value) if isinstance(value, pd.Timestamp) else number(value) if isinstance(value, float) else str(value)


def verdict_changes(ledger: pd.DataFrame) -> pd.DataFrame:
    """The rows at which an indicator's verdict, worsening mark or plan changed, oldest first."""
    ordered = ledger.sort_values(["as_of", "indicator_id"], kind="stable", ignore_index=True)
    outcome = ordered["verdict"] + ordered["worsening"].astype(str)
    changed = outcome != outcome.groupby(ordered["indicator_id"]).shift()
    return ordered[changed | (ordered["cause"] == "plan_changed")].reset_index(drop=True)


def verdicts_as_of(ledger: pd.DataFrame, evaluations: pd.DataFrame, instant: pd.Timestamp) -> pd.DataFrame:
    """The verdicts of the last evaluation up to ``instant``, in the ledger's columns.

    One row for each indicator of the plan at that time; no rows before the first evaluation.
    """
    made = evaluations[evaluations["as_of"] <= instant].sort_values("as_of").tail(1)
    if made.empty:
        return ledger.iloc[:0]
    at, named = made["as_of"].iloc[0], made["indicators"].iloc[0]
    past = ledger[(ledger["as_of"] <= at) & ledger["indicator_id"].isin(list(named))]
    newest = past.sort_values("as_of", kind="stable").drop_duplicates("indicator_id", keep="last")
    last: pd.DataFrame = newest.set_index("indicator_id", drop=False)
    return last.reindex([name for name in named if name in last.index]).assign(as_of=at).reset_index(drop=True)
