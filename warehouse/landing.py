"""The bytes as received: one Parquet file a pull under ``raw/<source>/``, to be parsed again without the network.

A row is a page. A page that is too large for the memory has several rows, one for each part of its body, in order.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, BinaryIO, Protocol

import pyarrow as pa

from warehouse.root import Root, parquet_bytes, parquet_rows
from warehouse.schema import DATE, INSTANT, TEXT, WHOLE, Window

SCHEMA = pa.schema(
    [
        pa.field("source", TEXT, nullable=False),
        pa.field("window_start", DATE, nullable=False),
        pa.field("window_end", DATE, nullable=False),
        pa.field("sequence", WHOLE, nullable=False),
        pa.field("url", TEXT, nullable=False),
        pa.field("status", WHOLE, nullable=False),
        pa.field("fetched_at", INSTANT, nullable=False),
        pa.field("body", pa.large_binary(), nullable=False),
        pa.field("etag", TEXT),
        pa.field("last_modified", TEXT),
        pa.field("request", TEXT),
        pa.field("part", WHOLE),
    ]
)
_FIELDS = ("source", "sequence", "url", "status", "fetched_at", "etag", "last_modified", "request")
PART_BYTES = 16_000_000
"""How much of a large body one row holds."""


class Opened(Protocol):
    """A body outside of memory (``sources.stored_body.StoredBody``)."""

    def open(self) -> BinaryIO: ...


class Page(Protocol):
    """A page as a source yields it (``sources.contract.RawPage``)."""

    @property
    def source(self) -> str: ...
    @property
    def window(self) -> Window: ...
    @property
    def sequence(self) -> int: ...
    @property
    def url(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def fetched_at(self) -> datetime: ...
    @property
    def content(self) -> bytes | Opened: ...
    @property
    def etag(self) -> str | None: ...
    @property
    def last_modified(self) -> str | None: ...
    @property
    def request(self) -> str: ...


def raw_path(source: str, pull_id: str) -> str:
    return f"raw/{source}/{pull_id}.parquet"


def land(root: Root, pull_id: str, pages: Sequence[Page]) -> str | None:
    """Write the pages of one pull; the path, or None where there are none."""
    if not pages:
        return None
    path = raw_path(pages[0].source, pull_id)
    if all(isinstance(page.content, bytes) for page in pages):
        rows = [row for page in pages for row in _rows(page)]
        root.write({path: parquet_bytes(pa.Table.from_pylist(rows, schema=SCHEMA))})
    else:
        root.write_from(path, partial(_write_rows, pages))
    return path


def landed(root: Root, source: str, pull_id: str) -> list[dict[str, object]]:
    """The pages of a pull as mappings with the fields of a page, in memory. Raises ``FileNotFoundError``."""
    found: list[dict[str, object]] = []
    bodies: list[list[bytes]] = []
    for row in parquet_rows(root.read(raw_path(source, pull_id))):
        if not row.pop("part", None):
            fields = {name: value for name, value in row.items() if not name.startswith("window_") and name != "body"}
            found.append({**fields, "window": _window(row)})
            bodies.append([])
        bodies[-1].append(row["body"])
    return [{**page, "content": b"".join(parts)} for page, parts in zip(found, bodies, strict=True)]


def _write_rows(pages: Sequence[Page], file: BinaryIO) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(file, SCHEMA, compression="zstd", use_dictionary=False) as writer:
        for page in pages:
            for row in _rows(page):
                writer.write_table(pa.Table.from_pylist([row], schema=SCHEMA))


def _rows(page: Page) -> Iterator[Mapping[str, Any]]:
    fields = {name: getattr(page, name) for name in _FIELDS}
    fields |= {"window_start": page.window.start, "window_end": page.window.end}
    if isinstance(page.content, bytes):
        yield fields | {"body": page.content}
        return
    with page.content.open() as stream:
        yield fields | {"body": stream.read(PART_BYTES), "part": 0}
        for part, body in enumerate(iter(partial(stream.read, PART_BYTES), b""), 1):
            yield fields | {"body": body, "part": part}


def _window(row: dict[str, date]) -> Window:
    return Window(row["window_start"], row["window_end"])
