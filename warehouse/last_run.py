"""The newest run that finished: one small file, written whole as the last thing that a run does."""

import json
from datetime import datetime

from warehouse.root import Root

LAST_RUN = "last_run.json"


def record_finish(root: Root, at: datetime) -> None:
    """Record that a run finished ``at`` an instant (aware UTC). Only under the warehouse's lock."""
    root.write({LAST_RUN: json.dumps({"finished_at": at.isoformat()}).encode()})


def last_finish(root: Root) -> datetime | None:
    """When the newest run finished; None where none is on record. Raises ``RefusedError`` where it may not be read."""
    try:
        return datetime.fromisoformat(json.loads(root.read(LAST_RUN))["finished_at"])
    except FileNotFoundError:
        return None
