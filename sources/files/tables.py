"""The tables of a delivery: files at a location, packed or not, each with one sheet or several."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sources.contract import RawPage
from sources.files.chosen_rows import choose_rows
from sources.files.left_out import delivered_pages, without_names
from sources.files.location import is_wanted
from sources.files.packing import ENDINGS, unpacked
from sources.files.sheets import Sheet
from sources.files.table_format import TableFormat
from sources.files.tabular import read_sheets
from warehouse.errors import ShapeError
from warehouse.schema import Window

if TYPE_CHECKING:
    from sources.web.session import Session

_KINDS = ("csv", "tsv", "txt", "xlsx", "xlsm", "xls", "ods")
TABLE_PATTERNS = (*(f"*.{kind}{packing}" for kind in _KINDS for packing in ("", *ENDINGS)), "*.zip")
"""The files that are read from a folder."""


@dataclass
class Tables:
    """The sheets of each file of a delivery, in order, and notes on what was not read."""

    files: list[list[Sheet]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def table_pages(
    source: str,
    location: str,
    window: Window,
    now: datetime,
    session: "Session",
    patterns: Sequence[str] = TABLE_PATTERNS,
) -> Iterator[RawPage]:
    """The tables at ``location``, as ``delivered_pages``."""
    return delivered_pages(source, location, window, now, session, patterns)


def read_tables(pages: Sequence[RawPage], options: TableFormat) -> Tables:
    """The tables in ``pages``, in the order of their delivery. Raises ``ShapeError`` that names the file."""
    pages, unread = without_names(pages, "is not a table and is not read")
    tables, read = Tables(), list[tuple[str, list[Sheet]]]()
    for page in sorted(pages, key=lambda page: page.sequence):
        for name, body in unpacked(page.url, page.body):
            if name.startswith(f"{page.url}/") and not is_wanted(name, TABLE_PATTERNS):
                tables.notes.append(f"{name} is not a table and is not read")
                continue
            sheets, notes = _sheets(name, body, options, may_be_text=len(pages) > 1)
            read.append((name, sheets))
            tables.notes += notes
    tables.notes += unread
    first_columns = {sheet.header[0] for name, sheets in read if not _is_text(name) for sheet in sheets}
    for name, sheets in read:
        if _is_text(name) and first_columns and not any(sheet.header[0] in first_columns for sheet in sheets):
            tables.notes.append(f"{name} has none of the columns of the other files and is not read")
        else:
            tables.files.append(sheets)
    tables.files, notes = choose_rows(tables.files, options.where)
    tables.notes += notes
    return tables


def _sheets(name: str, body: bytes, options: TableFormat, *, may_be_text: bool) -> tuple[list[Sheet], list[str]]:
    """As ``read_sheets``; a .txt file among others that is no table has no sheet."""
    try:
        return read_sheets(name, body, options)
    except ShapeError:
        if may_be_text and _is_text(name):
            return [], []
        raise


def _is_text(name: str) -> bool:
    return is_wanted(name, ("*.txt", *(f"*.txt{ending}" for ending in ENDINGS)))
