"""The published columns that repeat another one: a list as one text, a value under a name that SQL does not reserve."""

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.schema.columns import JOINED_BY, Table


def with_copies(data: pa.Table, table: Table) -> pa.Table:
    """``data``, which has the own columns of ``table``, with those that copy one of them."""
    for column in table.columns:
        if column.copy_of:
            copied = data[column.copy_of]
            is_list = pa.types.is_list(copied.type)
            data = data.append_column(column.name, pc.binary_join(copied, JOINED_BY) if is_list else copied)
    return data if data.schema.equals(table.arrow) else data.select(table.names).cast(table.arrow)
