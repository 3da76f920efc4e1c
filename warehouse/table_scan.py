"""Where the rows of a Delta table lie, for an engine that reads them itself: only the files and columns it needs."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from warehouse.errors import RetryableError
from warehouse.root import LocalRoot
from warehouse.schema import Table
from warehouse.tables import Tables, sql_literal

PATTERN_MARKS = frozenset("*?[]{}\\")
"""What engines take for a pattern in the name of a file; such a name is left to deltalake."""


@dataclass(frozen=True, slots=True)
class TableScan:
    """The rows of some sources in one table.

    schema: the wanted columns, all nullable. files: by source its data files; None where only deltalake can read them
    (an object store, a protocol that a reader of Parquet does not know). The files lack the column source, and those of
    an older version may lack others. batches: the rows through deltalake. where: the table's address, for errors.
    """

    schema: pa.Schema
    files: tuple[tuple[str, tuple[str, ...]], ...] | None
    batches: Callable[[], pa.RecordBatchReader]
    where: str

    def unreadable(self, error: Exception) -> RetryableError:
        """The error for a file that an engine cannot read."""
        do = "run 'kmi doctor': it finds damaged files, and with --repair lets their days be pulled again"
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return RetryableError(f"the table cannot be read ({reason})", where=self.where, do=do)


def scan_table(tables: Tables, table: Table, sources: Collection[str], columns: list[str]) -> TableScan:
    """The ``columns`` of these ``sources``, as they are now. The table is partitioned by source.

    Raises ``RetryableError`` or ``RefusedError`` where the table cannot be opened.
    """
    schema = pa.schema([table.arrow.field(name).with_nullable(True) for name in columns])
    delta, where = tables.open(table), tables.uri(table)
    files = () if delta is None else _files(tables, table, delta, sources)
    scan = TableScan(schema, files, lambda: _batches(delta, schema, sources, scan), where)
    return scan


def _files(
    tables: Tables, table: Table, delta: DeltaTable, sources: Collection[str]
) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
    """The files by source, from the table's log: names of folders are encoded, values in the log are not."""
    if not isinstance(tables.root, LocalRoot) or delta.protocol().min_reader_version > 1:
        return None
    added = pa.table(delta.get_add_actions(flatten=True)).select(["path", "partition.source"])
    folder, found = Path(tables.uri(table)), dict[str, list[str]]()
    for path, source in zip(added["path"].to_pylist(), added["partition.source"].to_pylist(), strict=True):
        if source in sources:
            found.setdefault(source, []).append(str(folder / unquote(path)))
    if any("://" in path or PATTERN_MARKS & set(path) for paths in found.values() for path in paths):
        return None
    return tuple((source, tuple(sorted(found[source]))) for source in sorted(found))


def _batches(
    delta: DeltaTable | None, schema: pa.Schema, sources: Collection[str], scan: TableScan
) -> pa.RecordBatchReader:
    """The rows by deltalake's own engine, a batch at a time."""

    def batches() -> Iterator[pa.RecordBatch]:
        if delta is None or not sources:
            return
        present = {field.name for field in delta.schema().fields}
        names = ", ".join(sql_literal(name) for name in sorted(sources))
        try:
            rows = delta.scan(
                columns=[name for name in schema.names if name in present], predicate=f"source IN ({names})"
            )
            for batch in pa.RecordBatchReader.from_stream(rows):
                yield from _as_declared(batch, schema).to_batches()
        except (DeltaError, OSError, pa.ArrowException) as error:
            raise scan.unreadable(error) from error

    return pa.RecordBatchReader.from_batches(schema, batches())


def _as_declared(batch: pa.RecordBatch, schema: pa.Schema) -> pa.Table:
    """The batch with exactly the columns of ``schema``; what an older version lacks is null."""
    table = pa.Table.from_batches([batch])
    for name in schema.names:
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(table.num_rows, schema.field(name).type))
    return table.select(schema.names).cast(schema)
