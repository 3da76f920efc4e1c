"""All published tables of one run, file by file, for what copies them into another form."""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.errors import ConfigError, RefusedError, RetryableError
from warehouse.published_files import FOLDER, PACKAGE, file_hash
from warehouse.published_state import as_schema, other_version
from warehouse.published_tables import lacks_table, nothing_published
from warehouse.root import Root
from warehouse.schema import PUBLISHED_OBSERVATIONS, Table


@dataclass(frozen=True)
class PublishedCopy:
    """The files of one run. ``hashes``: by path, as their description gives them; ``rows``: by path."""

    root: Root
    version: str
    hashes: Mapping[str, str]
    rows: Mapping[str, int]

    def paths(self, table: Table) -> list[str]:
        """The files of a table: one, or for observations one a year, in order."""
        name = table.name
        return [path for path in sorted(self.hashes) if path.removesuffix(".parquet").split("-")[0] == name]

    def row_count(self, table: Table) -> int:
        return sum(self.rows[path] for path in self.paths(table))

    def files(self, table: Table) -> Iterator[pa.Table]:
        """The rows of a table, file by file, with exactly its columns.

        Raises ``RetryableError`` where a run has replaced a file since the description was read.
        """
        for path in self.paths(table):
            body = self._body(path)
            yield as_schema(pq.ParquetFile(io.BytesIO(body), pre_buffer=False).read(use_threads=False), table)

    def _body(self, path: str) -> bytes:
        try:
            body = self.root.read(f"{FOLDER}/{path}")
        except FileNotFoundError:
            body = b""
        if self.hashes[path] != f"sha256:{file_hash(body)}":
            raise RetryableError(
                "a run published while it was read", where=f"{FOLDER}/{path}", do="run the command again"
            )
        return body


def published_copy(root: Root, tables: Sequence[Table]) -> PublishedCopy:
    """What is published now.

    Raises ``ConfigError`` where there is nothing, or another version published it, without all of the ``tables``;
    ``RefusedError`` where the description cannot be read.
    """
    try:
        package: dict[str, Any] = json.loads(root.read(PACKAGE))
        version, resources = str(package["version"]), {one["path"]: one for one in package["resources"]}
        hashes = {path: str(one["hash"]) for path, one in resources.items()}
        rows = {path: int(one["rows"]) for path, one in resources.items()}
    except FileNotFoundError:
        raise nothing_published(root) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise RefusedError(
            "the description of the published files cannot be read",
            where=f"{root.address}/{PACKAGE}",
            do="run 'kmi run', which writes it anew",
        ) from None
    if problem := other_version(version):
        raise ConfigError(problem, where=root.address, do="bring both to one version of kmi")
    found = PublishedCopy(root, version, hashes, rows)
    missing = [table.name for table in tables if table is not PUBLISHED_OBSERVATIONS and not found.paths(table)]
    if missing:
        raise lacks_table(root, missing[0])
    return found
