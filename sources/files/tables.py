"""The tables of a delivery: files at a location, packed or not, each with one sheet or several."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sources.contract import RawPage
from sources.files.location import file_pages, is_wanted, other_names, read_files
from sources.files.packing import ENDINGS, unpacked
from sources.files.sheets import Sheet
from sources.files.table_format import TableFormat
from sources.files.tabular import read_sheets
from warehouse.schema import Window

if TYPE_CHECKING:
    from sources.web.session import Session

_KINDS = ("csv", "tsv", "xlsx", "xlsm", "xls", "ods")
TABLE_PATTERNS = (*(f"*.{kind}{packing}" for kind in _KINDS for packing in ("", *ENDINGS)), "*.zip")
"""The files that are read from a folder."""
NOT_READ = "names of files that are not read"


@dataclass
class Tables:
    """The sheets of each file of a delivery, in order, and notes on what was not read."""

    files: list[list[Sheet]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def table_pages(source: str, location: str, window: Window, now: datetime, session: "Session") -> Iterator[RawPage]:
    """One page for each file and, where a folder has others, one with their names. Raises as ``read_files`` does."""
    sequence = -1
    for page in file_pages(source, read_files(location, TABLE_PATTERNS, session), window, now):
        sequence = page.sequence
        yield page
    others = other_names(location, TABLE_PATTERNS)
    if others:
        body = json.dumps(others).encode()
        yield RawPage(source, window, sequence + 1, location, 200, now, body, request=NOT_READ)


def read_tables(pages: Sequence[RawPage], options: TableFormat) -> Tables:
    """The tables in ``pages``, in the order of their delivery. Raises ``ShapeError`` that names the file."""
    tables = Tables()
    for page in sorted(pages, key=lambda page: page.sequence):
        if page.request == NOT_READ:
            tables.notes += [f"{name} is not a table and is not read" for name in json.loads(page.body)]
            continue
        for name, body in unpacked(page.url, page.body):
            if name.startswith(f"{page.url}/") and not is_wanted(name, TABLE_PATTERNS):
                tables.notes.append(f"{name} is not a table and is not read")
                continue
            sheets, notes = read_sheets(name, body, options)
            tables.files.append(sheets)
            tables.notes += notes
    return tables
