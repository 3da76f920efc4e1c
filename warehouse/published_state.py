"""The published files of a warehouse as one state: they belong together, and have a version that we read."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.published_files import CONTRACT_VERSION, FOLDER, PACKAGE, file_hash
from warehouse.root import Root
from warehouse.schema.columns import Table

TRIES = 3
"""A run may be publishing: then the files and their description differ for a moment."""


@dataclass(frozen=True)
class PublishedState:
    """``state``: one of ``FILE_STATES`` but ``old``, which depends on the clock; ``reason``: why it is not current.

    ``tables``: by their names; empty where the state is not current.
    """

    state: str
    reason: str | None
    tables: Mapping[str, pa.Table]


def read_state(root: Root, tables: Sequence[Table]) -> PublishedState:
    """The tables with their columns as the schema has them; what cannot be read is a state and not an error."""
    for _ in range(TRIES):
        found = _read_once(root, tables)
        if found.state != "unreadable":
            break
    return found


def _read_once(root: Root, tables: Sequence[Table]) -> PublishedState:
    try:
        package = json.loads(root.read(PACKAGE))
        version, hashes = str(package["version"]), {one["path"]: one["hash"] for one in package["resources"]}
    except FileNotFoundError:
        return _without("missing", "nothing has been published there yet: run 'kmi fleet run'")
    except (ValueError, KeyError, TypeError):
        return _without("unreadable", f"{PACKAGE} cannot be read: run 'kmi fleet run'")
    if what := other_version(version):
        return _without("other_version", f"{what}: bring both to one version of kmi")
    read: dict[str, pa.Table] = {}
    for table in tables:
        path = f"{table.name}.parquet"
        try:
            body = root.read(f"{FOLDER}/{path}")
        except FileNotFoundError:
            return _without("missing", f"{path} is not there: run 'kmi fleet run'")
        if hashes.get(path) != f"sha256:{file_hash(body)}":
            return _without("unreadable", f"{path} is not the one that was published: run 'kmi fleet run'")
        read[table.name] = as_schema(pq.ParquetFile(io.BytesIO(body), pre_buffer=False).read(use_threads=False), table)
    return PublishedState("current", None, read)


def other_version(version: str) -> str:
    """What is wrong where files of this version cannot be read here; empty where they can."""
    if version.split(".", maxsplit=1)[0] == CONTRACT_VERSION.split(".")[0]:
        return ""
    return f"its files have version {version}, and {CONTRACT_VERSION} is read here"


def _without(state: str, reason: str) -> PublishedState:
    return PublishedState(state, reason, {})


def as_schema(data: pa.Table, table: Table) -> pa.Table:
    """The columns of the schema; one that an older file lacks is null."""
    columns = [
        data[field.name].cast(field.type) if field.name in data.column_names else pa.nulls(data.num_rows, field.type)
        for field in table.arrow
    ]
    return pa.table(columns, names=table.names)
