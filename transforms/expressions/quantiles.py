"""Quantiles that are the same number on every engine: each has an interpolation of its own."""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir


def quantiles(rows: ir.Table, key: Sequence[str], column: str, wanted: Mapping[str, float]) -> ir.Table:
    """``key``, rows, and a column for each of ``wanted``: the quantile of a column without nulls, by linear
    interpolation between its neighbours.
    """
    groups = [rows[name] for name in key]
    value = rows[column]
    in_order = ibis.window(group_by=groups, order_by=value)
    numbered = rows.select(
        *key,
        value=value,
        at=ibis.row_number().over(in_order).cast("float64"),
        last=(rows.count().over(ibis.window(group_by=groups)) - 1).cast("float64"),
    )
    below, above = {}, {}
    for name, q in wanted.items():
        position = numbered["last"] * q
        below[name] = numbered.value.max(where=numbered["at"] == position.floor().cast("float64"))
        above[f"{name}_next"] = numbered.value.max(where=numbered["at"] == position.ceil().cast("float64"))
    found = numbered.group_by(list(key)).agg(rows=numbered.count(), last=numbered["last"].max(), **below, **above)
    between = {name: found["last"] * q - (found["last"] * q).floor().cast("float64") for name, q in wanted.items()}
    values = {name: found[name] + (found[f"{name}_next"] - found[name]) * share for name, share in between.items()}
    return found.select(*key, "rows", **values)
