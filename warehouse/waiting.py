"""Items that were announced for a day to come: kept beside the refusals until their day, and then counted."""

from datetime import date, datetime

import pandas as pd
import pyarrow as pa

from warehouse.frames import to_arrow, to_pandas
from warehouse.refusal_status import refusals_with_status
from warehouse.refusals import with_refused_ids
from warehouse.schema import OBSERVATION_KEY, REFUSED
from warehouse.tables import Tables

WAITING, COUNTED = "waiting", "cleared"
_FACTS = {
    "reason": "its day has not come",
    "action": "nothing: it counts from its day on",
    "gate": "check",
    "released_by": None,
    "released_because": None,
}


def waiting_items(tables: Tables, source: str) -> pd.DataFrame:
    """The items of a source that wait for their day, with the columns of the refused table."""
    rows = refusals_with_status(tables, WAITING, source)
    return to_pandas(pa.Table.from_pylist(rows, schema=REFUSED.arrow))


def is_ahead(items: pd.DataFrame, today: date) -> pd.Series:
    """Whether each item begins after ``today``, the local day of the source."""
    return items["start"] > pd.Timestamp(today)


def keep_waiting(tables: Tables, ahead: pd.DataFrame, source: str, pull_id: str, now: datetime) -> None:
    """Record the delivered items that lie ahead (columns of the contract), each once."""
    raw = ahead["start"].dt.strftime("%Y-%m-%d").astype("str")
    rows = with_refused_ids(ahead.assign(raw_value=raw, **_FACTS), source)
    known = waiting_items(tables, source)["refused_id"]
    _append(tables, rows[~rows["refused_id"].isin(known)].assign(pull_id=pull_id), WAITING, now)


def end_waiting(tables: Tables, ended: pd.DataFrame, now: datetime) -> None:
    """Record that these waiting items were counted, moved or taken back."""
    _append(tables, ended, COUNTED, now)


def _append(tables: Tables, rows: pd.DataFrame, status: str, now: datetime) -> None:
    if not rows.empty:
        tables.append(REFUSED, to_arrow(rows.assign(status=status, recorded_at=pd.Timestamp(now)), REFUSED))


def same_items(waiting: pd.DataFrame, items: pd.DataFrame) -> pd.Series:
    """Whether each waiting item is among ``items`` with the same metric and span."""
    key = list(OBSERVATION_KEY)
    return pd.Series(pd.MultiIndex.from_frame(waiting[key]).isin(pd.MultiIndex.from_frame(items[key])), waiting.index)
