"""The refusals by what became of them. It needs no pandas, so that ``kmi refused`` starts at once."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.schema import REFUSED
from warehouse.tables import Tables, matching


def refusals_with_status(tables: Tables, status: str, source: str | None = None) -> pa.Table:
    """The newest row of each refusal, oldest first, where it has this status: refused, cleared or released."""
    rows = tables.read(REFUSED, None if source is None else matching(source=source))
    has_ended = pc.not_equal(rows["status"], "refused")  # at one instant the end of a refusal follows the refusal
    order = pc.sort_indices(
        rows.append_column("has_ended", has_ended), [("recorded_at", "ascending"), ("has_ended", "ascending")]
    )
    rows = rows.take(order)
    newest = {refused_id: at for at, refused_id in enumerate(rows["refused_id"].to_pylist())}
    rows = rows.take(pa.array(sorted(newest.values()), pa.int64()))
    return rows.filter(pc.equal(rows["status"], status))


def open_refusal_rows(tables: Tables, source: str | None = None) -> list[dict[str, Any]]:
    """The refusals that are open, of one source or of all, oldest first."""
    rows: list[dict[str, Any]] = refusals_with_status(tables, "refused", source).to_pylist()
    return rows
