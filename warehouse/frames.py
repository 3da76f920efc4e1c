"""Arrow tables as pandas frames, and frames as tables of the warehouse."""

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.copied_columns import with_copies
from warehouse.schema import Table

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd


def to_arrow(frame: "pd.DataFrame", table: Table) -> pa.Table:
    """The frame with exactly the columns and types of ``table``; those that copy another one are made here."""
    own = pa.schema([table.arrow.field(name) for name in table.own_names])
    return with_copies(pa.Table.from_pandas(frame[table.own_names], schema=own, preserve_index=False), table)


def to_pandas(data: pa.Table) -> "pd.DataFrame":
    """Days as datetime64[us], flags as tuples, texts as str."""
    lists = {field.name: as_tuples(data[field.name]) for field in data.schema if pa.types.is_list(field.type)}
    frame: pd.DataFrame = data.drop_columns(list(lists)).to_pandas(date_as_object=False)
    days = {field.name: "datetime64[us]" for field in data.schema if pa.types.is_date32(field.type)}
    names: list[str] = data.schema.names
    return frame.astype(days).assign(**lists)[names]


def as_tuples(lists: pa.ChunkedArray) -> "npt.NDArray[np.object_]":
    """Lists of text as tuples, which compare and hash; a null as None. Empty lists, the usual case, share one tuple."""
    import numpy as np

    lengths = pc.fill_null(pc.list_value_length(lists), -1).to_numpy()
    found: npt.NDArray[np.object_] = np.empty(len(lengths), dtype=object)
    found.fill(())
    found[lengths < 0] = None
    for at, texts in zip(np.flatnonzero(lengths > 0), lists.filter(pa.array(lengths > 0)).to_pandas(), strict=True):
        found[at] = tuple(texts)
    return found
