"""A folder of CSV files in UTF-8: an unknown value is empty, an empty text is ``""``."""

import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from flows.commands.exporting.contents import Contents, without_lists
from transforms.spreadsheet_text import as_text
from warehouse.schema import Table

MARKER = "kmi-export.txt"
NOTE = (
    "text that begins with = + - @, a tab or a line break",
    "has an apostrophe before it: a spreadsheet would take it for a formula",
)


def csv_files(contents: Contents) -> Iterator[tuple[str, bytes]]:
    """The name and the bytes of each file, one after the other."""
    yield MARKER, "".join(f"{fact}: {text}\n" for fact, text in contents.about).encode()
    for table in contents.tables:
        yield f"{table.name}.csv", _csv(without_lists(table), contents.parts(table))


def _csv(table: Table, parts: Iterator[pa.Table]) -> bytes:
    buffer = io.BytesIO()
    with pa_csv.CSVWriter(buffer, table.arrow) as writer:
        for part in parts:
            writer.write_table(_safe(part.select(table.names)))
    return buffer.getvalue()


def _safe(data: pa.Table) -> pa.Table:
    """The rows with an apostrophe before what a spreadsheet would compute. Each distinct text is looked at once."""
    for at, field in enumerate(data.schema):
        if pa.types.is_string(field.type):
            coded = pc.dictionary_encode(data[field.name]).combine_chunks()
            texts = pa.array([as_text(text) for text in coded.dictionary.to_pylist()], pa.string())
            data = data.set_column(at, field, pc.take(texts, coded.indices))
    return data
