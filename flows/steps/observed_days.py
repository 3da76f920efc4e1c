"""What is published about the observations as a whole: the days with values, the newest span, the number of rows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd
import pyarrow as pa

from flows.steps.block_reduction import ObservedBlocks
from flows.steps.context import Context
from flows.steps.queries import queries
from warehouse.table_scan import TableScan

COLUMNS = ["source", "entity", "start", "end", "value"]
ITEMS = pa.schema({"source": "string"})


@dataclass(frozen=True)
class ObservedDays:
    """windows: source, entity, start, end: runs of days with known values; the items of a source together, as "".

    newest: by source, how many days its newest value spans. rows: by source.
    """

    windows: pd.DataFrame
    newest: Mapping[str, int]
    rows: Mapping[str, int]


def observed_days(context: Context, scan: TableScan) -> ObservedDays:
    """Past blocks of the history are read once; of the newest values only their files. scan: all observations."""
    scan = scan.of(scan.data, COLUMNS)
    rows = Counter[str]()
    for one in scan.data:
        rows[one.source] += one.rows
    (newest,) = queries("newest_spans").run({"observations": _with_newest(scan)}, context.engine)
    names = sorted(name for name, source in context.loaded.sources.items() if source.keyed_by_entity)
    items = pa.table({"source": names}, schema=ITEMS)
    windows = ObservedBlocks(scan, context.engine, context.kept).found_in_blocks(
        "days", queries("valued_windows"), items=items
    )
    return ObservedDays(windows, dict(zip(newest["source"], newest["days"].astype(int), strict=True)), rows)


def _with_newest(scan: TableScan) -> TableScan:
    """The files that may hold the newest value of their source."""
    newest = {one.source: one.until for one in sorted(scan.data, key=lambda one: one.until or date.min)}
    wanted = [one for one in scan.data if one.until is None or one.until == newest[one.source]]
    return scan.of(wanted)
