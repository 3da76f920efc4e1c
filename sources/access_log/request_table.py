"""The requests of a delivery of logs as tables of a database on disk: what is kept in memory does not grow with them.

``requests`` has one row per line that is a request, ``views`` one per page view, double clicks and robots included, and
``paths`` the pages by number, a page perhaps several times. Clients, user agents, addresses of pages and lines are
their hashes, of which only this process has the key: nobody finds the address of a visitor in them.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from sources.access_log.copies import FileRead, Summary, overlapping
from sources.access_log.local_time import QUARTER_S, local_days_and_hours

if TYPE_CHECKING:
    import duckdb

    from sources.access_log.local_time import IntArray

BATCH_ROWS = 122_880
"""So many requests go to the database at once: the rows that it packs together."""
PART_ROWS = 1_000_000
"""So many rows are sorted at once."""
ROBOT, NAMELESS = 1, 2

_TABLES = (
    "CREATE TABLE requests (number BIGINT, file INTEGER, second BIGINT, day INTEGER, line BIGINT)",
    "CREATE TABLE views (number BIGINT, file INTEGER, second BIGINT, day INTEGER, hour INTEGER, client BIGINT, "
    "agent BIGINT, address BIGINT, path BIGINT, robot BOOLEAN, nameless BOOLEAN)",
    "CREATE TABLE paths (number BIGINT, path BLOB)",
    "CREATE TABLE repeated (number BIGINT)",
)
_REPEATED = """
    INSERT INTO repeated SELECT number FROM (
        SELECT number, row_number() OVER (PARTITION BY line, nth ORDER BY file) AS copy FROM (
            SELECT number, file, line, row_number() OVER (PARTITION BY line, file ORDER BY number) AS nth
            FROM requests WHERE file IN ({files}) AND {part}
        )
    ) WHERE copy > 1
"""
_ONCE = "SELECT *, number NOT IN (SELECT number FROM repeated) AS once FROM requests"
_SUMMARY = """
    SELECT
        file, second // {quarter} AS quarter, day, count(*) AS requests, min(second) AS first, max(second) AS last,
        count(*) FILTER (once) AS once, min(second) FILTER (once) AS once_first, max(second) FILTER (once) AS once_last,
        min(second % 60) FILTER (once) AS least_second, max(second % 60) FILTER (once) AS greatest_second,
        min(second // 60 % 60) FILTER (once) AS least_minute, max(second // 60 % 60) FILTER (once) AS greatest_minute
    FROM ({rows}) WHERE file IN ({files}) GROUP BY file, quarter, day ORDER BY file, quarter
"""


@dataclass(frozen=True)
class Batch:
    """The columns of requests that are not in the database yet; of a view, ``row`` is that of its request."""

    file: "array[int]" = field(default_factory=lambda: array("q"))
    second: "array[int]" = field(default_factory=lambda: array("q"))
    line: "array[int]" = field(default_factory=lambda: array("q"))
    row: "array[int]" = field(default_factory=lambda: array("q"))
    client: "array[int]" = field(default_factory=lambda: array("q"))
    agent: "array[int]" = field(default_factory=lambda: array("q"))
    address: "array[int]" = field(default_factory=lambda: array("q"))
    path: "array[int]" = field(default_factory=lambda: array("q"))
    traits: "array[int]" = field(default_factory=lambda: array("q"))
    paths: dict[int, bytes] = field(default_factory=dict)

    def column(self, name: str) -> "IntArray":
        return np.array(getattr(self, name), dtype=np.int64)


class RequestTable:
    """Writes requests in batches. ``connection``: to an empty database. ``zone``: whose midnight divides the days."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection", zone: ZoneInfo) -> None:
        self.connection, self._zone = connection, zone
        self.batch = Batch()
        self._written = 0
        for statement in _TABLES:
            connection.execute(statement)

    def write_full_batch(self) -> None:
        """Write what was gathered, once it is a batch."""
        if len(self.batch.second) >= BATCH_ROWS:
            self.write()

    def write(self) -> None:
        """Write what was gathered and not written yet."""
        batch, self.batch = self.batch, Batch()
        seconds, files = batch.column("second"), batch.column("file")
        numbers = np.arange(self._written, self._written + seconds.size)
        self._written += seconds.size
        days, hours = local_days_and_hours(seconds, self._zone)
        requests = {"number": numbers, "file": files, "second": seconds, "day": days, "line": batch.column("line")}
        row, traits = batch.column("row"), batch.column("traits")
        views = {name: column[row] for name, column in requests.items() if name != "line"} | {"hour": hours[row]}
        views |= {name: batch.column(name) for name in ("client", "agent", "address", "path")}
        self._insert("requests", requests)
        self._insert("views", views | {"robot": traits & ROBOT > 0, "nameless": traits & NAMELESS > 0})
        self._insert("paths", {"number": [*batch.paths], "path": [*batch.paths.values()]})

    def drop_repeated(self, files: Sequence[FileRead]) -> Summary:
        """Leave each line that several of ``files`` hold once, and the other files out; what is left, as a summary.

        A line that one file holds several times is several requests. Only files that overlap in time are compared.
        """
        named = ", ".join(str(file.number) for file in files) or "-1"
        spans = self.connection.sql("SELECT file, min(second), max(second) FROM requests GROUP BY file").fetchall()
        kept = {file.number for file in files}
        compared = overlapping([(first, last, file) for file, first, last in spans if file in kept])
        some = ", ".join(map(str, sorted(compared)))
        for part in self._parts("requests", "line", f"file IN ({some})") if compared else ():
            self.connection.execute(_REPEATED.format(files=some, part=part))
        ((repeated,),) = self.connection.sql("SELECT count(*) FROM repeated").fetchall()
        rows = _ONCE if repeated else "SELECT *, true AS once FROM requests"
        found = self.connection.sql(_SUMMARY.format(rows=rows, files=named, quarter=QUARTER_S)).fetchnumpy()
        if repeated or len(spans) > len(files):
            once = " AND number NOT IN (SELECT number FROM repeated)" if repeated else ""
            self.connection.execute(f"CREATE TABLE once AS FROM views WHERE file IN ({named}){once}")
            self.connection.execute("DROP TABLE views")
            self.connection.execute("ALTER TABLE once RENAME TO views")
        return Summary({name: np.ma.filled(column, 0).astype(np.int64) for name, column in found.items()})

    def view_parts(self) -> list[str]:
        """Conditions for parts of the views of a size to be sorted, each with all the views of its clients."""
        return self._parts("views", "client", "true")

    def _parts(self, table: str, column: str, where: str) -> list[str]:
        ((rows,),) = self.connection.sql(f"SELECT count(*) FROM {table} WHERE {where}").fetchall()  # noqa: S608 - names of ours
        parts = -(-rows // PART_ROWS)
        return ["true"] if parts == 1 else [f"({column} & 1048575) % {parts} = {part}" for part in range(parts)]

    def _insert(self, table: str, columns: Mapping[str, Any]) -> None:
        import pyarrow as pa

        rows = pa.table(dict(columns))
        if not rows.num_rows:
            return
        self.connection.register("batch", rows)
        self.connection.execute(f"INSERT INTO {table} BY NAME FROM batch")
        self.connection.unregister("batch")
