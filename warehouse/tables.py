"""The Delta tables under ``tables/``: read, append, replace. Each write is one commit."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from errno import ENOSPC
from os import strerror
from urllib.parse import unquote

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from warehouse.errors import RefusedError, RetryableError
from warehouse.foreign_text import redacted
from warehouse.root import Root
from warehouse.schema import OBSERVATIONS, Table

PARTITIONS = {OBSERVATIONS.name: ["source", "month"]}
TIDY_EVERY = 50
RETAIN_HOURS = 168
ONE_TRY = CommitProperties(max_commit_retries=0)
"""A commit that fails where another one came first."""


def matching(**values: str) -> str:
    """The SQL predicate that each named column equals its text."""
    return " AND ".join(f"{name} = {sql_literal(value)}" for name, value in values.items())


def sql_literal(text: str) -> str:
    """``text`` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


class Tables:
    """The tables of one warehouse, by their schema. ``redact`` removes secrets from the words of providers."""

    def __init__(self, root: Root, redact: Callable[[str], str] = str) -> None:
        self.root, self._redact = root, redact
        self._open: dict[str, DeltaTable] = {}

    def uri(self, table: Table) -> str:
        return self.root.uri(f"tables/{table.name}")

    def open(self, table: Table) -> DeltaTable | None:
        """The Delta table to read from, at its newest version, or None where it was never written.

        The log of commits is read once, and from then on only what is new in it: a table that is deleted and made anew
        meanwhile needs other ``Tables``, as each run has.
        Raises ``RetryableError`` or ``RefusedError``.
        """
        known = self._open.pop(table.name, None)
        with self._opening(table):
            if known is None:
                known = DeltaTable(self.uri(table))
            else:
                known.update_incremental()
            self._open[table.name] = known
        return self._open.get(table.name)

    def _open_to_write(self, table: Table) -> DeltaTable | None:
        """As ``open``, at a version that no other reading moves: a commit fails where another one came first."""
        with self._opening(table):
            return DeltaTable(self.uri(table))
        return None

    @contextmanager
    def _opening(self, table: Table) -> Iterator[None]:
        try:
            yield
        except TableNotFoundError:
            pass
        except DeltaError as error:
            raise RefusedError(
                f"the table cannot be read ({error})", where=self.uri(table), do="check the address and the access"
            ) from error
        except OSError as error:
            raise RetryableError(f"the table cannot be reached ({error})", where=self.uri(table)) from error

    def read(self, table: Table, where: str | None = None, columns: list[str] | None = None) -> pa.Table:
        """The rows that match the SQL predicate ``where``, in no order; none where the table was never written.

        deltalake's own engine reads: Arrow's datasets use Python buffers that Arrow's threads may still hold when the
        interpreter ends, and then the process aborts (seen with pyarrow 26 and deltalake 1.6).
        """
        delta = self.open(table)
        schema = table.arrow if columns is None else pa.schema([table.arrow.field(name) for name in columns])
        if delta is None:
            return pa.Table.from_batches([], schema)  # schema.empty_table() would import pandas
        try:
            present = {field.name for field in delta.schema().fields}
            scan = delta.scan(columns=[name for name in schema.names if name in present], predicate=where)
            found = pa.RecordBatchReader.from_stream(scan).read_all()  # pa.table() would import pandas
            for name in schema.names:  # a warehouse of an older version lacks columns that were added since
                if name not in present:
                    found = found.append_column(name, pa.nulls(found.num_rows, schema.field(name).type))
            return found.select(schema.names).cast(schema)
        except (DeltaError, OSError, pa.ArrowException) as error:
            do = "run 'kmi doctor': it finds damaged files, and with --repair lets their days be pulled again"
            raise RetryableError(f"the table cannot be read ({error})", where=self.uri(table), do=do) from error

    def append(self, table: Table, data: pa.Table) -> None:
        """Add rows in one commit; nothing for no rows."""
        if data.num_rows:
            with self._writing(table) as delta:
                self._write(table, delta, redacted(table.name, data, self._redact), None)

    def replace(self, table: Table, data: pa.Table, predicate: str, metadata: Mapping[str, str]) -> None:
        """Replace the rows that match ``predicate`` by ``data``, in one commit that carries ``metadata``."""
        with self._writing(table) as delta:
            self._write(table, delta, data, predicate, metadata)

    def fence(self, table: Table) -> None:
        """Add an empty commit, so that a run that is about to commit to the version before it fails.

        For a run that took the warehouse over from a silent one. The metadata of the newest commit are kept.
        """
        with self._writing(table) as delta:
            if delta is not None:
                kept = {key: str(value) for key, value in delta.history(1)[0].items() if key.startswith("kmi_")}
                self._write(table, delta, pa.Table.from_batches([], table.arrow), None, kept)

    def remove(self, table: Table, predicate: str) -> None:
        """Remove the rows that match the SQL ``predicate``, in one commit; no commit where none does."""
        with self._writing(table) as delta:
            if delta is not None:
                delta.delete(predicate, commit_properties=ONE_TRY)

    def move_instants(self, table: Table, column: str, after: datetime, back: timedelta) -> None:
        """Move the instants of ``column`` that lie after ``after`` (aware UTC) back by ``back``, in one commit."""
        with self._writing(table) as delta:
            if delta is not None and column in {field.name for field in delta.schema().fields}:
                microseconds = back // timedelta(microseconds=1)
                delta.update(
                    updates={column: f"{column} - interval '{microseconds} microseconds'"},
                    predicate=f"{column} > '{after.isoformat()}'",
                    commit_properties=ONE_TRY,
                )

    def _write(
        self,
        table: Table,
        delta: DeltaTable | None,
        data: pa.Table,
        predicate: str | None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """One commit, which fails where another commit came after ``delta`` was opened."""
        carried = {name: self._redact(text) for name, text in (metadata or {}).items()}
        properties = CommitProperties(custom_metadata=carried, max_commit_retries=0)
        partitions = PARTITIONS.get(table.name)
        if delta is None:
            write_deltalake(self.uri(table), data, mode="error", partition_by=partitions, commit_properties=properties)
        elif predicate is None:
            write_deltalake(
                delta, data, mode="append", schema_mode="merge", partition_by=partitions, commit_properties=properties
            )
        else:
            write_deltalake(
                delta,
                data,
                mode="overwrite",
                predicate=predicate,
                partition_by=partitions,
                commit_properties=properties,
            )

    @contextmanager
    def _writing(self, table: Table) -> Iterator[DeltaTable | None]:
        """The table as it is now, or None where it was never written, for one commit of the run that holds the lock.

        The order matters: a run that lost the warehouse after the check commits to a version that is no longer the
        newest, and fails.
        """
        try:
            delta = self._open_to_write(table)
            self.root.check_held()
            yield delta
        except CommitFailedError as error:
            raise RetryableError("another run wrote to this table meanwhile", where=self.uri(table)) from error
        except (DeltaError, OSError) as error:
            full = strerror(ENOSPC) in str(error)
            do = "free some space, then run again" if full else "run again later"
            raise RetryableError(
                "the disk is full" if full else f"the table was not written ({error})", where=self.uri(table), do=do
            ) from error

    def last_metadata(self, table: Table) -> dict[str, str]:
        """The metadata of the newest commit, as text by key."""
        delta = self.open(table)
        return {} if delta is None else {key: str(value) for key, value in delta.history(1)[0].items()}

    def version(self, table: Table) -> int:
        """How many commits the table has seen, from 0; -1 where it was never written."""
        delta = self.open(table)
        return -1 if delta is None else delta.version()

    def drop_files(self, table: Table, paths: Sequence[str]) -> None:
        """Let the table go on without these files, in one commit; the damaged ones among them are deleted."""
        with self._writing(table) as delta:
            for path in paths:
                with suppress(FileNotFoundError):
                    self.root.delete(f"tables/{table.name}/{unquote(path)}")
            if delta is not None:
                delta.repair(commit_properties=ONE_TRY)

    def erase(self, table: Table, expressions: Mapping[str, str], predicate: str) -> None:
        """Set columns to SQL expressions where ``predicate`` holds, and delete the files that held the old texts.

        For data about people, which must not stay in older versions: these can no longer be read afterwards.
        """
        with self._writing(table) as delta:
            if delta is not None:
                delta.update(updates=dict(expressions), predicate=predicate, commit_properties=ONE_TRY)
                delta.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
                self._forget_versions(table)

    def _forget_versions(self, table: Table) -> None:
        """Delete the log of all versions but the newest: its statistics repeat the least and greatest texts."""
        for kept in ("interval 0 days", "interval 30 days"):  # the second is Delta's own default
            DeltaTable(self.uri(table)).alter.set_table_properties({"delta.logRetentionDuration": kept})
            delta = DeltaTable(self.uri(table))
            delta.create_checkpoint()
            delta.cleanup_metadata()

    def tidy(self, table: Table, since: int) -> None:
        """Every ``TIDY_EVERY`` commits from version ``since`` on: join small files and delete unneeded ones.

        Deleted are the files that no version of the last week names, such as those of killed writes.
        """
        delta = self._open_to_write(table)
        if delta is None or delta.version() // TIDY_EVERY == since // TIDY_EVERY:
            return
        self.root.check_held()
        delta.optimize.compact()
        delta.vacuum(retention_hours=RETAIN_HOURS, dry_run=False, full=True)
