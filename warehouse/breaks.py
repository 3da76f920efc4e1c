"""The ledger of breaks: days from which a number means something else. Each break is recorded once."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

import pandas as pd

from warehouse.frames import to_arrow
from warehouse.schema import BREAKS
from warehouse.tables import Tables, matching


class Break(Protocol):
    """A break as a source reports it (``sources.contract.Break``)."""

    @property
    def metric(self) -> str: ...
    @property
    def entity(self) -> str: ...
    @property
    def day(self) -> date: ...
    @property
    def kind(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def replaced_by(self) -> str: ...


def record_breaks(tables: Tables, source: str, breaks: Sequence[Break], now: datetime) -> int:
    """Add the breaks that the ledger does not hold yet; how many. A metric is retired once, whatever the day."""
    recorded = tables.read(BREAKS, matching(source=source)).to_pylist() if breaks else []
    seen = {_identity(row["metric"], row["entity"], row["kind"], row["day"]) for row in recorded}
    new = {_identity(b.metric, b.entity, b.kind, b.day): b for b in breaks}
    rows = [
        {
            "source": source,
            "recorded_at": pd.Timestamp(now),
            "day": pd.Timestamp(b.day),
            "replaced_by": b.replaced_by or None,
        }
        | {name: getattr(b, name) for name in ("metric", "entity", "kind", "reason")}
        for identity, b in new.items()
        if identity not in seen
    ]
    if rows:
        tables.append(BREAKS, to_arrow(pd.DataFrame(rows), BREAKS))
    return len(rows)


def _identity(metric: str, entity: str, kind: str, day: date) -> tuple[str, str, str, date | None]:
    return metric, entity, kind, None if kind == "retired" else day
