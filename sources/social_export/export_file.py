"""Reads one downloaded file: where its table begins, which columns have values, and the record of each cell."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from sources.contract import Metric
from sources.files.cell_records import CellRecord, FileRecords
from sources.files.cells import Unreadable, cell_text
from sources.files.csv_lines import Encoding, decode_text
from sources.files.dates import DateReader
from sources.files.number_cells import read_number
from sources.files.sheets import Row, Sheet
from sources.files.table_format import TableFormat
from sources.files.tabular import read_sheet
from sources.files.workbook import is_workbook, read_workbook
from sources.items import one_day
from sources.social_export.layouts import divide_metric, slug
from warehouse.errors import ShapeError

_TITLED = "primary"
FIRST_ROWS = 12
"""The row of the column names is looked for in these: some exports begin with a title and an explanation."""


@dataclass(frozen=True)
class TableSpec:
    """The table to look for.

    date: header of the column of days. metrics: by the slug of their column. divided_by: columns that may divide the
    values. totals: texts that mark a row of totals. sheets: the first one that a workbook has is read. header_row: None
    where it has to be found. suffixed: a divided metric has its own name. titled: see ``Layout``.
    """

    date: str
    metrics: dict[str, Metric]
    divided_by: tuple[str, ...]
    totals: frozenset[str]
    options: TableFormat
    sheets: tuple[str | None, ...]
    header_row: int | None
    suffixed: bool = True
    titled: bool = False


@dataclass
class Export:
    """The content of a file. newest: its last day. unread: the columns that were not read. dateless: it has no days."""

    table: FileRecords = field(default_factory=FileRecords)
    newest: date = date.min
    unread: list[str] = field(default_factory=list)
    dateless: bool = False


def read_export(name: str, body: bytes, spec: TableSpec, dates: DateReader) -> Export:
    """All tables of a file. Raises ``ShapeError`` for a file that is not a table."""
    export = Export()
    sheets = list(_titled(name, body, spec)) if spec.titled else [("", _sheet(name, body, spec))]
    for title, sheet in sheets:
        if sheet is None:
            export.dateless = True
        else:
            _Reader(sheet, spec, dates, export).read(title)
    return export


def _sheet(name: str, body: bytes, spec: TableSpec) -> Sheet | None:
    """The table whose header has the column of days; None where no row has it. Raises ``ShapeError``."""
    sheet, row = _header(name, body, spec)
    found = read_sheet(name, body, spec.options.model_copy(update={"sheet": sheet, "header_row": row}))
    return found if slug(spec.date) in map(slug, found.header) else None


def _header(name: str, body: bytes, spec: TableSpec) -> tuple[str | None, int]:
    """Sheet and row of the column names; row 1 where none of the first rows has the column of days."""
    first = spec.header_row or 1
    if not body:
        return None, first  # read_sheet raises the error
    sheet, lines = (
        _workbook(name, body, spec.sheets) if is_workbook(body) else (None, _csv(name, body, spec.options.encoding))
    )
    if spec.header_row:
        return sheet, first
    return sheet, next((at for at, names in enumerate(lines, 1) if slug(spec.date) in names), first)


def _csv(name: str, body: bytes, encoding: Encoding) -> list[set[str]]:
    """The slugs in the first rows, whatever the delimiter."""
    rows, found = csv.reader(io.StringIO(decode_text(name, body, encoding), newline="")), list[set[str]]()
    with suppress(csv.Error):  # read_sheet raises the error for invalid CSV
        found += (
            {slug(part) for cell in row for part in re.split(r"[;\t|]", cell)} for row in islice(rows, FIRST_ROWS)
        )
    return found


def _workbook(name: str, body: bytes, sheets: tuple[str | None, ...]) -> tuple[str | None, list[set[str]]]:
    """The first of ``sheets`` that the workbook has, and the slugs in its first rows."""
    for sheet in sheets[:-1]:
        with suppress(ShapeError):
            return sheet, _slugs(name, body, sheet)
    return sheets[-1], _slugs(name, body, sheets[-1])


def _slugs(name: str, body: bytes, sheet: str | None) -> list[set[str]]:
    return [{slug(cell_text(cell)) for cell in cells} for cells in read_workbook(name, body, sheet)[1][:FIRST_ROWS]]


def _titled(name: str, body: bytes, spec: TableSpec) -> Iterator[tuple[str, Sheet | None]]:
    """The tables of a CSV file that has several, one below the other, each under a line with its title.

    The lines above a table are read as blank lines, so that its rows keep their numbers.
    """
    if body.startswith(b"PK\x03\x04"):
        raise ShapeError("this is a workbook", where=name, do="download the figures as CSV")
    lines = decode_text(name, body, spec.options.encoding).splitlines(keepends=True)
    heads = [at for at, line in enumerate(lines) if slug(spec.date) == slug(line.partition(",")[0])]
    if not heads:
        yield "", None
    for head, after in zip(heads, [*heads[1:], len(lines)], strict=True):
        above = [line.strip().strip('"') for line in lines[:head] if line.strip().strip('"')]
        written = [at for at in range(head + 1, after) if lines[at].strip()]
        end = (
            written[-1] if written and after < len(lines) else after
        )  # the last line before another table is its title
        text = "\n" * head + "".join(lines[head:end])
        yield (
            above[-1] if above else "",
            read_sheet(
                name, text.encode(), spec.options.model_copy(update={"header_row": head + 1, "encoding": "utf-8"})
            ),
        )


class _Reader:
    """Reads one table into ``export``."""

    def __init__(self, sheet: Sheet, spec: TableSpec, dates: DateReader, export: Export) -> None:
        self._sheet, self._spec, self._dates, self._export = sheet, spec, dates, export
        self._slugs = [slug(name) for name in sheet.header]

    def read(self, title: str) -> None:
        """Add the records of the table; ``title`` is the metric of a table that has only one."""
        self._export.table.refuse_long_rows(self._sheet)
        date_at = self._slugs.index(slug(self._spec.date))
        divider = next(
            (at for name in self._spec.divided_by for at, head in enumerate(self._slugs) if head == slug(name)), None
        )
        columns = self._columns(title, divider)
        used = {date_at, divider, *columns}
        self._export.unread += [name for at, name in enumerate(self._sheet.header) if at not in used]
        for row in self._sheet.rows:
            self._read_row(row, date_at, divider, columns)

    def _columns(self, title: str, divider: int | None) -> dict[int, Metric]:
        """The metric of each column of values."""
        if self._spec.titled:
            metric = self._spec.metrics.get(slug(title))
            if metric is None:
                do = "write a separate source for it, with 'columns' and 'header_row', or remove the file"
                raise ShapeError(f"'{title[:80]}' is not a metric of this layout", where=self._sheet.where, do=do)
            return {at: metric for at, head in enumerate(self._slugs) if head == _TITLED}
        found = {at: self._spec.metrics[head] for at, head in enumerate(self._slugs) if head in self._spec.metrics}
        if not found:
            names = ", ".join(f"'{name}'" for name in self._sheet.header[:12])
            what = f"no column is a metric of this layout; the columns are {names}"
            raise ShapeError(what, where=self._sheet.where, do="correct 'layout', or write 'columns'")
        if divider is None or not self._spec.suffixed:
            return found
        return {at: divide_metric(metric, self._sheet.header[divider]) for at, metric in found.items()}

    def _read_row(self, row: Row, date_at: int, divider: int | None, columns: dict[int, Metric]) -> None:
        table, names = self._export.table, [cell_text(row.cells[at]) for at in (date_at, divider) if at is not None]
        if any(name.casefold() in self._spec.totals for name in names):
            table.notes["rows of totals, not counted"] += 1
            return
        moment = self._dates.read(row.cells[date_at])
        if isinstance(moment, Unreadable):
            table.refuse_row(row.text, moment, self._sheet.address(row.number, date_at))
            return
        entity = names[-1] if divider is not None else ""
        if divider is not None and not entity:
            reason = f"the row has no name under '{self._sheet.header[divider]}'"
            fault = Unreadable("", reason, "download the file again")
            table.refuse_row(row.text, fault, self._sheet.address(row.number, divider))
            return
        span = one_day(moment.at.date())
        self._export.newest = max(self._export.newest, span.start)
        entity = self._spec.options.rename.get(entity, entity)
        for at, metric in columns.items():
            number = read_number(row.cells[at], self._spec.options)
            value, unreadable = (None, number) if isinstance(number, Unreadable) else (number, None)
            address = self._sheet.address(row.number, at)
            table.records.append(CellRecord(metric.name, entity, span, value, unreadable, address))
