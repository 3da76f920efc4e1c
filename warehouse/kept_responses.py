"""Responses about past days, kept when a pull stops midway, so that the next one does not request them again."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa

from warehouse.root import Root, parquet_bytes, parquet_rows
from warehouse.schema import INSTANT, TEXT, WHOLE

SCHEMA = pa.schema(
    [
        pa.field("settings_hash", TEXT, nullable=False),
        pa.field("key", TEXT, nullable=False),
        pa.field("url", TEXT, nullable=False),
        pa.field("status", WHOLE, nullable=False),
        pa.field("at", INSTANT, nullable=False),
        pa.field("headers", TEXT, nullable=False),
        pa.field("body", pa.large_binary(), nullable=False),
    ]
)


class KeptResponse(Protocol):
    """A response as the session keeps it (``sources.web.saved_responses.SavedResponse``)."""

    @property
    def key(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


KEPT = "unfinished.parquet"


def responses_path(source: str) -> str:
    return f"raw/{source}/{KEPT}"


def keep_responses(root: Root, source: str, settings_hash: str, responses: Iterable[KeptResponse]) -> None:
    """Write the responses of a pull that stopped midway; nothing where there are none."""
    rows = [
        {"settings_hash": settings_hash, "headers": json.dumps(dict(response.headers))}
        | {name: getattr(response, name) for name in ("key", "url", "status", "at", "body")}
        for response in responses
    ]
    if rows:
        root.write({responses_path(source): parquet_bytes(pa.Table.from_pylist(rows, schema=SCHEMA))})


def read_responses(root: Root, source: str, settings_hash: str, since: datetime) -> list[dict[str, Any]]:
    """The responses kept under these settings and fetched from ``since`` on, as mappings with the fields of one.

    A damaged file is deleted: the responses are requested again.
    """
    try:
        rows = parquet_rows(root.read(responses_path(source)))
    except FileNotFoundError:
        return []
    except (pa.ArrowException, OSError):
        delete_responses(root, source)
        return []
    recent = [row for row in rows if row.pop("settings_hash") == settings_hash and row["at"] >= since]
    return [row | {"headers": json.loads(row["headers"])} for row in recent]


def delete_responses(root: Root, source: str) -> None:
    """Delete the kept responses, once the pull that needed them is complete."""
    root.delete(responses_path(source))
