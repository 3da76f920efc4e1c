"""The columns that may repeat what a provider wrote, and how secrets are removed from them before they are stored."""

from collections.abc import Callable, Mapping

import pyarrow as pa

FOREIGN_TEXT: Mapping[str, tuple[str, ...]] = {
    "refused": ("raw_value", "reason", "origin", "action"),
    "pulls": ("validators", "error", "checks"),
    "breaks": ("reason",),
    "notices": ("reason",),
    "notes": ("note", "author"),
    "sources": ("last_error", "waiting"),
}
"""By table. Names of entities are cleaned before the pull is compared with what is stored."""


def redacted(table: str, data: pa.Table, redact: Callable[[str], str]) -> pa.Table:
    """``data`` with the foreign text of ``table`` without secrets. Each distinct text is looked at once."""
    for name in FOREIGN_TEXT.get(table, ()):
        if name not in data.column_names:
            continue
        texts = data[name].to_pylist()
        clean = {text: redact(text) for text in set(texts) if text is not None}
        if any(text != cleaned for text, cleaned in clean.items()):
            kept = pa.array([None if text is None else clean[text] for text in texts], data.schema.field(name).type)
            data = data.set_column(data.schema.get_field_index(name), data.schema.field(name), kept)
    return data
