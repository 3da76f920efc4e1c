"""A DuckDB database that lives as long as one computation: little memory, the rest in a temporary folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING

from warehouse.errors import RetryableError

if TYPE_CHECKING:
    import duckdb

_FILE = "scratch.duckdb"


@contextmanager
def scratch_database(
    memory_mb: int, *, threads: int | None = None, on_disk: bool = False
) -> "Iterator[duckdb.DuckDBPyConnection]":
    """A connection to an empty database, which is deleted at the end.

    memory_mb: what DuckDB holds in memory at most; beyond it, it writes to the temporary folder. threads: all of the
    machine by default; each needs memory of its own. on_disk: tables are written to a file at once and packed there,
    so that large ones cost neither memory nor much of the disk. Raises ``RetryableError`` where the folder is full.
    """
    import duckdb

    from warehouse.tables import sql_literal

    with (
        TemporaryDirectory(prefix="kmi-duckdb-", ignore_cleanup_errors=True) as folder,
        duckdb.connect(f"{folder}/{_FILE}" if on_disk else ":memory:") as connection,
    ):
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"SET temp_directory = {sql_literal(folder)}")
        if threads is not None:
            connection.execute(f"SET threads = {threads}")
        ((default,),) = connection.execute("SELECT current_setting('memory_limit')").fetchall()
        if _mebibytes(default) > memory_mb:  # by default DuckDB takes up to 80 % of the machine's memory
            connection.execute(f"SET memory_limit = '{memory_mb}MiB'")
        yield connection


@contextmanager
def scratch_errors(what: str) -> Iterator[None]:
    """Say what the temporary folder lacked room for. Raises ``RetryableError``."""
    import duckdb

    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException, duckdb.FatalException) as error:
        raise RetryableError(
            f"the temporary folder has no room for {what} ({str(error).splitlines()[0]})",
            where=gettempdir(),
            do="free space there, or let TMPDIR name a folder on a larger disk; then run again",
        ) from error


def _mebibytes(size: str) -> float:
    """A size as DuckDB writes it, such as 18.5 GiB."""
    number, unit = size.split()
    return float(number) * {"TiB": 1024.0**2, "GiB": 1024.0, "MiB": 1.0}.get(unit, 0.0)
