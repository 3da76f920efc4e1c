"""Which verdicts differ from the ones before, and why."""

import pandas as pd

from warehouse.schema import VERDICT_LEDGER

JUDGED = ["verdict", "worsening", "through", "value", "expected", "reason", "grade"]


def to_record(verdicts: pd.DataFrame, ledger: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``verdicts`` (with plan_hash) that say something new, with their cause, in the ledger's columns.

    The cause is plan_changed where the indicator's part of the plan differs from the one judged before; new_data where a
    later period is judged, or none was before; restated where the same period has another figure.
    """
    before = ledger.sort_values("as_of", kind="stable").drop_duplicates("indicator_id", keep="last")
    both = verdicts.merge(before[["indicator_id", "plan_hash", *JUDGED]], on="indicator_id", how="left", suffixes=("", "_before"), indicator="side")
    first = both["side"] == "left_only"
    differs = first | (both["plan_hash"] != both["plan_hash_before"])
    for name in JUDGED:
        now, then = both[name], both[f"{name}_before"]
        differs |= (now != then) & ~(now.isna() & then.isna())
    moved = ~first & (both["plan_hash"] != both["plan_hash_before"])
    later = first | (both["through"] != both["through_before"])
    both["cause"] = "restated"
    both.loc[later, "cause"] = "new_data"
    both.loc[moved, "cause"] = "plan_changed"
    return both.loc[differs, VERDICT_LEDGER.names].reset_index(drop=True)


def changes_of_verdict(ledger: pd.DataFrame) -> pd.DataFrame:
    """The rows of the ledger at which an indicator's verdict or its worsening mark became another one, oldest first."""
    ordered = ledger.sort_values(["as_of", "indicator_id"], kind="stable", ignore_index=True)
    told = ordered["verdict"] + ordered["worsening"].astype(str)
    return ordered[told != told.groupby(ordered["indicator_id"]).shift()].reset_index(drop=True)
