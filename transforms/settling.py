"""How long recent values still change: the curve and its results.

They are learned from what ``transforms.expressions.restatements`` counts.
"""

import numpy as np
import pandas as pd

LIMIT_SHARE = 0.01
"""A source is settled from the age after which at most this share of its values still changes."""
LEAST_READ_AGAIN = 30
"""An age is judged only if this many values were read again after it."""
LONGEST_AGE = 400
"""Greater ages are treated as one: later."""
MEMORY_DAYS = 730
"""Readings this many days before the newest pull of a source are ignored, since providers change their habits."""
MARGIN_DAYS = 1
"""Days that are read beyond the settled age, so that the ledger notices when it grows."""


def restatement_curve(groups: pd.DataFrame) -> pd.DataFrame:
    """By age, the share of the values known at that age that changed later.

    Columns source, metric, age, followed, share. groups: as ``change_counts``. ``followed`` values were read again
    after the age. Values read again for longer show more changes, so the share is the largest over the time that they
    were followed, as long as ``LEAST_READ_AGAIN`` of them were; null where fewer were.
    """
    rows = [_curve(part) for _, part in groups.groupby(["source", "metric"])]
    columns = ["source", "metric", "age", "followed", "share"]
    return pd.concat(rows, ignore_index=True)[columns] if rows else pd.DataFrame(columns=columns)


def _curve(part: pd.DataFrame) -> pd.DataFrame:
    part = part.sort_values("until", ascending=False, kind="stable")
    since, until, changed, n = (part[name].to_numpy() for name in ("since", "until", "changed", "n"))
    ages = np.arange(since.min(), min(until.max() - 1, LONGEST_AGE) + 1)[:, None]
    counted = np.where((since <= ages) & (until > ages), n, 0)
    total, moved = counted.cumsum(axis=1), np.where(changed > ages, counted, 0).cumsum(axis=1)
    ends = np.append(until[:-1] != until[1:], True)
    enough = ends & (total >= LEAST_READ_AGAIN)
    share = np.where(enough, moved / np.maximum(total, 1), -1.0).max(axis=1)
    return pd.DataFrame(
        {
            "source": part["source"].iat[0],
            "metric": part["metric"].iat[0],
            "age": ages[:, 0],
            "followed": total[:, -1],
            "share": np.where(share < 0, np.nan, share),
        }
    )


def settled_ages(curves: pd.DataFrame) -> pd.DataFrame:
    """By metric, the oldest judged age and the age after which it is settled.

    Columns source, metric, followed, youngest, oldest, changing, after. ``youngest`` and ``oldest`` are the judged ages
    at either end, null where too few values were read again. ``changing``: values still change at the oldest one; then
    ``after`` is null. Where no judged age has changes, ``after`` is the youngest one, if no value was read again at a
    younger age; else null: of an age of which too little is known nothing is concluded. ``followed`` is the
    greatest number of values read again after one age.
    """
    judged = curves[curves["share"].notna()]
    key = ["source", "metric"]
    out = curves.groupby(key).agg(followed=("followed", "max"))
    ages = judged.groupby(key)["age"]
    out["youngest"], out["oldest"] = ages.min(), ages.max()
    moving = judged[judged["share"] > LIMIT_SHARE].groupby(key)["age"].max() + 1
    out["changing"] = moving.reindex(out.index) > out["oldest"]
    first_read = curves[curves["followed"] > 0].groupby(key)["age"].min().reindex(out.index)
    still = out["youngest"].where(out["youngest"] == first_read)
    out["after"] = moving.reindex(out.index).fillna(still).where(~out["changing"])
    return out.reset_index()
