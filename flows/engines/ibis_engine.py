"""Any other backend of Ibis, at its address: the rows are copied into temporary tables there, in batches."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flows.engines.engine import Query
from warehouse.errors import ConfigError

if TYPE_CHECKING:
    import pyarrow as pa

    from flows.engines.engine import Rows


@dataclass(frozen=True, slots=True)
class IbisEngine:
    """``full_address`` may hold a password, so only ``address`` is shown."""

    full_address: str = field(repr=False)

    @property
    def address(self) -> str:
        return f"{self.full_address.partition('://')[0]}://"

    def run(
        self, stored: Mapping[str, Query], results: tuple[Query, ...], tables: Mapping[str, "Rows"]
    ) -> "list[pa.Table]":
        """See ``Engine.run``."""
        backend = connect(self.full_address)
        try:
            with engine_errors(self.address):
                for name, rows in tables.items():
                    _copy(backend, name, rows)
                for name, query in stored.items():
                    backend.create_table(name, query.make(), temp=True)
                return [backend.to_pyarrow(query.make()).cast(query.schema) for query in results]
        finally:
            backend.disconnect()  # which ends the temporary tables


def connect(address: str) -> Any:
    """The backend of Ibis at the address. Raises ``ConfigError`` where it cannot be reached."""
    import ibis

    with engine_errors(f"{address.partition('://')[0]}://"):
        return ibis.connect(address)


@contextmanager
def engine_errors(where: str, package: str = "") -> Iterator[None]:
    """Tell of an engine that does not start or cannot run a query: both are the operator's choice.

    package: what brings its library; by default the extra of Ibis.
    """
    from ibis.common.exceptions import IbisError

    try:
        yield
    except ImportError as error:
        package = package or f"ibis-framework[{where.partition('://')[0]}]"
        do = f"install it: pip install '{package}'"
        raise ConfigError(f"the library for this engine is not installed ({error})", where=where, do=do) from error
    except (IbisError, NotImplementedError, OSError, RuntimeError, TypeError, ValueError) as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        do = "correct --engine or KMI_ENGINE, or leave it out to use DuckDB"
        raise ConfigError(f"the engine does not start or cannot run this ({first})", where=where, do=do) from error


def _copy(backend: Any, name: str, rows: "Rows") -> None:
    import ibis
    import pyarrow as pa

    schema = pa.schema([item.with_nullable(True) for item in rows.schema])
    backend.create_table(name, schema=ibis.Schema.from_pyarrow(schema), temp=True)
    reader = rows.to_reader() if isinstance(rows, pa.Table) else rows.batches()
    for batch in reader:
        if batch.num_rows:
            backend.insert(name, ibis.memtable(pa.Table.from_batches([batch]).cast(schema)))
