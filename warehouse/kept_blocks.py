"""What was computed of a block of the history, kept until one of its files changes, so that a night costs the day.

All of it can be computed again: a file under ``derived/`` that is lost, damaged or of another key is not read.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.errors import KmiError
from warehouse.root import Root, parquet_bytes
from warehouse.schema import Window
from warehouse.table_scan import DataFile

FOLDER = "derived"
LEAST_ROWS = 100_000
"""A block ends with the year or the month in which it has so many rows; the newest one has fewer, or is not over."""
YEAR, MONTH = len("2026"), len("2026-11")
"""What blocks are made of: how many characters of the month of a file name it."""
KEY = b"kmi_key"


@dataclass(frozen=True, slots=True)
class Block:
    """Some years or months of a table, and the data files with the rows that begin in them. All days lie in one."""

    days: Window
    data: tuple[DataFile, ...]
    is_newest: bool
    label: str = ""


def blocks_of(data: Sequence[DataFile], unit: int = YEAR) -> list[Block]:
    """Blocks of whole years or months (``unit``), the oldest first.

    A block changes only with the files of its months or of earlier ones.
    """
    by_unit = dict[str, list[DataFile]]()
    for one in data:
        by_unit.setdefault(one.month[:unit], []).append(one)
    found, begun, held = list[Block](), date.min, list[DataFile]()
    newest = max(by_unit, default="")
    for name in sorted(by_unit):
        held += by_unit[name]
        if name != newest and sum(one.rows for one in held) >= LEAST_ROWS:
            until = _day_after(name)
            found.append(Block(Window(begun, until), tuple(held), is_newest=False, label=held[0].month[:unit]))
            begun, held = until, []
    return [*found, Block(Window(begun, date.max), tuple(held), is_newest=True)]


def _day_after(name: str) -> date:
    """The day after a year (``2026``) or a month (``2026-11``)."""
    year, month = int(name[:YEAR]), int(name[YEAR + 1 :] or 12)
    return date(year + month // 12, month % 12 + 1, 1)


@dataclass
class KeptBlocks:
    """The tables computed of blocks, as files under ``derived/``. The newest block changes every night: it is not kept.

    computed: how many were computed in this run, not read.
    """

    root: Root
    computed: int = 0
    _used: set[str] = field(default_factory=set)

    def tables(
        self, name: str, block: Block, key: Sequence[object], make: Callable[[], Sequence[pa.Table]]
    ) -> list[pa.Table]:
        """What ``make`` returns for the block: as kept under the name where the key is still the same."""
        if block.is_newest:
            self.computed += 1
            return list(make())
        path, wanted = f"{FOLDER}/{name}-{block.label}.parquet", _digest(key)
        self._used.add(path)
        found = self._read(path, wanted)
        if found is None:
            self.computed += 1
            found = list(make())
            self.root.write({path: _packed(found, wanted)})
        return found

    def _read(self, path: str, wanted: str) -> list[pa.Table] | None:
        with suppress(FileNotFoundError, KmiError, pa.ArrowException, KeyError):
            found = pq.ParquetFile(pa.BufferReader(self.root.read(path))).read(use_threads=False)
            if (found.schema.metadata or {}).get(KEY) == wanted.encode():
                return _unpacked(found)
        return None

    def delete_unused(self) -> None:
        """Delete what this run did not use: blocks that grew, and what the plan no longer needs."""
        for path in set(self.root.list(FOLDER)) - self._used:
            self.root.delete(path)


def _digest(key: Iterable[object]) -> str:
    return hashlib.sha256(json.dumps(list(key), default=str).encode()).hexdigest()


def _packed(tables: Sequence[pa.Table], key: str) -> bytes:
    """Several tables as one file: a row with a list of structures for each."""
    lists = []
    for table in tables:
        rows = table.combine_chunks().to_struct_array().combine_chunks()
        lists.append(pa.ListArray.from_arrays(pa.array([0, len(rows)], pa.int32()), rows))
    packed = pa.table({f"{at}": one for at, one in enumerate(lists)}).replace_schema_metadata({KEY: key.encode()})
    return parquet_bytes(packed, "zstd")


def _unpacked(packed: pa.Table) -> list[pa.Table]:
    lists = [packed[name].combine_chunks() for name in packed.column_names]
    return [pa.Table.from_struct_array(one.flatten()) for one in lists]
