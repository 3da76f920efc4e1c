"""The JSON Schema of ``kmi status --json``, from the columns that it prints."""

import json
from typing import Any

import pyarrow as pa

from flows.commands.status_rows import ABOUT
from warehouse.schema import PUBLISHED_INDICATORS, PUBLISHED_VERDICTS, Column
from warehouse.schema.columns import INSTANT, NUMBER, TEXT
from warehouse.schema.ledgers import VERDICTS

MORE = (
    Column(
        "verdict_before", TEXT, "the verdict before the present one; null where there was no other", one_of=VERDICTS
    ),
    Column("verdict_changed_at", INSTANT, "the evaluation that changed it, UTC"),
)


def status_schema() -> dict[str, Any]:
    """The schema of version 1. Within a version keys are only added."""
    about = {column.name: column for column in PUBLISHED_INDICATORS.columns}
    columns = {column.name: column for column in PUBLISHED_VERDICTS.columns}
    columns |= {name: about[name] for name in ABOUT} | {column.name: column for column in MORE}
    always = {column.name for column in PUBLISHED_VERDICTS.columns if not column.nullable}
    row = {
        "type": "object",
        "required": list(columns),
        "properties": {name: _property(column, nullable=name not in always) for name, column in columns.items()},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "kmi status --json",
        "type": "object",
        "required": ["version", "warehouse", "verdicts"],
        "properties": {
            "version": {"const": 1, "description": "within a version keys are only added"},
            "warehouse": {"type": "string", "description": "address of the warehouse"},
            "as_known_on": {"type": "string", "format": "date-time", "description": "with --as-known-on: that instant"},
            "verdicts": {"type": "array", "items": row, "description": "the indicators, the worst first"},
        },
    }


def schema_text() -> str:
    return json.dumps(status_schema(), indent=2, ensure_ascii=False) + "\n"


def _property(column: Column, *, nullable: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"type": _json_type(column.type), "description": column.description}
    if column.type == INSTANT or pa.types.is_date(column.type):
        found["format"] = "date-time" if column.type == INSTANT else "date"
    if column.one_of:
        found["enum"] = [*column.one_of, *([None] if nullable else [])]
    if nullable:
        found["type"] = [found["type"], "null"]
    return found


def _json_type(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind):
        return "integer"
    return "array" if pa.types.is_list(kind) else "number" if kind == NUMBER else "string"
