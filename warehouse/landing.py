"""The bytes as received: one Parquet file a pull under ``raw/<source>/``, to be parsed again without the network."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

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
    ]
)


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
    def body(self) -> bytes: ...
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
    rows = [
        {name: getattr(page, name) for name in SCHEMA.names if not name.startswith("window_")}
        | {"window_start": page.window.start, "window_end": page.window.end}
        for page in pages
    ]
    path = raw_path(pages[0].source, pull_id)
    root.write({path: parquet_bytes(pa.Table.from_pylist(rows, schema=SCHEMA))})
    return path


def landed(root: Root, source: str, pull_id: str) -> list[dict[str, object]]:
    """The pages of a pull as mappings with the fields of a page. Raises ``FileNotFoundError``."""
    rows = parquet_rows(root.read(raw_path(source, pull_id)))
    return [{**{k: v for k, v in row.items() if not k.startswith("window_")}, "window": _window(row)} for row in rows]


def _window(row: dict[str, date]) -> Window:
    return Window(row["window_start"], row["window_end"])
