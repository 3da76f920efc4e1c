"""What was refused and why: the quarantine. A refusal stays open until it is no longer delivered, or a person releases it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from warehouse.errors import ConfigError
from warehouse.refusal_status import refusals_with_status
from warehouse.schema import OBSERVATION_KEY, REFUSED, Window
from warehouse.tables import Tables, to_arrow, to_pandas

KEY = list(OBSERVATION_KEY)


@dataclass(frozen=True, slots=True)
class Release:
    """Who lets a refusal through, and why."""

    by: str
    because: str


def with_refused_ids(refused: pd.DataFrame, source: str) -> pd.DataFrame:
    """``refused`` (metric, entity, start, end, raw_value, reason) with ``refused_id``: the same for the same fault, each once."""
    parts = refused[["metric", "entity", "start", "end", "raw_value", "reason"]].itertuples(index=False, name=None)
    ids = [hashlib.sha256("\x1f".join((source, *map(str, part))).encode()).hexdigest()[:12] for part in parts]
    return refused.assign(refused_id=ids, source=source).drop_duplicates("refused_id", ignore_index=True)


def open_refusals(tables: Tables, source: str | None = None) -> pd.DataFrame:
    """Columns of the refused table: the refusals that are open, oldest first."""
    return to_pandas(refusals_with_status(tables, "refused", source))


def released_ids(tables: Tables, source: str) -> set[str]:
    """Refusals of a source that a person released."""
    return set(refusals_with_status(tables, "released", source)["refused_id"].to_pylist())


@dataclass(frozen=True, slots=True)
class PullScope:
    """What a pull speaks for: refusals that start in ``window`` or lie on ``entities``, and that it no longer delivers, are mended."""

    window: Window | None = None
    entities: frozenset[str] = frozenset()


def record_refusals(tables: Tables, delivered: pd.DataFrame, source: str, mended: PullScope, now: datetime) -> None:
    """Write the refusals that are new, and clear those that are mended.

    delivered: columns refused_id, source, pull_id, metric, entity, start, end, value, raw_value, reason, origin, action, gate.
    A refusal without a day is mended by any pull that has a window and no longer delivers it.
    """
    standing = open_refusals(tables, source)
    new = delivered[~delivered["refused_id"].isin(standing["refused_id"])].assign(status="refused")
    inside = standing["entity"].isin(mended.entities) & standing["entity"].notna()
    if mended.window is not None:
        start = standing["start"]
        inside |= start.isna() | start.between(
            pd.Timestamp(mended.window.start), pd.Timestamp(mended.window.end), inclusive="left"
        )
    rows = [new, standing[inside & ~standing["refused_id"].isin(delivered["refused_id"])].assign(status="cleared")]
    changed = pd.concat(rows, ignore_index=True)
    blank = {"released_by": None, "released_because": None}
    tables.append(REFUSED, to_arrow(changed.assign(recorded_at=pd.Timestamp(now), **blank), REFUSED))


def find_refusal(tables: Tables, refused_id: str) -> pd.Series:
    """The open refusal with that id, or with an id that begins so. Raises ``ConfigError`` where there is not exactly one."""
    rows = open_refusals(tables)
    hits = rows[rows["refused_id"].str.startswith(refused_id)]
    if len(hits) != 1:
        what = "no open refusal has this id" if hits.empty else f"{len(hits)} open refusals begin so"
        raise ConfigError(what, where=refused_id, do="take an id from 'kmi refused'")
    return hits.iloc[0]


def as_observation(refusal: pd.Series) -> pd.DataFrame:
    """The refused row as an observation without pull and instant. Raises ``ConfigError`` where there is no number to let through."""
    if refusal["gate"] != "check" or pd.isna(refusal["value"]) or pd.isna(refusal["start"]):
        what = f"'{refusal['raw_value']}' is no number that could be let through"
        raise ConfigError(what, where=str(refusal["origin"]), do="correct it where it was written, then run again")
    row = {name: refusal[name] for name in (*KEY, "source", "value")}
    return pd.DataFrame([row | {"flags": ("released",), "month": f"{refusal['start']:%Y-%m}"}])


def record_release(tables: Tables, refusal: pd.Series, record_release: Release, now: datetime) -> None:
    """Record that a person let the refusal through; later deliveries of the same row pass."""
    row = pd.DataFrame([refusal]).assign(
        status="released",
        released_by=record_release.by,
        released_because=record_release.because,
        recorded_at=pd.Timestamp(now),
    )
    tables.append(REFUSED, to_arrow(row, REFUSED))
