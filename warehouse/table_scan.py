"""Where the rows of a Delta table lie, for an engine that reads them itself: only the files and columns it needs."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from warehouse.errors import RetryableError
from warehouse.root import LocalRoot
from warehouse.schema import Table, Window
from warehouse.tables import Tables, sql_literal

PATTERN_MARKS = frozenset("*?[]{}\\")
"""What engines take for a pattern in the name of a file; such a name is left to deltalake."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """A data file by the table's log: its path there, its partition, and how many rows it has.

    first, until: the first day and the day after the last one of all its rows; None where the log does not say.
    """

    path: str
    source: str
    month: str
    rows: int
    first: date | None
    until: date | None

    def meets(self, days: Window) -> bool:
        """Whether it may hold a row with one of these days."""
        return (self.first is None or self.first < days.end) and (self.until is None or self.until > days.start)


def mark(data: Sequence[DataFile]) -> str:
    """By which one knows whether the rows are still the same: a data file never changes."""
    return hashlib.sha256("\n".join(sorted(one.path for one in data)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class TableScan:
    """The rows of some sources in one table, partitioned by source and month.

    schema: the wanted columns, all nullable. data: its data files in the order of their paths. folder: where they lie;
    None where only deltalake can read them (an object store, a protocol that a reader of Parquet does not know). where:
    the table's address, for errors. The files lack the columns source and month, and those of an older version may lack
    others.
    """

    schema: pa.Schema
    data: tuple[DataFile, ...]
    delta: DeltaTable | None
    folder: Path | None
    where: str

    @property
    def files(self) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
        """By source the paths of its files; None where only ``batches`` can read them."""
        if self.folder is None:
            return None
        found = dict[str, list[str]]()
        for one in self.data:  # names of folders are encoded in the log
            found.setdefault(one.source, []).append(str(self.folder / unquote(one.path)))
        return tuple((source, tuple(sorted(found[source]))) for source in sorted(found))

    def of(self, data: Sequence[DataFile], columns: Sequence[str] | None = None) -> "TableScan":
        """The rows of these of its files, and only some columns; ``batches`` may have others of the same months."""
        names = self.schema.names if columns is None else columns
        return replace(self, data=tuple(data), schema=pa.schema([self.schema.field(name) for name in names]))

    def batches(self) -> pa.RecordBatchReader:
        """The rows by deltalake's own engine, a batch at a time."""
        return pa.RecordBatchReader.from_batches(self.schema, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        if self.delta is None or not self.data:
            return
        present = {field.name for field in self.delta.schema().fields}
        columns = [name for name in self.schema.names if name in present]
        try:
            rows = self.delta.scan(columns=columns, predicate=self._predicate())
            for batch in pa.RecordBatchReader.from_stream(rows):
                yield from _as_declared(batch, self.schema).to_batches()
        except (DeltaError, OSError, pa.ArrowException) as error:
            raise self.unreadable(error) from error

    def _predicate(self) -> str:
        months = sorted({one.month for one in self.data})
        names = ", ".join(sql_literal(name) for name in sorted({one.source for one in self.data}))
        return f"source IN ({names}) AND month >= {sql_literal(months[0])} AND month <= {sql_literal(months[-1])}"

    def unreadable(self, error: Exception) -> RetryableError:
        """The error for a file that an engine cannot read."""
        do = "run 'kmi doctor': it finds damaged files, and with --repair lets their days be pulled again"
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return RetryableError(f"the table cannot be read ({reason})", where=self.where, do=do)


def scan_table(
    tables: Tables, table: Table, columns: Sequence[str], sources: Collection[str] | None = None
) -> TableScan:
    """The ``columns`` of these ``sources`` (of all by default), as they are now.

    Raises ``RetryableError`` or ``RefusedError`` where the table cannot be opened.
    """
    schema = pa.schema([table.arrow.field(name).with_nullable(True) for name in columns])
    delta, where = tables.open(table), tables.uri(table)
    every = () if delta is None else _data_files(delta)
    data = tuple(one for one in every if sources is None or one.source in sources)
    folder = Path(where) if isinstance(tables.root, LocalRoot) else None
    return TableScan(schema, data, delta, folder if _may_be_read_directly(delta, data) else None, where)


def _may_be_read_directly(delta: DeltaTable | None, data: Sequence[DataFile]) -> bool:
    if delta is None:
        return True
    odd = any("://" in one.path or PATTERN_MARKS & set(unquote(one.path)) for one in data)
    return delta.protocol().min_reader_version == 1 and not odd


def _data_files(delta: DeltaTable) -> tuple[DataFile, ...]:
    names = ("path", "partition.source", "partition.month", "num_records", "min.start", "max.end")
    added = pa.table(delta.get_add_actions(flatten=True))
    columns: list[list[Any]] = [
        added[name].to_pylist() if name in added.column_names else [None] * added.num_rows for name in names
    ]
    rows = zip(*columns, strict=True)
    found = (DataFile(path, source, month, count or 0, *days) for path, source, month, count, *days in rows)
    return tuple(sorted(found, key=lambda one: one.path))


def _as_declared(batch: pa.RecordBatch, schema: pa.Schema) -> pa.Table:
    """The batch with exactly the columns of ``schema``; what an older version lacks is null."""
    table = pa.Table.from_batches([batch])
    for name in schema.names:
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(table.num_rows, schema.field(name).type))
    return table.select(schema.names).cast(schema)
