"""The one reader of the published tables: of the files, or of what a run has just published."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from warehouse.errors import ConfigError
from warehouse.root import Root, open_root, parquet_rows, table_rows
from warehouse.schema.columns import Table

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, Any]
Grouped = Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class PublishedTables:
    """``read``: the rows of a table by its name."""

    read: Callable[[str], Sequence[Row]]

    def rows(self, table: Table) -> list[Row]:
        """Rows with every column of the table; a column that an older file lacks is None."""
        return [{name: row.get(name) for name in table.names} for row in self.read(table.name)]

    def by(self, table: Table, column: str) -> dict[str, Row]:
        """The row of each value of a column."""
        return {row[column]: row for row in self.rows(table)}

    def grouped(
        self, table: Table, column: str, order: str = "", *, newest_first: bool = False
    ) -> dict[str, list[Row]]:
        """As ``grouped``, of the rows of a table."""
        return grouped(self.rows(table), column, order, newest_first=newest_first)


def grouped(rows: Sequence[Row], column: str, order: str = "", *, newest_first: bool = False) -> dict[str, list[Row]]:
    """The rows of each value of a column, sorted by the column ``order`` if one is named."""
    groups: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row[order], reverse=newest_first) if order else rows:
        groups.setdefault(row[column], []).append(row)
    return groups


def just_published(tables: "Mapping[str, pa.Table]") -> PublishedTables:
    """What a run has in hand, so that nothing is read back."""
    return PublishedTables(lambda name: table_rows(tables[name]))


def published_at(address: str) -> PublishedTables:
    """The published files of the warehouse at an address; see ``published_in``."""
    return published_in(open_root(address))


def published_in(root: Root) -> PublishedTables:
    """The published files of a warehouse.

    Reading raises ``ConfigError`` for a table that was never published here.
    """

    def read(name: str) -> list[dict[str, Any]]:
        try:
            return parquet_rows(root.read(f"published/{name}.parquet"))
        except FileNotFoundError:
            if root.list("published"):
                raise lacks_table(root, name) from None
            raise nothing_published(root) from None

    return PublishedTables(read)


def nothing_published(root: Root) -> ConfigError:
    """The error of a warehouse in which no run has published."""
    do = "run 'kmi run', or name the warehouse with --warehouse"
    return ConfigError("nothing has been published here yet", where=root.address, do=do)


def lacks_table(root: Root, name: str) -> ConfigError:
    """The error of a warehouse whose published files are older than the table of that name."""
    what = f"an older version published here, without {name}.parquet"
    return ConfigError(what, where=root.address, do="run 'kmi run' once")
