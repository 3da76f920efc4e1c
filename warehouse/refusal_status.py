"""The refusals by their status. It needs no pandas, so that ``kmi refused`` starts at once."""

from typing import Any

from warehouse.root import table_rows
from warehouse.schema import REFUSED
from warehouse.tables import Tables, matching

Row = dict[str, Any]


def refusals_with_status(tables: Tables, status: str, source: str | None = None) -> list[Row]:
    """The newest row of each refusal, oldest first, where it has this status: refused, cleared or released."""
    rows = table_rows(tables.read(REFUSED, None if source is None else matching(source=source)))
    rows.sort(key=lambda row: (row["recorded_at"], row["status"] != "refused"))  # at one instant the end comes last
    newest = {row["refused_id"]: at for at, row in enumerate(rows)}
    return [row for at, row in enumerate(rows) if newest[row["refused_id"]] == at and row["status"] == status]
