"""The quarantine: what was refused and why, open until it is no longer delivered or a person releases it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import pyarrow as pa

from warehouse.errors import ConfigError
from warehouse.frames import to_arrow, to_pandas
from warehouse.refusal_status import refusals_with_status
from warehouse.schema import OBSERVATION_KEY, REFUSED, Window
from warehouse.tables import Tables, matching

KEY = list(OBSERVATION_KEY)


@dataclass(frozen=True, slots=True)
class Release:
    """Who releases a refusal, and why."""

    by: str
    because: str


def with_refused_ids(refused: pd.DataFrame, source: str) -> pd.DataFrame:
    """``refused`` with the column refused_id, the same for the same fault, and each fault once.

    The id is made of the source and the columns metric, entity, start, end, raw_value and reason.
    """
    parts = refused[["metric", "entity", "start", "end", "raw_value", "reason"]].itertuples(index=False, name=None)
    ids = [hashlib.sha256("\x1f".join((source, *map(str, part))).encode()).hexdigest()[:12] for part in parts]
    return refused.assign(refused_id=ids, source=source).drop_duplicates("refused_id", ignore_index=True)


def open_refusals(tables: Tables, source: str | None = None) -> pd.DataFrame:
    """The open refusals, oldest first, with the columns of the refused table."""
    rows = refusals_with_status(tables, "refused", source)
    return to_pandas(pa.Table.from_pylist(rows, schema=REFUSED.arrow))


def released_ids(tables: Tables, source: str) -> set[str]:
    """Ids of a source's refusals that a person released."""
    return {row["refused_id"] for row in refusals_with_status(tables, "released", source)}


@dataclass(frozen=True, slots=True)
class PullScope:
    """The refusals that a pull can clear: those that start in ``window`` or concern ``entities``."""

    window: Window | None = None
    entities: frozenset[str] = frozenset()


def record_refusals(tables: Tables, delivered: pd.DataFrame, source: str, scope: PullScope, now: datetime) -> None:
    """Write the new refusals, and clear those in the ``scope`` of the pull that are no longer delivered.

    ``delivered``: columns refused_id, source, pull_id, metric, entity, start, end, value, raw_value, reason, origin,
    action and gate. Any pull with a window can clear a refusal without a day.
    """
    open_ones = open_refusals(tables, source)
    new = delivered[~delivered["refused_id"].isin(open_ones["refused_id"])].assign(status="refused")
    inside = open_ones["entity"].isin(scope.entities) & open_ones["entity"].notna()
    if scope.window is not None:
        start = open_ones["start"]
        inside |= start.isna() | start.between(
            pd.Timestamp(scope.window.start), pd.Timestamp(scope.window.end), inclusive="left"
        )
    rows = [new, open_ones[inside & ~open_ones["refused_id"].isin(delivered["refused_id"])].assign(status="cleared")]
    changed = pd.concat(rows, ignore_index=True)
    blank = {"released_by": None, "released_because": None}
    tables.append(REFUSED, to_arrow(changed.assign(recorded_at=pd.Timestamp(now), **blank), REFUSED))


def find_refusal(tables: Tables, refused_id: str) -> pd.Series:
    """The open refusal whose id begins with ``refused_id``. Raises ``ConfigError`` unless there is exactly one."""
    rows = open_refusals(tables)
    hits = rows[rows["refused_id"].str.startswith(refused_id)]
    if len(hits) != 1:
        what = (
            "no open refusal has this id" if hits.empty else f"{len(hits)} open refusals have ids that begin with this"
        )
        raise ConfigError(what, where=refused_id, do="take an id from 'kmi refused'")
    return hits.iloc[0]


def as_observation(refusal: pd.Series) -> pd.DataFrame:
    """The refused row as an observation without pull and instant. Raises ``ConfigError`` where it has no number."""
    if refusal["gate"] != "check" or pd.isna(refusal["value"]) or pd.isna(refusal["start"]):
        what = f"'{refusal['raw_value']}' is not a number that could be released"
        raise ConfigError(what, where=str(refusal["origin"]), do="correct it where it was written, then run again")
    row = {name: refusal[name] for name in (*KEY, "source", "value")}
    return pd.DataFrame([row | {"flags": ("released",), "month": f"{refusal['start']:%Y-%m}"}])


def refused_texts(tables: Tables, source: str) -> int:
    """How many rows of a source's refusals, open or not, hold text as it was delivered."""
    found = tables.read(REFUSED, f"{matching(source=source)} AND raw_value <> ''", ["refused_id"])
    return int(found.num_rows)


def blank_refused_texts(tables: Tables, source: str) -> None:
    """Delete the text of a source's refusals, also from their reasons; the refusals, with ids and numbers, stay."""
    expressions = {"raw_value": "''", "reason": "replace(reason, raw_value, '***')"}
    tables.erase(REFUSED, expressions, f"{matching(source=source)} AND raw_value <> ''")


def record_release(tables: Tables, refusal: pd.Series, record_release: Release, now: datetime) -> None:
    """Record that a person released the refusal; later deliveries of the same row pass."""
    row = pd.DataFrame([refusal]).assign(
        status="released",
        released_by=record_release.by,
        released_because=record_release.because,
        recorded_at=pd.Timestamp(now),
    )
    tables.append(REFUSED, to_arrow(row, REFUSED))
