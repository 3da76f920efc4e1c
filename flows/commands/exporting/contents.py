"""What is exported: each table with its rows, whatever the form."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import pyarrow as pa

from flows.commands.exporting.pivot import NEEDED, PIVOT, pivot_table
from warehouse import schema
from warehouse.published_copy import PublishedCopy
from warehouse.schema import TEXT, Column, Table

MADE_BY = "kmi export"
MADE_BY_QUERY = "SELECT text FROM about WHERE fact = 'made by'"
ABOUT = Table(
    "about",
    "one fact about this export",
    (Column("fact", TEXT, "what it is", nullable=False), Column("text", TEXT, "the fact", nullable=False)),
    ("fact",),
)
PUBLISHED = tuple(
    sorted(
        (getattr(schema, name) for name in dir(schema) if name.startswith("PUBLISHED_")), key=lambda one: str(one.name)
    )
)


@dataclass(frozen=True)
class Contents:
    """The tables of an export. ``about``: its facts, which mark the export as ours; ``published_tables``: without those
    that were left out.
    """

    published: PublishedCopy
    about: tuple[tuple[str, str], ...]
    published_tables: tuple[Table, ...]

    @property
    def tables(self) -> Sequence[Table]:
        """The facts first, then the pivot table, then all that is published."""
        return (ABOUT, PIVOT, *self.published_tables)

    def parts(self, table: Table) -> Iterator[pa.Table]:
        """The rows of a table, a part at a time."""
        if table is ABOUT:
            yield pa.table([list(column) for column in zip(*self.about, strict=True)], schema=ABOUT.arrow)
        elif table is PIVOT:
            yield pivot_table({one.name: pa.concat_tables(self.published.files(one)) for one in NEEDED})
        else:
            yield from self.published.files(table)

    def row_count(self, table: Table) -> int:
        """How many rows a published table has."""
        return self.published.row_count(table)


def contents_of(
    published: PublishedCopy, without: Collection[str] = (), notes: Sequence[tuple[str, str]] = ()
) -> Contents:
    """The contents with the facts that hold for every form, and ``notes`` of this one; without some tables."""
    left_out = [("left out", ", ".join(sorted(without)))] if without else []
    facts = (
        ("made by", f"{MADE_BY} of km-indicators {version('km-indicators')}"),
        ("version of the published files", published.version),
        ("time zone", "instants are in UTC, days are the library's own"),
        ("empty", "an empty cell is unknown, and never 0"),
        ("sums", "add up only where the column additive says so, and never two indicators"),
        *left_out,
        *notes,
    )
    return Contents(published, facts, tuple(table for table in PUBLISHED if table.name not in without))


def without_lists(table: Table) -> Table:
    """The table without its lists, for forms that have none: each has a column with its text."""
    return table.without(*(one.name for one in table.columns if pa.types.is_list(one.type)))
