"""The values of a delivery as matrices of entities and spans, one for each metric."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sources.files.cell_records import CellRecord


@dataclass
class SumTable:
    """The known values of one metric. Names and spans are in the order in which they first come."""

    names: dict[str, int] = field(default_factory=dict)
    _spans: dict[object, int] = field(default_factory=dict)
    _seen: dict[tuple[int, str], int] = field(default_factory=dict)
    """The column by the identity of a span, which is much faster than by its value."""
    _cells: list[tuple[int, int, float]] = field(default_factory=list)

    def add(self, record: "CellRecord", value: float) -> None:
        same = id(record.span), record.count
        column = self._seen.get(same)
        if column is None:
            column = self._seen[same] = self._spans.setdefault((record.span, record.count), len(self._spans))
        self._cells.append((self.names.setdefault(record.entity, len(self.names)), column, value))

    @cached_property
    def matrix(self) -> NDArray[np.float64]:
        """Entities by spans; 0 where there is no value."""
        table = np.zeros((len(self.names), len(self._spans)))
        rows, columns, values = zip(*self._cells, strict=True)
        table[list(rows), list(columns)] = values
        return table


def sum_tables(records: Iterable["CellRecord"]) -> list[SumTable]:
    """One table for each metric that has a value."""
    tables: dict[str, SumTable] = {}
    for record in records:
        if record.value is not None:
            table = tables.get(record.metric)
            if table is None:
                table = tables[record.metric] = SumTable()
            table.add(record, record.value)
    return list(tables.values())
