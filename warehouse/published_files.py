"""The files that BI tools read: few plain Parquet files, and ``datapackage.json``, which describes them."""

import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.errors import CheckError
from warehouse.root import Root, parquet_bytes
from warehouse.schema import (
    PUBLISHED_BREAKS,
    PUBLISHED_ENTITIES,
    PUBLISHED_HISTORY,
    PUBLISHED_INDICATORS,
    PUBLISHED_OBJECTIVES,
    PUBLISHED_OBSERVATIONS,
    PUBLISHED_PULLS,
    PUBLISHED_SETTLING,
    PUBLISHED_SOURCES,
    Column,
    Table,
)

CONTRACT_VERSION = "1.1.0"
FOLDER = "published"
PACKAGE = f"{FOLDER}/datapackage.json"
REFERENCES = {
    "indicator_id": PUBLISHED_INDICATORS.name,
    "source": PUBLISHED_SOURCES.name,
    "pull_id": PUBLISHED_PULLS.name,
    "objective_id": PUBLISHED_OBJECTIVES.name,
    "entity": PUBLISHED_ENTITIES.name,
}
NO_REFERENCES = {(PUBLISHED_BREAKS.name, "entity")}
"""Columns of the same name that mean something else: the empty entity of a break is all entities."""
OF_THE_CONTENT = {"bytes", "hash", "rows"}
_LASTING = (PUBLISHED_OBSERVATIONS, PUBLISHED_PULLS, PUBLISHED_HISTORY, PUBLISHED_BREAKS, PUBLISHED_SETTLING)
TABLES_WITH_PAST_ROWS = {table.name for table in _LASTING}
"""Tables with rows of sources and indicators that have left the plan; a pull never leaves."""


@dataclass(frozen=True, slots=True)
class Extract:
    """A published file that is made of stored data files alone; ``made_from`` names them.

    Where they are those of the file that is published now, its rows are not read again. rows: in any order; they are
    published in that of the key.
    """

    table: Table
    made_from: str
    rows: Callable[[], pa.Table]


def publish(
    root: Root, files: Mapping[str, tuple[Table, pa.Table]], extracts: Mapping[str, Extract] = MappingProxyType({})
) -> list[str]:
    """Write the files (by name without suffix) that differ from those published; the names written.

    All are staged before the first replaces an old one, and the description comes last: no reader sees half a file.
    After a takeover every file is written anew, with a mark of its own: a silent run that still means to write finds
    another version than it knows. Raises ``CheckError`` where a file does not read back with the rows that went in.
    """
    published = _published_hashes(root)
    lasting = {} if root.takeover else _lasting_resources(root, extracts, published)
    bodies, resources = dict[str, bytes](), dict(lasting)
    for name, (table, data) in files.items():
        bodies[f"{name}.parquet"] = body = _parquet(name, data, root.takeover)
        resources[name] = _resource(name, table, data.num_rows, body, "")
    for name, one in extracts.items():
        if name not in lasting:  # the rows of one at a time are in memory
            data = one.rows()
            bodies[f"{name}.parquet"] = body = _parquet(name, data, root.takeover, one.table.key)
            resources[name] = _resource(name, one.table, data.num_rows, body, one.made_from)
    changed = {path: body for path, body in bodies.items() if published.get(path) != file_hash(body)}
    package = _package([resources[name] for name in sorted(resources)])
    root.write({**{f"{FOLDER}/{path}": body for path, body in changed.items()}, PACKAGE: package})
    for path in set(published) - {f"{name}.parquet" for name in resources}:
        root.delete(f"{FOLDER}/{path}")
    return sorted(changed)


def publish_one(root: Root, table: Table, data: pa.Table) -> bool:
    """Write one published table anew, and its part of the description, between two runs.

    False where nothing was published here, or by another version: then the next run publishes the table.
    Only under the warehouse's lock.
    """
    try:
        package = json.loads(root.read(PACKAGE))
    except FileNotFoundError:
        return False
    resources = {one["name"]: one for one in package["resources"]}
    if package["version"] != CONTRACT_VERSION or table.name not in resources:
        return False
    body = _parquet(table.name, data, root.takeover)
    resources[table.name] = _resource(table.name, table, data.num_rows, body, "")
    root.write({f"{FOLDER}/{table.name}.parquet": body, PACKAGE: _package(list(resources.values()))})
    return True


def _lasting_resources(
    root: Root, extracts: Mapping[str, Extract], published: Mapping[str, str]
) -> dict[str, dict[str, object]]:
    """The descriptions of the extracts whose files are whole, of today's columns and of the same data files."""
    try:
        known = json.loads(root.read(PACKAGE))["resources"]
        resources: dict[str, dict[str, object]] = {one["path"].removesuffix(".parquet"): one for one in known}
    except (FileNotFoundError, ValueError, LookupError, TypeError, AttributeError):
        return {}
    found = {}
    for name, extract in extracts.items():
        old, now = resources.get(name, {}), _resource(name, extract.table, 0, b"", extract.made_from)
        lasts = all(old.get(part) == now[part] for part in now if part not in OF_THE_CONTENT)
        if lasts and old.get("hash") == f"sha256:{published.get(f'{name}.parquet')}":
            found[name] = old
    return found


def _published_hashes(root: Root) -> dict[str, str]:
    """SHA-256 by file name of what is published now, from the files themselves."""
    paths = [path for path in root.list(FOLDER) if path.endswith(".parquet")]
    return {path.rsplit("/", 1)[-1]: file_hash(root.read(path)) for path in paths}


def _parquet(name: str, data: pa.Table, takeover: str | None, sort_by: Sequence[str] = ()) -> bytes:
    mark = {"kmi_takeover": takeover} if takeover else None
    body = parquet_bytes(data.replace_schema_metadata(mark), "snappy", sort_by)
    rows = pq.ParquetFile(io.BytesIO(body)).metadata.num_rows
    if rows != data.num_rows:
        raise CheckError(
            f"{data.num_rows} rows went in and {rows} read back",
            where=f"{FOLDER}/{name}.parquet",
            do="report this as a bug",
        )
    return body


def file_hash(body: bytes) -> str:
    """The SHA-256 of a published file, as ``datapackage.json`` gives it."""
    return hashlib.sha256(body).hexdigest()


def _package(resources: Sequence[Mapping[str, object]]) -> bytes:
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "km-indicators",
        "title": "KM Indicators",
        "version": CONTRACT_VERSION,
        "resources": list(resources),
    }
    return (json.dumps(package, indent=2, ensure_ascii=False) + "\n").encode()


def _resource(name: str, table: Table, rows: int, body: bytes, made_from: str) -> dict[str, object]:
    # an empty text is a value, such as the entity of a whole source; by default it would mean a missing one
    schema: dict[str, object] = {"fields": [_field(column) for column in table.columns], "missingValues": []}
    if table.key:
        schema["primaryKey"] = list(table.key)
    complete = (
        {PUBLISHED_PULLS.name, PUBLISHED_ENTITIES.name}
        if table.name in TABLES_WITH_PAST_ROWS
        else set(REFERENCES.values())
    )
    references = [
        (column, target)
        for column, target in REFERENCES.items()
        if column in table.names and target in complete - {table.name} and (table.name, column) not in NO_REFERENCES
    ]
    if references:
        schema["foreignKeys"] = [
            {"fields": [column], "reference": {"resource": target, "fields": [column]}} for column, target in references
        ]
    return {
        "name": name.lower(),
        "path": f"{name}.parquet",
        "description": f"one row per {table.grain.removeprefix('one ')}",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": len(body),
        "hash": f"sha256:{file_hash(body)}",
        "rows": rows,
        "schema": schema,
        **({"madeFrom": made_from} if made_from else {}),
    }


def _field(column: Column) -> dict[str, object]:
    constraints: dict[str, object] = {} if column.nullable else {"required": True}
    if column.one_of:
        constraints["enum"] = list(column.one_of)
    field: dict[str, object] = {
        "name": column.name,
        "type": frictionless_type(column.type),
        "description": column.description,
    }
    return field | ({"constraints": constraints} if constraints else {})


def frictionless_type(kind: pa.DataType) -> str:
    """The Frictionless name of an Arrow type of the schema."""
    tests = (
        (pa.types.is_date, "date"),
        (pa.types.is_timestamp, "datetime"),
        (pa.types.is_list, "array"),
        (pa.types.is_floating, "number"),
        (pa.types.is_integer, "integer"),
        (pa.types.is_boolean, "boolean"),
    )
    return next((name for test, name in tests if test(kind)), "string")
