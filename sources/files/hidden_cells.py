"""Rows, columns and sheets of a workbook that a person does not see: they are read, and a note names them."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import PurePosixPath
from xml.etree.ElementTree import fromstring

from sources.files.calamine_book import OLE, is_open_document
from sources.files.sheets import Sheet, column_letters

_PIECE = 1 << 20
_HIDDEN = re.compile(rb'\shidden="(?:1|true)"')
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_OF_OPEN_DOCUMENT = {
    b'table:visibility="collapse"': "hidden rows or columns",
    b'table:visibility="filter"': "rows that a filter hides",
    b'style:text-line-through-style="solid"': "cells that are crossed out",
}
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def hidden_notes(body: bytes, sheet: Sheet) -> list[str]:
    """Notes on what of a sheet is hidden and has figures; nothing of .xls, which does not tell."""
    if body.startswith(OLE):
        return []
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        if is_open_document(body):
            content = archive.read("content.xml")
            found = [what for mark, what in _OF_OPEN_DOCUMENT.items() if mark in content]
            return [f"{sheet.name} has {what}; they are read" for what in found]
        return list(_notes(archive, sheet))


def _notes(archive: zipfile.ZipFile, sheet: Sheet) -> Iterator[str]:
    path, is_hidden = _part_of(archive, sheet.title)
    if is_hidden:
        yield f"the sheet '{sheet.title}' of {sheet.name} is hidden and is read"
    if path not in archive.namelist() or not _has_hidden(archive, path):
        return
    text = archive.read(path)
    figures = {row.number: [at for at, cell in enumerate(row.cells) if _is_figure(cell)] for row in sheet.rows}
    rows = [number for number in _hidden_rows(text) if figures.get(number)]
    if rows:
        what = "hidden rows with figures are read"
        yield f"{sheet.where}: {what}: {_runs(rows)} (leave them out with 'skip' where they do not count)"
    filled = {at for columns in figures.values() for at in columns}
    names = [f"{column_letters(at)} '{sheet.header[at]}'" for at in _hidden_columns(text) if at in filled]
    if names:
        yield f"{sheet.where}: hidden columns with figures are read where the plan takes them: {', '.join(names)}"


def _part_of(archive: zipfile.ZipFile, title: str) -> tuple[str, bool]:
    """The path of a sheet in the archive, and whether the sheet is hidden; an empty path where it is not found."""
    try:
        book = fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - openpyxl has read it before
        links = fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    except KeyError:
        return "", False
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for entry in book.iter():
        if entry.tag.endswith("}sheet") and entry.get("name") == title:
            target = targets.get(entry.get(_RELATION), "")
            path = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
            return path, entry.get("state", "visible") != "visible"
    return "", False


def _has_hidden(archive: zipfile.ZipFile, path: str) -> bool:
    before = b""
    with archive.open(path) as file:
        while piece := file.read(_PIECE):
            if _HIDDEN.search(before + piece):
                return True
            before = piece[-20:]
    return False


def _hidden_rows(text: bytes) -> Iterator[int]:
    number = 0
    for found in _ROW.finditer(text):
        stated = re.search(rb'\sr="([0-9]+)"', found[1])
        number = int(stated[1]) if stated else number + 1
        if _HIDDEN.search(found[1]):
            yield number


def _hidden_columns(text: bytes) -> Iterator[int]:
    for found in _COLUMN.finditer(text):
        first, last = (re.search(rb'\s%s="([0-9]+)"' % name, found[1]) for name in (b"min", b"max"))
        if _HIDDEN.search(found[1]) and first and last:
            yield from range(int(first[1]) - 1, min(int(last[1]), 16_384))


def _is_figure(cell: object) -> bool:
    return isinstance(cell, int | float) or (isinstance(cell, str) and cell[:1].isdigit())


def _runs(numbers: Iterable[int]) -> str:
    """1, 2, 3, 7 as 1-3, 7."""
    runs = []
    for _, pairs in groupby(enumerate(sorted(numbers)), lambda pair: pair[1] - pair[0]):
        run = [number for _, number in pairs]
        runs.append(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}")
    return ", ".join(runs[:20]) + (" …" if len(runs) > 20 else "")
