"""Days of which a delivery holds less than an earlier one: a file was deleted, or copied in part."""

import pandas as pd

from warehouse.frames import to_pandas
from warehouse.pulls import Pull, last_pull
from warehouse.schema import OBSERVATIONS, Window
from warehouse.settings_hash import settings_changed
from warehouse.tables import Tables, matching, sql_literal

SHOWN_DAYS = 3


def keep_fallen_days(
    tables: Tables, pull: Pull, rows: pd.DataFrame, metric: str, replaces: Window | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """``rows`` with the stored rows of each day on which ``metric`` fell, and a note that names these days.

    ``rows`` have the columns of the observations table. A day that is missing from ``rows`` and lies in ``replaces``
    fell to nothing. Where the settings of the source were changed since the last pull, the fall may be meant: the rows
    stay as they are, and the note says so.
    """
    stored = tables.read(OBSERVATIONS, f"{matching(source=pull.source)} AND metric = {sql_literal(metric)}")
    before = to_pandas(stored).set_index("start")["value"]
    after = rows.loc[rows["metric"] == metric].set_index("start")["value"]
    delivered = after.reindex(before.index)
    day = before.index.to_series()
    inside = day.notna() & (replaces is not None)
    if replaces is not None:
        inside = day.ge(pd.Timestamp(replaces.start)) & day.lt(pd.Timestamp(replaces.end))
    fell = before.index[(delivered < before) | (delivered.isna() & inside & before.gt(0))]
    if fell.empty:
        return rows, ()
    days = [f"{day:%Y-%m-%d}" for day in sorted(fell)]
    named = ", ".join(days[:SHOWN_DAYS]) + (
        f" and {len(days) - SHOWN_DAYS} more days" if len(days) > SHOWN_DAYS else ""
    )
    fewer = f"the delivery holds fewer {metric} of {named} than were counted before"
    last = last_pull(tables, pull.source)
    if last is None or settings_changed(last["settings_hash"], pull.settings_hash):
        return rows, (f"{fewer}; the settings of the source changed, so the new values count",)
    within = f"start >= '{fell.min():%Y-%m-%d}' AND start <= '{fell.max():%Y-%m-%d}'"
    old = to_pandas(tables.read(OBSERVATIONS, f"{matching(source=pull.source)} AND {within}"))
    kept = pd.concat(
        [rows[~rows["start"].isin(fell)], old.loc[old["start"].isin(fell), rows.columns]], ignore_index=True
    )
    return kept, (f"{fewer}: a file is gone or breaks off; the stored values are kept",)
