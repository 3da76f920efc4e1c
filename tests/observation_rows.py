"""Frames of observations for tests, short to write."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pandas as pd

from warehouse.schema import OBSERVATIONS

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def daily_visits(
    rows: Sequence[tuple[str, str, float | None]],
    *,
    pull_id: str = "p1",
    flags: tuple[str, ...] = (),
    at: datetime = NOON,
    source: str = "gates",
) -> pd.DataFrame:
    """Daily visits from (day, entity, value), in the columns of the observations table."""
    start = pd.to_datetime([row[0] for row in rows]).astype("datetime64[us]")
    frame = pd.DataFrame(
        {
            "source": source,
            "metric": "visits",
            "entity": [row[1] for row in rows],
            "start": start,
            "end": start + pd.Timedelta(days=1),
            "value": [row[2] for row in rows],
            "unit": "visits",
            "flags": pd.Series([flags] * len(rows), dtype=object),
            "retrieved_at": pd.Timestamp(at),
            "pull_id": pull_id,
            "month": start.strftime("%Y-%m"),
        }
    )
    return frame[OBSERVATIONS.names].astype(
        {
            "value": "float64",
            "source": "str",
            "entity": "str",
            "metric": "str",
            "unit": "str",
            "pull_id": "str",
            "month": "str",
        }
    )


def facts(frame: pd.DataFrame) -> set[tuple[str, date, float | None]]:
    """entity, day, value of each row: what a reader would see."""
    return {(row.entity, row.start.date(), None if pd.isna(row.value) else row.value) for row in frame.itertuples()}
