"""What an engine is: something that runs the project's queries over tables and returns their results."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from warehouse.table_scan import TableScan

    Rows: TypeAlias = pa.Table | TableScan
    """Rows in memory, or where they lie."""


@dataclass(frozen=True, slots=True)
class Query:
    """SQL for DuckDB, the columns that it returns, and ``make``, which gives its expression to any other engine.

    is_view: of a stored one, that DuckDB computes it anew for each query that reads it. So many rows cost more to keep.
    """

    duckdb_sql: str
    schema: "pa.Schema"
    make: "Callable[[], ir.Table]"
    is_view: bool = False


class Engine(Protocol):
    """Runs queries. ``address`` names it without passwords."""

    @property
    def address(self) -> str: ...

    def run(
        self, stored: Mapping[str, Query], results: tuple[Query, ...], tables: Mapping[str, "Rows"]
    ) -> "list[pa.Table]":
        """The results over ``tables``, by the names that the expressions give them.

        stored: what is computed first, in this order, and kept under its name for those after it.
        Raises ``ConfigError`` where the engine does not start, and ``RetryableError`` where a table cannot be read.
        """
        ...
